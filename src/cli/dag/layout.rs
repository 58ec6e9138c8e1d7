//! Where boxes stand: layers from top to bottom, ordered so that few lines cross, and columns.

use super::graph::Graph;

/// Blanks between two boxes.
const GAP: usize = 2;
/// Times that layers are ordered, and columns moved, by their neighbours.
const SWEEPS: usize = 8;

/// Boxes and the bends of long edges, layer by layer.
#[derive(Debug)]
pub struct Layout {
    /// In each layer, from left to right.
    pub layers: Vec<Vec<Place>>,
    /// Columns in all.
    pub width: usize,
}

/// A box, or the place where an edge passes a layer.
#[derive(Debug, Clone)]
pub struct Place {
    /// The node of a box; none for a passing edge.
    pub node: Option<usize>,
    /// Its first column.
    pub left: usize,
    /// Its columns.
    pub width: usize,
    /// Places in the layer above that lead to it.
    pub above: Vec<usize>,
}

impl Place {
    /// The column where lines meet it.
    pub fn middle(&self) -> usize {
        self.left + self.width / 2
    }
}

/// None where it would be wider than `most` columns.
pub fn layout(graph: &Graph, most: usize) -> Option<Layout> {
    let mut layers = places(graph);
    if layers.iter().any(|layer| narrowest(layer) > most) {
        return None;
    }
    for sweep in 0..SWEEPS {
        order(&mut layers, sweep % 2 == 0);
    }
    columns(&mut layers);
    let left = layers.iter().flatten().map(|place| place.left).min().unwrap_or(0);
    layers.iter_mut().flatten().for_each(|place| place.left -= left);
    let width = layers.iter().flatten().map(|place| place.left + place.width).max().unwrap_or(0);
    (width <= most).then_some(Layout { layers, width })
}

fn narrowest(layer: &[Place]) -> usize {
    layer.iter().map(|place| place.width).sum::<usize>() + GAP * layer.len().saturating_sub(1)
}

/// Boxes in the layer of their longest way, and bends in between; in the order of the graph.
fn places(graph: &Graph) -> Vec<Vec<Place>> {
    let depth = graph.layers();
    let mut layers: Vec<Vec<Place>> = vec![Vec::new(); depth.iter().max().map_or(0, |most| most + 1)];
    // Where each node, and each edge on its way, stands in its layer.
    let mut at = vec![0; graph.nodes.len()];
    for (node, name) in graph.nodes.iter().enumerate() {
        let mut above = Vec::new();
        for &from in &graph.before[node] {
            let mut last = at[from];
            for layer in layers.iter_mut().take(depth[node]).skip(depth[from] + 1) {
                layer.push(Place { node: None, left: 0, width: 1, above: vec![last] });
                last = layer.len() - 1;
            }
            above.push(last);
        }
        at[node] = layers[depth[node]].len();
        layers[depth[node]].push(Place { node: Some(node), left: 0, width: name.chars().count() + 4, above });
    }
    layers
}

/// Orders each layer by the mean place of its neighbours above, or below.
fn order(layers: &mut [Vec<Place>], down: bool) {
    let count = layers.len();
    let all: Vec<usize> = if down { (1..count).collect() } else { (0..count.saturating_sub(1)).rev().collect() };
    for layer in all {
        let places = layers[layer].len();
        let mut means: Vec<f64> = (0..places).map(|place| place as f64).collect();
        let neighbours = neighbours(layers, layer, down);
        for (mean, near) in means.iter_mut().zip(&neighbours) {
            if !near.is_empty() {
                *mean = near.iter().sum::<usize>() as f64 / near.len() as f64;
            }
        }
        let mut order: Vec<usize> = (0..places).collect();
        order.sort_by(|&a, &b| means[a].total_cmp(&means[b]));
        let mut new = vec![0; places];
        order.iter().enumerate().for_each(|(to, &from)| new[from] = to);
        layers[layer] = order.iter().map(|&from| layers[layer][from].clone()).collect();
        if let Some(below) = layers.get_mut(layer + 1) {
            below.iter_mut().flat_map(|place| &mut place.above).for_each(|above| *above = new[*above]);
        }
    }
}

/// For each place of a layer those it is joined to in the layer above, or below.
fn neighbours(layers: &[Vec<Place>], layer: usize, above: bool) -> Vec<Vec<usize>> {
    if above {
        return layers[layer].iter().map(|place| place.above.clone()).collect();
    }
    let mut result = vec![Vec::new(); layers[layer].len()];
    for (at, place) in layers.get(layer + 1).into_iter().flatten().enumerate() {
        place.above.iter().for_each(|&above| result[above].push(at));
    }
    result
}

/// Side by side first; then each place moves towards the middle of its neighbours as far as there is room.
fn columns(layers: &mut [Vec<Place>]) {
    // Room to the left of the first layer's, which is cut off in the end.
    let widest = layers.iter().map(|layer| narrowest(layer)).max().unwrap_or(0);
    for layer in layers.iter_mut() {
        let mut left = widest + (widest - narrowest(layer)) / 2;
        for place in layer {
            place.left = left;
            left += place.width + GAP;
        }
    }
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let order: Vec<usize> = if down { (0..layers.len()).collect() } else { (0..layers.len()).rev().collect() };
        for layer in order {
            let other = if down { layer.checked_sub(1) } else { Some(layer + 1).filter(|&l| l < layers.len()) };
            let Some(other) = other else { continue };
            let near = neighbours(layers, layer, down);
            let wanted: Vec<Option<usize>> = near
                .iter()
                .map(|near| {
                    let sum: usize = near.iter().map(|&at| layers[other][at].middle()).sum();
                    sum.checked_div(near.len())
                })
                .collect();
            shift(&mut layers[layer], &wanted);
        }
    }
}

/// Moves the places of a layer to the columns wanted for their middles, in order, none over another.
fn shift(layer: &mut [Place], wanted: &[Option<usize>]) {
    let left = |place: &Place, middle: &Option<usize>| {
        middle.map_or(place.left, |middle| middle.saturating_sub(place.width / 2))
    };
    // To the right in a first round, and back to the left in a second, as far as wanted.
    let goals: Vec<usize> = layer.iter().zip(wanted).map(|(place, middle)| left(place, middle)).collect();
    let mut free = 0;
    for (place, &goal) in layer.iter_mut().zip(&goals) {
        place.left = goal.max(free);
        free = place.left + place.width + GAP;
    }
    // What was pushed to the right shares the push with those that pushed it.
    let excess: usize = layer.iter().zip(&goals).map(|(place, goal)| place.left - goal).sum();
    let mean = excess / layer.len().max(1);
    layer.iter_mut().for_each(|place| place.left = place.left.saturating_sub(mean));
}
