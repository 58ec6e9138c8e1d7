//! All metrics of a classifier: from predicted classes, from the order of scores, from probabilities.

use std::cell::OnceCell;

use super::one_vs_one::Pairs;
use super::registry::METRICS;
use super::{Confusion, Ranking, probability};
use crate::data::{Scores, Task};
use crate::error::{Error, Result};

/// How far above 1 or below 0 rounding may push a probability.
const ROUNDING: f64 = 1e-9;

/// Actual classes, scores and predicted classes of the same rows, checked against one another.
///
/// Scores are ranked once, when the first metric asks for it.
pub struct Classification<'a> {
    actual: &'a [u32],
    scores: &'a Scores,
    confusion: Confusion,
    ranked: OnceCell<Vec<Ranked>>,
    pairs: OnceCell<Option<Pairs>>,
}

/// What one class against the rest answers.
struct Ranked {
    support: u64,
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    kolmogorov_smirnov: Option<f64>,
}

impl<'a> Classification<'a> {
    /// Takes class codes below `scores.width`, one probability per class, and the predicted classes.
    ///
    /// # Errors
    /// Exit code 1 without rows or where the row counts differ, a code is out of range, or a score is no
    /// probability (NaN, infinite, outside 0 to 1).
    pub fn new(actual: &'a [u32], scores: &'a Scores, predicted: &[u32]) -> Result<Self> {
        if actual.is_empty() {
            return Err(Error::failure("there is no row to compute metrics on"));
        }
        if scores.width < 2 || scores.values.len() != actual.len() * scores.width {
            return Err(Error::failure(format!(
                "{} scores in rows of {} do not fit {} rows with a probability per class",
                scores.values.len(),
                scores.width,
                actual.len()
            )));
        }
        let possible = -ROUNDING..=1.0 + ROUNDING;
        if let Some((at, score)) = scores.values.iter().enumerate().find(|(_, p)| !possible.contains(*p)) {
            let (row, class) = (at / scores.width, at % scores.width);
            return Err(Error::failure(format!("score {score} of class {class} in row {row} is not a probability")));
        }
        let confusion = Confusion::new(actual, predicted, scores.width)?;
        Ok(Self { actual, scores, confusion, ranked: OnceCell::new(), pairs: OnceCell::new() })
    }

    /// Two classes are a binary task.
    pub fn task(&self) -> Task {
        if self.scores.width == 2 { Task::Binary } else { Task::Multiclass }
    }

    /// Counts of actual by predicted class.
    pub fn confusion(&self) -> &Confusion {
        &self.confusion
    }

    /// Actual class of each row.
    pub(super) fn actual(&self) -> &'a [u32] {
        self.actual
    }

    /// A probability per class of each row.
    pub(super) fn scores(&self) -> &'a Scores {
        self.scores
    }

    pub(super) fn log_loss(&self) -> Option<f64> {
        probability::log_loss(self.actual, self.scores)
    }

    pub(super) fn brier(&self) -> Option<f64> {
        probability::brier(self.actual, self.scores)
    }

    /// Of class 1 in a binary task, else the mean over each class against the rest.
    pub(super) fn roc_auc(&self) -> Option<f64> {
        mean_of(self.ranked(), |r| r.roc_auc, |_| 1.0)
    }

    /// Like [`Self::roc_auc`], the classes weighted by their number of rows.
    pub(super) fn roc_auc_weighted(&self) -> Option<f64> {
        mean_of(self.ranked(), |r| r.roc_auc, |r| r.support as f64)
    }

    /// Of class 1 in a binary task, else the mean over each class against the rest.
    pub(super) fn pr_auc(&self) -> Option<f64> {
        mean_of(self.ranked(), |r| r.average_precision, |_| 1.0)
    }

    /// Each class against each other.
    pub(super) fn roc_auc_ovo(&self, weighted: bool) -> Option<f64> {
        let pairs = self.pairs.get_or_init(|| Pairs::of(self.actual, self.scores)).as_ref()?;
        if weighted { pairs.weighted } else { pairs.plain }
    }

    /// Twice the area between the ROC curve and the diagonal; binary.
    pub(super) fn gini(&self) -> Option<f64> {
        Some(2.0 * self.roc_auc()? - 1.0)
    }

    /// Binary.
    pub(super) fn kolmogorov_smirnov(&self) -> Option<f64> {
        self.ranked().first()?.kolmogorov_smirnov
    }

    fn ranked(&self) -> &[Ranked] {
        self.ranked.get_or_init(|| {
            let classes = if self.task() == Task::Binary { 1..2 } else { 0..self.scores.width };
            classes.map(|class| self.rank(class)).collect()
        })
    }

    fn rank(&self, class: usize) -> Ranked {
        let scores = self.scores.values.iter().skip(class).step_by(self.scores.width).copied();
        let ranking = Ranking::of_finite(scores.zip(self.actual.iter().map(|c| *c as usize == class)));
        Ranked {
            support: ranking.positives(),
            roc_auc: ranking.roc_auc(),
            average_precision: ranking.average_precision(),
            kolmogorov_smirnov: ranking.kolmogorov_smirnov(),
        }
    }
}

/// Weighted mean, none as soon as one class has no value: a mean over the rest would look comparable and is not.
fn mean_of(ranked: &[Ranked], value: fn(&Ranked) -> Option<f64>, weight: fn(&Ranked) -> f64) -> Option<f64> {
    let (mut total, mut weights) = (0.0, 0.0);
    for class in ranked {
        total += value(class)? * weight(class);
        weights += weight(class);
    }
    super::sum::defined(total / weights)
}

/// Every metric of the task by name, in the order of [`METRICS`].
///
/// `actual` and `predicted` hold class codes below `scores.width`; class 1 of two is the positive one.
///
/// # Errors
/// As [`Classification::new`].
pub fn classification(actual: &[u32], scores: &Scores, predicted: &[u32]) -> Result<Vec<(&'static str, Option<f64>)>> {
    let rows = Classification::new(actual, scores, predicted)?;
    let defined = METRICS.iter().filter(|m| m.defined_for(rows.task()));
    Ok(defined.map(|m| (m.name, m.of_classes(&rows))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_rows_that_do_not_fit() {
        for (actual, width, values, message) in [
            (vec![], 2, vec![], "there is no row to compute metrics on"),
            (vec![0], 1, vec![0.5], "1 scores in rows of 1 do not fit 1 rows with a probability per class"),
            (vec![0, 1], 2, vec![0.5; 2], "2 scores in rows of 2 do not fit 2 rows with a probability per class"),
            (vec![0, 1], 2, vec![0.5, 0.5, f64::NAN, 0.5], "score NaN of class 0 in row 1 is not a probability"),
            (vec![0], 2, vec![-0.5, 1.5], "score -0.5 of class 0 in row 0 is not a probability"),
            (vec![2], 2, vec![0.5, 0.5], "class 2 in row 0 is not one of 2 classes"),
        ] {
            let scores = Scores { width, values };
            let predicted = vec![0; actual.len()];
            let refused = classification(&actual, &scores, &predicted).unwrap_err();
            assert_eq!(refused.message(), message);
        }
    }
}
