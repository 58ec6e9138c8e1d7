//! The best trials so far: a table that moves on a terminal, a line for each trial elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::estimate::{Estimate, told};
use crate::cli::printer::Printer;
use crate::cli::progress::Rarely;
use crate::cli::table::aligned;
use crate::metrics::Metric;
use crate::tuning::{State, Trial, best};

/// Trials shown.
const SHOWN: usize = 5;
const TICK: Duration = Duration::from_millis(200);

/// What has been tried so far.
pub struct Board {
    printer: Printer,
    metric: &'static Metric,
    total: usize,
    trials: Vec<Trial>,
    bar: Option<ProgressBar>,
    start: Instant,
    deadline: Option<Instant>,
    estimate: Estimate,
    lines: Rarely,
}

impl Board {
    /// A board of a search of `total` trials, of which some may be done; no trial begins after the deadline.
    pub fn new(
        printer: &Printer,
        metric: &'static Metric,
        total: usize,
        done: &[Trial],
        deadline: Option<Instant>,
    ) -> Self {
        if !done.is_empty() && !printer.is_child() {
            printer.note(&format!("goes on after {} trials", done.len()));
        }
        let style = ProgressStyle::with_template("{spinner} {msg}");
        let bar = printer.is_lively().then(ProgressBar::new_spinner);
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style);
            bar.enable_steady_tick(TICK);
        }
        let mut board = Self {
            printer: printer.clone(),
            metric,
            total,
            trials: done.to_vec(),
            bar,
            start: Instant::now(),
            deadline,
            estimate: Estimate::default(),
            lines: Rarely::default(),
        };
        board.show();
        board
    }

    /// A trial has ended; gives how many have.
    pub fn take(&mut self, trial: &Trial) -> usize {
        self.trials.push(trial.clone());
        if self.bar.is_none() && !self.printer.is_child() {
            self.printer.note(&line(trial, self.metric));
        }
        self.show();
        self.trials.len()
    }

    /// How far the search is: always on a terminal, now and then elsewhere, where a parent does not tell it.
    fn show(&mut self) {
        let (now, done, total) = (self.start.elapsed(), self.trials.len() as u64, self.total as u64);
        let deadline = self.deadline.filter(|_| done < total);
        let budget = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let head = |left| format!("tune  {done} of {total} trials{}", remaining(left, budget));
        if let Some(bar) = &self.bar {
            let head = head(self.estimate.left(now, done, total));
            let lines = std::iter::once(head).chain(table(&self.trials, self.metric));
            bar.set_message(lines.collect::<Vec<_>>().join("\n"));
        } else if let Some(left) = self.lines.left(now, done, total).filter(|_| !self.printer.is_child()) {
            self.printer.note(&head(left));
        }
    }

    /// The last word where the search is interrupted.
    pub fn farewell(&mut self) {
        self.close();
        let kept = self.trials.len();
        if let Some(best) = best(&self.trials, self.metric) {
            self.printer.note(&format!("best of {kept} trials so far: {}", line(best, self.metric)));
        }
        self.printer.note(&format!("{kept} trials are kept; go on with `mlops tune --resume`"));
    }

    /// Takes the table away.
    pub fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// What is left of a search, by its trials or by its time where that is the bound.
fn remaining(by_trials: Option<Duration>, budget: Option<Duration>) -> String {
    match (by_trials, budget) {
        (None, None) => String::new(),
        (Some(left), budget) if budget.is_none_or(|budget| left <= budget) => format!(", {}", told(left)),
        (_, budget) => format!(", {} of the time budget", told(budget.unwrap_or_default())),
    }
}

/// The best trials, best first, below their heading.
pub fn table(trials: &[Trial], metric: &Metric) -> Vec<String> {
    let mut left: Vec<&Trial> = trials.iter().filter(|trial| trial.same_as.is_none()).collect();
    let mut rows = vec![["trial", "algorithm", metric.name, "±", "parameters"].map(str::to_owned).to_vec()];
    while let Some(first) = best(left.iter().copied(), metric).filter(|_| rows.len() <= SHOWN) {
        left.retain(|trial| trial.trial != first.trial);
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.5}"));
        rows.push(vec![
            first.trial.to_string(),
            first.algorithm.clone(),
            number(first.mean),
            number(first.std),
            params(first),
        ]);
    }
    if rows.len() == 1 {
        return Vec::new();
    }
    aligned(&rows, rows[0].len())
}

/// A trial in one line.
pub fn line(trial: &Trial, metric: &Metric) -> String {
    let head = format!("trial {} {}", trial.trial, trial.algorithm);
    let score = match (trial.state, trial.mean) {
        (State::Failed, _) | (_, None) => format!("failed: {}", trial.error.as_deref().unwrap_or_default()),
        (state, Some(mean)) => {
            let pruned = if state == State::Pruned {
                format!(", pruned after {} folds", trial.folds.len())
            } else {
                String::new()
            };
            format!("{} {mean:.5} ± {:.5}{pruned}", metric.name, trial.std.unwrap_or(0.0))
        }
    };
    let again = trial.same_as.map(|first| format!("  (as trial {first})")).unwrap_or_default();
    format!("{head}  {score}  {}{again}", params(trial))
}

fn params(trial: &Trial) -> String {
    trial.params.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearer_bound_is_told() {
        let minutes = |count: u64| Some(Duration::from_secs(60 * count));
        assert_eq!(remaining(None, None), "");
        assert_eq!(remaining(minutes(3), None), ", about 3 min left");
        assert_eq!(remaining(minutes(3), minutes(5)), ", about 3 min left");
        assert_eq!(remaining(minutes(7), minutes(5)), ", about 5 min left of the time budget");
        assert_eq!(remaining(None, minutes(5)), ", about 5 min left of the time budget");
    }
}
