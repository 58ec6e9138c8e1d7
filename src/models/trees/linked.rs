//! Trees whose nodes say where their right side is; the left one follows its node.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::ranks::{LANES, Places, Ranks};
use super::tree::{Entry, Tree};

/// Levels between two looks at whether all rows have come to their leaves.
const LEVELS: usize = 4;
/// Ranks of the rows scored at a time: they and a tree stay in the CPU's cache.
const CHUNK: usize = 1 << 12;

/// Trees of any shape.
#[derive(Debug)]
pub struct Linked {
    places: Places,
    nodes: Vec<Node>,
    trees: Vec<Way>,
    /// Values of the leaves of one tree after the other.
    values: Vec<f32>,
    /// Values of a leaf.
    outputs: usize,
}

/// A node that says where its right side is.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Which of a row's ranks counts.
    place: u32,
    /// Rows with less go to the next node. A leaf's is 0: none goes on.
    bound: u32,
    /// The node where the others go, among those of all trees; a leaf's is the leaf.
    right: u32,
    /// Place of a leaf among the leaves of all trees.
    leaf: u32,
}

/// Where a tree begins.
#[derive(Debug, Clone, Copy)]
struct Way {
    root: u32,
    depth: usize,
}

/// Leaves that rows come to, among those of all trees.
type Leaves = [u32; LANES];

impl Linked {
    /// For trees that look at `features` features.
    pub fn of(trees: &[Tree], features: usize) -> Self {
        let entries = trees.iter().map(|tree| tree.entries().len()).sum();
        let mut linked = Self {
            places: Places::of(trees, features),
            nodes: Vec::with_capacity(entries),
            trees: Vec::with_capacity(trees.len()),
            values: Vec::new(),
            outputs: trees.first().map_or(1, Tree::outputs),
        };
        trees.iter().for_each(|tree| linked.push(tree));
        linked
    }

    fn push(&mut self, tree: &Tree) {
        let root = self.nodes.len();
        self.trees.push(Way { root: root as u32, depth: tree.depth() });
        for (at, entry) in tree.entries().iter().enumerate() {
            self.nodes.push(match *entry {
                Entry::Split { feature, threshold, default_left, .. } => {
                    let (place, bound) = self.places.split(feature, threshold, default_left);
                    Node { place, bound, right: (root + tree.children(at).1) as u32, leaf: 0 }
                }
                Entry::Leaf { .. } => {
                    let leaf = tree.leaf(at);
                    let number = self.values.len() / leaf.len().max(1);
                    self.values.extend_from_slice(leaf);
                    Node { place: 0, bound: 0, right: (root + at) as u32, leaf: number as u32 }
                }
            });
        }
    }

    /// How many rows are best scored at a time.
    pub fn rows_at_once(&self) -> usize {
        (CHUNK / self.places.width()).max(LANES)
    }

    /// The ranks by which rows are scored.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// As [`super::Scorer::add`].
    pub fn add(&self, trees: usize, rows: &Ranks, sums: &mut [f64], first: impl Fn(usize) -> usize, stride: usize) {
        // Few rows are better sent down several trees at once, each by itself; of many, all go down one before the next.
        let few = rows.rows() % LANES;
        let few = if few * 2 <= LANES { few } else { 0 };
        let (many, few) = sums.split_at_mut((rows.rows() - few) * stride);
        for tree in 0..trees {
            let first = first(tree);
            for (group, sums) in rows.groups().zip(many.chunks_mut(stride * LANES)) {
                let leaves = self.leaves(tree, group);
                let sums = sums.chunks_exact_mut(stride).zip(leaves);
                sums.for_each(|(sums, leaf)| self.give(leaf, &mut sums[first..]));
            }
        }
        let Some(group) = rows.groups().last() else { return };
        for (lane, sums) in few.chunks_exact_mut(stride).enumerate() {
            for from in (0..trees).step_by(LANES) {
                let some = from..trees.min(from + LANES);
                let leaves = self.leaves_of(some.clone(), group, lane);
                some.zip(leaves).for_each(|(tree, leaf)| self.give(leaf, &mut sums[first(tree)..]));
            }
        }
    }

    #[inline]
    fn give(&self, leaf: u32, sums: &mut [f64]) {
        if self.outputs == 1 {
            sums[0] += f64::from(self.values[leaf as usize]);
            return;
        }
        let values = &self.values[leaf as usize * self.outputs..][..self.outputs];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += f64::from(*value));
    }

    /// The leaves of some trees that the row of a lane comes to.
    fn leaves_of(&self, trees: Range<usize>, group: &[[u32; LANES]], lane: usize) -> Leaves {
        let ways = &self.trees[trees];
        let mut at = [ways.first().map_or(0, |way| way.root); LANES];
        at.iter_mut().zip(ways).for_each(|(at, way)| *at = way.root);
        for _ in 0..ways.iter().map(|way| way.depth).max().unwrap_or(0) {
            at.iter_mut().for_each(|at| *at = self.next(*at, group, lane));
        }
        at.map(|at| self.nodes[at as usize].leaf)
    }

    /// The leaves of a tree that the rows of all lanes come to.
    fn leaves(&self, tree: usize, group: &[[u32; LANES]]) -> Leaves {
        let way = self.trees[tree];
        let mut at = [way.root; LANES];
        for level in (0..way.depth).step_by(LEVELS) {
            let before = at;
            for _ in level..way.depth.min(level + LEVELS) {
                at.iter_mut().enumerate().for_each(|(lane, at)| *at = self.next(*at, group, lane));
            }
            if at == before {
                break;
            }
        }
        at.map(|at| self.nodes[at as usize].leaf)
    }

    /// The node that a row goes to from another.
    #[inline(always)]
    fn next(&self, at: u32, group: &[[u32; LANES]], lane: usize) -> u32 {
        let node = self.nodes[at as usize];
        let goes_on = group[node.place as usize][lane] < node.bound;
        // No CPU could foresee it.
        select_unpredictable(goes_on, at + 1, node.right)
    }
}
