//! Rows on their way down trees: what predictions cost.
//!
//! Trees are laid out in one of two ways: shallow ones filled up, others as they are. A row comes to the same leaf in both.

use std::ops::Range;

use super::filled::Filled;
use super::linked::Linked;
use super::tree::Tree;
use crate::data::Matrix;

/// Trees as rows are sent down them.
#[derive(Debug)]
pub enum Scorer {
    /// Shallow ones.
    Filled(Filled),
    /// Others.
    Linked(Linked),
}

impl Scorer {
    /// For trees that look at `features` features, each leaf of as many values.
    pub fn of(trees: &[Tree], features: usize) -> Self {
        Filled::of(trees, features).map_or_else(|| Self::Linked(Linked::of(trees, features)), Self::Filled)
    }

    /// How many rows are best scored at a time.
    pub fn rows_at_once(&self) -> usize {
        match self {
            Self::Filled(filled) => filled.rows_at_once(),
            Self::Linked(linked) => linked.rows_at_once(),
        }
    }

    /// Adds what `trees` trees give rows of a matrix to their sums, of which there are `stride` a row: a tree's from the
    /// `first` on. Trees are added in their order, whatever rows are beside a row.
    pub fn add(
        &self,
        trees: usize,
        (x, rows): (&Matrix, Range<usize>),
        sums: &mut [f64],
        first: impl Fn(usize) -> usize,
        stride: usize,
    ) {
        match self {
            Self::Filled(filled) => filled.add(trees, &filled.codebook().codes(x, rows), sums, first, stride),
            Self::Linked(linked) => linked.add(trees, &linked.places().ranks(x, rows), sums, first, stride),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Block, SplitMix64};
    use crate::models::trees::Entry;

    const ROWS: usize = 101;

    /// Thresholds and values, which are often the same.
    fn hundredth(random: &mut SplitMix64) -> f64 {
        (random.unit_f64() * 100.0).floor() / 100.0
    }

    /// A tree of that depth whose left sides end early by chance.
    fn grown(random: &mut SplitMix64, depth: usize, entries: &mut Vec<Entry>) {
        if depth == 0 || random.unit_f64() < 0.1 {
            entries.push(Entry::Leaf { value: random.unit_f64() as f32, cover: 1.0 });
            return;
        }
        let (feature, threshold) = ((random.unit_f64() * 5.0) as u32, hundredth(random) as f32);
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
        for (depth, is_filled) in (0..9).map(|depth| (depth, true)).chain([(12, false)]) {
            let mut tree = || {
                let mut entries = Vec::new();
                grown(&mut random, depth, &mut entries);
                Tree::of(entries, Vec::new(), 1).unwrap()
            };
            let trees: Vec<Tree> = (0..19).map(|_| tree()).collect();
            let scorer = Scorer::of(&trees, 5);
            assert_eq!(matches!(scorer, Scorer::Filled(_)), is_filled, "{depth}");
            let mut value = || if random.unit_f64() < 0.2 { f64::NAN } else { hundredth(&mut random) };
            let columns: Vec<Vec<f64>> = (0..5).map(|_| (0..ROWS).map(|_| value()).collect()).collect();
            let row = |at: usize| columns.iter().map(|column| column[at]).collect::<Vec<_>>();
            let expected: Vec<f64> =
                (0..ROWS).map(|at| trees.iter().fold(0.5, |sum, tree| sum + walked(tree, &row(at)))).collect();
            let x = Matrix { rows: ROWS, blocks: vec![Block::Dense(columns.clone())], ..Matrix::default() };
            for step in [1, 3, 8, 9, 20, 33, 40, ROWS] {
                for from in (0..ROWS).step_by(step) {
                    let rows = from..ROWS.min(from + step);
                    let mut sums = vec![0.5; rows.len()];
                    scorer.add(trees.len(), (&x, rows.clone()), &mut sums, |_| 0, 1);
                    assert_eq!(sums, expected[rows], "{depth} {step}");
                }
            }
        }
    }
}
