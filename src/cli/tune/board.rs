//! The best trials so far: a table that moves on a terminal, a line for each trial elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::account::seconds;
use crate::cli::printer::Printer;
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
    /// Trials that were there at the start.
    before: usize,
    trials: Vec<Trial>,
    bar: Option<ProgressBar>,
    start: Instant,
}

impl Board {
    /// A board of a search of `total` trials, of which some may be done.
    pub fn new(printer: &Printer, metric: &'static Metric, total: usize, done: &[Trial]) -> Self {
        if !done.is_empty() && !printer.is_child() {
            printer.note(&format!("goes on after {} trials", done.len()));
        }
        let style = ProgressStyle::with_template("{spinner} {msg}");
        let bar = printer.is_lively().then(ProgressBar::new_spinner);
        if let (Some(bar), Ok(style)) = (&bar, style) {
            bar.set_style(style);
            bar.enable_steady_tick(TICK);
        }
        let trials = done.to_vec();
        Self { printer: printer.clone(), metric, total, before: done.len(), trials, bar, start: Instant::now() }
    }

    /// A trial has ended; gives how many have.
    pub fn take(&mut self, trial: &Trial) -> usize {
        self.trials.push(trial.clone());
        match &self.bar {
            Some(bar) => bar.set_message(self.message()),
            None if !self.printer.is_child() => self.printer.note(&line(trial, self.metric)),
            None => {}
        }
        self.trials.len()
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

    fn message(&self) -> String {
        let done = self.trials.len();
        let (here, left) = (done.saturating_sub(self.before).max(1), self.total.saturating_sub(done));
        let to_go = self.start.elapsed().mul_f64(left as f64 / here as f64);
        let head = format!("tune  {done} of {} trials, {} to go", self.total, seconds(to_go));
        std::iter::once(head).chain(table(&self.trials, self.metric)).collect::<Vec<_>>().join("\n")
    }
}

/// The best trials, best first, below their heading.
pub fn table(trials: &[Trial], metric: &Metric) -> Vec<String> {
    let mut left: Vec<&Trial> = trials.iter().collect();
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
    format!("{head}  {score}  {}", params(trial))
}

fn params(trial: &Trial) -> String {
    trial.params.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
}
