//! What out-of-fold predictions tell: the decision threshold, the score a champion is chosen by.

use super::apply::decide;
use super::info::{OutOfFoldMetrics, ScoreHistogram};
use crate::data::{Scores, Target};
use crate::error::{Error, Result};
use crate::metrics;

/// How the decision threshold of a binary model is set.
#[derive(Debug, Clone, PartialEq)]
pub enum ThresholdRule {
    /// Best value of a metric on the out-of-fold predictions.
    Metric(&'static metrics::Metric),
    /// As given.
    Fixed(f64),
}

impl ThresholdRule {
    /// As shown to the user.
    pub fn describe(&self) -> String {
        match self {
            ThresholdRule::Metric(metric) => format!("best {} out of fold", metric.name),
            ThresholdRule::Fixed(value) => format!("fixed at {value}"),
        }
    }
}

/// Each row scored by a model that has not seen it.
pub struct OutOfFold<'a> {
    /// Target of all rows.
    pub target: &'a Target,
    /// Fold of each row.
    pub fold_of: &'a [usize],
    /// Number of folds.
    pub folds: usize,
    /// Scores of all rows.
    pub scores: Scores,
}

impl OutOfFold<'_> {
    /// The threshold, for binary targets.
    pub fn threshold(&self, rule: &ThresholdRule) -> Result<Option<f64>> {
        match (self.target, rule) {
            (Target::Classes { classes: 2, .. }, ThresholdRule::Fixed(value)) => Ok(Some(*value)),
            (Target::Classes { codes, classes: 2 }, ThresholdRule::Metric(metric)) => {
                Ok(Some(metrics::best_threshold(codes, &self.scores.column(1), metric)?.threshold))
            }
            _ => Ok(None),
        }
    }

    /// Mean and standard deviation over the folds of every metric, classes decided by `threshold`.
    pub fn metrics(&self, threshold: Option<f64>) -> Result<OutOfFoldMetrics> {
        let mut values: Vec<(&'static str, Vec<f64>)> = Vec::new();
        for fold in 0..self.folds {
            let rows: Vec<usize> = (0..self.fold_of.len()).filter(|row| self.fold_of[*row] == fold).collect();
            let scores = select(&self.scores, &rows);
            for (name, value) in all_metrics(&self.target.select(&rows), &scores, threshold)? {
                let at = match values.iter().position(|(n, _)| *n == name) {
                    Some(at) => at,
                    None => {
                        values.push((name, Vec::new()));
                        values.len() - 1
                    }
                };
                values[at].1.extend(value);
            }
        }
        let mut out = OutOfFoldMetrics { folds: self.folds, ..OutOfFoldMetrics::default() };
        for (name, values) in values.into_iter().filter(|(_, v)| !v.is_empty()) {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64;
            out.mean.insert(name.to_owned(), mean);
            out.std.insert(name.to_owned(), libm::sqrt(variance));
        }
        Ok(out)
    }

    /// Histogram of the scores: over 0 to 1 per class, or over their range for regression.
    pub fn histogram(&self) -> ScoreHistogram {
        let outputs: Vec<Vec<f64>> = (0..self.scores.width).map(|at| self.scores.column(at)).collect();
        match self.target {
            Target::Classes { .. } => ScoreHistogram::of(&outputs, 0.0, 1.0),
            Target::Values(_) => {
                let low = self.scores.values.iter().copied().fold(f64::INFINITY, f64::min);
                let high = self.scores.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                ScoreHistogram::of(&outputs, low, high)
            }
        }
    }
}

/// Every metric of the task in its order; undefined ones are none.
pub fn all_metrics(
    target: &Target,
    scores: &Scores,
    threshold: Option<f64>,
) -> Result<Vec<(&'static str, Option<f64>)>> {
    if scores.values.iter().any(|v| !v.is_finite()) {
        return Err(Error::failure("the model gave a score that is no finite number"));
    }
    match target {
        Target::Values(values) => metrics::regression(values, &scores.values),
        Target::Classes { codes, .. } => {
            let predicted: Vec<u32> = (0..scores.rows()).map(|row| decide(scores.row(row), threshold)).collect();
            metrics::classification(codes, scores, &predicted)
        }
    }
}

fn select(scores: &Scores, rows: &[usize]) -> Scores {
    Scores { width: scores.width, values: rows.iter().flat_map(|row| scores.row(*row).iter().copied()).collect() }
}
