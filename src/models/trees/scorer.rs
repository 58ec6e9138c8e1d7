//! Rows on their way down trees: what predictions cost.
//!
//! A row is copied as the ranks of its values in those features alone that some split looks at, so wide sparse rows take
//! little memory. A rank is a whole number that compares as its value does, and a missing value's is above all others:
//! one more added to both sides of a comparison puts it below all, so a node needs a single one.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::tree::{Entry, Tree};
use crate::data::{Block, Matrix};
use crate::models::rows::narrow;

/// Rows sent through a tree side by side: the CPU follows one while another waits for memory.
const LANES: usize = 8;
/// Levels between two looks at whether all rows have come to their leaves.
const LEVELS: usize = 4;
/// Ranks of the rows scored at a time: they and a tree stay in the CPU's cache.
const CHUNK: usize = 1 << 12;
/// The rank of a missing value.
const MISSING: u32 = u32::MAX;

/// A node as rows pass it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Node {
    /// Which of a row's ranks counts.
    place: u32,
    /// Rows with less go to the next node. A leaf's is 0: none goes on.
    bound: u32,
    /// What is added before: 1 where rows that miss the feature go to the next node. A leaf's number, from 0 on.
    shift: u32,
    /// Where the others go; a leaf's is the leaf.
    right: u32,
}

/// Trees as rows are sent down them.
#[derive(Debug)]
pub struct Scorer {
    trees: Vec<Way>,
    /// Of each feature its place in the rows, of one that no split looks at none.
    places: Vec<Option<u32>>,
    /// Length of a row.
    width: usize,
}

#[derive(Debug)]
struct Way {
    nodes: Vec<Node>,
    depth: usize,
    /// Of each leaf one after the other.
    values: Vec<f32>,
    /// Values of a leaf.
    outputs: usize,
}

/// Some rows of a matrix, for one [`Scorer`].
pub struct Ranks {
    /// Row after row; those that fill the last lanes are missing everywhere.
    ranks: Vec<u32>,
    rows: usize,
}

/// As values compare, so do their ranks.
fn rank(value: f32) -> u32 {
    if value.is_nan() {
        return MISSING;
    }
    // To add 0 makes of -0 the 0 that it equals.
    let bits = (value + 0.0).to_bits();
    bits ^ if bits >> 31 == 1 { u32::MAX } else { 1 << 31 }
}

impl Scorer {
    /// For trees that look at `features` features.
    pub fn of(trees: &[Tree], features: usize) -> Self {
        let mut places = vec![None; features];
        for entry in trees.iter().flat_map(Tree::entries) {
            if let Entry::Split { feature, .. } = entry
                && let Some(place) = places.get_mut(*feature as usize)
            {
                *place = Some(0);
            }
        }
        let seen = places.iter_mut().flatten();
        let width = seen.enumerate().map(|(at, place)| *place = at as u32).count();
        let trees = trees.iter().map(|tree| Way::of(tree, &places)).collect();
        // A leaf looks at the first rank, so there must be one.
        Self { trees, places, width: width.max(1) }
    }

    /// How many rows are best scored at a time.
    pub fn rows_at_once(&self) -> usize {
        (CHUNK / self.width).max(LANES)
    }

    /// Rows as they are scored.
    pub fn ranks(&self, x: &Matrix, rows: Range<usize>) -> Ranks {
        let width = self.width;
        let count = rows.len();
        let mut ranks = vec![MISSING; count.next_multiple_of(LANES) * width];
        let mut first = 0;
        for block in &x.blocks {
            let places = self.places.get(first..first + block.width()).unwrap_or_default();
            match block {
                Block::Dense(columns) => {
                    for (column, place) in columns.iter().zip(places) {
                        let Some(place) = place else { continue };
                        let cells = ranks.iter_mut().skip(*place as usize).step_by(width);
                        let values = column.get(rows.clone()).unwrap_or_default();
                        cells.zip(values).for_each(|(cell, value)| *cell = rank(narrow(*value)));
                    }
                }
                Block::Sparse(sparse) => {
                    for (row, cells) in rows.clone().zip(ranks.chunks_exact_mut(width)) {
                        for (at, value) in sparse.row(row) {
                            if let Some(Some(place)) = places.get(at) {
                                cells[*place as usize] = rank(narrow(value));
                            }
                        }
                    }
                }
            }
            first += block.width();
        }
        Ranks { ranks, rows: count }
    }

    /// Whether rows are so few that each is better sent down several trees at once than down one beside the others.
    pub fn is_few(rows: &Ranks) -> bool {
        rows.rows * 2 <= LANES
    }

    /// Adds what all trees give each of few rows to the row's sums, as [`Scorer::add`] does tree by tree: to the same
    /// bits. `first` is the first sum of a tree.
    pub fn add_all(&self, rows: &Ranks, sums: &mut [f64], first: impl Fn(usize) -> usize, stride: usize) {
        for (ranks, sums) in rows.ranks.chunks_exact(self.width).zip(sums.chunks_exact_mut(stride)) {
            for (group, ways) in self.trees.chunks(LANES).enumerate() {
                let leaves = Way::leaves_of(ways, ranks);
                for (at, (way, leaf)) in ways.iter().zip(leaves).enumerate() {
                    let values = &way.values[leaf as usize * way.outputs..][..way.outputs];
                    let sums = sums[first(group * LANES + at)..].iter_mut();
                    sums.zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
                }
            }
        }
    }

    /// Adds what a tree gives each row to the row's sums, of which there are `stride`, from the `first` on.
    pub fn add(&self, tree: usize, rows: &Ranks, sums: &mut [f64], first: usize, stride: usize) {
        let Some(way) = self.trees.get(tree) else { return };
        let lanes = rows.ranks.chunks_exact(self.width * LANES).zip(sums.chunks_mut(stride * LANES));
        for (ranks, sums) in lanes {
            let leaves = way.leaves(ranks, self.width);
            for (leaf, sums) in leaves.iter().zip(sums.chunks_exact_mut(stride)) {
                let values = &way.values[*leaf as usize * way.outputs..][..way.outputs];
                sums[first..].iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
    }
}

impl Ranks {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

impl Way {
    fn of(tree: &Tree, places: &[Option<u32>]) -> Self {
        let (mut nodes, mut values, mut depths) = (Vec::new(), Vec::new(), vec![0; tree.entries().len()]);
        let (mut leaves, mut outputs) = (0, 1);
        for (at, entry) in tree.entries().iter().enumerate() {
            let (left, right) = tree.children(at);
            nodes.push(match *entry {
                Entry::Split { feature, threshold, default_left, .. } => {
                    depths[left] = depths[at] + 1;
                    depths[right] = depths[at] + 1;
                    let shift = u32::from(default_left);
                    let place = places.get(feature as usize).copied().flatten().unwrap_or_default();
                    Node { place, bound: rank(threshold) + shift, shift, right: right as u32 }
                }
                Entry::Leaf { .. } => {
                    outputs = tree.leaf(at).len();
                    values.extend_from_slice(tree.leaf(at));
                    leaves += 1;
                    Node { place: 0, bound: 0, shift: leaves - 1, right: at as u32 }
                }
            });
        }
        Self { nodes, depth: depths.into_iter().max().unwrap_or(0), values, outputs }
    }

    /// The leaves of so many trees that a row comes to.
    fn leaves_of(ways: &[Way], ranks: &[u32]) -> [u32; LANES] {
        let mut at = [0u32; LANES];
        for _ in 0..ways.iter().map(|way| way.depth).max().unwrap_or(0) {
            for (way, at) in ways.iter().zip(&mut at) {
                let node = way.nodes[*at as usize];
                let goes_on = ranks[node.place as usize].wrapping_add(node.shift) < node.bound;
                *at = select_unpredictable(goes_on, *at + 1, node.right);
            }
        }
        for (way, at) in ways.iter().zip(&mut at) {
            *at = way.nodes[*at as usize].shift;
        }
        at
    }

    /// The leaves that so many rows come to.
    fn leaves(&self, ranks: &[u32], width: usize) -> [u32; LANES] {
        let nodes = self.nodes.as_slice();
        let mut at = [0u32; LANES];
        for level in (0..self.depth).step_by(LEVELS) {
            let before = at;
            for _ in level..self.depth.min(level + LEVELS) {
                for (lane, at) in at.iter_mut().enumerate() {
                    let node = nodes[*at as usize];
                    let rank = ranks[lane * width + node.place as usize];
                    let goes_on = rank.wrapping_add(node.shift) < node.bound;
                    // No CPU could foresee it.
                    *at = select_unpredictable(goes_on, *at + 1, node.right);
                }
            }
            if at == before {
                break;
            }
        }
        at.map(|at| nodes[at as usize].shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_compare_as_values_do_and_what_is_missing_is_above_them() {
        let rising =
            [f32::NEG_INFINITY, -1e37, -1.5, -f32::MIN_POSITIVE, 0.0, 1e-45, 2.0, 1e37, f32::INFINITY, f32::NAN];
        assert!(rising.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
        assert!(rank(-0.0) == rank(0.0) && rank(f32::INFINITY) + 1 < MISSING);
    }
}
