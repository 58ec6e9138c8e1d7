//! Which stage is next: a stage is ready when all before it are done; of those, DVC's order decides.

use std::collections::BTreeSet;

use super::super::graph::Graph;

/// The order of a run.
pub(super) struct Schedule<'g> {
    graph: &'g Graph,
    /// The place of each stage in DVC's order.
    rank: Vec<usize>,
    /// The stage at each place.
    order: Vec<usize>,
    /// How many stages before each are not done.
    waiting: Vec<usize>,
    /// Ranks of what can begin.
    ready: BTreeSet<usize>,
    /// Ranks of what is not done.
    left: BTreeSet<usize>,
}

impl<'g> Schedule<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let order = graph.dvc_order();
        let nodes = order.iter().max().map_or(0, |last| last + 1);
        let mut rank = vec![usize::MAX; nodes];
        order.iter().enumerate().for_each(|(place, &stage)| rank[stage] = place);
        // What DVC leaves out, such as data that a frozen stage alone reads, is not waited for.
        let counts = |stage: &usize| rank.get(*stage).is_some_and(|rank| *rank != usize::MAX);
        let waiting: Vec<usize> =
            (0..nodes).map(|stage| graph.upstream(stage).iter().filter(|before| counts(before)).count()).collect();
        let ready = order.iter().filter(|&&stage| waiting[stage] == 0).map(|&stage| rank[stage]).collect();
        let left = (0..order.len()).collect();
        Self { graph, rank, order, waiting, ready, left }
    }

    /// The next stage that can begin; it is given out once.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop_first().map(|rank| self.order[rank])
    }

    /// A stage is done, well: those that waited for it alone can begin.
    pub(super) fn done(&mut self, stage: usize) {
        if let Some(rank) = self.rank.get(stage) {
            self.left.remove(rank);
        }
        for &after in self.graph.downstream(stage) {
            let (Some(waiting), Some(&rank)) = (self.waiting.get_mut(after), self.rank.get(after)) else { continue };
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 && rank != usize::MAX {
                self.ready.insert(rank);
            }
        }
    }

    /// The first place in DVC's order of a stage that is not done.
    pub(super) fn frontier(&self) -> usize {
        self.left.first().copied().unwrap_or(self.order.len())
    }
}
