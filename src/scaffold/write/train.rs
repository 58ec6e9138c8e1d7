//! configs/train.yaml and configs/evaluate.yaml

use super::super::look::Findings;
use super::text::{line, remark, scalar};
use crate::config::Plot;
use crate::data::Task;

/// Rows below which large models only learn by heart.
const FEW: usize = 500;
/// Rows from which on fewer folds and trees do.
const MANY: usize = 100_000;
/// Classes from which on trees are many, since each class has its own.
const MANY_CLASSES: usize = 10;
/// The positive class is rare below this share.
const RARE: f64 = 0.1;

/// The algorithms with their parameters, by task and size.
pub fn algorithms(found: &Findings) -> Vec<(&'static str, String)> {
    let (rows, classes) = (found.split.rows, found.target.classes.len());
    let linear = if found.target.task == Task::Regression { "ridge" } else { "lr" };
    let (forest, boosted) = match rows {
        _ if rows < FEW => ("{n_estimators: 100}", "{n_estimators: 50, max_depth: 3}"),
        _ if classes > MANY_CLASSES => ("{n_estimators: 100}", "{n_estimators: 50}"),
        _ if rows >= MANY => ("{n_estimators: 100}", "{n_estimators: 200}"),
        _ => ("{n_estimators: 200}", "{n_estimators: 200}"),
    };
    [("baseline", "{}"), (linear, "{}"), ("rf", forest), ("xgb", boosted)]
        .map(|(name, params)| (name, params.to_owned()))
        .to_vec()
}

/// configs/train.yaml
pub fn train(found: &Findings, algorithms: &[(&'static str, String)]) -> String {
    let target = &found.target;
    let folds = if found.split.rows >= MANY { found.split.folds.min(3) } else { found.split.folds };
    let mut text = "# The algorithms and how they are trained.\ntrain:\n".to_owned();
    let why = match found.split.why.as_str() {
        "" => "of the out-of-fold predictions that choose threshold and champion",
        why => why,
    };
    text += &line(&format!("  folds: {folds}"), why);
    text += &line("  seed: null", "of folds and fits; null is config.seed");
    // DVC watches these keys, so they stand here for any task.
    let (weights, threshold) = match target.task {
        Task::Binary => {
            ("null, balanced, or {label: weight}", "the metric to choose it by, or a number between 0 and 1")
        }
        Task::Multiclass => (
            "null, balanced, or {label: weight}",
            "f1_macro and the like, or {costs: …}; f1 is of binary targets alone",
        ),
        Task::Regression => ("of classes alone", "of classes alone"),
    };
    text += &line("  class_weight: null", weights);
    text += &line("  threshold: f1", threshold);
    if target.task == Task::Binary {
        let rows: usize = target.classes.iter().map(|(_, rows)| rows).sum();
        let positive = target.classes.iter().find(|(label, _)| Some(label) == target.positive.as_ref());
        if let Some((label, count)) = positive.filter(|(_, count)| (*count as f64) < RARE * rows as f64) {
            let share = 100.0 * *count as f64 / rows as f64;
            text += &remark(2, &format!("{} has {share:.1} % of the rows: look at pr_auc too", scalar(label)));
        }
    }
    text += &line("  algorithms:", "name and parameters; `{}` takes the defaults. Their files stand in dvc.yaml too");
    for (name, params) in algorithms {
        text += &line(&format!("    {name}: {params}"), if *name == "baseline" { "what guessing gives" } else { "" });
    }
    text
}

/// What is drawn of each model.
pub fn plots(task: Task) -> &'static [Plot] {
    match task {
        Task::Regression => &[Plot::Residuals],
        Task::Binary | Task::Multiclass => &[Plot::Roc, Plot::PrecisionRecall, Plot::Calibration, Plot::Confusion],
    }
}

/// configs/evaluate.yaml
pub fn evaluate(found: &Findings) -> String {
    let (select, gate) = match found.target.task {
        Task::Binary => ("roc_auc", "roc_auc: {min: 0.8}"),
        Task::Multiclass => ("f1_macro", "f1_macro: {min: 0.5}"),
        Task::Regression => ("rmse", "r2: {min: 0.5}"),
    };
    let mut text = "# The champion and what it must reach on the test rows.\nevaluate:\n".to_owned();
    text += &line(&format!("  select: {select}"), "out of fold");
    let plots: Vec<&str> = plots(found.target.task).iter().map(|plot| plot.name()).collect();
    text += &line("  gates: {}", &format!("such as {{{gate}}}: exit code 4 where it is missed"));
    text +=
        &line(&format!("  plots: [{}]", plots.join(", ")), "for `dvc plots show`; their files stand in dvc.yaml too");
    text
}
