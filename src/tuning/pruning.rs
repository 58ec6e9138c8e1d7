//! Median pruning (Optuna's `MedianPruner`): a trial ends where most others were better after as many folds.

use super::history::{State, Trial};
use crate::metrics::Metric;

/// Complete trials before the first is pruned.
const START_UP: usize = 5;
/// Folds after which none is pruned yet.
const WARM_UP: usize = 1;

/// Whether a trial with these means after each of its folds so far is worse than the median of `earlier` trials.
pub(super) fn is_hopeless(steps: &[Option<f64>], earlier: &[&Trial], metric: &Metric) -> bool {
    let complete = earlier.iter().filter(|trial| trial.state == State::Complete).count();
    let Some(Some(own)) = steps.last() else { return false };
    if complete < START_UP || steps.len() <= WARM_UP {
        return false;
    }
    let at = steps.len() - 1;
    let mut others: Vec<f64> = earlier.iter().filter_map(|trial| *trial.steps.get(at)?).collect();
    others.sort_by(f64::total_cmp);
    let Some(high) = others.get(others.len() / 2) else { return false };
    let low = others.get((others.len() - 1) / 2).unwrap_or(high);
    metric.is_better(Some(0.5 * (low + high)), Some(*own))
}
