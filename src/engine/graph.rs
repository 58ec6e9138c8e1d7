//! Which stage comes after which: an edge runs from an out to every dep that is, holds or lies in it.

use super::stage::Stage;
use crate::error::{Error, Result};

/// The order in which stages can run: each after those whose outs it reads, else as given.
///
/// # Errors
/// Exit code 2: an out of two stages, or a cycle.
pub(super) fn order(stages: &[Stage]) -> Result<Vec<usize>> {
    check_outs(stages)?;
    let before: Vec<Vec<usize>> = stages.iter().map(|stage| upstream(stages, stage)).collect();
    let mut done = vec![false; stages.len()];
    let mut order = Vec::with_capacity(stages.len());
    while order.len() < stages.len() {
        let ready = (0..stages.len()).find(|&at| !done[at] && before[at].iter().all(|&earlier| done[earlier]));
        let Some(at) = ready else { return Err(cycle(stages, &before, &done)) };
        done[at] = true;
        order.push(at);
    }
    Ok(order)
}

fn upstream(stages: &[Stage], stage: &Stage) -> Vec<usize> {
    let reads = |other: &Stage| stage.deps.iter().any(|dep| other.outs.iter().any(|out| overlap(&dep.path, &out.path)));
    stages.iter().enumerate().filter(|(_, other)| reads(other)).map(|(at, _)| at).collect()
}

/// Whether two paths are the same or one lies in the other.
fn overlap(a: &str, b: &str) -> bool {
    let holds = |folder: &str, path: &str| {
        path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    holds(a, b) || holds(b, a)
}

fn check_outs(stages: &[Stage]) -> Result<()> {
    let mut seen: Vec<(&str, &Stage)> = Vec::new();
    for stage in stages {
        for out in &stage.outs {
            if let Some((path, other)) = seen.iter().find(|(path, _)| overlap(path, &out.path)) {
                let same = if *path == out.path { String::new() } else { format!(" as `{path}`") };
                return Err(Error::usage(format!(
                    "{}: `{}` is also written by stage `{}`{same}",
                    out.location, out.path, other.name
                ))
                .hint("every file is written by one stage alone"));
            }
            seen.push((&out.path, stage));
        }
    }
    Ok(())
}

/// Follows unfinished stages upstream until one comes again.
fn cycle(stages: &[Stage], before: &[Vec<usize>], done: &[bool]) -> Error {
    let mut path: Vec<usize> = done.iter().position(|d| !d).into_iter().collect();
    while let Some(next) = path.last().and_then(|&last| before[last].iter().copied().find(|&b| !done[b])) {
        if let Some(start) = path.iter().position(|&p| p == next) {
            path.drain(..start);
            break;
        }
        path.push(next);
    }
    let first = path.iter().copied().min().unwrap_or(0);
    // Upstream order reversed is the order of the data; it is told from its first stage on.
    path.reverse();
    let at = path.iter().position(|&p| p == first).unwrap_or(0);
    path.rotate_left(at);
    path.push(first);
    let names: Vec<&str> = path.iter().map(|&p| stages[p].name.as_str()).collect();
    Error::usage(format!("{}: the stages go in a circle: {}", stages[first].location, names.join(" → ")))
        .hint("remove one of the deps, or let the stage write another file")
}
