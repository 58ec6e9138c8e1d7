//! Sums whose error does not grow with the number of rows, and whose bits do not depend on the threads.

use rayon::prelude::*;

/// Rows summed at a time by one thread, wherever it runs.
const CHUNK: usize = 1 << 14;

/// Sum in the given order with Neumaier's compensation: about one rounding in all, whatever the length.
///
/// Formula: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen" (1974).
pub(super) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    // An overflowing total leaves NaN behind in the compensation.
    if total.is_finite() { total + lost } else { total }
}

/// Mean, `None` without values or when it is not finite.
pub(super) fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let count = values.len();
    defined(sum(values) / count as f64)
}

/// Mean of a number of each row, on all threads; `None` without rows or when it is not finite.
pub(super) fn mean_of_rows(rows: usize, of_row: impl Fn(usize) -> f64 + Sync) -> Option<f64> {
    let starts: Vec<usize> = (0..rows).step_by(CHUNK).collect();
    let chunk = |start: usize| sum((start..rows.min(start + CHUNK)).map(&of_row));
    let parts: Vec<f64> = starts.into_par_iter().map(chunk).collect();
    defined(sum(parts) / rows as f64)
}

/// The value where it is a finite number.
pub(super) fn defined(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_a_plain_sum_loses() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(sum([]), 0.0);
        assert_eq!(sum([f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(mean([].into_iter()), None);
        assert_eq!(mean([f64::MAX, f64::MAX].into_iter()), None);
        assert_eq!(mean([1.0, 2.0].into_iter()), Some(1.5));
    }
}
