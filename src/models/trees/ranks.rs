//! Rows as trees are asked about them.
//!
//! A row is copied as the ranks of its values in those features alone that some split looks at, so wide sparse rows take
//! little memory. A rank is a whole number that compares as its value does, and a missing value's is above all others.
//! Splits that send missing values to the left look at another copy of it: one more, which puts what is missing below all.

use std::ops::Range;

use super::tree::{Entry, Tree};
use crate::data::{Block, Matrix};
use crate::models::rows::narrow;

/// Rows side by side: the CPU follows one while another waits for memory.
pub const LANES: usize = 8;
/// The rank of a missing value.
const MISSING: u32 = u32::MAX;

/// Where the ranks of features are in a row.
#[derive(Debug)]
pub struct Places {
    /// Of each feature, for splits that send missing values to the right and to the left; none where there is no such.
    of: Vec<[Option<u32>; 2]>,
    /// The ranks of a row that misses all.
    missing: Vec<u32>,
}

/// Some rows of a matrix.
pub struct Ranks {
    /// `LANES` rows after the other: at each place the ranks of all of them.
    ranks: Vec<[u32; LANES]>,
    /// Places of a row.
    width: usize,
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

impl Places {
    /// Of what such trees look at, of `features` features.
    pub fn of(trees: &[Tree], features: usize) -> Self {
        let mut of = vec![[None; 2]; features];
        for entry in trees.iter().flat_map(Tree::entries) {
            if let Entry::Split { feature, default_left, .. } = entry
                && let Some(places) = of.get_mut(*feature as usize)
            {
                places[usize::from(*default_left)] = Some(0);
            }
        }
        let mut missing = Vec::new();
        for places in &mut of {
            for (side, place) in places.iter_mut().enumerate().filter(|(_, place)| place.is_some()) {
                *place = Some(missing.len() as u32);
                missing.push(MISSING.wrapping_add(side as u32));
            }
        }
        // A leaf looks at the first place, so there must be one.
        if missing.is_empty() {
            missing.push(MISSING);
        }
        Self { of, missing }
    }

    /// How many there are.
    pub fn width(&self) -> usize {
        self.missing.len()
    }

    /// Where a split looks, and the rank from which on rows go to the right.
    pub fn split(&self, feature: u32, threshold: f32, default_left: bool) -> (u32, u32) {
        let place = self.of.get(feature as usize).and_then(|places| places[usize::from(default_left)]);
        (place.unwrap_or_default(), rank(threshold) + u32::from(default_left))
    }

    /// Rows as they are scored.
    pub fn ranks(&self, x: &Matrix, rows: Range<usize>) -> Ranks {
        let (width, count) = (self.width(), rows.len());
        let groups = count.div_ceil(LANES);
        let mut ranks = Vec::with_capacity(groups * width);
        (0..groups).for_each(|_| ranks.extend(self.missing.iter().map(|missing| [*missing; LANES])));
        let mut first = 0;
        for block in &x.blocks {
            let of = self.of.get(first..first + block.width()).unwrap_or_default();
            match block {
                Block::Dense(columns) => {
                    for (column, places) in columns.iter().zip(of).filter(|(_, places)| **places != [None; 2]) {
                        let values = column.get(rows.clone()).unwrap_or_default();
                        for (group, values) in values.chunks(LANES).enumerate() {
                            let group = &mut ranks[group * width..][..width];
                            values.iter().enumerate().for_each(|(lane, value)| put(group, lane, places, *value));
                        }
                    }
                }
                Block::Sparse(sparse) => {
                    for (at, row) in rows.clone().enumerate() {
                        let group = &mut ranks[at / LANES * width..][..width];
                        for (feature, value) in sparse.row(row) {
                            of.get(feature).into_iter().for_each(|places| put(group, at % LANES, places, value));
                        }
                    }
                }
            }
            first += block.width();
        }
        Ranks { ranks, width, rows: count }
    }
}

fn put(group: &mut [[u32; LANES]], lane: usize, places: &[Option<u32>; 2], value: f64) {
    let rank = rank(narrow(value));
    for (side, place) in places.iter().enumerate() {
        if let Some(place) = place {
            group[*place as usize][lane] = rank.wrapping_add(side as u32);
        }
    }
}

impl Ranks {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows, side by side: in the last lanes there may be less.
    pub fn groups(&self) -> impl Iterator<Item = &[[u32; LANES]]> {
        self.ranks.chunks_exact(self.width)
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
