//! How often what is foretold happens.

use serde::{Deserialize, Serialize};

use crate::data::quantile;
use crate::metrics::probability::uniform_bin;

/// Rows of like probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationBin {
    /// The mean of their probabilities.
    pub predicted: f64,
    /// The share of them that is positive.
    pub observed: f64,
    /// Their number.
    pub rows: u64,
}

/// Bins of equal width from 0 to 1, without those that hold no row: scikit-learn's `calibration_curve`.
pub fn uniform(probabilities: &[f64], positive: &[bool], bins: usize) -> Vec<CalibrationBin> {
    binned(probabilities, positive, bins, |probability| uniform_bin(probability, bins))
}

/// Bins of about as many rows, as scikit-learn's `calibration_curve` with `strategy="quantile"`.
pub fn by_quantile(probabilities: &[f64], positive: &[bool], bins: usize) -> Vec<CalibrationBin> {
    if probabilities.is_empty() {
        return Vec::new();
    }
    let mut sorted = probabilities.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let share = |at: usize| at as f64 * (1.0 / bins as f64);
    let edges: Vec<f64> = (1..bins).map(|at| quantile(&sorted, share(at))).collect();
    binned(probabilities, positive, bins, |probability| edges.partition_point(|edge| *edge < probability))
}

fn binned(probabilities: &[f64], positive: &[bool], bins: usize, bin: impl Fn(f64) -> usize) -> Vec<CalibrationBin> {
    let mut sums = vec![(0.0, 0u64, 0u64); bins];
    for (probability, positive) in probabilities.iter().zip(positive) {
        let (sum, hits, rows) = &mut sums[bin(*probability)];
        *sum += probability;
        *hits += u64::from(*positive);
        *rows += 1;
    }
    let filled = sums.into_iter().filter(|(.., rows)| *rows > 0);
    filled
        .map(|(sum, hits, rows)| CalibrationBin {
            predicted: sum / rows as f64,
            observed: hits as f64 / rows as f64,
            rows,
        })
        .collect()
}
