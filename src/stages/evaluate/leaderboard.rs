//! The models beside one another.

use super::super::{Leaderboard, LeaderboardRow};
use super::{Evaluated, value};
use crate::data::{Task, are_ordered};
use crate::metrics;

/// The models by out-of-fold score, best first; of equal ones the earlier in the config.
pub fn rank(evaluated: &[Evaluated], select: &metrics::Metric) -> Leaderboard {
    let score = |e: &Evaluated| e.package.info.out_of_fold.mean.get(select.name).copied();
    let mut order: Vec<&Evaluated> = evaluated.iter().collect();
    by_rank(&mut order, select, |e| score(e));
    let target = evaluated.first().map(|e| &e.package.info.target);
    let ordered = target.is_some_and(|target| are_ordered(&target.classes));
    let shown: &[&str] = match target.map(|target| target.task) {
        Some(Task::Regression) => &["rmse", "mae", "r2"],
        Some(Task::Multiclass) if ordered => {
            &["f1_macro", "accuracy", "mae", "cohen_kappa_quadratic", "roc_auc", "log_loss"]
        }
        Some(Task::Multiclass) => &["f1_macro", "accuracy", "roc_auc", "log_loss"],
        _ => &["roc_auc", "pr_auc", "f1", "accuracy", "log_loss"],
    };
    let rows = order.iter().map(|e| LeaderboardRow {
        algorithm: e.algorithm().to_owned(),
        values: std::iter::once(score(e)).chain(shown.iter().map(|name| value(&e.test, name))).collect(),
        model: e.model.clone(),
    });
    Leaderboard {
        select: select.name.to_owned(),
        columns: std::iter::once(format!("oof_{}", select.name)).chain(shown.iter().map(|s| (*s).to_owned())).collect(),
        champion: order.first().map(|e| e.algorithm().to_owned()).unwrap_or_default(),
        rows: rows.collect(),
    }
}

/// Brings models into order, the best first; of equals the one that stood first.
pub fn by_rank<T>(models: &mut [T], select: &metrics::Metric, score: impl Fn(&T) -> Option<f64>) {
    // A stable sort keeps the order of the config among equals.
    models.sort_by(|a, b| match (select.is_better(score(a), score(b)), select.is_better(score(b), score(a))) {
        (true, _) => std::cmp::Ordering::Less,
        (_, true) => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Equal,
    });
}

/// Says that the champion is no better than the others, as far as is known.
pub fn undecided(leaderboard: &Leaderboard) -> Option<String> {
    let best = leaderboard.rows.first()?.values.first().copied().flatten();
    best.is_none().then(|| {
        format!(
            "no model has an out-of-fold {}, so the champion is the first of the config (have fewer and larger folds, or \
             choose by another metric with `evaluate.select`)",
            leaderboard.select
        )
    })
}
