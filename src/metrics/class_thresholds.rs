//! Decision thresholds of several classes: a row belongs to the class whose probability is most above its threshold.

use super::{Confusion, Metric, names_with_threshold};
use crate::data::Scores;
use crate::error::{Error, Result};

/// Rounds over all classes at the most; two or three are usual.
const ROUNDS: usize = 8;
/// Thresholds tried for a class in a round: quantiles of those that change what some row is.
const TRIED: usize = 256;
/// No class is more than so many times easier than another.
const MOST_APART: f64 = 1e4;

/// The thresholds, 1 in sum, at which predicting the class of the greatest `score / threshold` has the best value of
/// a metric of predicted classes; all alike where that is as good.
///
/// With two classes this is the usual threshold. One class after the other is given the best threshold beside those
/// of the rest, until none helps: coordinate ascent, which ends at a local optimum.
///
/// # Errors
/// Exit code 2 for a metric no threshold changes; 1 without rows or where the lengths differ.
pub fn best_class_thresholds(actual: &[u32], scores: &Scores, metric: &Metric) -> Result<Vec<f64>> {
    let formula = metric.of_labels().ok_or_else(|| {
        Error::usage(format!("metric `{metric}` does not depend on the threshold"))
            .hint(format!("metrics that do: {}", names_with_threshold().join(", ")))
    })?;
    let classes = scores.width;
    if actual.len() != scores.rows() || actual.is_empty() || actual.iter().any(|code| *code as usize >= classes) {
        return Err(Error::failure(format!(
            "cannot choose thresholds from {} actual classes and {} rows of scores",
            actual.len(),
            scores.rows()
        )));
    }
    let mut thresholds = vec![1.0 / classes as f64; classes];
    let mut best = None;
    for _ in 0..ROUNDS {
        let before = best;
        for class in 0..classes {
            for (threshold, confusion) in candidates(actual, scores, &thresholds, class) {
                let value = Some(formula(&confusion));
                if metric.is_better(value, best) {
                    best = value;
                    thresholds[class] = threshold;
                }
            }
        }
        if best == before {
            break;
        }
    }
    let sum: f64 = thresholds.iter().sum();
    thresholds.iter_mut().for_each(|threshold| *threshold /= sum);
    Ok(thresholds)
}

/// Thresholds of a class beside those of the others, with what rows become: the present one first.
fn candidates(actual: &[u32], scores: &Scores, thresholds: &[f64], class: usize) -> Vec<(f64, Confusion)> {
    let classes = thresholds.len();
    // Of each row: below which threshold it is of the class, what it is otherwise, and what it is in truth.
    let mut rows: Vec<(f64, usize, usize)> = actual
        .iter()
        .enumerate()
        .map(|(row, actual)| {
            let scores = scores.row(row);
            let mut other = usize::from(class == 0);
            for at in (0..classes).filter(|at| *at != class) {
                if scores[at] / thresholds[at] > scores[other] / thresholds[other] {
                    other = at;
                }
            }
            let most = scores[other] / thresholds[other];
            (if most > 0.0 { scores[class] / most } else { f64::INFINITY }, other, *actual as usize)
        })
        .collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut counts = vec![0; classes * classes];
    rows.iter().for_each(|(_, other, actual)| counts[actual * classes + other] += 1);
    let borders: Vec<usize> = (1..rows.len())
        .filter(|at| rows[*at].0 < rows[at - 1].0 && rows[*at].0 > 0.0 && rows[at - 1].0.is_finite())
        .collect();
    let (step, present) = (borders.len().div_ceil(TRIED).max(1), thresholds[class]);
    let least = thresholds.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = thresholds.iter().copied().fold(0.0, f64::max);
    let mut tried: Vec<f64> = borders.iter().step_by(step).map(|at| libm::sqrt(rows[at - 1].0 * rows[*at].0)).collect();
    tried.retain(|t| *t < least * MOST_APART && *t * MOST_APART > greatest);
    tried.push(present);
    tried.sort_by(|a, b| b.total_cmp(a));
    let (mut moved, mut found) = (0, Vec::with_capacity(tried.len()));
    for threshold in tried {
        while let Some((_, other, actual)) = rows.get(moved).filter(|row| threshold < row.0) {
            counts[actual * classes + other] -= 1;
            counts[actual * classes + class] += 1;
            moved += 1;
        }
        found.push((threshold, Confusion::of_counts(classes, counts.clone())));
    }
    if let Some(at) = found.iter().position(|(threshold, _)| *threshold == present) {
        found.swap(0, at);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::find;

    fn decided(scores: &Scores, thresholds: &[f64]) -> Vec<u32> {
        let best = |row: &[f64]| {
            (0..row.len()).fold(0, |b, c| if row[c] / thresholds[c] > row[b] / thresholds[b] { c } else { b })
        };
        (0..scores.rows()).map(|row| best(scores.row(row)) as u32).collect()
    }

    /// Rows whose scores lean to the first class, of which there are most.
    fn rows(classes: usize) -> (Vec<u32>, Scores) {
        let mut state = 3u64;
        let mut random = move || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let (mut actual, mut values) = (Vec::new(), Vec::new());
        for _ in 0..600 {
            let class = (random() * random() * classes as f64) as usize;
            let row: Vec<f64> = (0..classes)
                .map(|c| random() + 0.6 * f64::from(u8::from(c == class)) + if c == 0 { 0.7 } else { 0.0 })
                .collect();
            let sum: f64 = row.iter().sum();
            actual.push(class as u32);
            values.extend(row.iter().map(|v| v / sum));
        }
        (actual, Scores { width: classes, values })
    }

    #[test]
    fn they_beat_equal_ones_and_a_coarse_grid() {
        let (actual, scores) = rows(3);
        for name in ["f1_macro", "balanced_accuracy", "accuracy", "mcc"] {
            let metric = find(name).unwrap();
            let value = |thresholds: &[f64]| {
                let confusion = Confusion::new(&actual, &decided(&scores, thresholds), 3).unwrap();
                metric.of_labels().unwrap()(&confusion)
            };
            let found = best_class_thresholds(&actual, &scores, metric).unwrap();
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let best = value(&found);
            assert!(best > value(&[1.0; 3]), "{name}");
            let grid = (1..20).flat_map(|a| (1..20 - a).map(move |b| [a, b, 20 - a - b].map(|v| f64::from(v) / 20.0)));
            for thresholds in grid {
                assert!(value(&thresholds) <= best + 0.01, "{name} {thresholds:?} {} {best}", value(&thresholds));
            }
        }
    }

    #[test]
    fn of_two_classes_they_are_the_usual_threshold() {
        let (actual, scores) = rows(2);
        let metric = find("f1_macro").unwrap();
        let value = |t: f64| {
            let predicted: Vec<u32> = scores.column(1).iter().map(|p| u32::from(*p >= t)).collect();
            metric.of_labels().unwrap()(&Confusion::new(&actual, &predicted, 2).unwrap())
        };
        let found = best_class_thresholds(&actual, &scores, metric).unwrap();
        let usual = crate::metrics::best_threshold(&actual, &scores.column(1), metric).unwrap();
        assert!(value(found[1]) > usual.value - 0.005, "{} {}", value(found[1]), usual.value);
    }

    #[test]
    fn what_a_threshold_cannot_change_is_refused() {
        let (actual, scores) = rows(3);
        assert!(best_class_thresholds(&actual, &scores, find("log_loss").unwrap()).is_err());
        assert!(best_class_thresholds(&actual[1..], &scores, find("accuracy").unwrap()).is_err());
    }
}
