//! Metrics of the probabilities themselves.

use super::sum::mean;
use crate::data::Scores;

/// Mean negative logarithm of the probability given to the actual class.
///
/// Probabilities are clipped to `[eps, 1 - eps]` with the machine epsilon, as scikit-learn does for float64.
pub(super) fn log_loss(actual: &[u32], scores: &Scores) -> Option<f64> {
    mean(actual.iter().enumerate().map(|(row, class)| {
        let given = scores.row(row).get(*class as usize).copied().unwrap_or(0.0);
        -libm::log(given.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
    }))
}

/// Mean squared distance between the probabilities and the actual class as 0 and 1.
///
/// Formula: G. W. Brier (1950), summed over the classes; halved for two classes, which makes it the mean of
/// `(y - p)²`, as scikit-learn's `brier_score_loss` with `scale_by_half="auto"`.
pub(super) fn brier(actual: &[u32], scores: &Scores) -> Option<f64> {
    let scale = if scores.width == 2 { 0.5 } else { 1.0 };
    mean(actual.iter().enumerate().map(|(row, class)| {
        let probabilities = scores.row(row).iter().enumerate();
        let squares = probabilities.map(|(at, p)| {
            let off = f64::from(at == *class as usize) - p;
            off * off
        });
        scale * squares.sum::<f64>()
    }))
}
