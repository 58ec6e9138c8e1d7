//! The metrics against scikit-learn's, on the cases that `tests/golden/metrics.py` writes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bootstrap::{self, Sample};
use super::{Confusion, Ranking, classification, curves, regression};
use crate::data::Scores;

const GOLDEN: &str = include_str!("../../tests/golden/metrics.json");

type Expected = BTreeMap<String, Option<f64>>;

#[derive(Deserialize)]
struct Golden {
    classification: Vec<ClassCase>,
    regression: Vec<ValueCase>,
    bootstrap: Vec<BootstrapCase>,
    million: Million,
}

#[derive(Deserialize)]
struct ClassCase {
    name: String,
    classes: usize,
    actual: Vec<u32>,
    scores: Vec<f64>,
    predicted: Vec<u32>,
    confusion: Vec<Vec<u64>>,
    expected: Expected,
    roc: Option<Vec<CurvePoint>>,
    precision_recall: Option<Vec<CurvePoint>>,
    /// Strategy, bins, and of each bin the predicted and the observed share.
    #[serde(default)]
    calibration: Vec<(String, usize, Shares)>,
}

type Shares = Vec<(f64, f64)>;

#[derive(Deserialize)]
struct BootstrapCase {
    name: String,
    actual: Vec<f64>,
    answers: [Vec<f64>; 2],
    counts: Vec<Vec<u32>>,
    confidence: f64,
    expected: BTreeMap<String, Ends>,
}

/// Ends of the intervals of two models, and of their difference.
#[derive(Deserialize)]
struct Ends {
    intervals: [(f64, f64); 2],
    difference: (f64, f64),
}

/// Threshold and the two values, in the order of the point's fields.
type CurvePoint = (Option<f64>, f64, f64);

#[derive(Deserialize)]
struct ValueCase {
    name: String,
    actual: Vec<f64>,
    predicted: Vec<f64>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Million {
    classification: Expected,
    regression: Expected,
}

fn golden() -> Golden {
    serde_json::from_str(GOLDEN).unwrap()
}

/// Within 1e-9, absolute or relative, whichever is larger.
fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

fn compare(case: &str, found: Vec<(&'static str, Option<f64>)>, expected: &Expected) {
    assert_eq!(found.len(), expected.len(), "{case}: the metrics differ");
    for (name, value) in found {
        let same = match (value, expected[name]) {
            (Some(value), Some(expected)) => close(value, expected),
            (value, expected) => value == expected,
        };
        assert!(same, "{case}: {name} is {value:?}, scikit-learn says {:?}", expected[name]);
    }
}

fn compare_points(case: &str, found: Option<Vec<CurvePoint>>, expected: Option<Vec<CurvePoint>>) {
    let Some(expected) = expected else { return };
    let found = found.unwrap();
    assert_eq!(found.len(), expected.len(), "{case}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found.0, expected.0, "{case}");
        assert!(close(found.1, expected.1) && close(found.2, expected.2), "{case}: {found:?}, not {expected:?}");
    }
}

#[test]
fn classification_equals_scikit_learn() {
    for case in golden().classification {
        let scores = Scores { width: case.classes, values: case.scores };
        compare(&case.name, classification(&case.actual, &scores, &case.predicted).unwrap(), &case.expected);
        let confusion = Confusion::new(&case.actual, &case.predicted, case.classes).unwrap();
        assert_eq!(confusion.rows().collect::<Vec<_>>(), case.confusion, "{}", case.name);
        let positive = scores.column(1).into_iter().zip(case.actual.iter().map(|c| *c == 1));
        let ranking = Ranking::new(positive).unwrap();
        let curve = curves::ScoreCurve::of(&ranking);
        let roc = curve
            .roc()
            .map(|points| points.iter().map(|p| (p.threshold, p.false_positive_rate, p.true_positive_rate)).collect());
        compare_points(&case.name, roc, case.roc);
        let precision_recall = curve
            .precision_recall()
            .map(|points| points.iter().map(|p| (p.threshold, p.precision, p.recall)).collect());
        compare_points(&case.name, precision_recall, case.precision_recall);
        let positive: Vec<bool> = case.actual.iter().map(|class| *class == 1).collect();
        for (strategy, bins, expected) in case.calibration {
            let of = if strategy == "uniform" { curves::uniform } else { curves::by_quantile };
            let found = of(&scores.column(1), &positive, bins);
            let context = format!("{}, {strategy}, {bins} bins: {found:?}, not {expected:?}", case.name);
            assert_eq!(found.len(), expected.len(), "{context}");
            assert_eq!(found.iter().map(|bin| bin.rows).sum::<u64>() as usize, positive.len());
            let same = |(bin, expected): (&curves::CalibrationBin, &(f64, f64))| {
                close(bin.predicted, expected.0) && close(bin.observed, expected.1)
            };
            assert!(found.iter().zip(&expected).all(same), "{context}");
        }
    }
}

/// Of each resample every metric, and the ends of intervals, as numpy's percentiles of scikit-learn's metrics.
#[test]
fn intervals_equal_numpys_for_the_same_resamples() {
    for case in golden().bootstrap {
        let samples = case.answers.map(|answers| match case.name.as_str() {
            "numbers" => Sample::values(&case.actual, &answers).unwrap(),
            _ => {
                let scores = Scores { width: answers.len() / case.actual.len(), values: answers };
                let actual: Vec<u32> = case.actual.iter().map(|class| *class as u32).collect();
                let greatest = |row: &[f64]| (0..row.len()).fold(0, |b, c| if row[c] > row[b] { c } else { b }) as u32;
                let predicted: Vec<u32> = (0..actual.len()).map(|row| greatest(scores.row(row))).collect();
                Sample::classes(&actual, &scores, &predicted).unwrap()
            }
        });
        let found = samples.each_ref().map(|s| case.counts.iter().map(|c| s.of_counts(c)).collect::<Vec<_>>());
        assert_eq!(samples[0].metrics().len(), case.expected.len(), "{}", case.name);
        for (at, metric) in samples[0].metrics().iter().enumerate() {
            let values = found.each_ref().map(|model| model.iter().map(|resample| resample[at]).collect::<Vec<_>>());
            let expected = &case.expected[metric.name];
            for (values, (low, high)) in values.iter().zip(expected.intervals) {
                let found = bootstrap::interval(values, case.confidence).unwrap();
                assert!(close(found.low, low) && close(found.high, high), "{} {metric}: {found:?}", case.name);
            }
            let found = bootstrap::paired(&values[0], &values[1], case.confidence).unwrap();
            let (low, high) = expected.difference;
            assert!(close(found.low, low) && close(found.high, high), "{} {metric}: {found:?}", case.name);
        }
    }
}

#[test]
fn regression_equals_scikit_learn() {
    for case in golden().regression {
        compare(&case.name, regression(&case.actual, &case.predicted).unwrap(), &case.expected);
    }
}

#[test]
fn a_million_rows_equal_scikit_learn() {
    const ROWS: usize = 1_000_000;
    let mut state = 1_u64;
    let draws: Vec<f64> = (0..2 * ROWS)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        })
        .collect();
    let positive: Vec<f64> = draws[..ROWS].iter().map(|d| (d * 1e5).round_ties_even() / 1e5).collect();
    let noise = &draws[ROWS..];
    let actual: Vec<u32> = positive.iter().zip(noise).map(|(p, n)| u32::from(n < p)).collect();
    let predicted: Vec<u32> = positive.iter().map(|p| u32::from(*p >= 0.5)).collect();
    let scores = Scores { width: 2, values: positive.iter().flat_map(|p| [1.0 - p, *p]).collect() };
    let expected = golden().million;
    compare("million", classification(&actual, &scores, &predicted).unwrap(), &expected.classification);
    let values: Vec<f64> = positive.iter().map(|p| 1e4 + p).collect();
    let answers: Vec<f64> = values.iter().zip(noise).map(|(v, n)| v + n).collect();
    compare("million", regression(&values, &answers).unwrap(), &expected.regression);
}
