//! Algorithms with their parameters and class weights, and metrics by name.

use super::super::Context;
use super::super::train::{check_task, point_at};
use crate::config::{Algorithm, ClassWeight, TaskName, Threshold};
use crate::error::{Error, Result};
use crate::metrics::{self, Metric};
use crate::models::{self, Task};
use crate::yaml::Located;

/// Checks train.yaml and evaluate.yaml.
pub(super) fn check(ctx: &Context, problems: &mut Vec<Error>) {
    let train = &ctx.config.train;
    let task = known_task(ctx);
    for algorithm in &train.algorithms {
        let checked = check_algorithm(algorithm, task).and_then(|()| check_weights(ctx, algorithm));
        problems.extend(checked.err());
    }
    if let Threshold::Metric(name) = &train.threshold {
        problems.extend(check_threshold(name).err());
    }
    let evaluate = &ctx.config.evaluate;
    for name in evaluate.select.iter().chain(evaluate.gates.iter().map(|(metric, _)| metric)) {
        problems.extend(find(name, task).err());
    }
}

/// The task, where the config alone tells it.
pub(super) fn known_task(ctx: &Context) -> Option<Task> {
    let target = &ctx.config.main.target;
    match target.task {
        Some(TaskName::Binary) => Some(Task::Binary),
        Some(TaskName::Multiclass) => Some(Task::Multiclass),
        Some(TaskName::Regression) => Some(Task::Regression),
        None if target.positive.is_some() => Some(Task::Binary),
        None => None,
    }
}

/// Checks the parameters of an algorithm, and that it can do the task.
pub(super) fn check_algorithm(algorithm: &Algorithm, task: Option<Task>) -> Result<()> {
    let entry = models::find(&algorithm.name)?;
    (entry.build)(&algorithm.params)?;
    task.map_or(Ok(()), |task| check_task(entry, algorithm, task))
}

/// Refuses weights, of rows or classes, for what takes none, where they are asked for.
pub(super) fn check_weights(ctx: &Context, algorithm: &Algorithm) -> Result<()> {
    let (entry, train) = (models::find(&algorithm.name)?, &ctx.config.train);
    let by_class = *train.class_weight_of(algorithm) != ClassWeight::Equal;
    let at = |message: &str| match (&train.sample_weight, &algorithm.class_weight) {
        (_, Some((key, _))) if by_class => key.error(message),
        (Some(column), _) => column.error(message),
        _ => train.class_weight.error(message),
    };
    if !by_class && train.sample_weight.is_none() {
        return Ok(());
    }
    if entry.takes_weights {
        let check = (entry.build)(&algorithm.params)?.check_weights();
        return check.map_err(|e| at(e.message()).maybe_hint(e.hint_text().map(str::to_owned)));
    }
    let able: Vec<&str> = models::REGISTRY.iter().filter(|e| e.takes_weights).map(|e| e.name).collect();
    let (kind, way) = if by_class { ("class", "give it `class_weight: null`; ") } else { ("sample", "") };
    let hint = format!("{way}algorithms that take them: {}", able.join(", "));
    Err(at(&format!("`{}` takes no {kind} weights", entry.name)).hint(hint))
}

/// Whatever the task: one of two classes, such as the default, says nothing of several or of numbers, which are then
/// decided without it.
fn check_threshold(name: &Located<String>) -> Result<()> {
    let metric = find(name, None)?;
    if metric.has_threshold() {
        return Ok(());
    }
    Err(name
        .error(format!("metric `{}` does not depend on the threshold", metric.name))
        .hint(format!("metrics that do: {}", metrics::names_with_threshold().join(", "))))
}

pub(super) fn find(name: &Located<String>, task: Option<Task>) -> Result<&'static Metric> {
    let found = match task {
        Some(task) => metrics::find_for(name, task),
        None => metrics::find(name),
    };
    found.map_err(|e| point_at(name, &e))
}
