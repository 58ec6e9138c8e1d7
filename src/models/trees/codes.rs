//! Rows as trees that are filled up are asked about them.
//!
//! Of a value it matters only between which thresholds of the trees it lies, which a byte can tell. What is missing lies
//! below all thresholds where a split sends it to the left, and above them where it goes to the right: a feature whose
//! splits do both has two places.

use std::ops::Range;

use super::tree::{Entry, Tree};
use crate::data::{Block, Matrix};
use crate::models::rows::narrow;

/// Rows side by side.
pub const WIDE: usize = 32;
/// Most places, so that a byte names one.
const MOST_PLACES: usize = 1 << 8;
/// Most thresholds of a feature.
const MOST_THRESHOLDS: usize = u8::MAX as usize;

/// A byte for each of some rows.
pub type Lanes = [i8; WIDE];
/// The codes of so many rows: a place after the other, and after the last one what no node asks for.
pub type Codes = [Lanes; MOST_PLACES];

/// What the values of features are called.
#[derive(Debug)]
pub struct Codebook {
    features: Vec<Feature>,
    /// The codes of a row that misses all.
    missing: Vec<i8>,
}

/// What trees ask about a feature.
#[derive(Debug, Clone, Default)]
struct Feature {
    /// Rising.
    thresholds: Vec<f32>,
    /// The place for splits that send missing values to the right, and that for the left; none where there is no such.
    places: [Option<u8>; 2],
}

/// The code of what lies above so many thresholds.
fn code(thresholds: usize) -> i8 {
    // From the least of a byte on, so that codes compare as the numbers do.
    (thresholds as u8 ^ 1 << 7).cast_signed()
}

impl Codebook {
    /// Of what such trees ask about `features` features; none where that is more than bytes can tell.
    pub fn of(trees: &[Tree], features: usize) -> Option<Self> {
        let mut of = vec![Feature::default(); features];
        let mut missing = Vec::new();
        for entry in trees.iter().flat_map(Tree::entries) {
            let Entry::Split { feature, threshold, default_left, .. } = *entry else { continue };
            let feature = of.get_mut(feature as usize)?;
            if let Err(at) = feature.thresholds.binary_search_by(|own| own.total_cmp(&(threshold + 0.0))) {
                // To add 0 makes of -0 the 0 that it equals.
                feature.thresholds.insert(at, threshold + 0.0);
            }
            let place = &mut feature.places[usize::from(default_left)];
            if place.is_none() {
                *place = Some(u8::try_from(missing.len()).ok()?);
                missing.push(0);
            }
            if feature.thresholds.len() > MOST_THRESHOLDS || threshold.is_nan() {
                return None;
            }
        }
        for feature in &of {
            for (side, place) in feature.places.iter().enumerate() {
                if let Some(place) = place {
                    missing[usize::from(*place)] = feature.missing(side);
                }
            }
        }
        Some(Self { features: of, missing })
    }

    /// How many places there are.
    pub fn width(&self) -> usize {
        self.missing.len()
    }

    /// Where a split looks, and the code from which on rows go to the right.
    pub fn split(&self, feature: u32, threshold: f32, default_left: bool) -> Option<(u8, i8)> {
        let feature = self.features.get(feature as usize)?;
        let below = feature.thresholds.partition_point(|own| *own <= threshold);
        Some((feature.places[usize::from(default_left)]?, code(below)))
    }

    /// The codes of rows.
    pub fn codes(&self, x: &Matrix, rows: Range<usize>) -> Coded {
        let (width, groups) = (self.width(), rows.len().div_ceil(WIDE));
        let mut lanes = Vec::with_capacity(groups * width + MOST_PLACES);
        (0..groups).for_each(|_| lanes.extend(self.missing.iter().map(|missing| [*missing; WIDE])));
        lanes.resize(groups.saturating_sub(1) * width + MOST_PLACES, [0; WIDE]);
        let mut first = 0;
        for block in &x.blocks {
            let of = self.features.get(first..first + block.width()).unwrap_or_default();
            match block {
                Block::Dense(columns) => {
                    for (column, feature) in columns.iter().zip(of).filter(|(_, of)| of.places != [None; 2]) {
                        let values = column.get(rows.clone()).unwrap_or_default();
                        for (group, values) in values.chunks(WIDE).enumerate() {
                            let group = &mut lanes[group * width..][..width];
                            values.iter().enumerate().for_each(|(lane, value)| feature.put(group, lane, *value));
                        }
                    }
                }
                Block::Sparse(sparse) => {
                    for (at, row) in rows.clone().enumerate() {
                        let group = &mut lanes[at / WIDE * width..][..width];
                        for (feature, value) in sparse.row(row) {
                            of.get(feature).into_iter().for_each(|of| of.put(group, at % WIDE, value));
                        }
                    }
                }
            }
            first += block.width();
        }
        Coded { lanes, width, rows: rows.len() }
    }
}

impl Feature {
    /// The code of what is missing for splits that send it to the right, 0, or to the left, 1.
    fn missing(&self, side: usize) -> i8 {
        if side == 0 { code(self.thresholds.len()) } else { code(0) }
    }

    fn put(&self, group: &mut [Lanes], lane: usize, value: f64) {
        let value = narrow(value);
        let known = (!value.is_nan()).then(|| code(self.thresholds.partition_point(|own| *own <= value)));
        for (side, place) in self.places.iter().enumerate() {
            if let Some(place) = place {
                group[usize::from(*place)][lane] = known.unwrap_or_else(|| self.missing(side));
            }
        }
    }
}

/// Some rows of a matrix.
pub struct Coded {
    /// Of `WIDE` rows after the other at each place the codes of all of them.
    lanes: Vec<Lanes>,
    /// Places of a row.
    width: usize,
    rows: usize,
}

impl Coded {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows, side by side: in the last lanes there may be less.
    pub fn groups(&self) -> impl Iterator<Item = &Codes> {
        // Those after a group's own places are the next one's.
        (0..self.rows.div_ceil(WIDE)).filter_map(|at| self.lanes.get(at * self.width..)?.first_chunk())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_rise_with_the_thresholds_below() {
        let rising: Vec<i8> = (0..=MOST_THRESHOLDS).map(code).collect();
        assert!(rising.windows(2).all(|pair| pair[0] < pair[1]) && rising[0] == i8::MIN && rising[255] == i8::MAX);
    }

    #[test]
    fn more_thresholds_or_places_than_a_byte_tells_have_no_codes() {
        let split = |feature: usize, threshold: usize| {
            let leaf = Entry::Leaf { value: 0.0, cover: 1.0 };
            let (feature, threshold) = (feature as u32, threshold as f32);
            let root = Entry::Split { feature, threshold, default_left: false, gain: 1.0, cover: 2.0 };
            Tree::of(vec![root, leaf, leaf], Vec::new(), 1).unwrap()
        };
        for (features, thresholds, is_told) in [(1, 255, true), (1, 256, false), (256, 1, true), (257, 1, false)] {
            let trees = (0..features * thresholds).map(|at| split(at % features, at / features)).collect::<Vec<_>>();
            assert_eq!(Codebook::of(&trees, features).is_some(), is_told, "{features} {thresholds}");
        }
    }
}
