//! What can be known to be wrong with a graph before anything runs.

use std::borrow::Borrow;
use std::path::Path;

use super::{Graph, Paths};
use crate::engine::definition::{ParamReader, Stage};
use crate::error::{Error, Result};

/// The outs of all stages, none of which may hold another or the `.dvc` file of another.
///
/// They go in by their order in dvc.yaml, whatever that of `stages` is, since [`Paths`] gives them back in it.
pub(super) fn outs<S: Borrow<Stage>>(stages: &[S]) -> Result<Paths> {
    let mut paths = Paths::default();
    let mut order: Vec<usize> = (0..stages.len()).collect();
    order.sort_by_key(|&at| (stages[at].borrow().is_data(), stages[at].borrow().place));
    for at in order {
        for out in &stages[at].borrow().outs {
            let Some((other, same)) = paths.insert(&out.path, at) else { continue };
            let other = stages[other].borrow();
            let by = if same { String::new() } else { format!(" {}", clash(other, &out.path)) };
            return Err(Error::usage(format!(
                "{}: `{}` is also written by stage `{}`{by}",
                out.location, out.path, other.name
            ))
            .hint("every file is written by one stage alone"));
        }
    }
    for data in stages.iter().map(Borrow::borrow).filter(|stage| stage.is_data()) {
        if let Some(&other) = paths.overlapping(&data.name).first() {
            let other = stages[other].borrow();
            let location = other.outs.first().map_or(&other.location, |out| &out.location);
            return Err(Error::usage(format!(
                "{location}: stage `{}` writes the folder of `{}`",
                other.name, data.name
            ))
            .hint("keep `.dvc` files outside of what stages write"));
        }
    }
    Ok(paths)
}

/// Which out of a stage it is.
fn clash(stage: &Stage, path: &str) -> String {
    let holds = |folder: &str, path: &str| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    let out = stage.outs.iter().find(|out| holds(&out.path, path) || holds(path, &out.path));
    out.map_or_else(String::new, |out| format!("as `{}`", out.path))
}

/// The error for stages that go in a circle; it is told from the one that comes first.
pub(super) fn cycle<S: Borrow<Stage>>(stages: &[S], mut cycle: Vec<usize>) -> Error {
    let first = cycle.iter().copied().min().unwrap_or(0);
    let at = cycle.iter().position(|&at| at == first).unwrap_or(0);
    cycle.rotate_left(at);
    cycle.push(first);
    let names: Vec<&str> = cycle.iter().map(|&at| stages[at].borrow().name.as_str()).collect();
    let location = &stages[first].borrow().location;
    Error::usage(format!("{location}: the stages go in a circle: {}", names.join(" → ")))
        .hint("remove one of the deps, or let the stage write another file")
}

/// Deps and parameters that no stage writes and that do not exist, all of them; those of frozen stages are not needed.
pub fn missing<S: Borrow<Stage>>(root: &Path, stages: &[S], graph: &Graph) -> Vec<Error> {
    let mut problems = Vec::new();
    let mut reader = ParamReader::new(root);
    for stage in stages.iter().map(Borrow::borrow).filter(|stage| !stage.frozen) {
        for dep in &stage.deps {
            if graph.writers(&dep.path).is_empty() && !root.join(&dep.path).exists() {
                problems.push(
                    Error::usage(format!("{}: `{}` is written by no stage and does not exist", dep.location, dep.path))
                        .hint("remove it from the deps, or correct its name"),
                );
            }
        }
        let known = stage.params.iter().filter(|params| graph.writers(&params.file).is_empty());
        problems.extend(known.filter_map(|params| reader.read(params).err()));
    }
    problems
}
