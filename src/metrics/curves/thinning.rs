//! Fewer points of a curve that look the same.

use super::{Ranking, Step};

/// The points that are kept: of every `length` along the ROC curve one, and of every so many times more rows one, which
/// matters where precision starts.
pub fn thinned(ranking: &Ranking, most: usize, threshold: Option<f64>) -> Vec<Step> {
    let all = ranking.steps().count();
    if all <= most {
        return ranking.steps().collect();
    }
    // The first and last, and the one at the threshold, besides.
    let budget = most.saturating_sub(3).max(2);
    let by_rank = budget / 5;
    let by_length = budget - by_rank;
    let share = |count: u64, whole: u64| if whole == 0 { 0.0 } else { count as f64 / whole as f64 };
    let length = |step: &Step| {
        share(step.true_positives, ranking.positives()) + share(step.false_positives, ranking.negatives())
    };
    let rows = |step: &Step| (step.true_positives + step.false_positives) as f64;
    let end = |at: usize| at + 1 == all;
    let most_rows = libm::log((ranking.positives() + ranking.negatives()) as f64).max(1.0);
    let mut marks = (0usize, 0usize);
    let mut kept: Vec<Step> = Vec::with_capacity(most);
    let mut steps = ranking.steps().enumerate().peekable();
    while let Some((at, step)) = steps.next() {
        let reached = (
            (length(&step) / 2.0 * by_length as f64) as usize,
            (libm::log(rows(&step)) / most_rows * by_rank as f64) as usize,
        );
        let passes = reached.0 > marks.0 || reached.1 > marks.1;
        // The last score that is still positive at the threshold.
        let is_last =
            |threshold: f64| step.score >= threshold && steps.peek().is_some_and(|(_, next)| next.score < threshold);
        if at == 0 || end(at) || passes || threshold.is_some_and(is_last) {
            kept.push(step);
        }
        marks = (marks.0.max(reached.0), marks.1.max(reached.1));
    }
    kept
}

#[cfg(test)]
mod tests {
    use crate::data::SplitMix64;
    use crate::metrics::Ranking;
    use crate::metrics::curves::ScoreCurve;

    #[test]
    fn few_points_keep_the_ends_the_threshold_and_the_area() {
        let mut random = SplitMix64::new(1);
        for rows in [3, 400, 5_000, 60_000] {
            let scores: Vec<f64> = (0..rows).map(|_| random.unit_f64()).collect();
            let positive: Vec<bool> = scores.iter().map(|s| random.unit_f64() < 0.3 * s * s).collect();
            let ranking = Ranking::new(scores.iter().copied().zip(positive.iter().copied())).unwrap();
            let (whole, thin) = (ScoreCurve::of(&ranking), ScoreCurve::thinned(&ranking, 500, Some(0.4321)));
            assert!(thin.thresholds.len() <= 500.min(whole.thresholds.len()), "{}", thin.thresholds.len());
            assert_eq!(
                (thin.thresholds.first(), thin.thresholds.last()),
                (whole.thresholds.first(), whole.thresholds.last())
            );
            let at = *whole.thresholds.iter().rfind(|score| **score >= 0.4321).unwrap_or(&whole.thresholds[0]);
            assert!(thin.thresholds.contains(&at));
            let area = |curve: &ScoreCurve| {
                let points = curve.roc().unwrap_or_default();
                let slice = |pair: &[super::super::RocPoint]| {
                    (pair[1].false_positive_rate - pair[0].false_positive_rate)
                        * (pair[0].true_positive_rate + pair[1].true_positive_rate)
                        / 2.0
                };
                points.windows(2).map(slice).sum::<f64>()
            };
            assert!((area(&thin) - area(&whole)).abs() < 1e-3);
            let known = |step| whole.steps().any(|other| other == step);
            assert!(thin.steps().all(known));
        }
    }
}
