//! What out-of-fold predictions tell: the decision threshold, the score a champion is chosen by.

use super::FoldMetrics;
use super::calibration::{Calibration, Calibrator};
use super::decision::{Decision, ThresholdRule};
use super::info::{OutOfFoldMetrics, ScoreHistogram};
use super::validation::Fold;
use crate::data::{Scores, Target};
use crate::error::{Error, Result};
use crate::metrics;

/// Rows scored by models that have not seen them.
pub struct OutOfFold {
    /// Of each fold, the target of its rows and their scores.
    folds: Vec<(Target, Scores)>,
    /// The target of all rows that some fold was tried on, in their order.
    target: Target,
    /// Their scores: the mean over the folds that were tried on a row.
    scores: Scores,
}

impl OutOfFold {
    /// What the folds of `target` gave.
    pub(super) fn new(target: &Target, folds: &[Fold], scores: Vec<Scores>) -> Self {
        let width = scores.first().map_or(1, |s| s.width);
        let mut times = vec![0_u32; target.len()];
        let mut sums = vec![0.0; target.len() * width];
        for (fold, scores) in folds.iter().zip(&scores) {
            for (at, row) in fold.test.iter().enumerate() {
                times[*row] += 1;
                for (sum, score) in sums[row * width..].iter_mut().zip(scores.row(at)) {
                    *sum += score;
                }
            }
        }
        let tried: Vec<usize> = (0..target.len()).filter(|row| times[*row] > 0).collect();
        let mean = |row: &usize| {
            let times = f64::from(times[*row]);
            sums[row * width..(row + 1) * width].iter().map(move |sum| sum / times)
        };
        let all = Scores { width, values: tried.iter().flat_map(mean).collect() };
        let of_folds = folds.iter().zip(scores).map(|(fold, scores)| (target.select(&fold.test), scores)).collect();
        Self { folds: of_folds, target: target.select(&tried), scores: all }
    }

    /// Calibrates all scores, and gives what new ones are calibrated with.
    ///
    /// The scores of a fold are calibrated by what the other folds teach, so that its metrics are told of rows that
    /// neither the model nor the calibration has seen.
    pub(super) fn calibrate(&mut self, method: Calibration) -> Result<Calibrator> {
        let calibrator = Calibrator::fit(method, &self.scores, &self.target)?;
        self.scores = calibrator.apply(&self.scores);
        let mut calibrated = Vec::with_capacity(self.folds.len());
        for at in 0..self.folds.len() {
            let others: Vec<&(Target, Scores)> =
                self.folds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, fold)| fold).collect();
            let (_, scores) = &self.folds[at];
            // Folds that hold one class between them teach nothing.
            calibrated.push(match Calibrator::fit(method, &joined(&others), &together(&others)) {
                Ok(of_others) => of_others.apply(scores),
                Err(_) => calibrator.apply(scores),
            });
        }
        self.folds.iter_mut().zip(calibrated).for_each(|((_, scores), better)| *scores = better);
        Ok(calibrator)
    }

    /// How the rule would have classes decided.
    ///
    /// # Errors
    /// As [`ThresholdRule::decision`].
    pub fn decision(&self, rule: &ThresholdRule, labels: &[String]) -> Result<Decision> {
        rule.decision(&self.target, &self.scores, labels)
    }

    /// Every metric in each fold, with mean and standard deviation.
    pub fn metrics(&self, decision: &Decision) -> Result<OutOfFoldMetrics> {
        let mut out = OutOfFoldMetrics { folds: self.folds.len(), ..OutOfFoldMetrics::default() };
        for (at, (target, scores)) in self.folds.iter().enumerate() {
            for (name, value) in all_metrics(target, scores, decision)? {
                out.scores.entry(name.to_owned()).or_insert_with(|| vec![None; self.folds.len()])[at] = value;
            }
        }
        for (name, scores) in &out.scores {
            let FoldMetrics { mean, std, .. } = FoldMetrics::of(scores.clone());
            out.mean.extend(mean.map(|mean| (name.clone(), mean)));
            out.std.extend(std.map(|std| (name.clone(), std)));
        }
        Ok(out)
    }

    /// One metric in each fold.
    pub(super) fn metric(&self, metric: &metrics::Metric, decision: &Decision) -> Result<FoldMetrics> {
        let value = |(target, scores): &(Target, Scores)| {
            finite(scores)?;
            metric.value(target, scores, &decision.classes(scores))
        };
        Ok(FoldMetrics::of(self.folds.iter().map(value).collect::<Result<_>>()?))
    }

    /// Histogram of the scores: over 0 to 1 per class, or over their range for regression.
    pub fn histogram(&self) -> ScoreHistogram {
        let outputs: Vec<Vec<f64>> = (0..self.scores.width).map(|at| self.scores.column(at)).collect();
        match &self.target {
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
pub fn all_metrics(target: &Target, scores: &Scores, decision: &Decision) -> Result<Vec<(&'static str, Option<f64>)>> {
    finite(scores)?;
    match target {
        Target::Values(values) => metrics::regression(values, &scores.values),
        Target::Classes { codes, .. } => metrics::classification(codes, scores, &decision.classes(scores)),
    }
}

fn finite(scores: &Scores) -> Result<()> {
    if scores.values.iter().all(|v| v.is_finite()) {
        return Ok(());
    }
    Err(Error::failure("the model gave a score that is no finite number"))
}

impl FoldMetrics {
    fn of(folds: Vec<Option<f64>>) -> Self {
        let values: Vec<f64> = folds.iter().copied().flatten().collect();
        if values.is_empty() {
            return Self { folds, mean: None, std: None };
        }
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / values.len() as f64;
        Self { folds, mean: Some(mean), std: Some(libm::sqrt(variance)) }
    }
}

fn joined(folds: &[&(Target, Scores)]) -> Scores {
    let width = folds.first().map_or(1, |(_, scores)| scores.width);
    Scores { width, values: folds.iter().flat_map(|(_, scores)| scores.values.iter().copied()).collect() }
}

fn together(folds: &[&(Target, Scores)]) -> Target {
    let mut all = Vec::new();
    let mut most = 0;
    for (target, _) in folds {
        if let Target::Classes { codes, classes } = target {
            all.extend_from_slice(codes);
            most = *classes;
        }
    }
    Target::Classes { codes: all, classes: most }
}
