//! Calibration: scores become probabilities that happen as often as they say, learned from out-of-fold scores.

use serde::{Deserialize, Serialize};

use crate::data::{Scores, Target};
use crate::error::{Error, Result};

/// How scores are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// A logistic curve of the log odds (Platt 1999), which may be softened: three numbers, steady with few rows.
    Platt,
    /// Any rising curve (isotonic regression): follows whatever shape, wants a thousand rows or more.
    Isotonic,
}

/// A learned calibration: one curve for binary tasks, one a class against all others for more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibrator {
    curves: Vec<Curve>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Curve {
    /// `1 / (1 + exp(a * log odds + b))`, of the score pulled towards one half.
    Platt { a: f64, b: f64, pull: f64 },
    /// Straight lines between points that rise in both; level outside.
    Isotonic { x: Vec<f64>, y: Vec<f64> },
}

/// How far scores may be pulled towards one half before their log odds are taken; that of the least log loss is.
///
/// The first leaves them as they are, but that 0 and 1, whose log odds are beyond all numbers, are as far off as floats
/// of 32 bits go. That suits boosting and linear models. Few trees and few neighbours give 0 and 1 where nothing is
/// sure: such scores would decide the curve for all others. Pulled as far as the last, log odds are as good as the scores
/// themselves, which is what scikit-learn takes of models that have no decision function. A pull keeps the order.
const PULLS: [f64; 3] = [1e-7, 0.01, 0.2];

impl Calibrator {
    /// Learns from scores of rows that the models had not seen.
    ///
    /// # Errors
    /// Exit code 2 for a target that is a number, 3 for rows of one class alone.
    pub fn fit(method: Calibration, scores: &Scores, target: &Target) -> Result<Self> {
        let Target::Classes { codes, classes } = target else {
            return Err(Error::usage("`calibration` needs classes, and the target is a number"));
        };
        let of = |class: usize| {
            let positive: Vec<bool> = codes.iter().map(|code| *code as usize == class).collect();
            let scores = scores.column(class);
            match method {
                Calibration::Platt => platt(&scores, &positive),
                Calibration::Isotonic => isotonic(&scores, &positive),
            }
        };
        if codes.iter().all(|code| Some(code) == codes.first()) {
            return Err(Error::data("scores cannot be calibrated: the rows are all of one class"));
        }
        Ok(Self { curves: if *classes == 2 { vec![of(1)] } else { (0..*classes).map(of).collect() } })
    }

    /// Calibrated scores, each row on its own.
    pub fn apply(&self, scores: &Scores) -> Scores {
        let mut values = Vec::with_capacity(scores.values.len());
        for row in 0..scores.rows() {
            match (self.curves.as_slice(), scores.row(row)) {
                ([curve], [_, positive]) => {
                    let positive = curve.at(*positive);
                    values.extend([1.0 - positive, positive]);
                }
                (curves, row) => {
                    let start = values.len();
                    values.extend(row.iter().zip(curves).map(|(score, curve)| curve.at(*score)));
                    let sum: f64 = values[start..].iter().sum();
                    let even = 1.0 / row.len() as f64;
                    values[start..].iter_mut().for_each(|v| *v = if sum > 0.0 { *v / sum } else { even });
                }
            }
        }
        Scores { width: scores.width, values }
    }

    /// Whether it fits answers of that many classes.
    pub fn fits(&self, classes: usize) -> bool {
        let whole = |curve: &Curve| match curve {
            Curve::Platt { a, b, pull } => a.is_finite() && b.is_finite() && (1e-9..0.5).contains(pull),
            Curve::Isotonic { x, y } => !x.is_empty() && x.len() == y.len() && x.iter().chain(y).all(|v| v.is_finite()),
        };
        self.curves.len() == if classes == 2 { 1 } else { classes } && self.curves.iter().all(whole)
    }
}

impl Curve {
    fn at(&self, score: f64) -> f64 {
        match self {
            Curve::Platt { a, b, pull } => logistic(-(a * log_odds(score, *pull) + b)),
            Curve::Isotonic { x, y } => {
                let above = x.partition_point(|known| *known <= score);
                match (above.checked_sub(1), x.get(above)) {
                    (None, _) => y[0],
                    (Some(below), None) => y[below],
                    (Some(below), Some(right)) => {
                        y[below] + (y[above] - y[below]) * (score - x[below]) / (right - x[below])
                    }
                }
            }
        }
    }
}

fn log_odds(score: f64, pull: f64) -> f64 {
    let score = pull + (1.0 - 2.0 * pull) * score;
    libm::log(score / (1.0 - score))
}

fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + libm::exp(-x))
    } else {
        let e = libm::exp(x);
        e / (1.0 + e)
    }
}

/// The curve of the least log loss; of equals that of the least pull.
fn platt(scores: &[f64], positive: &[bool]) -> Curve {
    let [first, rest @ ..] = PULLS.map(|pull| platt_of(pull, scores, positive));
    rest.into_iter().fold(first, |best, next| if next.1 < best.1 { next } else { best }).0
}

/// The curve of scores so pulled, and its log loss. Newton's method with backtracking on the log loss against Platt's targets, which keep away from 0 and 1
/// (Lin, Lin, Weng 2007, "A note on Platt's probabilistic outputs for support vector machines").
fn platt_of(pull: f64, scores: &[f64], positive: &[bool]) -> (Curve, f64) {
    let positives = positive.iter().filter(|p| **p).count() as f64;
    let negatives = positive.len() as f64 - positives;
    let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
    let rows: Vec<(f64, f64)> =
        scores.iter().zip(positive).map(|(s, p)| (log_odds(*s, pull), if *p { high } else { low })).collect();
    // The log loss of `1 / (1 + exp(z))` without overflow.
    let loss = |a: f64, b: f64| -> f64 {
        let of = |&(x, t): &(f64, f64)| {
            let z = a * x + b;
            if z >= 0.0 { t * z + libm::log1p(libm::exp(-z)) } else { (t - 1.0) * z + libm::log1p(libm::exp(z)) }
        };
        rows.iter().map(of).sum()
    };
    let (mut a, mut b) = (0.0, libm::log((negatives + 1.0) / (positives + 1.0)));
    let mut now = loss(a, b);
    for _ in 0..100 {
        let (mut haa, mut hbb, mut hab, mut ga, mut gb) = (1e-12, 1e-12, 0.0, 0.0, 0.0);
        for &(x, t) in &rows {
            let p = logistic(-(a * x + b));
            let (curvature, slope) = (p * (1.0 - p), t - p);
            haa += x * x * curvature;
            hbb += curvature;
            hab += x * curvature;
            ga += x * slope;
            gb += slope;
        }
        if ga.abs() < 1e-9 * rows.len() as f64 && gb.abs() < 1e-9 * rows.len() as f64 {
            break;
        }
        let determinant = haa * hbb - hab * hab;
        let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant);
        let slope = ga * da + gb * db;
        let mut step = 1.0;
        loop {
            let next = loss(a + step * da, b + step * db);
            if next < now + 1e-4 * step * slope {
                (a, b, now) = (a + step * da, b + step * db, next);
                break;
            }
            step /= 2.0;
            if step < 1e-10 {
                return (Curve::Platt { a, b, pull }, now);
            }
        }
    }
    (Curve::Platt { a, b, pull }, now)
}

/// Pool adjacent violators; rows of equal score count as one, as scikit-learn has it.
fn isotonic(scores: &[f64], positive: &[bool]) -> Curve {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    // Blocks of (sum of positives, rows, first score, last score).
    let mut points: Vec<(f64, f64, f64, f64)> = Vec::new();
    for row in order {
        let (hit, score) = (f64::from(u8::from(positive[row])), scores[row]);
        match points.last_mut() {
            Some(last) if last.3 == score => {
                last.0 += hit;
                last.1 += 1.0;
            }
            _ => points.push((hit, 1.0, score, score)),
        }
    }
    let mut blocks: Vec<(f64, f64, f64, f64)> = Vec::new();
    for mut point in points {
        while let Some(last) = blocks.last()
            && last.0 * point.1 >= point.0 * last.1
        {
            point = (last.0 + point.0, last.1 + point.1, last.2, point.3);
            blocks.pop();
        }
        blocks.push(point);
    }
    let (mut x, mut y) = (Vec::new(), Vec::new());
    for (hits, rows, first, last) in blocks {
        x.push(first);
        y.push(hits / rows);
        if last > first {
            x.push(last);
            y.push(hits / rows);
        }
    }
    Curve::Isotonic { x, y }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitMix64;

    const SCORES: [f64; 12] = [0.1, 0.2, 0.2, 0.35, 0.4, 0.4, 0.55, 0.6, 0.7, 0.8, 0.85, 0.95];
    const CODES: [u32; 12] = [0, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1];
    const AT: [f64; 7] = [0.05, 0.2, 0.3, 0.5, 0.65, 0.9, 0.99];

    fn binary(positive: &[f64]) -> Scores {
        Scores { width: 2, values: positive.iter().flat_map(|p| [1.0 - p, *p]).collect() }
    }

    #[test]
    fn both_are_scikit_learns() {
        let positive = CODES.map(|code| code == 1);
        // scikit-learn stops a little before the optimum.
        let platt = |pull| (platt_of(pull, &SCORES, &positive).0, 2e-5);
        let golden = [
            (
                platt(1e-7),
                [0.226522651, 0.3553175089, 0.4068463913, 0.4917061542, 0.5542930709, 0.702340937, 0.8619461653],
            ),
            (
                platt(0.01),
                [0.2323173793, 0.3547208646, 0.4062668512, 0.4921831932, 0.5556152785, 0.7018536139, 0.8332449577],
            ),
            (
                platt(0.2),
                [0.2730674862, 0.350278672, 0.3994419519, 0.495334341, 0.5672505904, 0.692694535, 0.7415005873],
            ),
            ((isotonic(&SCORES, &positive), 1e-9), [0.0, 1.0 / 3.0, 1.0 / 3.0, 0.5, 0.5833333333, 0.8333333333, 1.0]),
        ];
        for ((curve, tolerance), expected) in golden {
            for (at, expected) in AT.iter().zip(expected) {
                assert!((curve.at(*at) - expected).abs() < tolerance, "{curve:?}: {} {expected}", curve.at(*at));
            }
            assert!(Calibrator { curves: vec![curve] }.fits(2));
        }
    }

    /// Three neighbours vote on noisy rows, and a booster that is too sure of itself by a constant factor.
    #[test]
    fn platt_is_no_worse_than_no_calibration_where_scores_reach_the_ends() {
        let mut random = SplitMix64::new(7);
        let mut sample = |votes: bool| {
            let mut rows = || {
                let odds = 4.0 * (random.unit_f64() - 0.5);
                let mut happens = || random.unit_f64() < logistic(odds);
                let score = match votes {
                    true => (0..3).filter(|_| happens()).count() as f64 / 3.0,
                    false => logistic(2.0 * odds),
                };
                (score, happens())
            };
            (0..2000).map(|_| rows()).unzip::<f64, bool, Vec<f64>, Vec<bool>>()
        };
        let brier = |scores: &[f64], positive: &[bool]| {
            let of = |(score, positive): (&f64, &bool)| (score - f64::from(u8::from(*positive))).powi(2);
            scores.iter().zip(positive).map(of).sum::<f64>() / scores.len() as f64
        };
        for (votes, at_least) in [(true, 0.01), (false, 0.005)] {
            let ((scores, positive), (new, truth)) = (sample(votes), sample(votes));
            let curve = platt(&scores, &positive);
            let calibrated: Vec<f64> = new.iter().map(|score| curve.at(*score)).collect();
            let (before, after) = (brier(&new, &truth), brier(&calibrated, &truth));
            assert!(after < before - at_least, "votes {votes}: {before} {after}");
            let Curve::Platt { a, pull, .. } = curve else { panic!() };
            assert_eq!(pull == PULLS[0], !votes, "{curve:?}");
            assert!(votes || (a + 0.5).abs() < 0.05, "{curve:?}");
        }
    }

    #[test]
    fn probabilities_stay_probabilities() {
        let target = Target::Classes { codes: (0..30).map(|i| i % 3).collect(), classes: 3 };
        let values: Vec<f64> =
            (0..30).flat_map(|i| [0.2 + f64::from(i % 3 == 0) / 2.0, 0.1, f64::from(i) / 60.0]).collect();
        let scores = Scores { width: 3, values };
        for method in [Calibration::Platt, Calibration::Isotonic] {
            let calibrated = Calibrator::fit(method, &scores, &target).unwrap().apply(&scores);
            for row in 0..30 {
                let sum: f64 = calibrated.row(row).iter().sum();
                assert!((sum - 1.0).abs() < 1e-12 && calibrated.row(row).iter().all(|p| (0.0..=1.0).contains(p)));
            }
        }
        let one = Target::Classes { codes: vec![1; 4], classes: 2 };
        assert!(Calibrator::fit(Calibration::Platt, &binary(&AT[..4]), &one).is_err());
    }
}
