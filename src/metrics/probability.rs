//! Metrics of the probabilities themselves.

use super::sum::{defined, mean_of_rows, sum};
use crate::data::Scores;

/// Bins of the expected calibration error.
const BINS: usize = 10;

/// Mean negative logarithm of the probability given to the actual class.
///
/// Probabilities are clipped to `[eps, 1 - eps]` with the machine epsilon, as scikit-learn does for float64.
pub(super) fn log_loss(actual: &[u32], scores: &Scores) -> Option<f64> {
    mean_of_rows(actual.len(), |row| log_loss_of(actual[row], scores.row(row)))
}

/// What a row adds to the log loss.
pub(super) fn log_loss_of(actual: u32, scores: &[f64]) -> f64 {
    let given = scores.get(actual as usize).copied().unwrap_or(0.0);
    -libm::log(given.clamp(f64::EPSILON, 1.0 - f64::EPSILON))
}

/// Mean squared distance between the probabilities and the actual class as 0 and 1.
///
/// Formula: G. W. Brier (1950), summed over the classes; halved for two classes, which makes it the mean of
/// `(y - p)²`, as scikit-learn's `brier_score_loss` with `scale_by_half="auto"`.
pub(super) fn brier(actual: &[u32], scores: &Scores) -> Option<f64> {
    mean_of_rows(actual.len(), |row| brier_of(actual[row], scores.row(row)))
}

/// What a row adds to the Brier score.
pub(super) fn brier_of(actual: u32, scores: &[f64]) -> f64 {
    let scale = if scores.len() == 2 { 0.5 } else { 1.0 };
    let squares = scores.iter().enumerate().map(|(at, p)| {
        let off = f64::from(at == actual as usize) - p;
        off * off
    });
    scale * squares.sum::<f64>()
}

/// Share of the log loss that the model takes away from that of the classes' shares; none where all rows are of one
/// class, which those foretell without any loss.
pub(super) fn d2_log_loss(actual: &[u32], scores: &Scores) -> Option<f64> {
    let shares = shares(actual, scores.width)?;
    let null = sum(shares.iter().filter(|share| **share > 0.0).map(|share| -share * libm::log(*share)));
    defined(1.0 - log_loss(actual, scores)? / null)
}

/// The same of the Brier score, known as Brier skill score.
pub(super) fn d2_brier(actual: &[u32], scores: &Scores) -> Option<f64> {
    let shares = shares(actual, scores.width)?;
    let scale = if scores.width == 2 { 0.5 } else { 1.0 };
    let null = scale * sum(shares.iter().map(|share| share * (1.0 - share)));
    defined(1.0 - brier(actual, scores)? / null)
}

/// The share of rows of each class; none where all are of one.
fn shares(actual: &[u32], classes: usize) -> Option<Vec<f64>> {
    let mut counts = vec![0usize; classes];
    actual.iter().for_each(|class| counts[*class as usize] += 1);
    let several = counts.iter().filter(|count| **count > 0).count() > 1;
    several.then(|| counts.iter().map(|count| *count as f64 / actual.len() as f64).collect())
}

/// Expected calibration error: how far the mean probability of a bin is from the share of its rows that are of the
/// class, over ten bins of equal width, weighted by rows (Naeini, Cooper and Hauskrecht, 2015). Of two classes for the
/// positive one; of several for the class that is likeliest.
pub(super) fn expected_calibration_error(actual: &[u32], scores: &Scores) -> Option<f64> {
    let mut bins = [(0.0, 0.0); BINS];
    for (row, class) in actual.iter().enumerate() {
        let scores = scores.row(row);
        let told = if scores.len() == 2 { 1 } else { likeliest(scores) };
        let probability = scores.get(told).copied().unwrap_or(0.0);
        let bin = &mut bins[uniform_bin(probability, BINS)];
        bin.0 += probability;
        bin.1 += f64::from(u8::from(*class as usize == told));
    }
    defined(bins.iter().map(|(told, found)| (told - found).abs()).sum::<f64>() / actual.len() as f64)
}

/// The bin of a probability among so many of equal width, each with its upper edge, as scikit-learn's
/// `calibration_curve` has them.
pub(super) fn uniform_bin(probability: f64, bins: usize) -> usize {
    // As numpy's `linspace` rounds them.
    let edge = |at: usize| at as f64 * (1.0 / bins as f64);
    let guess = ((probability * bins as f64) as usize).min(bins - 1);
    // What the multiplication rounds the other way.
    if guess > 0 && probability <= edge(guess) {
        guess - 1
    } else if guess + 1 < bins && probability > edge(guess + 1) {
        guess + 1
    } else {
        guess
    }
}

/// The class of the greatest probability, the first of equals.
fn likeliest(scores: &[f64]) -> usize {
    (1..scores.len()).fold(0, |best, at| if scores[at] > scores[best] { at } else { best })
}

/// Share of rows whose class is among the `k` likeliest; of equally likely ones the later counts as likelier, as
/// scikit-learn's `top_k_accuracy_score` has it.
pub(super) fn top_k_accuracy(actual: &[u32], scores: &Scores, k: usize) -> Option<f64> {
    let is_among = |row: usize| {
        let (class, scores) = (actual[row] as usize, scores.row(row));
        let own = scores.get(class).copied().unwrap_or(f64::NEG_INFINITY);
        let above = |(at, score): &(usize, &f64)| **score > own || (**score == own && *at > class);
        scores.iter().enumerate().filter(above).count() < k
    };
    mean_of_rows(actual.len(), |row| f64::from(u8::from(is_among(row))))
}
