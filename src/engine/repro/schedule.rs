//! Which stage is next: a stage is ready when all before it are done; of those, DVC's order decides.

use std::collections::BTreeSet;

use super::super::graph::{Graph, Order};

/// The course of a run.
pub(super) struct Schedule<'g> {
    graph: &'g Graph,
    order: &'g Order,
    /// How many stages before each are not done.
    waiting: Vec<usize>,
    /// Places of what can begin.
    ready: BTreeSet<usize>,
    /// Places of what is not done.
    left: BTreeSet<usize>,
}

impl<'g> Schedule<'g> {
    pub(super) fn new(graph: &'g Graph, order: &'g Order) -> Self {
        // What DVC leaves out, such as data that a frozen stage alone reads, is not waited for.
        let counts = |stage: &&usize| order.place(**stage).is_some();
        let waiting: Vec<usize> =
            (0..graph.size()).map(|at| graph.upstream(at).iter().filter(counts).count()).collect();
        let places = order.stages().iter().enumerate();
        let ready = places.filter(|(_, stage)| waiting[**stage] == 0).map(|(place, _)| place).collect();
        let left = (0..order.stages().len()).collect();
        Self { graph, order, waiting, ready, left }
    }

    /// The next stage that can begin; it is given out once.
    pub(super) fn next(&mut self) -> Option<usize> {
        self.ready.pop_first().map(|place| self.order.stages()[place])
    }

    /// A stage that was given out did not begin.
    pub(super) fn put_back(&mut self, stage: usize) {
        self.ready.extend(self.order.place(stage));
    }

    /// A stage is done, well: those that waited for it alone can begin.
    pub(super) fn done(&mut self, stage: usize) {
        if let Some(place) = self.order.place(stage) {
            self.left.remove(&place);
        }
        for &after in self.graph.downstream(stage) {
            let Some(place) = self.order.place(after) else { continue };
            self.waiting[after] = self.waiting[after].saturating_sub(1);
            if self.waiting[after] == 0 {
                self.ready.insert(place);
            }
        }
    }

    /// The first place in DVC's order of a stage that is not done.
    pub(super) fn frontier(&self) -> usize {
        self.left.first().copied().unwrap_or(self.order.stages().len())
    }
}
