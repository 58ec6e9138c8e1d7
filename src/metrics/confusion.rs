//! The confusion matrix and every metric that needs nothing but predicted classes.

use super::sum::sum;
use crate::error::{Error, Result};

/// How often each actual class was predicted as each class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    /// Row-major, `classes * classes`: actual × predicted.
    counts: Vec<u64>,
}

/// How the values of the classes are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Average {
    /// Class 1 alone.
    Positive,
    /// Plain mean over the classes that occur among actual or predicted ones.
    Macro,
    /// Mean weighted by the number of actual rows.
    Weighted,
}

impl Confusion {
    /// Counts the rows of `actual` and `predicted`, class codes below `classes`.
    ///
    /// # Errors
    /// Exit code 1 when the lengths differ or a code is out of range.
    pub fn new(actual: &[u32], predicted: &[u32], classes: usize) -> Result<Self> {
        if actual.len() != predicted.len() {
            return Err(Error::failure(format!(
                "{} actual classes stand against {} predicted ones",
                actual.len(),
                predicted.len()
            )));
        }
        let mut confusion = Self { classes, counts: vec![0; classes * classes] };
        for (row, (actual, predicted)) in actual.iter().zip(predicted).enumerate() {
            let (actual, predicted) = (*actual as usize, *predicted as usize);
            if actual >= classes || predicted >= classes {
                let code = actual.max(predicted);
                return Err(Error::failure(format!("class {code} in row {row} is not one of {classes} classes")));
            }
            confusion.counts[actual * classes + predicted] += 1;
        }
        Ok(confusion)
    }

    /// The matrix of a binary task from its four counts.
    pub(super) fn binary(tn: u64, fp: u64, fn_: u64, tp: u64) -> Self {
        Self { classes: 2, counts: vec![tn, fp, fn_, tp] }
    }

    /// The matrix of row-major counts, `classes * classes`: actual × predicted.
    pub(super) fn of_counts(classes: usize, counts: Vec<u64>) -> Self {
        Self { classes, counts }
    }

    /// What a row costs in the mean, where `costs[actual][predicted]` is what one of them does.
    pub fn mean_cost(&self, costs: &[Vec<f64>]) -> f64 {
        let rows = self.rows().zip(costs);
        let all = sum(rows.flat_map(|(counts, costs)| counts.iter().zip(costs).map(|(n, cost)| *n as f64 * cost)));
        all / self.total().max(1) as f64
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The counts, one row per actual class, one column per predicted class.
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks(self.classes.max(1))
    }

    /// Share of rows whose class was predicted.
    pub fn accuracy(&self) -> f64 {
        ratio(self.correct(), self.total())
    }

    /// Mean recall over the classes with actual rows.
    pub fn balanced_accuracy(&self) -> f64 {
        let present = || self.each().filter(|c| self.actual(*c) > 0);
        let recalls = sum(present().map(|c| self.recall(c)));
        recalls / present().count().max(1) as f64
    }

    /// Share of the rows predicted as `class` that are of it; 0 where none is.
    pub fn precision(&self, class: usize) -> f64 {
        ratio(self.hits(class), self.predicted(class))
    }

    /// Share of the rows of `class` that are predicted as it; 0 where there is none.
    pub fn recall(&self, class: usize) -> f64 {
        ratio(self.hits(class), self.actual(class))
    }

    /// Harmonic mean of precision and recall, `2 TP / (2 TP + FP + FN)`; 0 where both are.
    pub fn f1(&self, class: usize) -> f64 {
        ratio(2 * self.hits(class), self.predicted(class) + self.actual(class))
    }

    /// Weighted harmonic mean of precision and recall, where recall counts `beta` times as much; 0 where both are.
    pub fn fbeta(&self, class: usize, beta: f64) -> f64 {
        let (square, hits) = (beta * beta, self.hits(class) as f64);
        let whole = square * self.actual(class) as f64 + self.predicted(class) as f64;
        if whole == 0.0 { 0.0 } else { (1.0 + square) * hits / whole }
    }

    /// Rows of `class` predicted as it, by those that are either; 0 where there is none.
    pub fn jaccard(&self, class: usize) -> f64 {
        ratio(self.hits(class), self.predicted(class) + self.actual(class) - self.hits(class))
    }

    /// How many classes a prediction is off in the mean.
    pub(super) fn mean_distance(&self) -> f64 {
        let of_actual = |actual: usize| self.each().map(move |class| (actual, class));
        let pairs = self.each().flat_map(of_actual);
        let off: u64 = pairs.map(|(a, b)| a.abs_diff(b) as u64 * self.counts[a * self.classes + b]).sum();
        ratio(off, self.total())
    }

    /// Cohen's kappa: agreement beyond that of chance, where a row `distance` classes off is off by so much; 0 where
    /// chance alone agrees on all.
    pub(super) fn kappa(&self, distance: fn(f64) -> f64) -> f64 {
        let off = |a: usize, b: usize| distance(a.abs_diff(b) as f64);
        let pairs = || self.each().flat_map(|a| self.each().map(move |b| (a, b)));
        let found = sum(pairs().map(|(a, b)| off(a, b) * self.counts[a * self.classes + b] as f64));
        let (actual, predicted): (Vec<f64>, Vec<f64>) =
            self.each().map(|c| (self.actual(c) as f64, self.predicted(c) as f64)).unzip();
        let by_chance = sum(pairs().map(|(a, b)| off(a, b) * actual[a] * predicted[b])) / self.total().max(1) as f64;
        if by_chance == 0.0 { 0.0 } else { 1.0 - found / by_chance }
    }

    /// Matthews correlation coefficient for any number of classes (Gorodkin's R_K); 0 where undefined.
    pub fn mcc(&self) -> f64 {
        // Integers keep the differences exact, which cancel badly in floating point.
        let total = i128::from(self.total());
        let margin = |f: &dyn Fn(usize) -> i128| self.each().map(f).sum::<i128>();
        let actual = |c| i128::from(self.actual(c));
        let predicted = |c| i128::from(self.predicted(c));
        let both = i128::from(self.correct()) * total - margin(&|c| actual(c) * predicted(c));
        let of_predicted = total * total - margin(&|c| predicted(c) * predicted(c));
        let of_actual = total * total - margin(&|c| actual(c) * actual(c));
        let scale = of_predicted as f64 * of_actual as f64;
        if scale == 0.0 { 0.0 } else { both as f64 / scale.sqrt() }
    }

    /// Puts a per-class value together.
    pub(super) fn average(&self, average: Average, value: fn(&Self, usize) -> f64) -> f64 {
        match average {
            Average::Positive if self.classes > 1 => value(self, 1),
            Average::Positive => 0.0,
            Average::Macro => {
                let seen = || self.each().filter(|c| self.actual(*c) + self.predicted(*c) > 0);
                let values = sum(seen().map(|c| value(self, c)));
                values / seen().count().max(1) as f64
            }
            Average::Weighted => {
                let values = sum(self.each().map(|c| self.actual(c) as f64 * value(self, c)));
                values / self.total().max(1) as f64
            }
        }
    }

    /// Number of rows of `class`.
    pub(super) fn actual(&self, class: usize) -> u64 {
        self.counts.iter().skip(class * self.classes).take(self.classes).sum()
    }

    fn predicted(&self, class: usize) -> u64 {
        self.counts.iter().skip(class).step_by(self.classes.max(1)).sum()
    }

    fn hits(&self, class: usize) -> u64 {
        self.counts.get(class * (self.classes + 1)).copied().unwrap_or(0)
    }

    fn correct(&self) -> u64 {
        self.each().map(|c| self.hits(c)).sum()
    }

    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    fn each(&self) -> std::ops::Range<usize> {
        0..self.classes
    }
}

/// A share; 0 where the whole is 0, as scikit-learn's `zero_division` default.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_actual_by_predicted() {
        let confusion = Confusion::new(&[0, 0, 1, 2], &[0, 2, 1, 1], 3).unwrap();
        assert_eq!(confusion.rows().collect::<Vec<_>>(), [[1, 0, 1], [0, 1, 0], [0, 1, 0]]);
        assert_eq!(confusion.precision(1), 0.5);
        assert_eq!(confusion.recall(2), 0.0);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        for (actual, predicted, message) in [
            (vec![0, 1], vec![0], "2 actual classes stand against 1 predicted ones"),
            (vec![0, 1], vec![0, 2], "class 2 in row 1 is not one of 2 classes"),
        ] {
            assert_eq!(Confusion::new(&actual, &predicted, 2).unwrap_err().message(), message);
        }
    }
}
