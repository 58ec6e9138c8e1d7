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
///
/// Where several folds are tried on a row, as with repeats, it stands here with the score of each. They are never
/// averaged: a mean of models is surer than any of them, and what is learned from scores is applied to those of one
/// model.
pub struct OutOfFold {
    /// Of each fold, the target of its rows and their scores.
    folds: Vec<(Target, Scores)>,
    /// The rows of all folds, one after the other, then their target and scores.
    rows: Vec<usize>,
    target: Target,
    scores: Scores,
}

impl OutOfFold {
    /// What the folds of `target` gave.
    pub(super) fn new(target: &Target, folds: &[Fold], scores: Vec<Scores>) -> Self {
        let width = scores.first().map_or(1, |s| s.width);
        let all = Scores { width, values: scores.iter().flat_map(|s| s.values.iter().copied()).collect() };
        let tried = folds.iter().zip(&scores).flat_map(|(fold, _)| fold.test.iter().copied());
        let rows: Vec<usize> = tried.collect();
        let of_folds = folds.iter().zip(scores).map(|(fold, scores)| (target.select(&fold.test), scores)).collect();
        Self { folds: of_folds, target: target.select(&rows), rows, scores: all }
    }

    /// Calibrates all scores, and gives what new ones are calibrated with.
    ///
    /// The scores of a fold are calibrated by what all other rows teach, so that its metrics are told of rows that
    /// neither the model nor the calibration has seen.
    pub(super) fn calibrate(&mut self, method: Calibration) -> Result<Calibrator> {
        let calibrator = Calibrator::fit(method, &self.scores, &self.target)?;
        let mut calibrated = Vec::with_capacity(self.folds.len());
        let mut start = 0;
        for (_, scores) in &self.folds {
            let end = start + scores.rows();
            // Rows that are all of one class teach nothing.
            calibrated.push(match self.calibrator_without(&self.rows[start..end], method) {
                Ok(of_others) => of_others.apply(scores),
                Err(_) => calibrator.apply(scores),
            });
            start = end;
        }
        self.folds.iter_mut().zip(calibrated).for_each(|((_, scores), better)| *scores = better);
        self.scores = calibrator.apply(&self.scores);
        Ok(calibrator)
    }

    /// What the other rows teach, with the scores of every fold.
    fn calibrator_without(&self, rows: &[usize], method: Calibration) -> Result<Calibrator> {
        let mut left_out = vec![false; self.rows.iter().max().map_or(0, |last| last + 1)];
        rows.iter().for_each(|row| left_out[*row] = true);
        let others: Vec<usize> = (0..self.rows.len()).filter(|at| !left_out[self.rows[*at]]).collect();
        Calibrator::fit(method, &self.scores.select(&others), &self.target.select(&others))
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
        // In units of a power of two, which rounds nothing: no sum and no square is too large for a number.
        let most = values.iter().map(|v| v.abs()).fold(0.0, f64::max);
        let unit = if most > 0.0 { libm::ldexp(1.0, libm::ilogb(most)) } else { 1.0 };
        let average = |of: &dyn Fn(f64) -> f64| values.iter().map(|v| of(v / unit)).sum::<f64>() / values.len() as f64;
        let mean = average(&|v| v);
        let variance = average(&|v| (v - mean) * (v - mean));
        Self { folds, mean: Some(unit * mean), std: Some(unit * libm::sqrt(variance)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitMix64;
    use crate::package::Validation;

    const ROWS: usize = 600;

    fn binary(positive: impl Iterator<Item = f64>) -> Scores {
        Scores { width: 2, values: positive.flat_map(|p| [1.0 - p, p]).collect() }
    }

    fn folds(repeats: usize) -> Vec<Fold> {
        let rows: Vec<usize> = (0..ROWS).collect();
        let of = |fold: usize| Fold {
            train: rows.iter().copied().filter(|row| row % 3 != fold % 3).collect(),
            test: rows.iter().copied().filter(|row| row % 3 == fold % 3).collect(),
        };
        (0..3 * repeats).map(of).collect()
    }

    /// Models each of which is off by chance, on rows that are positive as often as `chance` says.
    fn noisy(repeats: usize) -> (Target, OutOfFold) {
        let mut random = SplitMix64::new(5);
        let chance: Vec<f64> = (0..ROWS).map(|_| random.unit_f64()).collect();
        let codes = chance.iter().map(|chance| u32::from(random.unit_f64() < *chance)).collect();
        let target = Target::Classes { codes, classes: 2 };
        let folds = folds(repeats);
        let mut score = |row: &usize| (chance[*row] + 1.6 * (random.unit_f64() - 0.5)).clamp(0.01, 0.99);
        let scores = folds.iter().map(|fold| binary(fold.test.iter().map(&mut score))).collect();
        let out_of_fold = OutOfFold::new(&target, &folds, scores);
        (target, out_of_fold)
    }

    #[test]
    fn repeats_teach_the_same_curve_as_one_round() {
        for method in [Calibration::Platt, Calibration::Isotonic] {
            let curve = |repeats| noisy(repeats).1.calibrate(method).unwrap().apply(&binary([0.1, 0.9].into_iter()));
            let (once, often) = (curve(1).column(1), curve(20).column(1));
            for (once, often) in once.iter().zip(&often) {
                assert!((once - often).abs() < 0.1, "{method:?}: {once} {often}");
            }
            assert!(often[0] > 0.2 && often[1] < 0.8, "{method:?}: surer than one model can be: {often:?}");
        }
    }

    #[test]
    fn thresholds_are_for_the_scores_of_one_model() {
        // Of four models one takes each positive row for a negative one; their mean never does.
        let target = Target::Classes { codes: (0..ROWS).map(|row| (row % 2) as u32).collect(), classes: 2 };
        let score_of = |row: usize, repeat: usize| match (row % 2 == 1, (row / 2 + repeat) % 4) {
            (true, 0) => 0.2,
            (true, _) => 0.9,
            (false, 0 | 1) => 0.3,
            (false, _) => 0.1,
        };
        let folds = folds(4);
        let score = |(at, fold): (usize, &Fold)| binary(fold.test.iter().map(|row| score_of(*row, at / 3)));
        let scores = folds.iter().enumerate().map(score).collect();
        let rule = ThresholdRule::Metric(metrics::find("accuracy").unwrap());
        let labels = ["a".to_owned(), "b".to_owned()];
        let decision = OutOfFold::new(&target, &folds, scores).decision(&rule, &labels).unwrap();
        assert!((decision.threshold().unwrap() - 0.6).abs() < 1e-9, "{:?}", decision.by);
    }

    #[test]
    fn mean_and_deviation_of_huge_metrics_are_finite() {
        let FoldMetrics { mean, std, .. } = FoldMetrics::of(vec![Some(1e200), None, Some(3e200)]);
        assert_eq!((mean, std), (Some(2e200), Some(1e200)));
        assert_eq!(FoldMetrics::of(vec![Some(1.5e308); 5]).mean, Some(1.5e308));
        let FoldMetrics { mean, std, .. } = FoldMetrics::of(vec![Some(0.0); 2]);
        assert_eq!((mean, std), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn no_fold_is_calibrated_by_its_own_rows() {
        let target = |flipped: Option<usize>| {
            let codes = (0..60).map(|row| u32::from((row * 7 % 5 < 2) != (Some(row) == flipped))).collect();
            Target::Classes { codes, classes: 2 }
        };
        let folds = Validation { repeats: 3, ..Validation::usual(3) };
        let folds = folds.folds(&crate::data::Table::default(), &target(None), 1).unwrap();
        let calibrated = |target: Target, method| {
            let score = |row: &usize| (*row as f64 + 0.5) / 60.0;
            let scores = folds.iter().map(|fold| binary(fold.test.iter().map(score))).collect();
            let mut out_of_fold = OutOfFold::new(&target, &folds, scores);
            out_of_fold.calibrate(method).unwrap();
            out_of_fold.folds.into_iter().map(|(_, scores)| scores.values).collect::<Vec<_>>()
        };
        for method in [Calibration::Platt, Calibration::Isotonic] {
            let (before, after) = (calibrated(target(None), method), calibrated(target(Some(30)), method));
            for ((fold, before), after) in folds.iter().zip(before).zip(after) {
                assert_eq!(before == after, fold.test.contains(&30), "{method:?}");
            }
        }
    }
}
