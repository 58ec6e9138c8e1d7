//! A grown tree.

use serde::{Deserialize, Serialize};

use super::growth::Part;
use super::statistic::Statistic;

/// Rows sent through a tree side by side: the CPU follows one while another waits for memory.
const LANES: usize = 8;
/// Stands in [`Node::feature`] beside the feature's number where missing values go left.
const DEFAULT_LEFT: u32 = 1 << 31;

/// A node as rows pass it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Node {
    /// The feature, and whether rows that miss it go left.
    feature: u32,
    /// Rows with less go left. Of a leaf: its value, where it has one alone.
    value: f32,
    /// The child on the left; a leaf's are the leaf.
    left: u32,
    right: u32,
}

/// A node as others build and read it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// A test of one feature.
    Split {
        /// The feature.
        feature: u32,
        /// Rows with less than this go left.
        threshold: f32,
        /// Whether rows that miss the feature do.
        default_left: bool,
        /// The loss it takes away, twice.
        gain: f32,
        /// The weight of the rows that come here, or their second derivatives.
        cover: f32,
    },
    /// The end of the way.
    Leaf {
        /// What it adds, where trees have one output.
        value: f32,
        /// As above.
        cover: f32,
    },
}

/// A tree: its nodes, each before those below it, the left side before the right.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
    entries: Vec<Entry>,
    /// Values of leaves with several, in the order of the leaves.
    vectors: Vec<f32>,
    /// Of each node the number of its leaf among the leaves; only with several values.
    ordinals: Vec<u32>,
    /// Values of a leaf.
    outputs: usize,
}

/// A [`Tree`] as stored.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    entries: Vec<Entry>,
    vectors: Vec<f32>,
}

impl Tree {
    /// A tree of such nodes, each split followed by its left side and then its right side; none if they are not a
    /// tree. `vectors` are the values of leaves that have several.
    pub fn of(entries: Vec<Entry>, vectors: Vec<f32>, outputs: usize) -> Option<Self> {
        let mut nodes = Vec::with_capacity(entries.len());
        let mut ordinals = vec![0; if outputs > 1 { entries.len() } else { 0 }];
        // Splits whose right side is still to come.
        let mut open: Vec<usize> = Vec::new();
        let mut leaves = 0;
        let mut complete = false;
        for (at, entry) in entries.iter().enumerate() {
            let here = at as u32;
            match *entry {
                Entry::Split { feature, threshold, default_left, .. } => {
                    if feature >= DEFAULT_LEFT {
                        return None;
                    }
                    let feature = feature | if default_left { DEFAULT_LEFT } else { 0 };
                    nodes.push(Node { feature, value: threshold, left: here + 1, right: 0 });
                    open.push(at);
                }
                Entry::Leaf { value, .. } => {
                    nodes.push(Node { feature: 0, value, left: here, right: here });
                    if let Some(ordinal) = ordinals.get_mut(at) {
                        *ordinal = leaves;
                    }
                    leaves += 1;
                    match open.pop() {
                        Some(split) => nodes[split].right = here + 1,
                        // The tree is complete: nothing may follow.
                        None if at + 1 == entries.len() => complete = true,
                        None => return None,
                    }
                }
            }
        }
        let whole = vectors.len() == if outputs > 1 { leaves as usize * outputs } else { 0 };
        (complete && whole).then_some(Self { nodes, entries, vectors, ordinals, outputs })
    }

    /// The tree that was grown, the values of its leaves by what was summed.
    pub fn grown<S: Statistic<K>, const K: usize>(part: &Part<K>, statistic: &S, outputs: usize) -> Option<Self> {
        let mut entries = Vec::with_capacity(part.nodes.len());
        let (mut vectors, mut values) = (Vec::new(), Vec::new());
        let mut pending = vec![0];
        while let Some(at) = pending.pop() {
            let node = part.nodes.get(at)?;
            let cover = statistic.weight(&node.sums) as f32;
            match &node.split {
                Some((split, left, right)) => {
                    entries.push(Entry::Split {
                        feature: split.feature as u32,
                        threshold: split.threshold,
                        default_left: split.default_left,
                        gain: split.gain as f32,
                        cover,
                    });
                    pending.extend([*right, *left]);
                }
                None => {
                    values.clear();
                    statistic.leaf(&node.sums, &mut values);
                    let value = if outputs > 1 { 0.0 } else { values.first().copied()? };
                    entries.push(Entry::Leaf { value, cover });
                    if outputs > 1 {
                        vectors.append(&mut values);
                    }
                }
            }
        }
        Self::of(entries, vectors, outputs)
    }

    /// Its nodes in their order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The children of a node: a leaf's are itself.
    pub fn children(&self, node: usize) -> (usize, usize) {
        self.nodes.get(node).map_or((node, node), |at| (at.left as usize, at.right as usize))
    }

    /// The values of a leaf.
    pub fn leaf(&self, node: usize) -> &[f32] {
        if self.outputs == 1 {
            return self.nodes.get(node).map_or(&[], |node| std::slice::from_ref(&node.value));
        }
        let from = self.ordinals.get(node).map_or(0, |ordinal| *ordinal as usize * self.outputs);
        self.vectors.get(from..from + self.outputs).unwrap_or_default()
    }

    /// Whether no node looks beyond `width` features, and all its numbers are finite.
    pub fn fits(&self, width: usize) -> bool {
        self.vectors.iter().all(|value| value.is_finite())
            && self.entries.iter().all(|entry| match *entry {
                Entry::Split { feature, threshold, gain, .. } => {
                    (feature as usize) < width && threshold.is_finite() && gain.is_finite()
                }
                Entry::Leaf { value, .. } => value.is_finite(),
            })
    }

    /// Adds the values of each row's leaf to its `outputs` sums. `rows` are row-major, NaN where a value is missing.
    pub fn add(&self, rows: &[f32], width: usize, sums: &mut [f64]) {
        let lanes = rows.chunks(width * LANES).zip(sums.chunks_mut(self.outputs * LANES));
        for (rows, sums) in lanes {
            let mut at = [0u32; LANES];
            let count = rows.len() / width;
            loop {
                let mut moved = 0;
                for (row, at) in rows.chunks_exact(width).zip(&mut at) {
                    let node = &self.nodes[*at as usize];
                    let value = row[(node.feature & !DEFAULT_LEFT) as usize];
                    // Without a branch: no CPU could foresee which sparse features are missing.
                    let by_default = value.is_nan() & (node.feature & DEFAULT_LEFT != 0);
                    let next = if (value < node.value) | by_default { node.left } else { node.right };
                    moved |= next ^ *at;
                    *at = next;
                }
                if moved == 0 {
                    break;
                }
            }
            for (at, sums) in at[..count].iter().zip(sums.chunks_exact_mut(self.outputs)) {
                sums.iter_mut().zip(self.leaf(*at as usize)).for_each(|(sum, value)| *sum += f64::from(*value));
            }
        }
    }

    /// What is stored of it.
    pub fn save(&self) -> Saved {
        Saved { entries: self.entries.clone(), vectors: self.vectors.clone() }
    }
}

impl Saved {
    /// The tree; none if it is damaged.
    pub fn tree(self, outputs: usize) -> Option<Tree> {
        Tree::of(self.entries, self.vectors, outputs)
    }
}
