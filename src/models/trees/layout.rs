//! How features become the bins of histograms.
//!
//! A slot is what a row has one bin of: a dense feature; or a run of sparse ones of which a row holds one at most, as
//! the levels of a one-hot encoded column (exclusive feature bundling, Ke et al., "LightGBM", 2017, for the case where
//! nothing is lost by it). Sparse features that share rows keep bins of their own, and a row lists those it has.

use rayon::prelude::*;

use super::cuts::{cuts, sample};
use crate::data::{Block, Matrix, SparseBlock};
use crate::models::rows::narrow;

/// Most features of a bundle: with one more bin for none of them, they fit a byte.
const MOST_BUNDLED: usize = 255;
/// Rows of which a bundle must hold a feature, as a share, to be worth a slot.
const FILLED: f64 = 0.2;
/// Most bins of the stored features of a block together, so that a histogram of 50,000 words is no larger than that of a
/// few thousand numbers: of many features each gets fewer.
const MOST_STORED: usize = 1 << 19;
/// Fewest bins that a feature is left.
const FEWEST: usize = 4;
/// Above every value that [`narrow`] gives.
pub const ABOVE_ALL: f32 = 2e37;

/// What a row has at most one bin of.
#[derive(Debug, PartialEq)]
pub struct Slot {
    /// The feature, or the first of them.
    pub feature: usize,
    /// Its first bin among those of all slots.
    pub first: usize,
    /// What its bins mean.
    pub kind: Kind,
}

/// What the bins of a slot mean.
#[derive(Debug, PartialEq)]
pub enum Kind {
    /// A dense feature: a bin between each two of these thresholds, and the last for missing.
    Thresholds(Vec<f32>),
    /// Features of which a row has one at most, each with its only value: a bin for each, and the last for none.
    OneOf(Vec<f32>),
    /// A sparse feature: as a dense one, and rows that have none of its bins are missing.
    Stored(Vec<f32>),
}

impl Slot {
    /// Number of bins.
    pub fn bins(&self) -> usize {
        match &self.kind {
            Kind::Thresholds(cuts) => cuts.len() + 2,
            Kind::OneOf(values) => values.len() + 1,
            Kind::Stored(cuts) => cuts.len() + 1,
        }
    }
}

/// The slots of a matrix.
#[derive(Debug, PartialEq)]
pub struct Layout {
    /// First those of which each row has exactly one bin, then [`Kind::Stored`] ones.
    pub slots: Vec<Slot>,
    /// How many are of the first sort.
    pub dense: usize,
    /// Number of features.
    pub width: usize,
    /// Number of bins.
    pub bins: usize,
}

impl Layout {
    /// The layout learned from `rows` of the matrix, with at most `max_bin` bins a feature, of which one is for missing
    /// values.
    pub fn of(x: &Matrix, rows: &[u32], weights: Option<&[f64]>, max_bin: usize) -> Self {
        let bins = max_bin.max(3) - 1;
        let drawn = sample(rows);
        let weight = |row: u32| weights.map_or(1.0, |weights| weights[row as usize]);
        let (mut dense, mut stored) = (Vec::new(), Vec::new());
        let mut feature = 0;
        for block in &x.blocks {
            match block {
                Block::Dense(columns) => {
                    let cuts_of = |column: &Vec<f64>| {
                        // Threads keep what memory they had once, so no more than is needed.
                        let mut values = Vec::with_capacity(drawn.len());
                        let there = drawn.iter().filter(|row| !column[**row as usize].is_nan());
                        values.extend(there.map(|row| (narrow(column[*row as usize]), weight(*row))));
                        cuts(values, bins)
                    };
                    let thresholds: Vec<Vec<f32>> = columns.par_iter().map(cuts_of).collect();
                    dense.extend(
                        thresholds.into_iter().enumerate().map(|(at, cuts)| (feature + at, Kind::Thresholds(cuts))),
                    );
                }
                Block::Sparse(sparse) => {
                    let of_block = SparseSlots::of(sparse, rows, &drawn, &weight, bins);
                    dense.extend(of_block.bundles.into_iter().map(|(at, kind)| (feature + at, kind)));
                    stored.extend(of_block.stored.into_iter().map(|(at, kind)| (feature + at, kind)));
                }
            }
            feature += block.width();
        }
        let count = dense.len();
        let mut first = 0;
        let slots = dense.into_iter().chain(stored).map(|(feature, kind)| {
            let slot = Slot { feature, first, kind };
            first += slot.bins();
            slot
        });
        Self { slots: slots.collect(), dense: count, width: feature, bins: first }
    }
}

/// The slots of a sparse block, their features numbered within it.
struct SparseSlots {
    bundles: Vec<(usize, Kind)>,
    stored: Vec<(usize, Kind)>,
}

/// What is known of a sparse feature.
#[derive(Clone, Copy, Default)]
struct Seen {
    count: usize,
    value: f32,
    several: bool,
    /// One more than the nearest earlier feature that some row has beside this one; 0 for none.
    before: usize,
}

impl SparseSlots {
    fn of(sparse: &SparseBlock, rows: &[u32], drawn: &[u32], weight: &dyn Fn(u32) -> f64, bins: usize) -> Self {
        let seen = look(sparse, rows);
        let mut out = Self { bundles: Vec::new(), stored: Vec::new() };
        let mut of_stored: Vec<Option<Vec<(f32, f64)>>> = vec![None; sparse.width];
        let mut from = 0;
        while from < sparse.width {
            let run = run(&seen, from);
            let filled: usize = seen[from..from + run].iter().map(|seen| seen.count).sum();
            let constant = seen[from..from + run].iter().all(|seen| !seen.several);
            if constant && filled > 0 && filled as f64 >= FILLED * rows.len() as f64 {
                let values = seen[from..from + run].iter().map(|seen| if seen.count > 0 { seen.value } else { 1.0 });
                out.bundles.push((from, Kind::OneOf(values.collect())));
            } else {
                for (stored, seen) in of_stored[from..from + run].iter_mut().zip(&seen[from..]) {
                    *stored = Some(Vec::with_capacity(seen.count.min(drawn.len())));
                }
            }
            from += run;
        }
        if of_stored.iter().any(Option::is_some) {
            for row in drawn {
                for (at, value) in sparse.row(*row as usize).filter(|(_, value)| !value.is_nan()) {
                    if let Some(values) = &mut of_stored[at] {
                        values.push((narrow(value), weight(*row)));
                    }
                }
            }
        }
        let bins = most_bins(of_stored.iter().flatten().map(Vec::len), bins);
        for (at, values) in of_stored.into_iter().enumerate() {
            out.stored.extend(values.map(|values| (at, Kind::Stored(cuts(values, bins)))));
        }
        out
    }
}

/// The bins a feature may have at most, so that features of so many values have few enough together.
fn most_bins(counts: impl Iterator<Item = usize> + Clone, bins: usize) -> usize {
    let mut most = bins;
    while most > FEWEST && counts.clone().map(|count| count.min(most)).sum::<usize>() > MOST_STORED {
        most = (most / 2).max(FEWEST);
    }
    most
}

fn look(sparse: &SparseBlock, rows: &[u32]) -> Vec<Seen> {
    let mut seen = vec![Seen::default(); sparse.width];
    for row in rows {
        let mut before = 0;
        for (at, value) in sparse.row(*row as usize).filter(|(_, value)| !value.is_nan()) {
            let (seen, value) = (&mut seen[at], narrow(value));
            seen.several |= seen.count > 0 && seen.value != value;
            seen.value = value;
            seen.count += 1;
            seen.before = seen.before.max(before);
            before = at + 1;
        }
    }
    seen
}

/// How many features from `from` on no row has two of, one with several values standing alone.
fn run(seen: &[Seen], from: usize) -> usize {
    let rest = seen[from..].iter().enumerate();
    let fits = |(at, seen): &(usize, &Seen)| *at == 0 || (!seen.several && seen.before <= from);
    let most = if seen[from].several { 1 } else { MOST_BUNDLED };
    rest.take(most).take_while(fits).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sparse(rows: &[&[(u32, f64)]], width: usize) -> Matrix {
        let mut block = SparseBlock { width, starts: vec![0], ..SparseBlock::default() };
        for row in rows {
            row.iter().for_each(|(at, value)| {
                block.indices.push(*at);
                block.values.push(*value);
            });
            block.starts.push(block.indices.len());
        }
        let names: Vec<String> = (0..width).map(|at| at.to_string()).collect();
        Matrix { rows: rows.len(), names: names.into(), blocks: vec![Block::Sparse(block)] }
    }

    #[test]
    fn levels_of_a_column_share_a_slot_and_columns_are_kept_apart() {
        let x = sparse(&[&[(0, 1.0), (3, 1.0)], &[(1, 1.0), (2, 1.0)], &[(0, 1.0)], &[(1, 1.0), (3, 1.0)]], 4);
        let layout = Layout::of(&x, &[0, 1, 2, 3], None, 256);
        let kinds: Vec<_> = layout.slots.iter().map(|slot| (slot.feature, slot.first, slot.bins())).collect();
        assert_eq!((kinds, layout.dense, layout.bins), (vec![(0, 0, 3), (2, 3, 3)], 2, 6));
    }

    #[test]
    fn very_many_features_have_fewer_bins_each() {
        let few = [1000; 100].into_iter();
        assert_eq!(most_bins(few, 255), 255);
        let terms = || (0..50_000).map(|at| 100_000 / (at + 1) + 5);
        let most = most_bins(terms(), 255);
        assert!((FEWEST..255).contains(&most) && terms().map(|count| count.min(most)).sum::<usize>() <= MOST_STORED);
        assert_eq!(most_bins(std::iter::repeat_n(1, 1 << 20), 255), FEWEST);
    }

    #[test]
    fn what_has_several_values_or_is_rare_keeps_its_own_bins() {
        let mut rows: Vec<&[(u32, f64)]> = vec![&[]; 20];
        rows[0] = &[(0, 1.0), (1, 0.5)];
        rows[1] = &[(1, 0.25)];
        let layout = Layout::of(&sparse(&rows, 3), &(0..20).collect::<Vec<u32>>(), None, 256);
        let kinds: Vec<_> = layout.slots.iter().map(|slot| &slot.kind).collect();
        let stored = [Kind::Stored(vec![0.5]), Kind::Stored(vec![0.375]), Kind::Stored(vec![])];
        assert_eq!((layout.dense, kinds), (0, stored.iter().collect()));
    }
}
