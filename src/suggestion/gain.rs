//! What a candidate gains, fold by fold.

use crate::metrics::Metric;
use crate::package::FoldMetrics;

/// Share of a score that no column is worth.
const TRIFLE: f64 = 1e-4;

/// The gain over the features before it; above 0 is better, whichever way the metric runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Gain {
    /// Of each fold; none where the metric is undefined.
    pub folds: Vec<Option<f64>>,
    /// Their mean.
    pub mean: f64,
    /// The standard error of the mean: their standard deviation by the root of their number.
    pub standard_error: f64,
}

impl Gain {
    /// The gain of `after` over `before`; none where fewer than two folds have both.
    pub fn of(metric: &Metric, before: &FoldMetrics, after: &FoldMetrics) -> Option<Self> {
        let sign = if metric.higher_is_better { 1.0 } else { -1.0 };
        let folds: Vec<Option<f64>> = before
            .folds
            .iter()
            .zip(&after.folds)
            .map(|(before, after)| Some(sign * ((*after)? - (*before)?)))
            .collect();
        let gains: Vec<f64> = folds.iter().copied().flatten().collect();
        let count = gains.len() as f64;
        if gains.len() < 2 {
            return None;
        }
        let mean = gains.iter().sum::<f64>() / count;
        let variance = gains.iter().map(|gain| (gain - mean) * (gain - mean)).sum::<f64>() / (count - 1.0);
        Some(Self { folds, mean, standard_error: libm::sqrt(variance / count) })
    }

    /// Whether it is more than `factor` standard errors above 0, and no trifle beside the score before it.
    pub fn is_beyond(&self, factor: f64, before: &FoldMetrics) -> bool {
        let trifle = before.mean.map_or(0.0, |mean| TRIFLE * mean.abs());
        self.mean > trifle && self.mean > factor * self.standard_error
    }
}
