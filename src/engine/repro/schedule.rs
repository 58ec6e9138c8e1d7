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
}

impl<'g> Schedule<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        let order = graph.dvc_order();
        let mut rank = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &stage)| rank[stage] = place);
        let waiting: Vec<usize> = (0..order.len()).map(|stage| graph.upstream(stage).len()).collect();
        let ready = (0..order.len()).filter(|&stage| waiting[stage] == 0).map(|stage| rank[stage]).collect();
        Self { graph, rank, order, waiting, ready }
    }

    /// The next stage that can begin; it is given out once.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop_first().map(|rank| self.order[rank])
    }

    /// A stage is done, well: those that waited for it alone can begin.
    pub(super) fn done(&mut self, stage: usize) {
        for &after in self.graph.downstream(stage) {
            self.waiting[after] = self.waiting[after].saturating_sub(1);
            if self.waiting[after] == 0 {
                self.ready.insert(self.rank[after]);
            }
        }
    }

    /// The place of a stage in DVC's order.
    pub(super) fn rank(&self, stage: usize) -> usize {
        self.rank[stage]
    }
}
