//! What has been tried.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::metrics::Metric;

/// How a trial ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// All folds were scored.
    Complete,
    /// It was worse than others after some folds.
    Pruned,
    /// A fit failed, or the metric is undefined in every fold.
    Failed,
}

/// One trial, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number, from 0.
    pub trial: usize,
    /// The algorithm.
    pub algorithm: String,
    /// The parameters that were searched.
    pub params: Map<String, Json>,
    /// How it ended.
    pub state: State,
    /// The metric in each fold that was scored; none where it is undefined.
    pub folds: Vec<Option<f64>>,
    /// The mean over the folds.
    pub mean: Option<f64>,
    /// The standard deviation.
    pub std: Option<f64>,
    /// The mean after each fold, where trials may be pruned.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub steps: Vec<Option<f64>>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    /// The first trial of the same algorithm and parameters, of which this is a copy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub same_as: Option<usize>,
    /// How long it took: the one thing that differs from run to run.
    pub seconds: f64,
}

impl Trial {
    /// Its score, where it counts.
    pub fn score(&self) -> Option<f64> {
        self.mean.filter(|_| self.state == State::Complete)
    }
}

/// The best trial; of equal ones the earlier.
pub fn best<'a>(trials: impl IntoIterator<Item = &'a Trial>, metric: &Metric) -> Option<&'a Trial> {
    let mut best: Option<&Trial> = None;
    for trial in trials {
        let beats = metric.is_better(trial.score(), best.and_then(Trial::score));
        let earlier = best.is_some_and(|b| b.score() == trial.score() && trial.trial < b.trial);
        if beats || earlier {
            best = Some(trial);
        }
    }
    best
}

/// The best trial of each algorithm, the best algorithm first.
pub fn best_of_each<'a>(trials: &'a [Trial], metric: &Metric) -> Vec<&'a Trial> {
    let mut left: Vec<&Trial> = trials.iter().collect();
    let mut found = Vec::new();
    while let Some(first) = best(left.iter().copied(), metric) {
        left.retain(|trial| trial.algorithm != first.algorithm);
        found.push(first);
    }
    found
}
