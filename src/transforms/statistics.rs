//! Order statistics that imputing, scaling and clipping share.

/// The values that are not missing, in row order.
pub fn present(values: &[f64]) -> Vec<f64> {
    values.iter().copied().filter(|x| !x.is_nan()).collect()
}

/// The mean, summed in row order; none for no values.
pub fn mean(values: &[f64]) -> Option<f64> {
    if values.is_empty() { None } else { Some(values.iter().sum::<f64>() / values.len() as f64) }
}

/// The `share` quantile (0 to 1) of values without NaN, by linear interpolation between order
/// statistics, which is NumPy's and scikit-learn's default (Hyndman and Fan's type 7); reorders
/// `values`; none for no values.
pub fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let position = share.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let (_, low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let low = *low;
    let part = position - below as f64;
    if part == 0.0 {
        return Some(low);
    }
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    // NumPy's lerp: from the nearer end, so that the result is exact at both ends.
    let step = high - low;
    Some(if part >= 0.5 { high - step * (1.0 - part) } else { low + step * part })
}

/// The most frequent value without NaN, the smallest of equally frequent ones; reorders `values`.
pub fn most_frequent(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let mut best: Option<(usize, f64)> = None;
    for group in values.chunk_by(|a, b| a == b) {
        if let Some(value) = group.first()
            && best.is_none_or(|(count, _)| group.len() > count)
        {
            best = Some((group.len(), *value));
        }
    }
    best.map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_equal_numpy() {
        // numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], q)
        for (share, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.5), (0.75, 5.25), (0.9, 6.9), (1.0, 9.0)] {
            let mut values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
            let found = quantile(&mut values, share).unwrap();
            assert!((found - expected).abs() < 1e-12, "{share}: {found}");
        }
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [7.0], 0.3), Some(7.0));
    }

    #[test]
    fn ties_go_to_the_smallest_value() {
        assert_eq!(most_frequent(&mut [5.0, 2.0, 5.0, 2.0, 9.0]), Some(2.0));
        assert_eq!(most_frequent(&mut []), None);
    }
}
