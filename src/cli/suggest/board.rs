//! How the search for columns goes: a line that moves on a terminal, a line for each trial elsewhere.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::account::seconds;
use crate::cli::printer::Printer;
use crate::cli::table::{aligned, grouped};
use crate::fs;
use crate::metrics::Metric;
use crate::suggestion::{Heard, Trial, Verdict};

const TICK: Duration = Duration::from_millis(200);

/// What has been tried so far.
pub struct Board {
    printer: Printer,
    metric: &'static Metric,
    /// Trials that there may be.
    most: usize,
    tried: usize,
    kept: Vec<String>,
    /// What is to be done where the search is interrupted.
    pending: Option<Pending>,
    bar: Option<ProgressBar>,
    /// Since the first trial.
    start: Option<Instant>,
}

/// What was found so far, as a file would have it.
pub struct Pending {
    /// Where the text goes, if it is to be written.
    pub path: Option<PathBuf>,
    /// The text of features.yaml.
    pub text: String,
    /// Its diff.
    pub lines: Vec<String>,
}

impl Board {
    /// A board of a search of so many trials at the most.
    pub fn new(printer: &Printer, metric: &'static Metric, most: usize) -> Self {
        let bar = printer.is_lively().then(ProgressBar::new_spinner);
        if let (Some(bar), Ok(style)) = (&bar, ProgressStyle::with_template("{spinner} {msg}")) {
            bar.set_style(style);
            bar.set_message("fits the features as they are");
            bar.enable_steady_tick(TICK);
        }
        Self { printer: printer.clone(), metric, most, tried: 0, kept: Vec::new(), pending: None, bar, start: None }
    }

    /// Something was heard of the search.
    pub fn take(&mut self, heard: &Heard) {
        match heard {
            Heard::Start(metrics) => {
                self.start = Some(Instant::now());
                let mean = metrics.mean.unwrap_or(f64::NAN);
                let std = metrics.std.unwrap_or(0.0);
                self.say(&format!("{} {mean:.5} ± {std:.5} with the features as they are", self.metric));
            }
            Heard::Round { candidates, promising } => self.say(&format!(
                "{} candidates, {} beyond chance",
                grouped(*candidates as u64),
                grouped(*promising as u64)
            )),
            Heard::Tried(trial) => {
                self.tried += 1;
                self.say(&format!("trial {}  {}", self.tried, row(trial).join("  ")));
            }
            Heard::Kept(kept) => {
                self.kept = kept.iter().map(|candidate| candidate.name.clone()).collect();
                self.say(&format!("keeps {}", self.kept.last().map_or("", String::as_str)));
            }
        }
    }

    /// What there is to be kept by now.
    pub fn keep(&mut self, pending: Pending) {
        self.pending = Some(pending);
    }

    fn say(&self, text: &str) {
        match (&self.bar, self.start) {
            (Some(bar), Some(start)) => {
                let left =
                    start.elapsed().mul_f64(self.most.saturating_sub(self.tried) as f64 / self.tried.max(1) as f64);
                let to_go =
                    if self.tried > 0 { format!(", {} to go at the most", seconds(left)) } else { String::new() };
                let head = format!("features  {} of {} trials{to_go}", self.tried, self.most);
                bar.set_message(format!("{head}\n{text}\nkept: {}", self.kept.join(", ")));
            }
            _ => self.printer.note(text),
        }
    }

    /// The last word where the search is interrupted.
    pub fn farewell(&mut self) {
        self.close();
        let Some(pending) = self.pending.take() else {
            return self.printer.note("no column was found so far");
        };
        // The process ends here: of what fails nobody could be told but by these words.
        if let Some(path) = &pending.path {
            match fs::atomic_write_bytes(path, pending.text.as_bytes()) {
                Ok(()) => self.printer.note(&format!("wrote what was found so far: {}", self.kept.join(", "))),
                Err(error) => self.printer.warning(error.message()),
            }
        }
        if self.printer.is_json() {
            self.printer.document(&json!({"interrupted": true, "kept": self.kept, "diff": pending.lines})).ok();
        } else {
            pending.lines.iter().for_each(|line| drop(self.printer.line(line)));
        }
    }

    /// Takes the moving line away.
    pub fn close(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

/// All trials below their heading.
pub fn table(trials: &[Trial]) -> Vec<String> {
    let mut rows = vec![["candidate", "gain", "±", "verdict", "step"].map(str::to_owned).to_vec()];
    rows.extend(trials.iter().map(|trial| {
        let mut row = row(trial);
        row.push(trial.candidate.lines().join(" and "));
        row
    }));
    if rows.len() == 1 {
        return Vec::new();
    }
    aligned(&rows, 5)
}

/// Name, gain, standard error and verdict.
fn row(trial: &Trial) -> Vec<String> {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:+.5}"));
    let verdict = match trial.verdict {
        Verdict::Kept => "kept".to_owned(),
        Verdict::Beaten => "gains, and another gained more".to_owned(),
        Verdict::Rejected if trial.gain.as_ref().is_some_and(|gain| gain.mean > 0.0) => "within chance".to_owned(),
        Verdict::Rejected => "no gain".to_owned(),
        Verdict::Failed => format!("failed: {}", trial.error.as_deref().unwrap_or_default()),
    };
    let gain = trial.gain.as_ref();
    let error = gain.map_or_else(|| "-".to_owned(), |gain| format!("{:.5}", gain.standard_error));
    vec![trial.candidate.name.clone(), number(gain.map(|gain| gain.mean)), error, verdict]
}
