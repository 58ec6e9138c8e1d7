//! Growing one tree.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::binned::Binned;
use super::draw;
use super::histogram::{self, Histogram};
use super::partition::{Route, partition};
use super::split::{Search, Split, minus};
use super::statistic::{Statistic, Sums};

/// Groups of fewer rows are grown on, each with all that comes below it, on one thread.
const ALONE: usize = 4096;

/// Groups are searched row by row that fill so many times fewer bins than there are.
const FEW: usize = 8;

/// What a tree is grown by.
#[derive(Debug, Clone)]
pub struct Growth {
    /// Greatest depth.
    pub max_depth: usize,
    /// Most leaves, the best splits first; none is no limit.
    pub max_leaves: Option<usize>,
    /// Least weight of a leaf.
    pub min_child_weight: f64,
    /// Least loss a split takes away, twice.
    pub gamma: f64,
    /// Share of the features a tree looks at.
    pub of_tree: f64,
    /// Share of these a split looks at.
    pub of_split: f64,
}

/// A node while a tree grows.
#[derive(Debug)]
pub struct Grown<const K: usize> {
    /// Its rows' sums.
    pub sums: Sums<K>,
    /// Its split with its children's numbers; a leaf has none.
    pub split: Option<(Split<K>, usize, usize)>,
}

/// Rows that ended in one leaf.
#[derive(Debug)]
pub struct Leaf {
    /// The node.
    pub node: usize,
    /// The first of its rows among the tree's.
    pub start: usize,
    /// Number of its rows.
    pub rows: usize,
}

/// A tree, or what is grown of it, the root first.
#[derive(Debug, Default)]
pub struct Part<const K: usize> {
    /// All nodes.
    pub nodes: Vec<Grown<K>>,
    /// The leaves' rows.
    pub leaves: Vec<Leaf>,
}

/// A group of rows that may be split yet.
struct Pending<'r, const K: usize> {
    rows: &'r mut [u32],
    start: usize,
    depth: usize,
    /// What the draw of its features depends on: its place in the tree.
    path: u64,
    node: usize,
    histogram: Histogram<K>,
    split: Option<Split<K>>,
}

/// Grows trees on the same rows.
pub struct Grower<'a, S, const K: usize> {
    /// The rows.
    pub binned: &'a Binned,
    /// What is summed of them.
    pub statistic: &'a S,
    /// How.
    pub growth: &'a Growth,
    /// Seed of the tree.
    pub seed: u64,
    /// Threads it may use; never changes the tree.
    pub threads: usize,
}

impl<S: Statistic<K>, const K: usize> Grower<'_, S, K> {
    /// Grows a tree on `rows`, which are left in the order of its leaves.
    pub fn grow(&self, rows: &mut [u32]) -> Part<K> {
        let features = draw::features(self.binned.layout.width, self.growth.of_tree, self.seed);
        let histogram = histogram::sum(self.binned, self.statistic, rows, self.threads);
        let mut sums = [0.0; K];
        rows.iter().for_each(|row| S::add(&mut sums, self.statistic.row(*row as usize)));
        let mut part = Part { nodes: vec![Grown { sums, split: None }], leaves: Vec::new() };
        let mut root = Pending { rows, start: 0, depth: 0, path: self.seed, node: 0, histogram, split: None };
        root.split = self.search(features.as_deref(), &sums, &root);
        match self.growth.max_leaves {
            Some(most) => self.best_first(root, most, features.as_deref(), &mut part),
            None if self.threads > 1 => self.in_parts(root, features.as_deref(), &mut part),
            None => self.all(root, features.as_deref(), &mut part),
        }
        part
    }

    /// The best split of a group with such sums, of which there may be no histogram where its rows are few.
    fn search(&self, tree: Option<&[bool]>, sums: &Sums<K>, group: &Pending<K>) -> Option<Split<K>> {
        if group.depth >= self.growth.max_depth {
            return None;
        }
        let drawn = draw::of(tree, self.binned.layout.width, self.growth.of_split, group.path);
        let allowed = drawn.as_deref().or(tree);
        let search = Search::new(&self.binned.layout, self.statistic, self.growth, allowed, *sums);
        if group.histogram.is_empty() {
            search.best_of_few(&histogram::of_few(self.binned, self.statistic, group.rows))
        } else {
            search.best(&group.histogram)
        }
    }

    /// Whether the rows of a group fill few bins, so that a histogram would be nearly empty.
    fn is_small(&self, rows: &[u32]) -> bool {
        let bins = self.binned.layout.bins;
        // Looked up only where the dense slots leave it open.
        rows.len() * self.binned.layout.dense * FEW <= bins && histogram::filled(self.binned, rows) * FEW <= bins
    }

    /// Whether rows with such sums can have a split.
    fn splits(&self, sums: &Sums<K>, depth: usize, rows: usize) -> bool {
        let least = 2.0 * self.growth.min_child_weight;
        depth < self.growth.max_depth && rows > 1 && self.statistic.weight(sums) >= least
    }

    /// Carries a split out; the children with their own best splits, the one with fewer rows first.
    fn divide<'r>(
        &self,
        parent: Pending<'r, K>,
        split: Split<K>,
        tree: Option<&[bool]>,
        part: &mut Part<K>,
        spare: &mut Vec<u32>,
        threads: usize,
    ) -> [Pending<'r, K>; 2] {
        let Pending { rows, start, depth, path, node, mut histogram, .. } = parent;
        let count = partition(self.binned, Route::of(&split), rows, spare);
        let (left, right) = rows.split_at_mut(count);
        let of_left = split.left;
        let of_right = minus(&part.nodes[node].sums, &of_left);
        let at = part.nodes.len();
        part.nodes[node].split = Some((split, at, at + 1));
        part.nodes.extend([of_left, of_right].map(|sums| Grown { sums, split: None }));
        let start_right = start + count;
        let child = |rows, start, side: u64| {
            let path = draw::mix(path ^ side);
            Pending {
                rows,
                start,
                depth: depth + 1,
                path,
                node: at + side as usize,
                histogram: Vec::new(),
                split: None,
            }
        };
        let (left, right) = (child(left, start, 0), child(right, start_right, 1));
        let (mut few, mut many) = if left.rows.len() <= right.rows.len() { (left, right) } else { (right, left) };
        let splits = |child: &Pending<K>| self.splits(&part.nodes[child.node].sums, child.depth, child.rows.len());
        let (split_few, split_many) = (splits(&few), splits(&many));
        let sum_few = split_few && !self.is_small(few.rows);
        if sum_few {
            few.histogram = histogram::sum(self.binned, self.statistic, few.rows, threads);
        }
        if split_many && !self.is_small(many.rows) {
            if sum_few {
                histogram::subtract(&mut histogram, &few.histogram);
            } else {
                histogram::take(self.binned, self.statistic, few.rows, &mut histogram);
            }
            many.histogram = histogram;
        }
        for (child, splits) in [(&mut few, split_few), (&mut many, split_many)] {
            if splits {
                let sums = &part.nodes[child.node].sums;
                child.split = self.search(tree, sums, child);
            }
            if child.split.is_none() {
                child.histogram = Vec::new();
            }
        }
        [few, many]
    }

    /// Grows all that comes below `from`. The group of fewer rows goes first, so few histograms are kept at a time.
    fn all(&self, from: Pending<K>, tree: Option<&[bool]>, part: &mut Part<K>) {
        let mut spare = Vec::new();
        let mut pending = vec![from];
        while let Some(mut group) = pending.pop() {
            match group.split.take() {
                None => part.leaves.push(Leaf { node: group.node, start: group.start, rows: group.rows.len() }),
                Some(split) => {
                    let [few, many] = self.divide(group, split, tree, part, &mut spare, 1);
                    pending.extend([many, few]);
                }
            }
        }
    }

    /// As [`Grower::all`], smaller groups side by side.
    fn in_parts(&self, from: Pending<K>, tree: Option<&[bool]>, part: &mut Part<K>) {
        let mut spare = Vec::new();
        let mut pending = vec![from];
        let mut alone = Vec::new();
        let enough = (pending[0].rows.len() / (2 * self.threads)).max(ALONE);
        while let Some(mut group) = pending.pop() {
            if group.split.is_some() && group.rows.len() < enough {
                alone.push(group);
                continue;
            }
            match group.split.take() {
                None => part.leaves.push(Leaf { node: group.node, start: group.start, rows: group.rows.len() }),
                Some(split) => {
                    let children = self.divide(group, split, tree, part, &mut spare, self.threads);
                    pending.extend(children);
                }
            }
        }
        let nodes = &part.nodes;
        let grown: Vec<(usize, Part<K>)> = alone
            .into_par_iter()
            .map(|group| {
                let at = group.node;
                let mut below = Part { nodes: vec![Grown { sums: nodes[at].sums, split: None }], leaves: Vec::new() };
                self.all(Pending { node: 0, ..group }, tree, &mut below);
                (at, below)
            })
            .collect();
        grown.into_iter().for_each(|(at, below)| part.graft(at, below));
    }

    /// Splits whatever gains most next, up to so many leaves.
    fn best_first(&self, root: Pending<K>, most: usize, tree: Option<&[bool]>, part: &mut Part<K>) {
        let mut spare = Vec::new();
        let mut leaves = 1;
        let mut pending = BinaryHeap::from([Ranked(root)]);
        while let Some(Ranked(mut group)) = pending.pop() {
            match group.split.take() {
                Some(split) if leaves < most => {
                    leaves += 1;
                    let children = self.divide(group, split, tree, part, &mut spare, self.threads);
                    pending.extend(children.map(Ranked));
                }
                _ => part.leaves.push(Leaf { node: group.node, start: group.start, rows: group.rows.len() }),
            }
        }
    }
}

impl<const K: usize> Part<K> {
    /// Puts what was grown below node `at` in its place.
    fn graft(&mut self, at: usize, below: Part<K>) {
        let from = self.nodes.len() - 1;
        let place = |node: usize| if node == 0 { at } else { from + node };
        for (node, mut grown) in below.nodes.into_iter().enumerate() {
            grown.split = grown.split.map(|(split, left, right)| (split, place(left), place(right)));
            if node == 0 { self.nodes[at] = grown } else { self.nodes.push(grown) }
        }
        self.leaves.extend(below.leaves.into_iter().map(|leaf| Leaf { node: place(leaf.node), ..leaf }));
    }
}

/// A group of rows by the gain of its split; of equal gains the one that came up first.
struct Ranked<'r, const K: usize>(Pending<'r, K>);

impl<const K: usize> Ranked<'_, K> {
    fn gain(&self) -> f64 {
        self.0.split.as_ref().map_or(f64::NEG_INFINITY, |split| split.gain)
    }
}

impl<const K: usize> Ord for Ranked<'_, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain().total_cmp(&other.gain()).then(other.0.node.cmp(&self.0.node))
    }
}

impl<const K: usize> PartialOrd for Ranked<'_, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const K: usize> PartialEq for Ranked<'_, K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<const K: usize> Eq for Ranked<'_, K> {}
