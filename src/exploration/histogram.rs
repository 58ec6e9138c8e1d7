//! Counts in bins of equal width.

use super::number_summary::Counted;
use super::summary::Histogram;

/// The bin of values in none.
pub const NO_BIN: u32 = u32::MAX;
/// Times the range of the middle 99 % that the whole range may be before tails are left out.
const TAIL: f64 = 3.0;

/// The histogram, and the bin of each code of the column (the first is null's).
///
/// Whole numbers have bins of whole width, so that none holds more of them than its neighbour does; a long tail is
/// counted beside the bins, since otherwise nearly all rows would share one.
pub fn histogram(numbers: &Counted, most: usize) -> (Histogram, Vec<u32>) {
    let (min, max) = numbers.range();
    let (first, last) = body(numbers, min, max);
    let (low, high, bins) = ends(first, last, numbers.is_whole(), most);
    let mut histogram = Histogram { low, high, counts: vec![0; bins], below: 0, above: 0, outcomes: None };
    let mut bin_of_code = vec![NO_BIN];
    for (value, rows) in numbers.pairs() {
        let bin = place(value, low, high, bins);
        match bin {
            Some(bin) => histogram.counts[bin] += rows,
            None if value < low => histogram.below += rows,
            None => histogram.above += rows,
        }
        bin_of_code.push(bin.map_or(NO_BIN, |bin| bin as u32));
    }
    (histogram, bin_of_code)
}

/// The range that is drawn.
fn body(numbers: &Counted, min: f64, max: f64) -> (f64, f64) {
    let (low, high) = (numbers.quantile(0.005), numbers.quantile(0.995));
    // Halves, since the range of numbers may be more than the greatest of them.
    let is_long = max / 2.0 - min / 2.0 > TAIL * (high / 2.0 - low / 2.0) && high > low;
    if is_long { (low, high) } else { (min, max) }
}

/// Lower end, upper end and number of bins.
fn ends(first: f64, last: f64, is_whole: bool, most: usize) -> (f64, f64, usize) {
    let most = most.max(1);
    if is_whole && last - first < 1e15 && first.abs() < 1e15 {
        let (first, last) = (first.floor(), last.ceil());
        let width = ((last - first + 1.0) / most as f64).ceil();
        let bins = ((last - first + 1.0) / width).ceil();
        return (first - 0.5, first - 0.5 + bins * width, bins as usize);
    }
    if first < last { (first, last, most) } else { (first, last, 1) }
}

/// The bin of a value: each holds its lower end, the last one both, as NumPy's do.
fn place(value: f64, low: f64, high: f64, bins: usize) -> Option<usize> {
    if !(low..=high).contains(&value) {
        return None;
    }
    if value >= high {
        return Some(bins - 1);
    }
    let width = high / bins as f64 - low / bins as f64;
    if width <= 0.0 {
        return Some(0);
    }
    let bin = (((value / 2.0 - low / 2.0) / width * 2.0) as usize).min(bins - 1);
    // Division may round to a neighbour; the ends decide.
    let end = |bin: usize| low + width * bin as f64;
    match bin {
        bin if bin > 0 && value < end(bin) => Some(bin - 1),
        bin if bin + 1 < bins && value >= end(bin + 1) => Some(bin + 1),
        bin => Some(bin),
    }
}

#[cfg(test)]
mod tests {
    use super::super::coded::Coded;
    use super::*;

    fn of(values: &[f64], most: usize) -> Histogram {
        histogram(&Counted::of(&Coded::ordered(values)).unwrap(), most).0
    }

    #[test]
    fn whole_numbers_have_whole_bins_and_long_tails_stand_beside() {
        let dice = of(&[1.0, 2.0, 2.0, 6.0], 30);
        assert_eq!((dice.low, dice.high, dice.counts), (0.5, 6.5, vec![1, 2, 0, 0, 0, 1]));
        let years: Vec<f64> = (0..100).map(f64::from).collect();
        let years = of(&years, 30);
        assert_eq!((years.low, years.high, years.counts), (-0.5, 99.5, vec![4; 25]));
        let mut prices: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.1 + 0.05).collect();
        prices.push(1e6);
        let prices = of(&prices, 10);
        assert_eq!((prices.below, prices.above), (5, 5));
        assert!(prices.high < 101.0 && prices.counts.iter().sum::<u64>() == 991);
        assert_eq!(of(&[0.25; 3], 10).counts, [3]);
        assert_eq!(of(&[f64::MIN, 0.0, f64::MAX], 3).counts, [1, 1, 1]);
        assert_eq!(of(&[1e300, 2e300], 2).counts, [1, 1]);
    }
}
