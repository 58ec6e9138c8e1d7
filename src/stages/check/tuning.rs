//! The spaces of tune.yaml against the algorithms, which check their parameters themselves.

use super::super::{Context, training};
use super::learning::{check_algorithm, check_weights, find, known_task};
use crate::config::{CLASS_WEIGHT, Space, Spaces};
use crate::error::{Error, Result};
use crate::models::{self, Task};
use crate::yaml::Node;

/// Checks tune.yaml.
pub(super) fn check(ctx: &Context, problems: &mut Vec<Error>) {
    let task = known_task(ctx);
    let tune = &ctx.config.tune;
    problems.extend(tune.metric.iter().filter_map(|name| find(name, task).err()));
    problems.extend(tune.algorithms.iter().filter_map(|spaces| check_spaces(ctx, spaces, task).err()));
}

/// Builds the algorithm from all the least values, from all the greatest, and from every end and choice beside the least
/// of the others.
fn check_spaces(ctx: &Context, spaces: &Spaces, task: Option<Task>) -> Result<()> {
    let base = training::as_trained(ctx, &spaces.algorithm);
    let entry = models::find(&spaces.algorithm)?;
    if entry.is_ensemble() {
        let hint = format!(
            "name its estimators under `tune.algorithms`, and write what is found into `train.algorithms.{}.estimators`",
            entry.name
        );
        return Err(spaces
            .algorithm
            .error(format!("`{}` cannot be tuned, but its members can", entry.name))
            .hint(hint));
    }
    let mut ends: Vec<(&Node, Vec<Node>)> = Vec::new();
    for (key, node) in &spaces.params {
        let space = Space::parse(node)?;
        if is_class_weight(key) && matches!(space, Space::Int { .. } | Space::Float { .. }) {
            return Err(key
                .error("class weights are no numbers between two ends")
                .hint("list them, such as `{choices: [null, balanced, {yes: 2}, {yes: 5}]}`"));
        }
        ends.push((key, space.ends(node)));
    }
    let build = |pick: &dyn Fn(usize, &[Node]) -> usize| {
        let values: Vec<(&Node, Node)> = ends
            .iter()
            .enumerate()
            .filter_map(|(at, (key, ends))| Some((*key, ends.get(pick(at, ends))?.clone())))
            .collect();
        let algorithm = base.with_params(Spaces::params(&base.params, &values))?;
        check_algorithm(&algorithm, task)?;
        check_weights(ctx, &algorithm).map_err(|e| match spaces.params.iter().any(|(key, _)| is_class_weight(key)) {
            true => e,
            false => spaces.algorithm.error("it cannot be trained as train.yaml asks").because(e),
        })
    };
    build(&|_, _| 0)?;
    build(&|_, ends| ends.len() - 1)?;
    for (at, (_, all)) in ends.iter().enumerate() {
        for choice in 1..all.len() {
            build(&|other, _| if other == at { choice } else { 0 })?;
        }
    }
    Ok(())
}

fn is_class_weight(key: &Node) -> bool {
    key.as_str() == Some(CLASS_WEIGHT)
}
