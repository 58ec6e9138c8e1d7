//! What a search has found, as a document without times: the same for the same search.

use serde_json::{Value as Json, json};

use super::history::{State, Trial, best, best_of_each};
use crate::metrics::Metric;

/// The best trials, and how all of them ended.
pub fn result(trials: &[Trial], metric: &Metric, importance: &[(String, f64)]) -> Json {
    let count = |state: State| trials.iter().filter(|trial| trial.state == state).count();
    let importance: Vec<Json> =
        importance.iter().map(|(name, share)| json!({"parameter": name, "share": share})).collect();
    json!({
        "metric": metric.name,
        "higher_is_better": metric.higher_is_better,
        "trials": {
            "complete": count(State::Complete),
            "pruned": count(State::Pruned),
            "failed": count(State::Failed),
            "repeated": trials.iter().filter(|trial| trial.same_as.is_some()).count(),
        },
        "best": best(trials, metric).map(described),
        "algorithms": best_of_each(trials, metric).into_iter().map(described).collect::<Vec<_>>(),
        "importance": importance,
    })
}

fn described(trial: &Trial) -> Json {
    json!({
        "trial": trial.trial,
        "algorithm": trial.algorithm,
        "params": trial.params,
        "mean": trial.mean,
        "std": trial.std,
        "folds": trial.folds,
    })
}
