//! The decision threshold of a binary model.

use super::{Confusion, Metric, Ranking};
use crate::error::{Error, Result};

/// A decision threshold, from which on a score means the positive class, and what it reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Scores of at least this are positive.
    pub threshold: f64,
    /// The metric's value there.
    pub value: f64,
}

/// The threshold with the best value of a metric of predicted classes, in one pass over the sorted scores.
///
/// `actual` holds 1 for the positive class, `positive_scores` its probability. Candidates are the midpoints
/// between neighbouring distinct scores, with 0 below the lowest and 1 above the highest; of equally good
/// ones the nearest to 0.5 is taken, then the lower.
///
/// # Errors
/// Exit code 2 for a metric no threshold changes; 1 without rows, where the lengths differ or a score is not finite.
pub fn best_threshold(actual: &[u32], positive_scores: &[f64], metric: &Metric) -> Result<Threshold> {
    let formula = metric.of_labels().ok_or_else(|| {
        Error::usage(format!("metric `{metric}` does not depend on the threshold"))
            .hint(format!("metrics that do: {}", super::names_with_threshold().join(", ")))
    })?;
    best(actual, positive_scores, &formula, &|value, other| metric.is_better(Some(value), Some(other)))
}

/// The threshold with the least mean cost of a row, where `costs[actual][predicted]` is that of one; as
/// [`best_threshold`].
///
/// # Errors
/// Exit code 1 as there.
pub fn least_cost_threshold(actual: &[u32], positive_scores: &[f64], costs: &[Vec<f64>]) -> Result<Threshold> {
    best(actual, positive_scores, &|confusion| confusion.mean_cost(costs), &|value, other| value < other)
}

fn best(
    actual: &[u32],
    positive_scores: &[f64],
    value_of: &dyn Fn(&Confusion) -> f64,
    is_better: &dyn Fn(f64, f64) -> bool,
) -> Result<Threshold> {
    if actual.len() != positive_scores.len() || actual.is_empty() {
        return Err(Error::failure(format!(
            "cannot choose a threshold from {} actual classes and {} scores",
            actual.len(),
            positive_scores.len()
        )));
    }
    let ranking = Ranking::new(positive_scores.iter().copied().zip(actual.iter().map(|c| *c == 1)))?;
    let (positives, negatives) = (ranking.positives(), ranking.negatives());
    let mut best: Option<Threshold> = None;
    for (threshold, tp, fp) in candidates(&ranking) {
        let value = value_of(&Confusion::binary(negatives - fp, fp, positives - tp, tp));
        let found = Threshold { threshold, value };
        if best.is_none_or(|best| preferred(is_better, &found, &best)) {
            best = Some(found);
        }
    }
    best.ok_or_else(|| Error::failure("there is no score to choose a threshold from"))
}

/// (threshold, true positives, false positives), from the highest threshold to the lowest.
fn candidates(ranking: &Ranking) -> impl Iterator<Item = (f64, u64, u64)> {
    let highest = ranking.steps().next().map(|s| s.score);
    let none_positive = highest.filter(|score| *score < 1.0).map(|score| (between(score, 1.0), 0, 0));
    let nexts = ranking.steps().skip(1).map(|next| Some(next.score)).chain(std::iter::once(None));
    let others = ranking.steps().zip(nexts).map(|(step, next)| {
        let threshold = match next {
            Some(next) => between(next, step.score),
            None if step.score > 0.0 => step.score / 2.0,
            None => step.score,
        };
        (threshold, step.true_positives, step.false_positives)
    });
    none_positive.into_iter().chain(others)
}

/// The middle of two scores, never the lower one itself, which has to stay below the threshold.
fn between(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) / 2.0;
    if middle > low { middle } else { high }
}

fn preferred(is_better: &dyn Fn(f64, f64) -> bool, found: &Threshold, best: &Threshold) -> bool {
    if found.value != best.value {
        return is_better(found.value, best.value);
    }
    let distance = |t: &Threshold| (t.threshold - 0.5).abs();
    distance(found) < distance(best) || distance(found) == distance(best) && found.threshold < best.threshold
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::find;

    /// A small generator, so that the cases are the same everywhere.
    fn random(state: &mut u64) -> f64 {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn brute_force(actual: &[u32], scores: &[f64], metric: &Metric) -> Threshold {
        let mut sorted = scores.to_vec();
        sorted.extend([0.0, 1.0]);
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let mut candidates: Vec<f64> = sorted.windows(2).map(|w| w[0] + (w[1] - w[0]) / 2.0).collect();
        candidates.extend(scores.contains(&0.0).then_some(0.0));
        let mut found: Vec<Threshold> = candidates
            .into_iter()
            .map(|threshold| {
                let predicted: Vec<u32> = scores.iter().map(|s| u32::from(*s >= threshold)).collect();
                let confusion = Confusion::new(actual, &predicted, 2).unwrap();
                Threshold { threshold, value: metric.of_labels().unwrap()(&confusion) }
            })
            .collect();
        found.sort_by(|a, b| {
            let distance = |t: &Threshold| (t.threshold - 0.5).abs();
            b.value
                .total_cmp(&a.value)
                .then(distance(a).total_cmp(&distance(b)))
                .then(a.threshold.total_cmp(&b.threshold))
        });
        found[0]
    }

    #[test]
    fn equals_brute_force() {
        let mut state = 7;
        for case in 0..200 {
            let rows = 1 + case % 40;
            // A coarse grid with 0 and 1 on it makes ties; a fine one has none.
            let grid = if case % 2 == 0 { 8.0 } else { 1e9 };
            let scores: Vec<f64> = (0..rows).map(|_| (random(&mut state) * grid).round() / grid).collect();
            let actual: Vec<u32> = scores.iter().map(|s| u32::from(random(&mut state) < 0.2 + 0.6 * s)).collect();
            for name in ["f1", "accuracy", "balanced_accuracy", "mcc", "precision", "recall", "f1_macro"] {
                let metric = find(name).unwrap();
                let found = best_threshold(&actual, &scores, metric).unwrap();
                assert_eq!(found, brute_force(&actual, &scores, metric), "{name} {actual:?} {scores:?}");
            }
        }
    }

    #[test]
    fn separates_neighbouring_floats() {
        let low = 0.3_f64;
        let high = f64::from_bits(low.to_bits() + 1);
        let found = best_threshold(&[0, 1], &[low, high], find("f1").unwrap()).unwrap();
        assert_eq!(found, Threshold { threshold: high, value: 1.0 });
    }

    #[test]
    fn refuses_what_has_no_threshold() {
        let refused = best_threshold(&[0, 1], &[0.2, 0.8], find("roc_auc").unwrap()).unwrap_err();
        assert_eq!(refused.message(), "metric `roc_auc` does not depend on the threshold");
        assert!(best_threshold(&[], &[], find("f1").unwrap()).is_err());
        assert!(best_threshold(&[1], &[f64::NAN], find("f1").unwrap()).is_err());
    }
}
