//! ROC AUC of each class against each other (Hand and Till, 2001).

use rayon::prelude::*;

use super::sum::{defined, sum};
use crate::data::Scores;

/// ROC AUC of every ordered pair of classes: by the scores of the first, whether a row is of it and not of the second.
pub struct Pairs {
    /// Rows of each class.
    counts: Vec<u64>,
    /// `classes * classes`: twice the area in squares.
    doubled: Vec<u128>,
}

impl Pairs {
    /// Of rows of all classes; none where a class has no row.
    pub fn of(actual: &[u32], scores: &Scores) -> Option<Self> {
        let classes = scores.width;
        let mut counts = vec![0; classes];
        actual.iter().for_each(|class| counts[*class as usize] += 1);
        if counts.contains(&0) {
            return None;
        }
        let doubled = (0..classes).into_par_iter().flat_map_iter(|class| of_class(class, actual, scores)).collect();
        Some(Self { counts, doubled })
    }

    /// The mean over all pairs; weighted by the rows of each, where asked for.
    pub fn mean(&self, weighted: bool) -> Option<f64> {
        let classes = self.counts.len();
        let pairs = (0..classes).flat_map(|a| (a + 1..classes).map(move |b| (a, b)));
        let weight = |(a, b): (usize, usize)| if weighted { (self.counts[a] + self.counts[b]) as f64 } else { 1.0 };
        let area = |(a, b): (usize, usize)| {
            let both = self.doubled[a * classes + b] + self.doubled[b * classes + a];
            both as f64 / (4.0 * self.counts[a] as f64 * self.counts[b] as f64)
        };
        let areas = sum(pairs.clone().map(|pair| weight(pair) * area(pair)));
        defined(areas / sum(pairs.map(weight)))
    }
}

/// A class against each of the others in one pass over the rows by its score.
fn of_class(class: usize, actual: &[u32], scores: &Scores) -> Vec<u128> {
    let score = |row: usize| scores.row(row).get(class).copied().unwrap_or(0.0);
    let mut rows: Vec<(f64, u32)> = actual.iter().enumerate().map(|(row, code)| (score(row), *code)).collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut doubled = vec![0; scores.width];
    let mut before = 0u128;
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let own = tied.iter().filter(|(_, code)| *code as usize == class).count() as u128;
        for (_, code) in tied.iter().filter(|(_, code)| *code as usize != class) {
            doubled[*code as usize] += 2 * before + own;
        }
        before += own;
    }
    doubled
}
