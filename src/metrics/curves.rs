//! ROC and precision-recall curves as data.

use super::{Ranking, Step};

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

/// The ROC curve from (0, 0) to (1, 1), a point per distinct score, as scikit-learn's `roc_curve` with
/// `drop_intermediate=False`; none where one class is missing.
pub fn roc(ranking: &Ranking) -> Option<Vec<RocPoint>> {
    let (positives, negatives) = (ranking.positives(), ranking.negatives());
    if positives == 0 || negatives == 0 {
        return None;
    }
    let origin = RocPoint { threshold: None, false_positive_rate: 0.0, true_positive_rate: 0.0 };
    let points = ranking.steps().map(|step| RocPoint {
        threshold: Some(step.score),
        false_positive_rate: step.false_positives as f64 / negatives as f64,
        true_positive_rate: step.true_positives as f64 / positives as f64,
    });
    Some(std::iter::once(origin).chain(points).collect())
}

/// The precision-recall curve from the lowest score to the highest and on to (recall 0, precision 1), as
/// scikit-learn's `precision_recall_curve`; none without a positive row.
pub fn precision_recall(ranking: &Ranking) -> Option<Vec<PrecisionRecallPoint>> {
    let positives = ranking.positives();
    if positives == 0 {
        return None;
    }
    let end = PrecisionRecallPoint { threshold: None, precision: 1.0, recall: 0.0 };
    let steps: Vec<Step> = ranking.steps().collect();
    let points = steps.into_iter().rev().map(|step| PrecisionRecallPoint {
        threshold: Some(step.score),
        precision: step.true_positives as f64 / (step.true_positives + step.false_positives) as f64,
        recall: step.true_positives as f64 / positives as f64,
    });
    Some(points.chain(std::iter::once(end)).collect())
}
