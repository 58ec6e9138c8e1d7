//! Rows ordered by score: ROC AUC, average precision, and the ground for curves and thresholds.

use rayon::prelude::*;

use super::sum::{defined, sum};
use crate::error::{Error, Result};

/// What is reached when all rows with at least `score` count as positive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// A distinct score.
    pub score: f64,
    /// Positive rows with at least this score.
    pub true_positives: u64,
    /// Negative rows with at least this score.
    pub false_positives: u64,
}

/// The distinct scores in falling order; rows with equal scores share a step, so ties have no order.
#[derive(Debug, Clone)]
pub struct Ranking {
    rows: Rows,
    positives: u64,
    negatives: u64,
}

/// Rows by falling score.
#[derive(Debug, Clone)]
enum Rows {
    /// Scores of 0 or more, whose bits are in the order of the numbers: in the last bit whether the row is positive,
    /// in the others the score. Eight bytes a row, and nothing sorts faster.
    Packed(Vec<u64>),
    /// Scores with their positive and negative rows.
    Groups(Vec<(f64, u64, u64)>),
}

impl Ranking {
    /// Ranks (score, is positive) pairs, O(n log n), on all threads.
    ///
    /// # Errors
    /// Exit code 1 when a score is not finite.
    pub fn new(rows: impl Iterator<Item = (f64, bool)> + Clone) -> Result<Self> {
        match rows.clone().enumerate().find(|(_, (score, _))| !score.is_finite()) {
            Some((row, (score, _))) => {
                Err(Error::failure(format!("score of row {row} is {score}, not a finite number")))
            }
            None => Ok(Self::of_finite(rows)),
        }
    }

    /// Ranks scores that are known to be finite.
    pub(super) fn of_finite(rows: impl Iterator<Item = (f64, bool)> + Clone) -> Self {
        // A sum with 0 makes minus zero the same as zero.
        let mut packed: Vec<u64> =
            rows.clone().map(|(score, positive)| (score + 0.0).to_bits() << 1 | u64::from(positive)).collect();
        if rows.clone().any(|(score, _)| score < 0.0) {
            return Self::of_sorted(rows.map(|(score, is)| (score, u64::from(is), u64::from(!is))).collect());
        }
        let positives = packed.iter().map(|row| row & 1).sum();
        let negatives = packed.len() as u64 - positives;
        // Equal ones are the same to the bit, so their order cannot matter.
        packed.par_sort_unstable_by(|a, b| b.cmp(a));
        Self { rows: Rows::Packed(packed), positives, negatives }
    }

    /// Ranks (score, positive rows, negative rows) groups, each of rows with one score.
    ///
    /// # Errors
    /// Exit code 1 when a score is not finite.
    pub fn of_groups(groups: impl Iterator<Item = (f64, u64, u64)>) -> Result<Self> {
        let groups: Vec<(f64, u64, u64)> = groups.collect();
        match groups.iter().enumerate().find(|(_, (score, ..))| !score.is_finite()) {
            Some((at, (score, ..))) => {
                Err(Error::failure(format!("score of group {at} is {score}, not a finite number")))
            }
            None => Ok(Self::of_sorted(groups)),
        }
    }

    fn of_sorted(mut groups: Vec<(f64, u64, u64)>) -> Self {
        groups.par_sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let (positives, negatives) = groups.iter().fold((0, 0), |(p, n), group| (p + group.1, n + group.2));
        Self { rows: Rows::Groups(groups), positives, negatives }
    }

    /// The steps, highest score first.
    pub fn steps(&self) -> Steps<'_> {
        Steps { rows: &self.rows, next: 0, true_positives: 0, false_positives: 0 }
    }

    /// Number of positive rows.
    pub fn positives(&self) -> u64 {
        self.positives
    }

    /// Number of negative rows.
    pub fn negatives(&self) -> u64 {
        self.negatives
    }

    /// Area under the ROC curve by the trapezoidal rule; none where one class is missing.
    ///
    /// The area is counted in whole half-squares, so only its division by positives × negatives is rounded.
    pub fn roc_auc(&self) -> Option<f64> {
        let (mut doubled, mut tp, mut fp) = (0_u128, 0, 0);
        for step in self.steps() {
            doubled += u128::from(step.false_positives - fp) * u128::from(step.true_positives + tp);
            (tp, fp) = (step.true_positives, step.false_positives);
        }
        defined(doubled as f64 / (2.0 * tp as f64 * fp as f64))
    }

    /// Average precision, the step-wise area under the precision-recall curve; none without a positive row.
    ///
    /// Formula: the sum of `(recall_i - recall_(i-1)) * precision_i` over falling scores, as scikit-learn's
    /// `average_precision_score`, which answers 0 where this is none.
    pub fn average_precision(&self) -> Option<f64> {
        let mut before = 0;
        let rises = self.steps().filter_map(|step| {
            let more = step.true_positives - std::mem::replace(&mut before, step.true_positives);
            let precision = || step.true_positives as f64 / (step.true_positives + step.false_positives) as f64;
            (more > 0).then(|| more as f64 * precision())
        });
        defined(sum(rises) / self.positives as f64)
    }

    /// The greatest distance between the shares of positive and of negative rows above a score, that is SciPy's
    /// `ks_2samp` of the scores of the two; none where one class is missing.
    pub fn kolmogorov_smirnov(&self) -> Option<f64> {
        let (p, n) = (i128::from(self.positives), i128::from(self.negatives));
        let off = |step: Step| (i128::from(step.true_positives) * n - i128::from(step.false_positives) * p).abs();
        let most = self.steps().map(off).max()?;
        defined(most as f64 / (self.positives as f64 * self.negatives as f64))
    }
}

/// The steps of a [`Ranking`], highest score first.
#[derive(Debug, Clone)]
pub struct Steps<'a> {
    rows: &'a Rows,
    next: usize,
    true_positives: u64,
    false_positives: u64,
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let score = match self.rows {
            Rows::Packed(rows) => {
                let score = rows.get(self.next)? >> 1;
                while let Some(row) = rows.get(self.next).filter(|row| **row >> 1 == score) {
                    self.true_positives += row & 1;
                    self.false_positives += !row & 1;
                    self.next += 1;
                }
                f64::from_bits(score)
            }
            Rows::Groups(groups) => {
                let score = groups.get(self.next)?.0;
                while let Some((_, positive, negative)) = groups.get(self.next).filter(|group| group.0 == score) {
                    self.true_positives += positive;
                    self.false_positives += negative;
                    self.next += 1;
                }
                score
            }
        };
        Some(Step { score, true_positives: self.true_positives, false_positives: self.false_positives })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(scores: &[f64], positive: &[u8]) -> Ranking {
        Ranking::new(scores.iter().copied().zip(positive.iter().map(|p| *p == 1))).unwrap()
    }

    #[test]
    fn ties_count_half_and_one_class_has_no_auc() {
        for (scores, positive, auc, average_precision) in [
            (vec![0.1, 0.4, 0.35, 0.8], vec![0, 0, 1, 1], Some(0.75), Some((1.0 + 2.0 / 3.0) / 2.0)),
            (vec![0.5; 4], vec![0, 1, 0, 1], Some(0.5), Some(0.5)),
            (vec![0.0, -0.0], vec![0, 1], Some(0.5), Some(0.5)),
            (
                vec![-2.0, 0.0, -0.0, -2.0, 1.5],
                vec![0, 1, 0, 1, 1],
                Some(4.0 / 6.0),
                Some((1.0 + 2.0 / 3.0 + 0.6) / 3.0),
            ),
            (vec![0.1, 0.2], vec![1, 1], None, Some(1.0)),
            (vec![0.1, 0.2], vec![0, 0], None, None),
            (vec![], vec![], None, None),
        ] {
            let ranking = ranking(&scores, &positive);
            assert_eq!(ranking.roc_auc(), auc, "{scores:?}");
            assert_eq!(ranking.average_precision(), average_precision, "{scores:?}");
        }
    }

    #[test]
    fn groups_rank_like_their_rows() {
        let groups = [(0.2, 1, 3), (0.9, 2, 0), (0.2, 0, 1), (0.5, 1, 1)];
        let rows = ranking(&[0.2, 0.2, 0.2, 0.2, 0.9, 0.9, 0.2, 0.5, 0.5], &[1, 0, 0, 0, 1, 1, 0, 1, 0]);
        let groups = Ranking::of_groups(groups.into_iter()).unwrap();
        assert_eq!(groups.steps().collect::<Vec<_>>(), rows.steps().collect::<Vec<_>>());
    }

    #[test]
    fn scores_below_zero_rank_as_those_above() {
        let scores: Vec<f64> = (0..500).map(|row| f64::from(row * 37 % 101) / 100.0).collect();
        let positive: Vec<u8> = (0..500).map(|row| u8::from(row * 29 % 31 > 12)).collect();
        let lower: Vec<f64> = scores.iter().map(|score| score - 0.5).collect();
        let (above, below) = (ranking(&scores, &positive), ranking(&lower, &positive));
        assert_eq!(above.roc_auc(), below.roc_auc());
        assert_eq!(above.average_precision(), below.average_precision());
        assert_eq!(above.kolmogorov_smirnov(), below.kolmogorov_smirnov());
    }

    #[test]
    fn refuses_nan() {
        let refused = Ranking::new([(0.5, true), (f64::NAN, false)].into_iter()).unwrap_err();
        assert_eq!(refused.message(), "score of row 1 is NaN, not a finite number");
    }
}
