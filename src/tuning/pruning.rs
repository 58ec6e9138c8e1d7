//! Median pruning, by complete trials as Optuna's `MedianPruner`: a trial ends where most of them were better after as
//! many folds. Its mean over all folds so far counts, not the best of its steps: a mean over more folds is nearer to the
//! end than one over fewer, which may only have been lucky.

use super::history::{State, Trial};
use crate::metrics::Metric;

/// Complete trials before the first is pruned.
const START_UP: usize = 5;
/// Folds after which none is pruned yet.
const WARM_UP: usize = 1;

/// What complete trials had come to, fold by fold.
#[derive(Default)]
pub(super) struct Medians {
    complete: usize,
    /// After each fold the means, in order.
    steps: Vec<Vec<f64>>,
}

impl Medians {
    /// Takes the trials of a round that is over.
    pub(super) fn learn(&mut self, round: &[Trial]) {
        for trial in round.iter().filter(|trial| trial.state == State::Complete) {
            self.complete += 1;
            self.steps.resize(self.steps.len().max(trial.steps.len()), Vec::new());
            for (means, step) in self.steps.iter_mut().zip(&trial.steps) {
                let Some(mean) = step else { continue };
                means.insert(means.partition_point(|other| other.total_cmp(mean).is_lt()), *mean);
            }
        }
    }

    /// Whether a trial with these means after each of its folds so far is worse than most.
    pub(super) fn are_better_than(&self, steps: &[Option<f64>], metric: &Metric) -> bool {
        let Some(Some(own)) = steps.last() else { return false };
        let others = self.steps.get(steps.len() - 1).map_or(&[][..], Vec::as_slice);
        if self.complete < START_UP || steps.len() <= WARM_UP || others.is_empty() {
            return false;
        }
        let median = 0.5 * (others[others.len() / 2] + others[(others.len() - 1) / 2]);
        metric.is_better(Some(median), Some(*own))
    }
}
