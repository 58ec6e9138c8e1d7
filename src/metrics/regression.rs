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
    median(absolute(actual, predicted).collect())
}

/// The median, the mean of the two middle ones for an even number of values.
fn median(mut values: Vec<f64>) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
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

/// Share of the variance that is explained, but for a constant error; 1 or 0 for a constant target, as [`r2`].
pub(super) fn explained_variance(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let errors = || actual.iter().zip(predicted).map(|(y, p)| y - p);
    let (off, centre) = (mean(errors())?, mean(actual.iter().copied())?);
    let left = sum(errors().map(|error| (error - off) * (error - off)));
    let all = sum(actual.iter().map(|y| (y - centre) * (y - centre)));
    if all == 0.0 {
        return Some(f64::from(left == 0.0));
    }
    defined(1.0 - left / all)
}

/// The largest absolute error.
pub(super) fn max_error(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    defined(absolute(actual, predicted).fold(0.0, f64::max))
}

/// Mean squared error of the logarithms of 1 + value; none where a value is -1 or less.
pub(super) fn msle(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let above = actual.iter().chain(predicted).all(|value| *value > -1.0);
    let logarithms = |values: &[f64]| values.iter().map(|value| libm::log1p(*value)).collect::<Vec<_>>();
    above.then(|| mse(&logarithms(actual), &logarithms(predicted))).flatten()
}

/// Root of the mean squared error of the logarithms.
pub(super) fn rmsle(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    msle(actual, predicted).map(f64::sqrt)
}

/// Mean of the absolute error by the mean size of actual and predicted value, as a fraction from 0 to 2; nothing is
/// off where both are 0.
pub(super) fn smape(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    mean(actual.iter().zip(predicted).map(|(y, p)| {
        let size = y.abs() / 2.0 + p.abs() / 2.0;
        if size == 0.0 { 0.0 } else { (y - p).abs() / size }
    }))
}

/// Mean error where those below the actual value count `alpha` and those above it `1 - alpha`: least for a prediction
/// of this quantile.
pub(super) fn pinball(actual: &[f64], predicted: &[f64], alpha: f64) -> Option<f64> {
    mean(actual.iter().zip(predicted).map(|(y, p)| if y >= p { alpha * (y - p) } else { (1.0 - alpha) * (p - y) }))
}

/// Share of the absolute error that the model takes away from that of the median; none below two rows.
pub(super) fn d2_absolute_error(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let median = median(actual.to_vec()).filter(|_| actual.len() > 1)?;
    let left = sum(absolute(actual, predicted));
    let all = sum(actual.iter().map(|y| (y - median).abs()));
    if all == 0.0 {
        return Some(f64::from(left == 0.0));
    }
    defined(1.0 - left / all)
}

/// Mean Poisson deviance; none where an actual value is below 0 or a predicted one is not above it.
pub(super) fn poisson_deviance(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let counts = actual.iter().all(|y| *y >= 0.0) && predicted.iter().all(|p| *p > 0.0);
    let deviance = |(y, p): (&f64, &f64)| {
        let logarithm = if *y > 0.0 { y * libm::log(y / p) } else { 0.0 };
        2.0 * (logarithm - y + p)
    };
    counts.then(|| mean(actual.iter().zip(predicted).map(deviance))).flatten()
}

/// Mean gamma deviance; none where a value is not above 0.
pub(super) fn gamma_deviance(actual: &[f64], predicted: &[f64]) -> Option<f64> {
    let positive = actual.iter().chain(predicted).all(|value| *value > 0.0);
    let deviance = |(y, p): (&f64, &f64)| 2.0 * (libm::log(p / y) + y / p - 1.0);
    positive.then(|| mean(actual.iter().zip(predicted).map(deviance))).flatten()
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
