//! Rows on their way down trees: what predictions cost.
//!
//! Trees are laid out in one of two ways. Shallow ones are filled up to the same depth, so that the way to a leaf follows
//! from its number alone; others have nodes that say where the right side is. A row comes to the same leaf in both.

use std::hint::select_unpredictable;
use std::ops::Range;

use super::ranks::{LANES, Places, Ranks};
use super::tree::{Entry, Tree};
use crate::data::Matrix;

/// Levels between two looks at whether all rows have come to their leaves.
const LEVELS: usize = 4;
/// Ranks of the rows scored at a time: they and a tree stay in the CPU's cache.
const CHUNK: usize = 1 << 12;
/// Rows whose places the CPU keeps in its registers.
const HALF: usize = LANES / 2;
/// Depth up to which trees may be filled up.
const SHALLOW: usize = 8;
/// Nodes that filling up may make of one.
const FILLED: usize = 3;

/// Trees as rows are sent down them.
#[derive(Debug)]
pub struct Scorer {
    places: Places,
    layout: Layout,
    /// Values of the leaves of one tree after the other.
    values: Vec<f32>,
    /// Values of a leaf.
    outputs: usize,
}

#[derive(Debug)]
enum Layout {
    /// All of the same depth: of each tree `1 << depth` nodes, the first of no use, and as many leaves. Below the node `at`
    /// are those at `2 * at` and `2 * at + 1`.
    Filled { depth: usize, nodes: Vec<Filled> },
    /// The side on the left follows its node.
    Linked { nodes: Vec<Linked>, trees: Vec<Way> },
}

/// A node of a tree that is filled up. What stands below a leaf sends all rows to the right.
#[derive(Debug, Clone, Copy, Default)]
struct Filled {
    /// Which of a row's ranks counts.
    place: u32,
    /// Rows with less go to the left.
    bound: u32,
}

/// A node that says where its right side is.
#[derive(Debug, Clone, Copy)]
struct Linked {
    /// Which of a row's ranks counts.
    place: u32,
    /// Rows with less go to the next node. A leaf's is 0: none goes on.
    bound: u32,
    /// The node where the others go, among those of all trees; a leaf's is the leaf.
    right: u32,
    /// Place of a leaf among the leaves of all trees.
    leaf: u32,
}

/// Where a linked tree begins.
#[derive(Debug, Clone, Copy)]
struct Way {
    root: u32,
    depth: usize,
}

/// Leaves that rows come to, among those of all trees.
type Leaves = [u32; LANES];

impl Scorer {
    /// For trees that look at `features` features, each leaf of as many values.
    pub fn of(trees: &[Tree], features: usize) -> Self {
        let places = Places::of(trees, features);
        let outputs = trees.first().map_or(1, Tree::outputs);
        let depth = trees.iter().map(Tree::depth).max().unwrap_or(0);
        let entries: usize = trees.iter().map(|tree| tree.entries().len()).sum();
        let mut values = Vec::new();
        let layout = if depth <= SHALLOW && trees.len() << depth <= FILLED * entries {
            let mut nodes = vec![Filled::default(); trees.len() << depth];
            values = vec![0.0; (trees.len() << depth) * outputs];
            for (tree, first) in trees.iter().zip((0..).step_by(1 << depth)) {
                fill(tree, depth, &places, &mut nodes[first..][..1 << depth], &mut values[first * outputs..]);
            }
            Layout::Filled { depth, nodes }
        } else {
            let (mut nodes, mut ways) = (Vec::with_capacity(entries), Vec::with_capacity(trees.len()));
            for tree in trees {
                ways.push(Way { root: nodes.len() as u32, depth: tree.depth() });
                link(tree, &places, &mut nodes, &mut values);
            }
            Layout::Linked { nodes, trees: ways }
        };
        Self { places, layout, values, outputs }
    }

    /// How many rows are best scored at a time.
    pub fn rows_at_once(&self) -> usize {
        (CHUNK / self.places.width()).max(LANES)
    }

    /// Rows as they are scored.
    pub fn ranks(&self, x: &Matrix, rows: Range<usize>) -> Ranks {
        self.places.ranks(x, rows)
    }

    /// Adds what `trees` trees give each row to the row's sums, of which there are `stride`: a tree's from the `first` on.
    /// Trees are added in their order, whatever rows are beside it.
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
        match &self.layout {
            Layout::Filled { depth, nodes } => {
                // Lanes without a tree of their own follow the first.
                let tree = |at: usize| if at < trees.len() { trees.start + at } else { trees.start };
                let firsts: [usize; LANES] = std::array::from_fn(|at| tree(at) << depth);
                let mut at = [1; LANES];
                for _ in 0..*depth {
                    at.iter_mut().zip(&firsts).for_each(|(at, first)| {
                        let node = nodes[first + *at];
                        *at = 2 * *at + usize::from(group[node.place as usize][lane] >= node.bound);
                    });
                }
                std::array::from_fn(|tree| (firsts[tree] + at[tree] - (1 << depth)) as u32)
            }
            Layout::Linked { nodes, trees: ways } => {
                let ways = &ways[trees];
                let mut at = [ways.first().map_or(0, |way| way.root); LANES];
                at.iter_mut().zip(ways).for_each(|(at, way)| *at = way.root);
                for _ in 0..ways.iter().map(|way| way.depth).max().unwrap_or(0) {
                    at.iter_mut().for_each(|at| *at = next(nodes, *at, group, lane));
                }
                at.map(|at| nodes[at as usize].leaf)
            }
        }
    }

    /// The leaves of a tree that the rows of all lanes come to.
    fn leaves(&self, tree: usize, group: &[[u32; LANES]]) -> Leaves {
        match &self.layout {
            Layout::Filled { depth, nodes } => {
                let first = tree << depth;
                let nodes = &nodes[first..][..1 << depth];
                let [a, b, c, d] = down::<0>(nodes, *depth, group, first as u32);
                let [e, f, g, h] = down::<HALF>(nodes, *depth, group, first as u32);
                [a, b, c, d, e, f, g, h]
            }
            Layout::Linked { nodes, trees } => {
                let way = trees[tree];
                let mut at = [way.root; LANES];
                for level in (0..way.depth).step_by(LEVELS) {
                    let before = at;
                    for _ in level..way.depth.min(level + LEVELS) {
                        at.iter_mut().enumerate().for_each(|(lane, at)| *at = next(nodes, *at, group, lane));
                    }
                    if at == before {
                        break;
                    }
                }
                at.map(|at| nodes[at as usize].leaf)
            }
        }
    }
}

/// The leaves of a tree that is filled up, of which the first has the number `first`: those of as many rows, from
/// `LANE` on, as leave some of the CPU's registers free for all else.
#[inline(always)]
fn down<const LANE: usize>(nodes: &[Filled], depth: usize, group: &[[u32; LANES]], first: u32) -> [u32; HALF] {
    let mut at = [1_u32; HALF];
    for _ in 0..depth {
        for (offset, at) in at.iter_mut().enumerate() {
            let node = nodes[*at as usize];
            *at = 2 * *at + u32::from(group[node.place as usize][LANE + offset] >= node.bound);
        }
    }
    // The first node below the last level would be the first leaf.
    at.map(|at| first + at - (1 << depth))
}

/// The node that a row goes to from another.
#[inline(always)]
fn next(nodes: &[Linked], at: u32, group: &[[u32; LANES]], lane: usize) -> u32 {
    let node = nodes[at as usize];
    let goes_on = group[node.place as usize][lane] < node.bound;
    // No CPU could foresee it.
    select_unpredictable(goes_on, at + 1, node.right)
}

fn fill(tree: &Tree, depth: usize, places: &Places, nodes: &mut [Filled], values: &mut [f32]) {
    // Each entry with its place among the nodes, and its level.
    let mut left = vec![(0, 1, 0)];
    while let Some((entry, mut at, level)) = left.pop() {
        match tree.entries()[entry] {
            Entry::Split { feature, threshold, default_left, .. } => {
                let (place, bound) = places.split(feature, threshold, default_left);
                nodes[at] = Filled { place, bound };
                let (to_left, to_right) = tree.children(entry);
                left.extend([(to_left, 2 * at, level + 1), (to_right, 2 * at + 1, level + 1)]);
            }
            Entry::Leaf { .. } => {
                (level..depth).for_each(|_| at = 2 * at + 1);
                let leaf = tree.leaf(entry);
                values[(at - (1 << depth)) * leaf.len()..][..leaf.len()].copy_from_slice(leaf);
            }
        }
    }
}

fn link(tree: &Tree, places: &Places, nodes: &mut Vec<Linked>, values: &mut Vec<f32>) {
    let root = nodes.len();
    for (at, entry) in tree.entries().iter().enumerate() {
        nodes.push(match *entry {
            Entry::Split { feature, threshold, default_left, .. } => {
                let (place, bound) = places.split(feature, threshold, default_left);
                Linked { place, bound, right: (root + tree.children(at).1) as u32, leaf: 0 }
            }
            Entry::Leaf { .. } => {
                let leaf = tree.leaf(at);
                let number = values.len() / leaf.len().max(1);
                values.extend_from_slice(leaf);
                Linked { place: 0, bound: 0, right: (root + at) as u32, leaf: number as u32 }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Block, SplitMix64};

    /// A tree of that depth whose left sides end early by chance.
    fn grown(random: &mut SplitMix64, depth: usize, entries: &mut Vec<Entry>) {
        if depth == 0 || random.unit_f64() < 0.1 {
            entries.push(Entry::Leaf { value: random.unit_f64() as f32, cover: 1.0 });
            return;
        }
        let (feature, threshold) = ((random.unit_f64() * 5.0) as u32, random.unit_f64() as f32);
        entries.push(Entry::Split { feature, threshold, default_left: random.unit_f64() < 0.5, gain: 1.0, cover: 1.0 });
        grown(random, depth - 1, entries);
        grown(random, depth - 1, entries);
    }

    /// What rows come to, told by the trees themselves.
    fn walked(tree: &Tree, row: &[f64]) -> f64 {
        let mut at = 0;
        loop {
            match tree.entries()[at] {
                Entry::Leaf { value, .. } => return f64::from(value),
                Entry::Split { feature, threshold, default_left, .. } => {
                    let value = row[feature as usize] as f32;
                    let goes_left = if value.is_nan() { default_left } else { value < threshold };
                    let (left, right) = tree.children(at);
                    at = if goes_left { left } else { right };
                }
            }
        }
    }

    #[test]
    fn rows_come_to_the_leaves_that_the_trees_say_in_both_layouts() {
        let mut random = SplitMix64::new(7);
        for (depth, is_filled) in [(0, true), (3, true), (6, true), (12, false)] {
            let mut tree = || {
                let mut entries = Vec::new();
                grown(&mut random, depth, &mut entries);
                Tree::of(entries, Vec::new(), 1).unwrap()
            };
            let trees: Vec<Tree> = (0..19).map(|_| tree()).collect();
            let scorer = Scorer::of(&trees, 5);
            assert_eq!(matches!(scorer.layout, Layout::Filled { .. }), is_filled, "{depth}");
            let mut value = || if random.unit_f64() < 0.2 { f64::NAN } else { random.unit_f64() };
            let columns: Vec<Vec<f64>> = (0..5).map(|_| (0..37).map(|_| value()).collect()).collect();
            let row = |at: usize| columns.iter().map(|column| column[at]).collect::<Vec<_>>();
            let expected: Vec<f64> =
                (0..37).map(|at| trees.iter().fold(0.5, |sum, tree| sum + walked(tree, &row(at)))).collect();
            let x = Matrix { rows: 37, blocks: vec![Block::Dense(columns.clone())], ..Matrix::default() };
            for step in [1, 3, 5, 8, 9, 37] {
                for from in (0..37).step_by(step) {
                    let rows = from..37.min(from + step);
                    let mut sums = vec![0.5; rows.len()];
                    scorer.add(trees.len(), &scorer.ranks(&x, rows.clone()), &mut sums, |_| 0, 1);
                    assert_eq!(sums, expected[rows], "{depth} {step}");
                }
            }
        }
    }
}
