//! How sure metrics are: intervals by the percentiles of resamples, and paired tests of models on the same resamples.
//!
//! A resample is how often each row was drawn. Whatever can be, is made ready once for all resamples: rows in the order
//! of their scores, what each adds to the losses, which cell of the confusion matrix it counts in. Then a resample
//! takes one pass.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Confusion, Metric, find, probability};
use crate::data::{Scores, SplitMix64, quantile};
use crate::error::{Error, Result};

/// The metrics that resamples tell of classes, as far as they are defined for the task.
const OF_CLASSES: [&str; 11] = [
    "roc_auc",
    "pr_auc",
    "f1",
    "f1_macro",
    "precision",
    "recall",
    "accuracy",
    "balanced_accuracy",
    "mcc",
    "log_loss",
    "brier",
];
/// And of numbers.
const OF_VALUES: [&str; 6] = ["r2", "rmse", "mse", "mae", "medae", "mape"];
/// Rows that are drawn in all, at the most, as long as there are [`FEWEST`] resamples.
const MOST_DRAWN: usize = 1 << 28;
const FEWEST: usize = 100;
/// Classes up to which each is ranked against the rest, in every resample.
const MOST_RANKED: usize = 20;
/// Share of the resamples in which a metric must be defined to have an interval.
const DEFINED: f64 = 0.9;

/// An interval of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// A difference between two models.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairedDifference {
    /// Of the first less that of the second, in the mean over the resamples.
    pub mean: f64,
    /// The lower end of its interval.
    pub low: f64,
    /// The upper end of its interval.
    pub high: f64,
    /// The probability of a difference so far from 0 where there is none: twice the share of resamples on the other
    /// side of 0, each side with one more.
    pub p_value: f64,
}

/// A model's answers on the test rows, made ready to be resampled.
pub struct Sample {
    metrics: Vec<&'static Metric>,
    kind: Kind,
}

enum Kind {
    Classes(Classes),
    Values(Values),
}

struct Classes {
    classes: usize,
    /// Of each row, its cell of the confusion matrix.
    cells: Vec<u32>,
    log_losses: Vec<f64>,
    briers: Vec<f64>,
    rankings: Vec<Ranked>,
}

/// The rows by falling score of a class.
struct Ranked {
    /// Each row's number, with [`POSITIVE`] and [`LAST`].
    rows: Vec<u32>,
}

/// Marks rows of the class.
const POSITIVE: u32 = 1 << 31;
/// Marks the last row of those with the same score.
const LAST: u32 = 1 << 30;

struct Values {
    errors: Vec<f64>,
    /// Actual values less their mean.
    off: Vec<f64>,
    shares: Vec<f64>,
    /// Rows by rising absolute error.
    order: Vec<u32>,
}

impl Sample {
    /// Of classes, the scores of rows and what was predicted.
    ///
    /// # Errors
    /// Exit code 1 where they do not fit together, or for more rows than can be resampled.
    pub fn classes(actual: &[u32], scores: &Scores, predicted: &[u32]) -> Result<Self> {
        check(actual.len())?;
        let (rows, classes) = (actual.len(), scores.width);
        let fits = predicted.len() == rows && scores.rows() == rows && classes >= 2;
        if !fits || actual.iter().chain(predicted).any(|class| *class as usize >= classes) {
            return Err(Error::failure("classes, scores and predictions of the test rows do not fit together"));
        }
        let ranked = if classes == 2 { 1..2 } else { 0..classes };
        let rankings = if classes <= MOST_RANKED { ranked } else { 0..0 };
        let row = |row: usize| (actual[row], scores.row(row));
        let kind = Classes {
            classes,
            cells: actual.iter().zip(predicted).map(|(a, p)| a * classes as u32 + p).collect(),
            log_losses: (0..rows).map(row).map(|(class, scores)| probability::log_loss_of(class, scores)).collect(),
            briers: (0..rows).map(row).map(|(class, scores)| probability::brier_of(class, scores)).collect(),
            rankings: rankings.map(|class| Ranked::of(actual, scores, class)).collect(),
        };
        let task = if classes == 2 { crate::data::Task::Binary } else { crate::data::Task::Multiclass };
        let has = |name: &&str| find(name).is_ok_and(|metric| metric.defined_for(task));
        let known = |name: &str| classes <= MOST_RANKED || !matches!(name, "roc_auc" | "pr_auc");
        let metrics = OF_CLASSES.iter().filter(|name| has(name) && known(name)).flat_map(|name| find(name)).collect();
        Ok(Self { metrics, kind: Kind::Classes(kind) })
    }

    /// Of numbers.
    ///
    /// # Errors
    /// As [`Sample::classes`].
    pub fn values(actual: &[f64], predicted: &[f64]) -> Result<Self> {
        check(actual.len())?;
        super::regression::check(actual, predicted)?;
        let mean = super::sum::sum(actual.iter().copied()) / actual.len() as f64;
        let errors: Vec<f64> = actual.iter().zip(predicted).map(|(y, p)| y - p).collect();
        let mut order: Vec<u32> = (0..actual.len() as u32).collect();
        order.sort_by(|a, b| errors[*a as usize].abs().total_cmp(&errors[*b as usize].abs()));
        let kind = Values {
            off: actual.iter().map(|y| y - mean).collect(),
            shares: actual.iter().zip(&errors).map(|(y, e)| e.abs() / y.abs().max(f64::EPSILON)).collect(),
            errors,
            order,
        };
        Ok(Self { metrics: OF_VALUES.iter().flat_map(|name| find(name)).collect(), kind: Kind::Values(kind) })
    }

    /// The metrics that a resample tells, in their order.
    pub fn metrics(&self) -> &[&'static Metric] {
        &self.metrics
    }

    /// The metrics where each row counts so often; NaN where one is undefined.
    pub fn of_counts(&self, counts: &[u32]) -> Vec<f64> {
        match &self.kind {
            Kind::Classes(classes) => classes.metrics(&self.metrics, counts),
            Kind::Values(values) => values.metrics(counts).to_vec(),
        }
    }
}

fn check(rows: usize) -> Result<()> {
    if rows == 0 {
        return Err(Error::failure("there is no row to resample"));
    }
    if rows >= LAST as usize {
        return Err(
            Error::failure(format!("{rows} rows are too many to resample")).hint("set `bootstrap: {resamples: 0}`")
        );
    }
    Ok(())
}

/// How often resamples are drawn of so many rows, where `asked` are wanted.
pub fn resamples(rows: usize, asked: usize) -> usize {
    asked.min((MOST_DRAWN / rows.max(1)).max(FEWEST))
}

/// How often each of the rows is drawn in a resample: as many draws as rows, each of any row.
pub fn counts(rows: usize, seed: u64, resample: usize) -> Vec<u32> {
    let mut random = SplitMix64::stream(seed, resample);
    let mut counts = vec![0; rows];
    for _ in 0..rows {
        counts[random.below(rows)] += 1;
    }
    counts
}

/// Of each sample and each of its metrics, the value in every resample. All samples are of the same rows.
pub fn bootstrap(samples: &[&Sample], rows: usize, resamples: usize, seed: u64) -> Vec<Vec<Vec<f64>>> {
    let found: Vec<Vec<Vec<f64>>> = (0..resamples)
        .into_par_iter()
        .map(|resample| {
            let counts = counts(rows, seed, resample);
            samples.iter().map(|sample| sample.of_counts(&counts)).collect()
        })
        .collect();
    let of = |at: usize, metric: usize| found.iter().map(|resample| resample[at][metric]).collect();
    samples.iter().enumerate().map(|(at, s)| (0..s.metrics.len()).map(|metric| of(at, metric)).collect()).collect()
}

/// The interval that holds the share `confidence` of the values, as many beyond it on either side; none where the metric
/// is undefined in too many resamples.
pub fn interval(values: &[f64], confidence: f64) -> Option<Interval> {
    let sorted = defined(values)?;
    let beyond = (1.0 - confidence) / 2.0;
    Some(Interval { low: quantile(&sorted, beyond), high: quantile(&sorted, 1.0 - beyond) })
}

/// The values that are defined, sorted.
fn defined(values: &[f64]) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let enough = !sorted.is_empty() && sorted.len() as f64 >= DEFINED * values.len() as f64;
    enough.then_some(sorted)
}

/// How two models differ on the same resamples.
pub fn paired(first: &[f64], second: &[f64], confidence: f64) -> Option<PairedDifference> {
    let differences: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let Interval { low, high } = interval(&differences, confidence)?;
    let sorted = defined(&differences)?;
    let side = |count: usize| (count + 1) as f64 / (sorted.len() + 1) as f64;
    let below = sorted.iter().filter(|difference| **difference <= 0.0).count();
    let above = sorted.iter().filter(|difference| **difference >= 0.0).count();
    let p_value = (2.0 * side(below).min(side(above))).min(1.0);
    Some(PairedDifference { mean: sorted.iter().sum::<f64>() / sorted.len() as f64, low, high, p_value })
}

impl Ranked {
    fn of(actual: &[u32], scores: &Scores, class: usize) -> Self {
        let score = |row: u32| scores.row(row as usize).get(class).copied().unwrap_or(0.0);
        let mut rows: Vec<u32> = (0..actual.len() as u32).collect();
        rows.par_sort_by(|a, b| score(*b).total_cmp(&score(*a)));
        for at in 0..rows.len() {
            let row = rows[at];
            let is_last = rows.get(at + 1).is_none_or(|next| score(*next) != score(row));
            let marks =
                if is_last { LAST } else { 0 } | if actual[row as usize] as usize == class { POSITIVE } else { 0 };
            rows[at] = row | marks;
        }
        Self { rows }
    }

    /// ROC AUC and average precision; NaN where undefined.
    fn areas(&self, counts: &[u32]) -> (f64, f64) {
        let (mut doubled, mut precision) = (0u64, 0.0);
        let (mut tp, mut fp, mut before) = (0u64, 0u64, (0u64, 0u64));
        for row in &self.rows {
            let count = u64::from(counts[(row & (LAST - 1)) as usize]);
            let is_positive = u64::from(row >> 31);
            tp += count * is_positive;
            fp += count * (1 - is_positive);
            if row & LAST != 0 {
                doubled += (fp - before.1) * (tp + before.0);
                if tp > before.0 {
                    precision += (tp - before.0) as f64 * (tp as f64 / (tp + fp) as f64);
                }
                before = (tp, fp);
            }
        }
        (doubled as f64 / (2.0 * tp as f64 * fp as f64), precision / tp as f64)
    }
}

/// The sum of values that count so often, in a fixed order that the compiler can do in parallel.
fn weighted(values: &[f64], counts: &[u32]) -> f64 {
    const LANES: usize = 8;
    let mut sums = [0.0; LANES];
    let (values, counts) = (values.chunks(LANES), counts.chunks(LANES));
    for (values, counts) in values.zip(counts) {
        for ((sum, value), count) in sums.iter_mut().zip(values).zip(counts) {
            *sum += f64::from(*count) * value;
        }
    }
    sums.iter().sum()
}

impl Classes {
    fn metrics(&self, metrics: &[&'static Metric], counts: &[u32]) -> Vec<f64> {
        let mut cells = vec![0; self.classes * self.classes];
        for (cell, count) in self.cells.iter().zip(counts) {
            cells[*cell as usize] += u64::from(*count);
        }
        let rows: u64 = cells.iter().sum();
        let confusion = Confusion::of_counts(self.classes, cells);
        let areas: Vec<(f64, f64)> = self.rankings.iter().map(|ranked| ranked.areas(counts)).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| areas.iter().map(of).sum::<f64>() / areas.len() as f64;
        let value = |metric: &&'static Metric| match (metric.name, metric.of_labels()) {
            ("roc_auc", _) => mean(|areas| areas.0),
            ("pr_auc", _) => mean(|areas| areas.1),
            ("log_loss", _) => weighted(&self.log_losses, counts) / rows as f64,
            ("brier", _) => weighted(&self.briers, counts) / rows as f64,
            (_, Some(formula)) => formula(&confusion),
            _ => f64::NAN,
        };
        metrics.iter().map(value).collect()
    }
}

impl Values {
    /// In the order of [`OF_VALUES`].
    fn metrics(&self, counts: &[u32]) -> [f64; 6] {
        let rows: u64 = counts.iter().map(|count| u64::from(*count)).sum();
        let n = rows as f64;
        let (mut squares, mut absolute) = (0.0, 0.0);
        for (error, count) in self.errors.iter().zip(counts) {
            let count = f64::from(*count);
            squares += count * error * error;
            absolute += count * error.abs();
        }
        let r2 = match self.off_squares(counts, n) {
            None if self.errors.len() < 2 => f64::NAN,
            None => f64::from(u8::from(squares == 0.0)),
            Some(all) => 1.0 - squares / all,
        };
        let mse = squares / n;
        [r2, libm::sqrt(mse), mse, absolute / n, self.median(counts, rows), weighted(&self.shares, counts) / n]
    }

    /// The squares of the drawn values less their mean, none where they are all the same: the mean of equal values is
    /// rounded, and squares of that would be taken for a spread.
    fn off_squares(&self, counts: &[u32], rows: f64) -> Option<f64> {
        let drawn = || self.off.iter().zip(counts).filter(|(_, count)| **count > 0);
        let first = drawn().next()?.0;
        if drawn().all(|(value, _)| value == first) {
            return None;
        }
        let mean = weighted(&self.off, counts) / rows;
        Some(drawn().map(|(value, count)| f64::from(*count) * (value - mean) * (value - mean)).sum())
    }

    /// The median of the absolute errors.
    fn median(&self, counts: &[u32], rows: u64) -> f64 {
        // The places of the two in the middle, which may be one.
        let (first, second) = ((rows - 1) / 2, rows / 2);
        let (mut passed, mut low) = (0, f64::NAN);
        for row in &self.order {
            let before = passed;
            passed += u64::from(counts[*row as usize]);
            let error = self.errors[*row as usize].abs();
            if before <= first && first < passed {
                low = error;
            }
            if second < passed {
                return low + (error - low) / 2.0;
            }
        }
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{classification, regression};

    /// Rows with ties, of so many classes.
    fn rows(classes: usize) -> (Vec<u32>, Scores, Vec<u32>) {
        let mut random = SplitMix64::new(classes as u64);
        let actual: Vec<u32> = (0..300).map(|_| random.below(classes) as u32).collect();
        let mut values = Vec::new();
        for class in &actual {
            let raw: Vec<f64> = (0..classes)
                .map(|c| (10.0 * random.unit_f64()).floor() + if c as u32 == *class { 3.0 } else { 1.0 })
                .collect();
            let sum: f64 = raw.iter().sum();
            values.extend(raw.iter().map(|value| value / sum));
        }
        let scores = Scores { width: classes, values };
        let predicted = (0..300).map(|row| {
            let row = scores.row(row);
            (0..classes).fold(0, |best, at| if row[at] > row[best] { at } else { best }) as u32
        });
        let predicted = predicted.collect();
        (actual, scores, predicted)
    }

    /// The rows of a resample, one after the other.
    fn drawn(counts: &[u32]) -> Vec<usize> {
        counts.iter().enumerate().flat_map(|(row, count)| std::iter::repeat_n(row, *count as usize)).collect()
    }

    #[test]
    fn a_resample_tells_what_its_rows_would() {
        for classes in [2, 4] {
            let (actual, scores, predicted) = rows(classes);
            let sample = Sample::classes(&actual, &scores, &predicted).unwrap();
            assert_eq!(sample.metrics().len(), if classes == 2 { 11 } else { 8 });
            for resample in 0..20 {
                let counts = counts(300, 7, resample);
                let drawn = drawn(&counts);
                assert_eq!(drawn.len(), 300);
                let pick = |of: &[u32]| drawn.iter().map(|row| of[*row]).collect::<Vec<_>>();
                let expected = classification(&pick(&actual), &scores.select(&drawn), &pick(&predicted)).unwrap();
                for (metric, value) in sample.metrics().iter().zip(sample.of_counts(&counts)) {
                    let expected = expected.iter().find(|(name, _)| *name == metric.name).unwrap().1.unwrap();
                    assert!((value - expected).abs() < 1e-12, "{metric}: {value} {expected}");
                }
            }
        }
        // Most resamples of these hold one value alone.
        let rare: Vec<f64> = (0..301).map(|row| if row == 7 { 1.1 } else { 0.1 }).collect();
        let near = Sample::values(&rare, &[0.2; 301]).unwrap();
        for resample in 0..50 {
            assert!(near.of_counts(&counts(301, 7, resample))[0] >= -20.0);
        }
        assert!(Sample::values(&[1.0], &[1.5]).unwrap().of_counts(&[1])[0].is_nan());
        let mut random = SplitMix64::new(1);
        let actual: Vec<f64> = (0..301).map(|_| 1e3 + random.unit_f64()).collect();
        let predicted: Vec<f64> = actual.iter().map(|y| y + (20.0 * random.unit_f64()).floor() / 10.0).collect();
        let sample = Sample::values(&actual, &predicted).unwrap();
        for resample in 0..20 {
            let counts = counts(301, 7, resample);
            let pick = |of: &[f64]| drawn(&counts).iter().map(|row| of[*row]).collect::<Vec<_>>();
            let expected = regression(&pick(&actual), &pick(&predicted)).unwrap();
            for (metric, value) in sample.metrics().iter().zip(sample.of_counts(&counts)) {
                let expected = expected.iter().find(|(name, _)| *name == metric.name).unwrap().1.unwrap();
                assert!((value - expected).abs() < 1e-9 * expected.abs().max(1.0), "{metric}: {value} {expected}");
            }
        }
    }

    #[test]
    fn the_same_resamples_come_at_any_number_of_threads() {
        let (actual, scores, predicted) = rows(3);
        let sample = Sample::classes(&actual, &scores, &predicted).unwrap();
        let at = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| bootstrap(&[&sample, &sample], 300, 50, 42))
        };
        let first = at(1);
        assert_eq!((first.len(), first[0].len(), first[0][0].len()), (2, 8, 50));
        assert!(first == at(2) && first == at(8));
        assert_eq!(first[0], first[1]);
    }

    #[test]
    fn a_model_is_no_better_than_itself_and_better_than_a_worse_one() {
        let same = paired(&[0.5, 0.6, 0.7], &[0.5, 0.6, 0.7], 0.95).unwrap();
        assert_eq!((same.mean, same.low, same.high, same.p_value), (0.0, 0.0, 0.0, 1.0));
        let better: Vec<f64> = (0..999).map(|at| f64::from(at) / 1000.0 + 0.001).collect();
        let found = paired(&better, &vec![0.0; 999], 0.9).unwrap();
        assert!((found.p_value - 2.0 / 1000.0).abs() < 1e-12 && found.low > 0.0 && (found.mean - 0.5).abs() < 1e-9);
        assert_eq!(interval(&[f64::NAN, f64::NAN, 1.0], 0.95), None);
        assert_eq!(resamples(1000, 1000), 1000);
        assert_eq!(resamples(1 << 30, 1000), 100);
    }
}
