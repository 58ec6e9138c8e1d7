//! Which stage comes after which: an edge runs from an out to every dep that is, holds or lies in it.

mod check;
mod order;
mod paths;

use std::borrow::Borrow;

use super::definition::Stage;
use crate::error::{Error, Result};

pub use check::missing;
pub use order::Order;
pub(super) use paths::Paths;

/// The edges between stages, which are known by their index.
#[derive(Debug, Clone)]
pub struct Graph {
    upstream: Vec<Vec<usize>>,
    downstream: Vec<Vec<usize>>,
    /// Frozen stages: DVC does not look at what they read.
    frozen: Vec<bool>,
    /// Indices of stages that run, in the order of dvc.yaml.
    starts: Vec<usize>,
    outs: Paths,
}

impl Graph {
    /// The graph of stages and of `.dvc` files.
    ///
    /// # Errors
    /// Exit code 2: an out of two stages, a stage that reads its own out, a cycle.
    pub fn new<S: Borrow<Stage>>(stages: &[S]) -> Result<Self> {
        let outs = check::outs(stages)?;
        let mut graph = Self {
            upstream: Vec::with_capacity(stages.len()),
            downstream: vec![Vec::new(); stages.len()],
            frozen: stages.iter().map(|stage| stage.borrow().frozen).collect(),
            starts: (0..stages.len()).filter(|&at| !stages[at].borrow().is_data()).collect(),
            outs,
        };
        graph.starts.sort_by_key(|&at| stages[at].borrow().place);
        let mut last_reader = vec![usize::MAX; stages.len()];
        for (at, stage) in stages.iter().enumerate() {
            let stage = stage.borrow();
            let mut upstream = Vec::new();
            // Files of parameters may be outs as well.
            let deps = stage.deps.iter().map(|dep| (&dep.path, &dep.location));
            for (path, location) in deps.chain(stage.params.iter().map(|p| (&p.file, &p.location))) {
                for writer in graph.outs.overlapping(path) {
                    if writer == at {
                        return Err(Error::usage(format!(
                            "{location}: stage `{}` reads its own out `{path}`",
                            stage.name
                        ))
                        .hint("remove it from the deps, or write another file"));
                    }
                    if std::mem::replace(&mut last_reader[writer], at) != at {
                        upstream.push(writer);
                        graph.downstream[writer].push(at);
                    }
                }
            }
            graph.upstream.push(upstream);
        }
        match graph.cycle() {
            Some(cycle) => Err(check::cycle(stages, cycle)),
            None => Ok(graph),
        }
    }

    /// How many nodes there are.
    pub fn size(&self) -> usize {
        self.upstream.len()
    }

    /// The stages whose outs a stage reads, in the order of its deps.
    pub fn upstream(&self, stage: usize) -> &[usize] {
        self.upstream.get(stage).map_or(&[], Vec::as_slice)
    }

    /// The stages that read the outs of a stage.
    pub fn downstream(&self, stage: usize) -> &[usize] {
        self.downstream.get(stage).map_or(&[], Vec::as_slice)
    }

    /// All stages that a stage needs, directly or not; by index.
    pub fn ancestors(&self, stage: usize) -> Vec<usize> {
        reached(&self.upstream, stage)
    }

    /// All stages that need a stage, directly or not; by index.
    pub fn descendants(&self, stage: usize) -> Vec<usize> {
        reached(&self.downstream, stage)
    }

    /// The stages whose outs are, hold or lie below a path.
    pub fn writers(&self, path: &str) -> Vec<usize> {
        self.outs.overlapping(path)
    }

    /// An order of all nodes in which each comes after those whose outs it reads.
    pub fn order(&self) -> Vec<usize> {
        self.post_order((0..self.upstream.len()).collect(), false, &mut |_| ())
    }

    /// The order in which `dvc repro` runs the stages and what they need, and so writes new entries to dvc.lock.
    ///
    /// It takes one stage of dvc.yaml after the other, and before it what it reads, dep by dep. What a frozen stage
    /// reads is not looked at. A `.dvc` file that nobody reads is left out.
    pub fn dvc_order(&self) -> Vec<usize> {
        self.post_order(self.starts.clone(), true, &mut |_| ())
    }

    /// [`Self::dvc_order`] of `targets` and what they need. (Where that is less than half of all, DVC's own order
    /// changes from run to run.)
    pub fn dvc_order_of(&self, targets: &[usize]) -> Vec<usize> {
        let mut wanted = vec![false; self.upstream.len()];
        for at in self.post_order(targets.to_vec(), true, &mut |_| ()) {
            wanted[at] = true;
        }
        let starts = self.starts.iter().copied().filter(|&at| wanted[at]).collect();
        self.post_order(starts, true, &mut |_| ())
    }

    /// Depth first from each start, a stage after all that it reads; `back` gets the way to a stage that is met on it.
    fn post_order(&self, starts: Vec<usize>, thaw: bool, back: &mut dyn FnMut(&[usize])) -> Vec<usize> {
        let reads = |at: usize| if thaw && self.frozen[at] { &[] } else { self.upstream(at) };
        let mut order = Vec::with_capacity(self.upstream.len());
        let mut seen = vec![false; self.upstream.len()];
        let mut on_way = vec![false; self.upstream.len()];
        for start in starts.into_iter().filter(|&start| start < self.upstream.len()) {
            if std::mem::replace(&mut seen[start], true) {
                continue;
            }
            on_way[start] = true;
            let mut way = vec![start];
            let mut rest = vec![reads(start).iter()];
            while let Some(next) = rest.last_mut().map(Iterator::next) {
                match next {
                    Some(&next) if on_way[next] => {
                        let from = way.iter().position(|&at| at == next).unwrap_or(0);
                        back(&way[from..]);
                    }
                    Some(&next) if seen[next] => {}
                    Some(&next) => {
                        seen[next] = true;
                        on_way[next] = true;
                        way.push(next);
                        rest.push(reads(next).iter());
                    }
                    None => {
                        rest.pop();
                        if let Some(done) = way.pop() {
                            on_way[done] = false;
                            order.push(done);
                        }
                    }
                }
            }
        }
        order
    }

    /// Stages that go in a circle, in the order of the data.
    fn cycle(&self) -> Option<Vec<usize>> {
        let mut found: Option<Vec<usize>> = None;
        self.post_order((0..self.upstream.len()).collect(), false, &mut |way| {
            if found.is_none() {
                found = Some(way.iter().rev().copied().collect());
            }
        });
        found
    }
}

fn reached(edges: &[Vec<usize>], from: usize) -> Vec<usize> {
    let mut seen = vec![false; edges.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for &next in edges.get(at).into_iter().flatten() {
            if !std::mem::replace(&mut seen[next], true) {
                open.push(next);
            }
        }
    }
    seen.iter().enumerate().filter(|(_, seen)| **seen).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests;
