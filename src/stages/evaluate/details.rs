//! All that is measured of one model.

use super::slices::Part;
use super::{Evaluated, Test, defined};
use crate::data::{Target, quantile};
use crate::error::Result;
use crate::metrics::Ranking;
use crate::metrics::curves::{self, ScoreCurve};
use crate::package::By;
use crate::package::evaluation::{ClassCurves, ConfusionMatrix, Importance, ModelEvaluation, Residuals, ScoreSpread};

/// Points of a curve at the most: of the only class that is told, and of each of several.
pub const POINTS: usize = 500;
const POINTS_OF_SEVERAL: usize = 100;
/// Classes of which curves are told: those with the most rows.
const MOST_CLASSES: usize = 20;
/// Bins of calibration.
pub const CALIBRATION_BINS: usize = 10;
/// Bins of histograms.
const BINS: usize = 20;
/// Features whose importance is told.
const MOST_FEATURES: usize = 50;
/// Terms told of each class.
const MOST_TERMS: usize = 20;
/// Rows of which actual and predicted value are told, and how many of them for being the most wrong.
const SHOWN_ROWS: (usize, usize) = (1000, 50);

/// Everything that the evaluation holds of a model, but for its intervals.
///
/// # Errors
/// Exit code 1 where scores and rows do not fit together.
pub fn of(one: &Evaluated, test: &Test, slices: &[Part]) -> Result<ModelEvaluation> {
    let info = &one.package.info;
    let mut out = ModelEvaluation {
        model: one.model.clone(),
        test: defined(&one.test),
        test_at_half: one.at_half.as_ref().map(defined),
        out_of_fold: info.out_of_fold.clone(),
        threshold: info.decision.threshold(),
        thresholds: if let By::Thresholds(of_classes) = &info.decision.by { Some(of_classes.clone()) } else { None },
        costs: info.decision.costs.clone(),
        mean_cost: None,
        confusion_matrix: None,
        intervals: Default::default(),
        curves: Vec::new(),
        residuals: None,
        importance: importance(one),
        terms: one.package.strongest_terms(MOST_TERMS),
        slices: super::slices::metrics(one, test, slices)?,
    };
    match &test.target {
        Target::Classes { codes, classes } => {
            out.mean_cost = info.decision.mean_cost(codes, &one.scores)?;
            out.confusion_matrix = Some(confusion(one, codes, *classes));
            out.curves = class_curves(one, codes, *classes)?;
        }
        Target::Values(actual) => out.residuals = Some(residuals(actual, &one.scores.values)),
    }
    Ok(out)
}

fn importance(one: &Evaluated) -> Vec<Importance> {
    let all = one.package.importance().unwrap_or_default().into_iter().take(MOST_FEATURES);
    all.map(|(feature, importance)| Importance { feature, importance }).collect()
}

fn confusion(one: &Evaluated, codes: &[u32], classes: usize) -> ConfusionMatrix {
    let mut counts = vec![vec![0u64; classes]; classes];
    for (actual, predicted) in codes.iter().zip(&one.decided) {
        counts[*actual as usize][*predicted as usize] += 1;
    }
    ConfusionMatrix { classes: one.package.info.target.classes.clone(), actual_by_predicted: counts }
}

/// The positive class of two, else the classes with the most rows in their order.
fn told_classes(codes: &[u32], classes: usize) -> Vec<usize> {
    if classes == 2 {
        return vec![1];
    }
    let mut counts = vec![0usize; classes];
    codes.iter().for_each(|code| counts[*code as usize] += 1);
    let mut order: Vec<usize> = (0..classes).collect();
    order.sort_by_key(|class| (std::cmp::Reverse(counts[*class]), *class));
    order.truncate(MOST_CLASSES);
    order.sort_unstable();
    order
}

fn class_curves(one: &Evaluated, codes: &[u32], classes: usize) -> Result<Vec<ClassCurves>> {
    let told = told_classes(codes, classes);
    let most = if told.len() == 1 { POINTS } else { POINTS_OF_SEVERAL };
    let curves = |class: &usize| {
        let scores = one.scores.column(*class);
        let positive: Vec<bool> = codes.iter().map(|code| *code as usize == *class).collect();
        let ranking = Ranking::new(scores.iter().copied().zip(positive.iter().copied()))?;
        Ok(ClassCurves {
            class: one.package.info.target.classes.get(*class).cloned().unwrap_or_default(),
            scores: ScoreCurve::thinned(&ranking, most, one.package.info.decision.threshold()),
            calibration: curves::uniform(&scores, &positive, CALIBRATION_BINS),
            calibration_by_quantile: curves::by_quantile(&scores, &positive, CALIBRATION_BINS),
            histogram: spread(&scores, &positive),
        })
    };
    told.iter().map(curves).collect()
}

fn spread(scores: &[f64], positive: &[bool]) -> ScoreSpread {
    let bin = |score: f64| ((score * BINS as f64) as usize).min(BINS - 1);
    let mut out = ScoreSpread {
        edges: (0..=BINS).map(|at| at as f64 / BINS as f64).collect(),
        positive: vec![0; BINS],
        negative: vec![0; BINS],
    };
    for (score, positive) in scores.iter().zip(positive) {
        let side = if *positive { &mut out.positive } else { &mut out.negative };
        side[bin(*score)] += 1;
    }
    out
}

fn residuals(actual: &[f64], predicted: &[f64]) -> Residuals {
    // Differences of huge values are held at the greatest number, which a file can hold.
    let held = |value: f64| value.clamp(-f64::MAX, f64::MAX);
    let errors: Vec<f64> = actual.iter().zip(predicted).map(|(y, p)| held(p - y)).collect();
    let mut sorted = errors.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = errors.len() as f64;
    let mean = errors.iter().map(|error| error / n).sum::<f64>();
    let variance = errors.iter().map(|error| (error - mean) * (error - mean) / n).sum::<f64>();
    let (low, high) = (sorted[0], sorted[sorted.len() - 1]);
    let width = high / BINS as f64 - low / BINS as f64;
    let mut counts = vec![0; BINS];
    for error in &errors {
        let at = if width > 0.0 { (error / width - low / width) as usize } else { 0 };
        counts[at.min(BINS - 1)] += 1;
    }
    Residuals {
        mean,
        std: held(libm::sqrt(variance)),
        quantiles: [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0].map(|share| held(quantile(&sorted, share))).to_vec(),
        edges: (0..=BINS).map(|at| if at == BINS { high } else { low + width * at as f64 }).collect(),
        counts,
        rows: shown_rows(actual, predicted),
    }
}

/// Actual and predicted value of some rows by predicted value: evenly, and those most wrong.
pub fn shown_rows(actual: &[f64], predicted: &[f64]) -> Vec<(f64, f64)> {
    let (most, wrong) = SHOWN_ROWS;
    let mut order: Vec<usize> = (0..actual.len()).collect();
    order.sort_by(|a, b| predicted[*a].total_cmp(&predicted[*b]));
    if order.len() > most {
        let error = |row: &usize| (actual[*row] - predicted[*row]).abs();
        let mut by_error: Vec<usize> = (0..order.len()).collect();
        by_error.sort_by(|a, b| error(&order[*b]).total_cmp(&error(&order[*a])));
        let evenly = (most - wrong) as f64;
        let even = (0..most - wrong).map(|at| (at as f64 / (evenly - 1.0) * (order.len() - 1) as f64) as usize);
        let mut places: Vec<usize> = even.chain(by_error.into_iter().take(wrong)).collect();
        places.sort_unstable();
        places.dedup();
        order = places.into_iter().map(|place| order[place]).collect();
    }
    order.into_iter().map(|row| (actual[row], predicted[row])).collect()
}
