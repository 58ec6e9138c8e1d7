//! A grown tree.

use serde::{Deserialize, Serialize};

use super::growth::Part;
use super::statistic::Statistic;

/// A node.
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
    entries: Vec<Entry>,
    /// Of each node the child on the right, of a leaf the leaf; the one on the left comes next.
    right: Vec<u32>,
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
        let mut right: Vec<u32> = (0..entries.len() as u32).collect();
        let mut ordinals = vec![0; if outputs > 1 { entries.len() } else { 0 }];
        // Splits whose right side is still to come.
        let mut open: Vec<usize> = Vec::new();
        let mut leaves = 0;
        let mut complete = false;
        for (at, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Split { .. } => open.push(at),
                Entry::Leaf { .. } => {
                    if let Some(ordinal) = ordinals.get_mut(at) {
                        *ordinal = leaves;
                    }
                    leaves += 1;
                    match open.pop() {
                        Some(split) => right[split] = at as u32 + 1,
                        // The tree is complete: nothing may follow.
                        None if at + 1 == entries.len() => complete = true,
                        None => return None,
                    }
                }
            }
        }
        let whole = vectors.len() == if outputs > 1 { leaves as usize * outputs } else { 0 };
        (complete && whole).then_some(Self { entries, right, vectors, ordinals, outputs })
    }

    /// The tree that was grown, the values of its leaves by what was summed.
    pub fn grown<S: Statistic<K>, const K: usize>(part: &Part<K>, statistic: &S, outputs: usize) -> Option<Self> {
        let mut entries = Vec::with_capacity(part.nodes.len());
        let (mut vectors, mut values) = (Vec::new(), Vec::new());
        let mut pending = vec![0];
        while let Some(at) = pending.pop() {
            let node = part.nodes.get(at)?;
            // Beyond f32 there is no number that a file could hold.
            let most = f64::from(f32::MAX);
            let cover = statistic.weight(&node.sums).min(most) as f32;
            match &node.split {
                Some((split, left, right)) => {
                    entries.push(Entry::Split {
                        feature: split.feature as u32,
                        threshold: split.threshold,
                        default_left: split.default_left,
                        gain: split.gain.min(most) as f32,
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
        match self.right.get(node) {
            Some(right) if *right as usize != node => (node + 1, *right as usize),
            _ => (node, node),
        }
    }

    /// Splits on the longest way to a leaf.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0; self.entries.len()];
        for at in 0..self.entries.len() {
            let (left, right) = self.children(at);
            if left != at {
                depths[left] = depths[at] + 1;
                depths[right] = depths[at] + 1;
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// Values of a leaf.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The values of a leaf.
    pub fn leaf(&self, node: usize) -> &[f32] {
        if self.outputs == 1 {
            return match self.entries.get(node) {
                Some(Entry::Leaf { value, .. }) => std::slice::from_ref(value),
                _ => &[],
            };
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
