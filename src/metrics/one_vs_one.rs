//! ROC AUC of each class against each other (Hand and Till, 2001).

use rayon::prelude::*;

use super::sum::{defined, sum};
use crate::data::Scores;

/// The mean ROC AUC of every ordered pair of classes: by the scores of the first, whether a row is of it and not of the
/// second.
pub struct Pairs {
    /// Each pair alike.
    pub plain: Option<f64>,
    /// Each by its rows.
    pub weighted: Option<f64>,
}

impl Pairs {
    /// Of rows of all classes; none where a class has no row.
    pub fn of(actual: &[u32], scores: &Scores) -> Option<Self> {
        let classes = scores.width;
        let mut counts = vec![0u64; classes];
        actual.iter().for_each(|class| counts[*class as usize] += 1);
        if counts.contains(&0) {
            return None;
        }
        let rows = |a: usize, b: usize| (counts[a] + counts[b]) as f64;
        let of_class = |a: usize| {
            let doubled = of_class(a, actual, scores);
            let area = |b: usize| doubled[b] as f64 / (2.0 * counts[a] as f64 * counts[b] as f64);
            let others = || (0..classes).filter(|b| *b != a);
            (sum(others().map(area)), sum(others().map(|b| rows(a, b) * area(b))))
        };
        let sums: Vec<(f64, f64)> = (0..classes).into_par_iter().map(of_class).collect();
        let pairs = (classes * (classes - 1)) as f64;
        // Each row counts with its class against each of the others, and with those against it.
        let weights = 2.0 * (classes - 1) as f64 * actual.len() as f64;
        Some(Self {
            plain: defined(sum(sums.iter().map(|sums| sums.0)) / pairs),
            weighted: defined(sum(sums.iter().map(|sums| sums.1)) / weights),
        })
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
