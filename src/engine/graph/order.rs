//! DVC's order of the stages, both ways.

use super::Graph;

/// The order in which `dvc repro` runs the stages, see [`Graph::dvc_order`].
#[derive(Debug, Clone)]
pub struct Order {
    /// The stage at each place.
    stages: Vec<usize>,
    /// The place of each stage.
    places: Vec<Option<usize>>,
}

impl Order {
    /// Of all stages of a graph.
    pub fn of(graph: &Graph) -> Self {
        let stages = graph.dvc_order();
        let mut places = vec![None; graph.size()];
        stages.iter().enumerate().for_each(|(place, &stage)| places[stage] = Some(place));
        Self { stages, places }
    }

    /// The stages, each after those whose outs it reads.
    pub fn stages(&self) -> &[usize] {
        &self.stages
    }

    /// The place of a stage; none where DVC leaves it out, such as data that nobody reads.
    pub fn place(&self, stage: usize) -> Option<usize> {
        self.places.get(stage).copied().flatten()
    }
}
