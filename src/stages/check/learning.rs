//! Algorithms with their parameters and class weights, and metrics by name.

use std::collections::BTreeSet;

use super::super::evaluate::check_plots;
use super::super::report::check as check_figures;
use super::super::train::point_at;
use super::super::{Context, training};
use crate::config::{Algorithm, ClassWeight, TaskName, Threshold, Train};
use crate::error::{Error, Result};
use crate::metrics::{self, Metric};
use crate::models::{self, Entry, Estimator, Task};
use crate::yaml::{Located, Node};

/// Checks train.yaml, evaluate.yaml and report.yaml.
pub(super) fn check(ctx: &Context, problems: &mut Vec<Error>) {
    let train = &ctx.config.train;
    let task = known_task(ctx);
    // Where nothing is mapped, only the rows tell the classes.
    let labels: BTreeSet<&str> = ctx.config.main.target.map.iter().map(|(_, label)| label.as_str()).collect();
    let labels: Vec<&str> = labels.into_iter().collect();
    for algorithm in &train.algorithms {
        let checked = check_algorithm(algorithm, task)
            .and_then(|()| check_weights(ctx, algorithm))
            .and_then(|()| training::check_class_weights(train, algorithm, &labels));
        problems.extend(checked.err());
    }
    match &train.threshold {
        Threshold::Metric(name) => problems.extend(check_threshold(name).err()),
        Threshold::Costs(costs) => problems.extend(training::check_costs(costs, &labels).err()),
        Threshold::Fixed(_) => {}
    }
    let evaluate = &ctx.config.evaluate;
    problems.extend(task.and_then(|task| check_plots(ctx, task).err()));
    problems.extend(task.and_then(|task| check_figures(ctx, task).err()));
    let permuted = evaluate.permutation_importance.as_ref().and_then(|importance| importance.metric.as_ref());
    let gated = evaluate.gates.iter().map(|(metric, _)| metric);
    let learned = ctx.config.report.learning_curve.as_ref().and_then(|curve| curve.metric.as_ref());
    for name in evaluate.select.iter().chain(gated).chain(permuted).chain(learned) {
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
    task.map_or(Ok(()), |task| training::check_task(algorithm, task))
}

/// Refuses weights, of rows or classes, for what takes none, where they are asked for; of an ensemble, for its members.
pub(super) fn check_weights(ctx: &Context, algorithm: &Algorithm) -> Result<()> {
    let (entry, train) = (models::find(&algorithm.name)?, &ctx.config.train);
    let estimator = (entry.build)(&algorithm.params)?;
    let own = algorithm.class_weight.as_ref().map(|(key, weight)| (key, weight));
    let Some(blend) = estimator.blend() else { return check_weights_of(train, entry, estimator.as_ref(), own) };
    for part in blend.parts() {
        let weight = part.class_weight.as_ref().map(|(_, weight)| weight.to::<ClassWeight>()).transpose()?;
        let key = part.class_weight.as_ref().map(|(key, _)| key);
        let own = key.zip(weight.as_ref()).or(own);
        check_weights_of(train, part.entry, part.estimator.as_ref(), own)?;
    }
    Ok(())
}

/// Of one algorithm, whose own class weight stands at a key.
fn check_weights_of(
    train: &Train,
    entry: &Entry,
    estimator: &dyn Estimator,
    own: Option<(&Node, &ClassWeight)>,
) -> Result<()> {
    let by_class = *own.map_or(&train.class_weight.value, |(_, weight)| weight) != ClassWeight::Equal;
    let at = |message: &str| match (&train.sample_weight, own) {
        (_, Some((key, _))) if by_class => key.error(message),
        (Some(column), _) => column.error(message),
        _ => train.class_weight.error(message),
    };
    if !by_class && train.sample_weight.is_none() {
        return Ok(());
    }
    if entry.takes_weights {
        let check = estimator.check_weights();
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
