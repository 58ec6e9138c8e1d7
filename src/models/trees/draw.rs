//! The rows and features that a tree or a split may look at.

use crate::data::SplitMix64;

/// Keeps the draws of rows apart from those of features.
const ROWS: u64 = 0x6a09_e667_f3bc_c909;
/// Keeps the draws of trees apart from those of splits.
const TREE: u64 = 0xbb67_ae85_84ca_a73b;

/// Another number for each number.
pub fn mix(number: u64) -> u64 {
    SplitMix64::new(number).next_u64()
}

/// A share of the rows, in their order, and the others: of the share so many to the nearest whole number, and one at
/// least.
pub fn rows(rows: impl ExactSizeIterator<Item = u32>, share: f64, seed: u64) -> (Vec<u32>, Vec<u32>) {
    if share >= 1.0 {
        return (rows.collect(), Vec::new());
    }
    let mut random = SplitMix64::new(mix(seed ^ ROWS));
    let count = rows.len();
    let mut wanted = (libm::round(count as f64 * share) as usize).max(1);
    // Selection sampling (Knuth, "The Art of Computer Programming", volume 2, 3.4.2, algorithm S). A row is written to
    // both sides and overwritten on one: no CPU could foresee a branch.
    let mut drawn = vec![0; wanted + 1];
    let mut others = vec![0; count - wanted.min(count) + 1];
    let (mut taken, mut rest) = (0, 0);
    for (at, row) in rows.enumerate() {
        // A whole number below the rows that are left, all as likely as 32 random bits make them.
        let number = ((random.next_u64() >> 32) * (count - at) as u64) >> 32;
        let is_drawn = number < wanted as u64;
        drawn[taken] = row;
        others[rest] = row;
        taken += usize::from(is_drawn);
        rest += usize::from(!is_drawn);
        wanted -= usize::from(is_drawn);
    }
    drawn.truncate(taken);
    others.truncate(rest);
    (drawn, others)
}

/// Whether a tree may look at each feature; all where the share is 1.
pub fn features(width: usize, share: f64, seed: u64) -> Option<Vec<bool>> {
    of(None, width, share, seed ^ TREE)
}

/// A share of the features among `from`: so many to the whole number below, and one at least.
pub fn of(from: Option<&[bool]>, width: usize, share: f64, seed: u64) -> Option<Vec<bool>> {
    if share >= 1.0 {
        return None;
    }
    let mut features: Vec<usize> = match from {
        Some(from) => (0..width).filter(|at| from[*at]).collect(),
        None => (0..width).collect(),
    };
    let wanted = (libm::floor(features.len() as f64 * share) as usize).max(1);
    let mut random = SplitMix64::new(mix(seed));
    let mut out = vec![false; width];
    for at in 0..wanted.min(features.len()) {
        let drawn = at + random.below(features.len() - at);
        features.swap(at, drawn);
        out[features[at]] = true;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_drawn_exactly_and_evenly() {
        let all: Vec<u32> = (0..10).collect();
        let (mut of_rows, mut of_features) = ([0; 10], [0; 10]);
        for seed in 0..4000 {
            let (drawn, others) = rows(all.iter().copied(), 0.3, seed);
            assert!(drawn.len() == 3 && drawn.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(others.len() == 7 && others.iter().all(|row| !drawn.contains(row)));
            drawn.iter().for_each(|row| of_rows[*row as usize] += 1);
            let drawn = features(10, 0.39, seed).unwrap();
            assert_eq!(drawn.iter().filter(|drawn| **drawn).count(), 3);
            drawn.iter().enumerate().for_each(|(at, drawn)| of_features[at] += usize::from(*drawn));
        }
        for count in of_rows.into_iter().chain(of_features) {
            assert!((1100..1300).contains(&count), "{of_rows:?} {of_features:?}");
        }
        let of_all = |share: f64| rows(all.iter().copied(), share, 1);
        assert_eq!((of_all(0.01).0.len(), of_all(1.0)), (1, (all.clone(), vec![])));
    }
}
