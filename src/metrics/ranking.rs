//! Rows ordered by score: ROC AUC, average precision, and the ground for curves and thresholds.

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
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    steps: Vec<Step>,
}

impl Ranking {
    /// Ranks (score, is positive) pairs, O(n log n).
    ///
    /// # Errors
    /// Exit code 1 when a score is not finite.
    pub fn new(rows: impl Iterator<Item = (f64, bool)>) -> Result<Self> {
        let rows: Vec<(f64, bool)> = rows.collect();
        match rows.iter().enumerate().find(|(_, (score, _))| !score.is_finite()) {
            Some((row, (score, _))) => {
                Err(Error::failure(format!("score of row {row} is {score}, not a finite number")))
            }
            None => Ok(Self::of_finite(rows)),
        }
    }

    /// Ranks scores that are known to be finite.
    pub(super) fn of_finite(mut rows: Vec<(f64, bool)>) -> Self {
        rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut ranking = Self { steps: Vec::new() };
        for (score, positive) in rows {
            ranking.add(score, u64::from(positive), u64::from(!positive));
        }
        ranking
    }

    /// Ranks (score, positive rows, negative rows) groups, each of rows with one score.
    ///
    /// # Errors
    /// Exit code 1 when a score is not finite.
    pub fn of_groups(groups: impl Iterator<Item = (f64, u64, u64)>) -> Result<Self> {
        let mut groups: Vec<(f64, u64, u64)> = groups.collect();
        if let Some((at, (score, ..))) = groups.iter().enumerate().find(|(_, (score, ..))| !score.is_finite()) {
            return Err(Error::failure(format!("score of group {at} is {score}, not a finite number")));
        }
        groups.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let mut ranking = Self { steps: Vec::new() };
        for (score, positive, negative) in groups {
            ranking.add(score, positive, negative);
        }
        Ok(ranking)
    }

    /// Adds rows whose score is not above those already there.
    fn add(&mut self, score: f64, positive: u64, negative: u64) {
        let step =
            Step { score, true_positives: self.positives() + positive, false_positives: self.negatives() + negative };
        match self.steps.last_mut() {
            Some(last) if last.score == score => *last = step,
            _ => self.steps.push(step),
        }
    }

    /// The steps, highest score first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Number of positive rows.
    pub fn positives(&self) -> u64 {
        self.steps.last().map_or(0, |s| s.true_positives)
    }

    /// Number of negative rows.
    pub fn negatives(&self) -> u64 {
        self.steps.last().map_or(0, |s| s.false_positives)
    }

    /// Area under the ROC curve by the trapezoidal rule; none where one class is missing.
    ///
    /// The area is counted in whole half-squares, so only its division by positives × negatives is rounded.
    pub fn roc_auc(&self) -> Option<f64> {
        let (mut doubled, mut tp, mut fp) = (0_u128, 0, 0);
        for step in &self.steps {
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
        let before = std::iter::once(0).chain(self.steps.iter().map(|s| s.true_positives));
        let area = sum(self.steps.iter().zip(before).map(|(step, before)| {
            let predicted = step.true_positives + step.false_positives;
            (step.true_positives - before) as f64 * (step.true_positives as f64 / predicted as f64)
        }));
        defined(area / self.positives() as f64)
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
        assert_eq!(Ranking::of_groups(groups.into_iter()).unwrap(), rows);
    }

    #[test]
    fn refuses_nan() {
        let refused = Ranking::new([(0.5, true), (f64::NAN, false)].into_iter()).unwrap_err();
        assert_eq!(refused.message(), "score of row 1 is NaN, not a finite number");
    }
}
