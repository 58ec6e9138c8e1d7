//! Curves of scores as data: ROC, precision by recall, thresholds, gain and lift, calibration.

mod calibration;
mod thinning;

pub use calibration::{CalibrationBin, by_quantile, uniform};

use serde::{Deserialize, Serialize};

use super::{Confusion, Ranking, Step};

/// How many rows of either class have at least each of some scores: all that ROC, precision and recall, thresholds, gain
/// and lift are made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreCurve {
    /// Positive rows.
    pub positives: u64,
    /// Negative rows.
    pub negatives: u64,
    /// Falling scores, from each of which on rows are taken for positive.
    pub thresholds: Vec<f64>,
    /// Positive rows with at least each of them.
    pub true_positives: Vec<u64>,
    /// Negative rows with at least each of them.
    pub false_positives: Vec<u64>,
}

/// A point of the ROC curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RocPoint {
    /// Scores of at least this are positive; none at the origin, where no row is.
    pub threshold: Option<f64>,
    /// Share of the negative rows taken for positive.
    pub false_positive_rate: f64,
    /// Share of the positive rows found.
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionRecallPoint {
    /// Scores of at least this are positive; none at the end, where no row is.
    pub threshold: Option<f64>,
    /// Share of the rows taken for positive that are.
    pub precision: f64,
    /// Share of the positive rows found.
    pub recall: f64,
}

/// What deciding at a threshold reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdPoint {
    /// Scores of at least this are positive.
    pub threshold: f64,
    /// Share of the rows taken for positive that are.
    pub precision: f64,
    /// Share of the positive rows found.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// What a row costs in the mean, where costs are known.
    pub cost: Option<f64>,
}

/// What the rows of the highest scores hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GainPoint {
    /// Scores of at least this are among them; none at the origin.
    pub threshold: Option<f64>,
    /// Their share of all rows.
    pub share: f64,
    /// The share of the positive rows that is among them.
    pub gain: f64,
    /// How many times likelier they are positive than any row; none at the origin.
    pub lift: Option<f64>,
}

impl ScoreCurve {
    /// The curve with a point per distinct score.
    pub fn of(ranking: &Ranking) -> Self {
        Self::with(ranking, ranking.steps())
    }

    /// The curve with at most `most` points: the first and the last, the one at `threshold`, and others spread evenly
    /// along the ROC curve and, by rank, towards the highest scores.
    pub fn thinned(ranking: &Ranking, most: usize, threshold: Option<f64>) -> Self {
        Self::with(ranking, thinning::thinned(ranking, most, threshold).into_iter())
    }

    fn with(ranking: &Ranking, steps: impl Iterator<Item = Step>) -> Self {
        let mut curve = Self { positives: ranking.positives(), negatives: ranking.negatives(), ..Self::default() };
        for step in steps {
            curve.thresholds.push(step.score);
            curve.true_positives.push(step.true_positives);
            curve.false_positives.push(step.false_positives);
        }
        curve
    }

    /// Its points, highest score first.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = Step> + '_ {
        let counts = self.true_positives.iter().zip(&self.false_positives);
        self.thresholds.iter().zip(counts).map(|(score, (true_positives, false_positives))| Step {
            score: *score,
            true_positives: *true_positives,
            false_positives: *false_positives,
        })
    }

    /// The ROC curve from (0, 0) to (1, 1), as scikit-learn's `roc_curve` with `drop_intermediate=False` where all
    /// points are there; none where one class is missing.
    pub fn roc(&self) -> Option<Vec<RocPoint>> {
        if self.positives == 0 || self.negatives == 0 {
            return None;
        }
        let origin = RocPoint { threshold: None, false_positive_rate: 0.0, true_positive_rate: 0.0 };
        let points = self.steps().map(|step| RocPoint {
            threshold: Some(step.score),
            false_positive_rate: step.false_positives as f64 / self.negatives as f64,
            true_positive_rate: step.true_positives as f64 / self.positives as f64,
        });
        Some(std::iter::once(origin).chain(points).collect())
    }

    /// The precision-recall curve from the lowest score to the highest and on to (recall 0, precision 1), as
    /// scikit-learn's `precision_recall_curve` where all points are there; none without a positive row.
    pub fn precision_recall(&self) -> Option<Vec<PrecisionRecallPoint>> {
        if self.positives == 0 {
            return None;
        }
        let end = PrecisionRecallPoint { threshold: None, precision: 1.0, recall: 0.0 };
        let points = self.steps().rev().map(|step| PrecisionRecallPoint {
            threshold: Some(step.score),
            precision: step.true_positives as f64 / (step.true_positives + step.false_positives) as f64,
            recall: step.true_positives as f64 / self.positives as f64,
        });
        Some(points.chain(std::iter::once(end)).collect())
    }

    /// What deciding at each score reaches, where `costs[actual][predicted]` is that of a row; nothing for no costs.
    pub fn thresholds(&self, costs: &[Vec<f64>]) -> Vec<ThresholdPoint> {
        let point = |step: Step| {
            let (tp, fp) = (step.true_positives, step.false_positives);
            let confusion = Confusion::binary(self.negatives - fp, fp, self.positives - tp, tp);
            ThresholdPoint {
                threshold: step.score,
                precision: confusion.precision(1),
                recall: confusion.recall(1),
                f1: confusion.f1(1),
                cost: (!costs.is_empty()).then(|| confusion.mean_cost(costs)),
            }
        };
        self.steps().map(point).collect()
    }

    /// Cumulative gain and lift from no row to all; none without a positive row.
    pub fn gains(&self) -> Option<Vec<GainPoint>> {
        if self.positives == 0 {
            return None;
        }
        let rows = (self.positives + self.negatives) as f64;
        let origin = GainPoint { threshold: None, share: 0.0, gain: 0.0, lift: None };
        let points = self.steps().map(|step| {
            let share = (step.true_positives + step.false_positives) as f64 / rows;
            let gain = step.true_positives as f64 / self.positives as f64;
            GainPoint { threshold: Some(step.score), share, gain, lift: Some(gain / share) }
        });
        Some(std::iter::once(origin).chain(points).collect())
    }
}
