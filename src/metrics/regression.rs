//! Metrics of predicted numbers.

use super::registry::METRICS;
use super::sum::{defined, mean, sum};
use crate::data::Task;
use crate::error::{Error, Result};

/// Every regression metric by name, in the order of [`METRICS`].
///
/// # Errors
/// Exit code 1 without rows, where the lengths differ or a value is not finite.
pub fn regression(actual: &[f64], predicted: &[f64]) -> Result<Vec<(&'static str, Option<f64>)>> {
    check(actual, predicted)?;
    let defined = METRICS.iter().filter(|m| m.defined_for(Task::Regression));
    Ok(defined.map(|m| (m.name, m.of_values(actual, predicted))).collect())
}

/// Refuses what no metric can be computed on.
pub(super) fn check(actual: &[f64], predicted: &[f64]) -> Result<()> {
    if actual.is_empty() {
        return Err(Error::failure("there is no row to compute metrics on"));
    }
    if actual.len() != predicted.len() {
        return Err(Error::failure(format!(
            "{} actual values stand against {} predicted ones",
            actual.len(),
            predicted.len()
        )));
    }
    for (what, values) in [("actual", actual), ("predicted", predicted)] {
        if let Some((row, value)) = values.iter().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(Error::failure(format!("{what} value of row {row} is {value}, not a finite number")));
        }
    }
    Ok(())
}

/// Share of the variance that is explained; none below two rows.
///
/// Where all actual values are equal it is 1 for a perfect prediction and 0 for any other, as scikit-learn.
pub(super) fn r2(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    if actual.len() < 2 {
        return None;
    }
    let centre = mean(actual.iter().copied())?;
    let left = sum(squared(actual, predicted));
    let all = sum(actual.iter().map(|y| (y - centre) * (y - centre)));
    if all == 0.0 {
        return Some(f64::from(left == 0.0));
    }
    defined(1.0 - left / all)
}

/// Mean squared error, in the target's unit squared.
pub(super) fn mse(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    mean(squared(actual, predicted))
}

/// Root of the mean squared error, in the target's unit.
pub(super) fn rmse(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    mse(actual, predicted).map(f64::sqrt)
}

/// Mean absolute error, in the target's unit.
pub(super) fn mae(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    mean(absolute(actual, predicted))
}

/// Median absolute error, in the target's unit; the mean of the two middle ones for an even number of rows.
pub(super) fn medae(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let mut errors: Vec<f64> = absolute(actual, predicted).collect();
    let middle = errors.len() / 2;
    if errors.is_empty() {
        return None;
    }
    let even = errors.len().is_multiple_of(2);
    let (below, upper, _) = errors.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| even).unwrap_or(upper);
    defined(lower + (upper - lower) / 2.0)
}

/// Mean absolute error relative to the actual value, as a fraction.
///
/// The actual value counts as at least the machine epsilon, as in scikit-learn: one actual 0 that is missed
/// makes the result huge.
pub(super) fn mape(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    mean(absolute(actual, predicted).zip(actual).map(|(error, y)| error / y.abs().max(f64::EPSILON)))
}

fn absolute<'a>(actual: &'a [f64], predicted: &'a [f64]) -> impl ExactSizeIterator<Item = f64> + 'a {
    actual.iter().zip(predicted).map(|(y, p)| (y - p).abs())
}

fn squared<'a>(actual: &'a [f64], predicted: &'a [f64]) -> impl ExactSizeIterator<Item = f64> + 'a {
    actual.iter().zip(predicted).map(|(y, p)| (y - p) * (y - p))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degenerate_targets() {
        assert_eq!(r2(&[1.0], &[1.0]), None);
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.0]), Some(1.0));
        assert_eq!(r2(&[2.0, 2.0], &[2.0, 2.1]), Some(0.0));
        assert_eq!(mse(&[1e200, 0.0], &[0.0, 0.0]), None);
        assert_eq!(medae(&[0.0, 0.0, 0.0, 0.0], &[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(medae(&[0.0, 0.0, 0.0], &[4.0, 1.0, 3.0]), Some(3.0));
    }

    #[test]
    fn refuses_what_does_not_fit() {
        for (actual, predicted, message) in [
            (vec![], vec![], "there is no row to compute metrics on"),
            (vec![1.0], vec![], "1 actual values stand against 0 predicted ones"),
            (vec![1.0, 2.0], vec![1.0, f64::NAN], "predicted value of row 1 is NaN, not a finite number"),
        ] {
            assert_eq!(regression(&actual, &predicted).unwrap_err().message(), message);
        }
    }
}
