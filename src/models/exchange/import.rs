//! XGBoost's JSON model as an ensemble.
//!
//! What must hold is looked up in the document first, so that a refusal says what is wrong in the user's terms.

use serde_json::Value as Json;

use super::super::FittedModel;
use super::super::ensemble::{Answer, Ensemble};
use super::super::trees::Tree;
use super::forest::{self, Forest};
use crate::data::Task;
use crate::error::{Error, Result, suggest};

/// A model that XGBoost trained.
pub struct Imported {
    /// The trees.
    pub model: Box<dyn FittedModel>,
    /// XGBoost's name of the loss.
    pub objective: String,
    /// Boosting rounds kept.
    pub rounds: usize,
    /// Rounds in the file, where early stopping found a better one than the last.
    pub cut_from: Option<usize>,
}

/// Objectives whose raw score is the log odds, the logarithms of the classes' shares, or the value itself.
const OBJECTIVES: [(Task, &[&str]); 3] = [
    (Task::Binary, &["binary:logistic", "reg:logistic"]),
    (Task::Multiclass, &["multi:softprob", "multi:softmax"]),
    (Task::Regression, &["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"]),
];

/// Values of a document at the most, each of which takes some 32 bytes while it is read: trees of five million nodes.
const MOST_VALUES: usize = 50_000_000;

/// Reads a model of these features, for a task with so many classes.
///
/// # Errors
/// Exit code 3 for what is damaged, does not fit the features or the task, or is not made of plain trees.
pub fn import(text: &str, features: &[String], task: Task, classes: usize) -> Result<Imported> {
    check_length(text, MOST_VALUES)?;
    let document: Json = serde_json::from_str(text).map_err(|e| damaged("is not JSON").because(e))?;
    let learner = document.get("learner").ok_or_else(|| damaged("is JSON, and no model of XGBoost"))?;
    check_booster(learner)?;
    check_features(learner, features)?;
    let objective = check_objective(learner, task, classes)?;
    let outputs = if task == Task::Multiclass { classes } else { 1 };
    let margins = base_margins(learner, &objective, outputs)?;
    let Forest { trees, rounds } = forest::read(learner, outputs)?;
    check_trees(&trees, features.len())?;
    let best = learner.pointer("/attributes/best_iteration").and_then(whole);
    let kept = best.map_or(rounds, |best| best.saturating_add(1)).min(rounds);
    let trees = trees.into_iter().flat_map(|of_output| {
        let each = of_output.len() / rounds;
        of_output.into_iter().take(kept * each).enumerate()
    });
    // By number among its output's; the sort is stable, so outputs stay in their order.
    let mut trees: Vec<(usize, Tree)> = trees.collect();
    trees.sort_by_key(|(at, _)| *at);
    let answer = if outputs > 1 || task == Task::Binary {
        Answer::LogOdds { classes }
    } else {
        Answer::Value { shift: 0.0, scale: 1.0 }
    };
    let trees = trees.into_iter().map(|(_, tree)| tree).collect();
    let model = Box::new(Ensemble::new(answer, features.len(), margins, false, trees));
    Ok(Imported { model, objective, rounds: kept, cut_from: (kept < rounds).then_some(rounds) })
}

pub(super) fn damaged(what: &str) -> Error {
    Error::data(format!("the file {what}"))
        .hint("write it with XGBoost's own `save_model(\"model.json\")`, or with `mlops export`")
}

/// Refuses what would fill the memory, before any of it is read: what is counted are the signs between values.
fn check_length(text: &str, most: usize) -> Result<()> {
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
    if values <= most {
        return Ok(());
    }
    Err(Error::data(format!("the file holds about {values} values, and at most {most} are read"))
        .hint("train with fewer or shallower trees"))
}

/// Only plain trees: neither linear models nor such that drop trees.
fn check_booster(learner: &Json) -> Result<()> {
    let name = learner.pointer("/gradient_booster/name").and_then(Json::as_str).unwrap_or("gbtree");
    let is_dart = learner.pointer("/gradient_booster/model/weight_drop").is_some();
    let found = if is_dart { "dart" } else { name };
    if found == "gbtree" {
        return Ok(());
    }
    Err(Error::data(format!("the file holds a `{found}` booster, and only the trees of `gbtree` can be imported"))
        .hint("train again with `booster=\"gbtree\"`"))
}

/// As many features as the model has, and the same names where the file has any.
fn check_features(learner: &Json, features: &[String]) -> Result<()> {
    const HINT: &str = "train on the matrix that `mlops export --matrix` writes for this model";
    let count = learner.pointer("/learner_model_param/num_feature").and_then(whole);
    let count = count.ok_or_else(|| damaged("does not say how many features it takes"))?;
    if count != features.len() {
        return Err(Error::data(format!(
            "the file was trained on {count} features, and the model's transforms give {}",
            features.len()
        ))
        .hint(HINT));
    }
    let Some(Json::Array(found)) = learner.get("feature_names") else { return Ok(()) };
    if found.is_empty() {
        return Ok(());
    }
    let exchanged = super::names(features);
    for at in 0..features.len().max(found.len()) {
        let name = found.get(at).and_then(Json::as_str).unwrap_or_default();
        if features.get(at).is_some_and(|own| own == name) || exchanged.get(at).is_some_and(|own| own == name) {
            continue;
        }
        let own = features.get(at).map(String::as_str).unwrap_or_default();
        return Err(Error::data(format!(
            "feature {} is called `{name}` in the file, and `{own}` in the model",
            at + 1
        ))
        .hint(suggest(name, "features", &[own]).unwrap_or_else(|| HINT.to_owned())));
    }
    Ok(())
}

/// The objective, which must be one of the task's, with as many classes.
fn check_objective(learner: &Json, task: Task, classes: usize) -> Result<String> {
    let name = learner.pointer("/objective/name").and_then(Json::as_str);
    let name = name.ok_or_else(|| damaged("does not say its objective"))?;
    let fitting = OBJECTIVES.iter().find(|(of, _)| *of == task).map_or(&[][..], |(_, names)| *names);
    if !fitting.contains(&name) {
        return Err(Error::data(format!(
            "the file was trained with the objective `{name}`, which does not suit the task"
        ))
        .hint(format!("objectives that do: {}", fitting.join(", "))));
    }
    let number =
        |key: &str| learner.pointer(&format!("/learner_model_param/{key}")).and_then(whole).unwrap_or_default();
    let found = number("num_class");
    if task == Task::Multiclass && found != classes {
        return Err(Error::data(format!("the file tells {found} classes apart, and the target has {classes}"))
            .hint("number the classes from 0 in the order that `mlops show` tells"));
    }
    if number("num_target") > 1 {
        return Err(Error::data(format!("the file predicts {} targets, and the model has one", number("num_target"))));
    }
    Ok(name.to_owned())
}

/// What each output starts from. Old versions write one number, new ones a list.
fn base_margins(learner: &Json, objective: &str, outputs: usize) -> Result<Vec<f32>> {
    let stored = learner.pointer("/learner_model_param/base_score").and_then(Json::as_str).unwrap_or_default();
    let wrong = || damaged(&format!("has a `base_score` of `{stored}`, which its objective cannot start from"));
    let list = stored.trim().trim_start_matches('[').trim_end_matches(']');
    let values: Option<Vec<f64>> = list.split(',').map(|value| value.trim().parse().ok()).collect();
    let mut values = values.filter(|values| values.iter().all(|v| v.is_finite())).ok_or_else(wrong)?;
    if values.len() == 1 {
        values = vec![values[0]; outputs];
    }
    if values.len() != outputs {
        return Err(wrong());
    }
    if matches!(objective, "binary:logistic" | "reg:logistic") {
        for value in &mut values {
            if !(*value > 0.0 && *value < 1.0) {
                return Err(wrong());
            }
            *value = -libm::log(1.0 / *value - 1.0);
        }
    }
    Ok(values.into_iter().map(|value| value as f32).collect())
}

/// Trees that give a number for every row: known features, finite leaves and thresholds.
fn check_trees(trees: &[Vec<Tree>], width: usize) -> Result<()> {
    if trees.iter().flatten().all(|tree| tree.fits(width)) {
        return Ok(());
    }
    Err(damaged("is damaged: a tree holds a value that is no finite number, or a feature that is not there"))
}

/// A whole number, as XGBoost writes it: as text.
pub(super) fn whole(value: &Json) -> Option<usize> {
    match value {
        Json::String(text) => text.trim().parse().ok(),
        value => value.as_u64().and_then(|number| usize::try_from(number).ok()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_values_than_memory_bears_are_refused_unread() {
        let nulls = format!("[{}null]", "null,".repeat(99));
        assert!(check_length(&nulls, 100).is_ok());
        let error = check_length(&nulls, 99).unwrap_err();
        assert_eq!(error.message(), "the file holds about 100 values, and at most 99 are read");
        assert!(check_length(r#"{"a":1,"b":{}}"#, 4).is_err());
    }
}
