//! The spaces of tune.yaml against the algorithms, which check their parameters themselves.

use super::super::{Context, training};
use super::learning::{check_algorithm, check_weights, find, known_task};
use crate::config::{Algorithm, Space, Spaces};
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
        ends.push((key, Space::parse(node)?.ends(node)));
    }
    let build = |pick: &dyn Fn(usize, &[Node]) -> usize| {
        let values: Vec<(&Node, Node)> = ends
            .iter()
            .enumerate()
            .filter_map(|(at, (key, ends))| Some((*key, ends.get(pick(at, ends))?.clone())))
            .collect();
        let params = Spaces::params(&base.params, &values);
        let algorithm = Algorithm { params, ..base.clone() };
        check_algorithm(&algorithm, task)?;
        check_weights(ctx, &algorithm)
            .map_err(|e| spaces.algorithm.error("it cannot be trained as train.yaml asks").because(e))
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
