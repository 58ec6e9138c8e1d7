//! Shallow trees, filled up to the same depth: the way to a leaf follows from its number alone.
//!
//! Many rows are asked all questions of a tree at once, as the CPU compares many bytes at a time; few rows go down their
//! ways, several trees at a time. Both come to the same leaves.

use std::ops::Range;

use multiversion::multiversion;

use super::codes::{Codebook, Coded, Codes, Lanes, WIDE};
use super::tree::{Entry, Tree};

/// Depth up to which trees may be filled up: a byte tells the leaf.
const SHALLOW: usize = 8;
/// Nodes that filling up may make of one.
const FILLED: usize = 3;
/// Codes scored at a time: they and a tree stay in the CPU's cache.
const CHUNK: usize = 1 << 15;
/// Trees that one row is sent down at once: the CPU follows one while another waits for memory.
const AT_ONCE: usize = 8;
/// To ask all rows one question takes this share of a step on one row's way.
const QUESTION: f64 = 0.75;

/// Trees of the same depth: of each `1 << depth` nodes, the first of no use, and as many leaves. Below the node `at` are
/// those at `2 * at` and `2 * at + 1`.
#[derive(Debug)]
pub struct Filled {
    codebook: Codebook,
    depth: usize,
    nodes: Vec<Node>,
    /// Of each tree the first values of its leaves, then the second ones, as they are added.
    values: Vec<f64>,
    /// Values of a leaf.
    outputs: usize,
}

/// A question about a row. What stands below a leaf sends all rows to the right.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// Which of a row's codes counts.
    place: u8,
    /// Rows with less go to the left.
    bound: i8,
}

impl Filled {
    /// For trees that look at `features` features; none where filled trees would be too large, or ask for more than codes
    /// tell.
    pub fn of(trees: &[Tree], features: usize) -> Option<Self> {
        let outputs = trees.first().map_or(1, Tree::outputs);
        let depth = trees.iter().map(Tree::depth).max().unwrap_or(0);
        let entries: usize = trees.iter().map(|tree| tree.entries().len()).sum();
        if depth > SHALLOW || trees.len() << depth > FILLED * entries {
            return None;
        }
        let codebook = Codebook::of(trees, features)?;
        let mut nodes = vec![Node { place: 0, bound: i8::MIN }; trees.len() << depth];
        let mut values = vec![0.0; (trees.len() << depth) * outputs];
        for (tree, first) in trees.iter().zip((0..).step_by(1 << depth)) {
            fill(tree, depth, &codebook, &mut nodes[first..][..1 << depth], &mut values[first * outputs..])?;
        }
        Some(Self { codebook, depth, nodes, values, outputs })
    }

    /// How many rows are best scored at a time.
    pub fn rows_at_once(&self) -> usize {
        (CHUNK / self.codebook.width().max(1)).clamp(WIDE, CHUNK / WIDE) / WIDE * WIDE
    }

    /// The codes by which rows are scored.
    pub fn codebook(&self) -> &Codebook {
        &self.codebook
    }

    /// As [`super::Scorer::add`].
    pub fn add(&self, trees: usize, rows: &Coded, sums: &mut [f64], first: impl Fn(usize) -> usize, stride: usize) {
        let few = rows.rows() % WIDE;
        let steps = (few * self.depth) as f64;
        let few = if steps < QUESTION * (1_usize << self.depth) as f64 { few } else { 0 };
        let (many, few) = sums.split_at_mut((rows.rows() - few) * stride);
        self.add_wide(trees, rows, many, &first, stride);
        let Some(codes) = rows.groups().last() else { return };
        for (lane, sums) in few.chunks_exact_mut(stride).enumerate() {
            for from in (0..trees).step_by(AT_ONCE) {
                let some = from..trees.min(from + AT_ONCE);
                for (tree, leaf) in some.clone().zip(self.leaves_of(some, codes, lane)) {
                    let values =
                        self.values[((tree * self.outputs) << self.depth) + leaf..].iter().step_by(1 << self.depth);
                    let sums = sums[first(tree)..].iter_mut().take(self.outputs);
                    sums.zip(values).for_each(|(sum, value)| *sum += value);
                }
            }
        }
    }

    /// [`Filled::add`] for many rows.
    fn add_wide(&self, trees: usize, rows: &Coded, sums: &mut [f64], first: impl Fn(usize) -> usize, stride: usize) {
        // Of each group of rows and each of their sums those of all lanes.
        let mut wide = vec![[0.0; WIDE]; sums.len().div_ceil(WIDE * stride) * stride];
        let place = |at: usize| {
            let (row, output) = (at / stride, at % stride);
            (row / WIDE * stride + output, row % WIDE)
        };
        for (at, sum) in sums.iter().enumerate() {
            let (group, lane) = place(at);
            wide[group][lane] = *sum;
        }
        for tree in 0..trees {
            let nodes = &self.nodes[tree << self.depth..][..1 << self.depth];
            let values = &self.values[(tree << self.depth) * self.outputs..][..self.outputs << self.depth];
            add_tree(nodes, values, rows, wide.get_mut(first(tree)..).unwrap_or_default(), stride);
        }
        for (at, sum) in sums.iter_mut().enumerate() {
            let (group, lane) = place(at);
            *sum = wide[group][lane];
        }
    }

    /// The leaves of some trees that the row of a lane comes to.
    fn leaves_of(&self, trees: Range<usize>, codes: &Codes, lane: usize) -> [usize; AT_ONCE] {
        // Lanes without a tree of their own follow the first.
        let tree = |at: usize| if at < trees.len() { trees.start + at } else { trees.start };
        let firsts: [usize; AT_ONCE] = std::array::from_fn(|at| tree(at) << self.depth);
        let mut at = [1; AT_ONCE];
        for _ in 0..self.depth {
            at.iter_mut().zip(&firsts).for_each(|(at, first)| {
                let node = self.nodes[first + *at];
                *at = 2 * *at + usize::from(codes[usize::from(node.place)][lane] >= node.bound);
            });
        }
        at.map(|at| at - (1 << self.depth))
    }
}

/// Adds what a tree gives the rows of each group to their sums. What it calls are loops over whole lanes, which compilers
/// make wide instructions of; calls by way of `Fn` they leave as they are. AVX-512 chooses between bytes in one instruction,
/// where AVX2 needs three.
#[multiversion(targets("x86_64+avx2+avx512f+avx512bw+avx512vl", "x86_64+avx2"))]
fn add_tree(nodes: &[Node], values: &[f64], rows: &Coded, sums: &mut [[f64; WIDE]], stride: usize) {
    let groups = rows.groups().zip(sums.chunks_mut(stride));
    macro_rules! by_size {
        ($($size:literal: $below:ident),*; $($large:literal: $parts:literal $top:ident),*) => {
            match nodes.len() {
                $($size => if let Some(nodes) = nodes.first_chunk::<$size>() {
                    for (codes, sums) in groups {
                        add_leaves::<$size>(&$below(nodes, 1, codes), values, sums);
                    }
                })*
                $($large => if let Some(nodes) = nodes.first_chunk::<$large>() {
                    let (mut found, asked) = parts::<$large, $parts>(nodes);
                    for (codes, sums) in groups {
                        for part in asked.iter().copied().take_while(|part| *part < $parts) {
                            found[part] = below_3(nodes, $parts + part, codes);
                        }
                        add_leaves::<$large>(&$top(nodes, 1, codes, &found), values, sums);
                    }
                })*
                // A tree that is one leaf.
                _ => groups.for_each(|(_, sums)| add_leaves::<1>(&[0; WIDE], values, sums)),
            }
        };
    }
    by_size!(2: below_1, 4: below_2, 8: below_3; 16: 2 top_1, 32: 4 top_2, 64: 8 top_3, 128: 16 top_4, 256: 32 top_5);
}

/// The parts of a tree that begin three levels above the leaves: where all rows go in those that stand below a leaf, and
/// which the others are, less than half of them as a rule; `S` stands behind the last.
#[inline(always)]
fn parts<const N: usize, const S: usize>(nodes: &[Node; N]) -> ([Lanes; S], [usize; S]) {
    let (mut found, mut asked, mut count) = ([[0; WIDE]; S], [S; S], 0);
    for (part, found) in found.iter_mut().enumerate() {
        *found = [((part * (N / S) + N / S - 1) as u8).cast_signed(); WIDE];
        asked[count] = part;
        count += usize::from(nodes[S + part].bound != i8::MIN);
    }
    asked[count..].fill(S);
    (found, asked)
}

/// Adds the values of the leaves that rows have come to, those of each output to its sums.
#[inline(always)]
fn add_leaves<const N: usize>(leaves: &Lanes, values: &[f64], sums: &mut [[f64; WIDE]]) {
    let of_outputs = values.as_chunks::<N>().0;
    // Of one output alone the compiler knows that the leaves are used once.
    match (of_outputs.first(), &mut *sums) {
        (Some(values), [sums]) => add_output(leaves, values, sums),
        _ => sums.iter_mut().zip(of_outputs).for_each(|(sums, values)| add_output(leaves, values, sums)),
    }
}

#[inline(always)]
fn add_output<const N: usize>(leaves: &Lanes, values: &[f64; N], sums: &mut [f64; WIDE]) {
    for (sums, leaves) in sums.as_chunks_mut::<8>().0.iter_mut().zip(leaves.as_chunks::<8>().0) {
        // Eight leaves leave the wide registers together: each by itself takes longer than its addition.
        let leaves = u64::from_le_bytes(leaves.map(i8::cast_unsigned));
        for (at, sum) in sums.iter_mut().enumerate() {
            // No leaf is beyond them; the compiler sees it so.
            *sum += values[(leaves >> (8 * at)) as usize & (N - 1)];
        }
    }
}

/// -1 where a row goes to the left, else 0.
#[inline(always)]
fn goes_left(node: Node, codes: &Codes) -> Lanes {
    let mut out = [0; WIDE];
    out.iter_mut().zip(&codes[usize::from(node.place)]).for_each(|(out, code)| *out = -i8::from(node.bound > *code));
    out
}

/// The leaves below a node of the last level.
#[inline(always)]
fn below_1<const N: usize>(nodes: &[Node; N], at: usize, codes: &Codes) -> Lanes {
    let right = ((2 * at + 1 - N) as u8).cast_signed();
    let mut out = goes_left(nodes[at], codes);
    out.iter_mut().for_each(|out| *out = right.wrapping_add(*out));
    out
}

/// The leaves below a node that sends rows to those below one of two others.
#[inline(always)]
fn either(node: Node, left: Lanes, mut right: Lanes, codes: &Codes) -> Lanes {
    let to_left = goes_left(node, codes);
    for ((out, left), to_left) in right.iter_mut().zip(left).zip(to_left) {
        *out = if to_left != 0 { left } else { *out };
    }
    right
}

/// The leaves below nodes of higher levels.
macro_rules! below {
    ($($name:ident: $next:ident),*) => {$(
        #[inline(always)]
        fn $name<const N: usize>(nodes: &[Node; N], at: usize, codes: &Codes) -> Lanes {
            either(nodes[at], $next(nodes, 2 * at, codes), $next(nodes, 2 * at + 1, codes), codes)
        }
    )*};
}
below!(below_2: below_1, below_3: below_2);

/// The leaves below the nodes above the parts, whose leaves are found.
#[inline(always)]
fn top_0<const N: usize, const S: usize>(_: &[Node; N], at: usize, _: &Codes, found: &[Lanes; S]) -> Lanes {
    found[at - S]
}

macro_rules! top {
    ($($name:ident: $next:ident),*) => {$(
        #[inline(always)]
        fn $name<const N: usize, const S: usize>(nodes: &[Node; N], at: usize, codes: &Codes, found: &[Lanes; S]) -> Lanes {
            either(nodes[at], $next(nodes, 2 * at, codes, found), $next(nodes, 2 * at + 1, codes, found), codes)
        }
    )*};
}
top!(top_1: top_0, top_2: top_1, top_3: top_2, top_4: top_3, top_5: top_4);

fn fill(tree: &Tree, depth: usize, codebook: &Codebook, nodes: &mut [Node], values: &mut [f64]) -> Option<()> {
    // Each entry with its place among the nodes, and its level.
    let mut left = vec![(0, 1, 0)];
    while let Some((entry, mut at, level)) = left.pop() {
        match tree.entries()[entry] {
            Entry::Split { feature, threshold, default_left, .. } => {
                let (place, bound) = codebook.split(feature, threshold, default_left)?;
                nodes[at] = Node { place, bound };
                let (to_left, to_right) = tree.children(entry);
                left.extend([(to_left, 2 * at, level + 1), (to_right, 2 * at + 1, level + 1)]);
            }
            Entry::Leaf { .. } => {
                (level..depth).for_each(|_| at = 2 * at + 1);
                let values = values[at - (1 << depth)..].iter_mut().step_by(1 << depth);
                values.zip(tree.leaf(entry)).for_each(|(value, of_leaf)| *value = f64::from(*of_leaf));
            }
        }
    }
    Some(())
}
