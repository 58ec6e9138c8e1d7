//! Moments, quantiles and outliers of numbers, from distinct values and their counts.

use super::coded::{Coded, UnitScale};
use super::histogram::histogram;
use super::summary::{NumberSummary, Outliers};

/// Shares of the quantiles told.
const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];
/// Interquartile ranges from the quartiles to Tukey's fences.
const FENCE: f64 = 1.5;
/// Standard deviations from the mean beyond which the z rule speaks of an outlier.
const Z: f64 = 3.0;

/// Distinct numbers in rising order, with the rows up to and with each.
pub struct Counted<'a> {
    values: &'a [f64],
    counts: &'a [u64],
    ends: Vec<u64>,
}

impl<'a> Counted<'a> {
    /// The numbers of a column, nulls aside; none where there is no value.
    pub fn of(coded: &'a Coded) -> Option<Self> {
        let (values, counts) = (coded.values.get(1..)?, coded.counts.get(1..)?);
        let mut rows = 0;
        let end = |count: &u64| {
            rows += count;
            rows
        };
        let ends: Vec<u64> = counts.iter().map(end).collect();
        (rows > 0).then_some(Self { values, counts, ends })
    }

    /// Rows.
    pub fn rows(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Value and rows of each, in rising order.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, u64)> + Clone + '_ {
        self.values.iter().copied().zip(self.counts.iter().copied())
    }

    /// The least and the greatest.
    pub fn range(&self) -> (f64, f64) {
        let at = |place: Option<&f64>| place.copied().unwrap_or(f64::NAN);
        (at(self.values.first()), at(self.values.last()))
    }

    /// Whether every value is whole.
    pub fn is_whole(&self) -> bool {
        self.values.iter().all(|value| value.fract() == 0.0)
    }

    fn at_rank(&self, rank: u64) -> f64 {
        let place = self.ends.partition_point(|end| *end <= rank);
        self.values.get(place).or(self.values.last()).copied().unwrap_or(f64::NAN)
    }

    /// Quantile by linear interpolation, as NumPy's default.
    pub fn quantile(&self, share: f64) -> f64 {
        let position = share * (self.rows() - 1) as f64;
        let below = position.floor();
        let (low, high) = (self.at_rank(below as u64), self.at_rank(below as u64 + 1));
        let part = position - below;
        // Halves first, since the difference of two huge numbers may be none.
        if part == 0.0 || low == high { low } else { low * (1.0 - part) + high * part }
    }

    /// Rows below a bound, and rows above another.
    fn outside(&self, low: f64, high: f64) -> u64 {
        self.pairs().filter(|(value, _)| *value < low || *value > high).map(|(_, rows)| rows).sum()
    }
}

/// Sums of powers of the distances from the mean, on a scale from 0 to 1.
struct Moments {
    rows: f64,
    scale: UnitScale,
    mean: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

impl Moments {
    fn of(numbers: &Counted) -> Self {
        let (low, high) = numbers.range();
        let scale = UnitScale::of(low, high);
        let rows = numbers.rows() as f64;
        let mean = numbers.pairs().map(|(value, count)| scale.place(value) * count as f64).sum::<f64>() / rows;
        let mut moments = Self { rows, scale, mean, second: 0.0, third: 0.0, fourth: 0.0 };
        for (value, count) in numbers.pairs() {
            let distance = scale.place(value) - mean;
            let square = distance * distance * count as f64;
            moments.second += square;
            moments.third += square * distance;
            moments.fourth += square * distance * distance;
        }
        moments
    }

    fn standard_deviation(&self) -> Option<f64> {
        (self.rows > 1.0).then(|| self.scale.distance((self.second / (self.rows - 1.0)).sqrt()))
    }

    /// The adjusted Fisher-Pearson coefficient G1; none for equal values.
    fn skewness(&self) -> Option<f64> {
        let n = self.rows;
        let ratio = self.third / n / (self.second / n * (self.second / n).sqrt());
        (n >= 3.0 && self.second > 0.0).then(|| (n * (n - 1.0)).sqrt() / (n - 2.0) * ratio)
    }

    /// The unbiased estimator G2; none for equal values.
    fn kurtosis(&self) -> Option<f64> {
        let n = self.rows;
        let ratio = self.fourth / (self.second * self.second);
        (n >= 4.0 && self.second > 0.0).then(|| {
            let adjustment = 3.0 * (n - 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0));
            n * (n + 1.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0)) * ratio - adjustment
        })
    }
}

/// Sums up a column of numbers or dates; none where it has no value. Also of each code the bin of the histogram.
pub fn number_summary(coded: &Coded, bins: usize) -> Option<(NumberSummary, Vec<u32>)> {
    let numbers = Counted::of(coded)?;
    let (min, max) = numbers.range();
    let moments = Moments::of(&numbers);
    let defined = |value: f64| value.is_finite().then_some(value);
    let mean = defined(moments.scale.value(moments.mean));
    let standard_deviation = moments.standard_deviation().and_then(defined);
    let quantiles = SHARES.map(|share| numbers.quantile(share));
    let [_, _, first, _, third, ..] = quantiles;
    let reach = FENCE * (third - first);
    let fences = numbers.outside(first - reach, third + reach);
    // With a deviation of none, a value that differs from the mean does so by rounding alone.
    let z_score = match (mean, standard_deviation.filter(|deviation| *deviation > 0.0)) {
        (Some(mean), Some(deviation)) => numbers.outside(mean - Z * deviation, mean + Z * deviation),
        _ => 0,
    };
    let share = |count: u64| count as f64 / numbers.rows() as f64;
    let count = |test: &dyn Fn(f64) -> bool| -> u64 {
        numbers.pairs().filter(|(value, _)| test(*value)).map(|(_, rows)| rows).sum()
    };
    let (histogram, bin_of_code) = histogram(&numbers, bins);
    let summary = NumberSummary {
        min,
        max,
        mean,
        standard_deviation,
        skewness: moments.skewness().and_then(defined),
        kurtosis: moments.kurtosis().and_then(defined),
        quantiles,
        zeros: count(&|value| value == 0.0),
        negatives: count(&|value| value < 0.0),
        outliers: Outliers { fences, fences_share: share(fences), z_score, z_score_share: share(z_score) },
        histogram,
    };
    Some((summary, bin_of_code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(values: &[f64]) -> NumberSummary {
        number_summary(&Coded::ordered(values), 30).unwrap().0
    }

    #[test]
    fn huge_equal_and_single_values_have_finite_numbers_or_none() {
        let huge = summary(&[f64::MAX, f64::MIN, 0.0, f64::MAX]);
        assert_eq!((huge.min, huge.max, huge.zeros, huge.negatives), (f64::MIN, f64::MAX, 1, 1));
        assert!(huge.mean.unwrap().is_finite() && huge.quantiles.iter().all(|q| q.is_finite()));
        let equal = summary(&[0.1; 10]);
        assert_eq!((equal.mean, equal.standard_deviation, equal.skewness), (Some(0.1), Some(0.0), None));
        assert_eq!((equal.outliers.fences, equal.outliers.z_score), (0, 0));
        let one = summary(&[7.0]);
        assert_eq!((one.standard_deviation, one.skewness, one.kurtosis), (None, None, None));
        assert!(number_summary(&Coded::ordered(&[f64::NAN]), 30).is_none());
        assert!(number_summary(&Coded::ordered(&[]), 30).is_none());
        let text = serde_json::to_string(&huge).unwrap();
        assert_eq!(serde_json::from_str::<NumberSummary>(&text).unwrap(), huge);
    }
}
