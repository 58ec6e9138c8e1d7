//! A column as codes with their counts: what every number about it is computed from.

use super::bins::{Bins, by_level, numbers};
use crate::data::{Column, Values};

/// Codes of nulls.
pub const NULL: u32 = 0;
/// Whole numbers that lie so close are counted, not sorted.
const CLOSE: f64 = 65_536.0;
/// Bins of numbers where information is measured.
const BINS: usize = 16;

/// A column as codes; code 0 is null.
pub struct Coded {
    /// Code of each row.
    pub codes: Vec<u32>,
    /// Rows of each code.
    pub counts: Vec<u64>,
    /// Of numbers and dates, the value of each code in rising order; that of null is NaN. Empty for others.
    pub values: Vec<f64>,
}

impl Coded {
    /// Codes of any column: of numbers and dates in the order of their values.
    pub fn of(column: &Column) -> Self {
        match numbers(column) {
            Some(values) => Self::ordered(&values),
            None => {
                let codes = by_level(column);
                let mut counts = vec![0; codes.levels];
                codes.codes.iter().for_each(|code| counts[*code as usize] += 1);
                Self { codes: codes.codes, counts, values: Vec::new() }
            }
        }
    }

    /// Codes of numbers in rising order; NaN is null.
    pub fn ordered(values: &[f64]) -> Self {
        Self::counted(values).unwrap_or_else(|| Self::sorted(values))
    }

    /// For whole numbers that lie close, which most columns of them are.
    fn counted(values: &[f64]) -> Option<Self> {
        let (mut low, mut high, mut whole) = (f64::INFINITY, f64::NEG_INFINITY, true);
        for value in values.iter().filter(|v| !v.is_nan()) {
            (low, high) = (low.min(*value), high.max(*value));
            whole &= value.fract() == 0.0;
        }
        if !whole || low.is_infinite() || high - low > CLOSE || low.abs().max(high.abs()) > 1e15 {
            return None;
        }
        let mut of_place = vec![0u64; (high - low) as usize + 1];
        values.iter().filter(|v| !v.is_nan()).for_each(|v| of_place[(v - low) as usize] += 1);
        let mut coded = Self { codes: Vec::new(), counts: vec![0], values: vec![f64::NAN] };
        let mut code_of = vec![NULL; of_place.len()];
        for (place, count) in of_place.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            code_of[place] = coded.counts.len() as u32;
            coded.counts.push(count);
            coded.values.push(low + place as f64);
        }
        let code = |v: &f64| if v.is_nan() { NULL } else { code_of[(v - low) as usize] };
        coded.codes = values.iter().map(code).collect();
        coded.counts[0] = coded.codes.iter().filter(|code| **code == NULL).count() as u64;
        Some(coded)
    }

    fn sorted(values: &[f64]) -> Self {
        // A sum with 0 makes minus zero the same as zero.
        let mut sorted: Vec<f64> = values.iter().filter(|v| !v.is_nan()).map(|v| v + 0.0).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut coded = Self { codes: Vec::new(), counts: vec![0], values: vec![f64::NAN] };
        for group in sorted.chunk_by(|a, b| a == b) {
            coded.counts.push(group.len() as u64);
            coded.values.extend(group.first());
        }
        let distinct = coded.values.get(1..).unwrap_or_default();
        let code = |v: &f64| if v.is_nan() { NULL } else { distinct.partition_point(|d| d < v) as u32 + 1 };
        coded.codes = values.iter().map(code).collect();
        coded.counts[0] = (values.len() - sorted.len()) as u64;
        coded
    }

    /// Rows without a value.
    pub fn missing(&self) -> u64 {
        self.counts.first().copied().unwrap_or(0)
    }

    /// Rows with a value.
    pub fn present(&self) -> u64 {
        self.codes.len() as u64 - self.missing()
    }

    /// Distinct values, null aside; levels that no row has do not count.
    pub fn distinct(&self) -> u64 {
        self.counts.iter().skip(1).filter(|count| **count > 0).count() as u64
    }

    /// Numbers and dates in bins of about equal frequency, others as they are: codes in which information is measured.
    pub fn binned(&self) -> (Vec<u32>, usize) {
        if self.values.is_empty() || self.counts.len() <= BINS + 1 {
            return (self.codes.clone(), self.counts.len());
        }
        let counted = self.values.iter().copied().zip(self.counts.iter().map(|n| *n as usize)).skip(1);
        let bins = Bins::of_counted(&counted.collect::<Vec<_>>(), BINS).codes(&self.values);
        (self.codes.iter().map(|code| bins.codes[*code as usize]).collect(), bins.levels)
    }
}

/// Numbers moved and stretched to lie between 0 and 1, so that neither huge nor distant ones lose digits.
#[derive(Clone, Copy)]
pub struct UnitScale {
    low: f64,
    range: f64,
    /// A power of two that the range of huge numbers is reckoned with; it rounds nothing.
    part: f64,
}

impl UnitScale {
    /// Of numbers between two.
    pub fn of(low: f64, high: f64) -> Self {
        let part = if low.abs().max(high.abs()) > 1e150 { 0.25 } else { 1.0 };
        Self { low: low * part, range: high * part - low * part, part }
    }

    /// Where a number lies; 0 where all are equal.
    pub fn place(&self, value: f64) -> f64 {
        if self.range > 0.0 { (value * self.part - self.low) / self.range } else { 0.0 }
    }

    /// The number at a place.
    pub fn value(&self, place: f64) -> f64 {
        (self.low + place * self.range) / self.part
    }

    /// A distance between places as one between numbers.
    pub fn distance(&self, places: f64) -> f64 {
        places * self.range / self.part
    }
}

/// The level behind each code of a category, from code 1; none for other columns.
pub fn level_names(column: &Column) -> Option<&[String]> {
    match &column.values {
        Values::Category(values) => Some(&values.levels),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_and_sorting_give_the_same_codes() {
        let values = [3.0, f64::NAN, -2.0, 3.0, 0.0, -0.0, 7.0];
        let (counted, sorted) = (Coded::counted(&values).unwrap(), Coded::sorted(&values));
        for coded in [&counted, &sorted] {
            assert_eq!(coded.codes, [3, 0, 1, 3, 2, 2, 4]);
            assert_eq!(coded.counts, [1, 1, 2, 2, 1]);
            assert_eq!(coded.values[1..], [-2.0, 0.0, 3.0, 7.0]);
            assert_eq!((coded.missing(), coded.present(), coded.distinct()), (1, 6, 4));
        }
        assert!(Coded::counted(&[0.5]).is_none() && Coded::counted(&[0.0, 1e9]).is_none());
        assert_eq!(Coded::ordered(&[f64::NAN]).counts, [1]);
        assert_eq!(Coded::ordered(&[1e300, -1e300]).codes, [2, 1]);
        assert_eq!(Coded::ordered(&[1e17, 1e17 + 16.0]).codes, [1, 2]);
    }

    #[test]
    fn bins_of_equal_frequency_keep_nulls_apart() {
        let values: Vec<f64> = (0..320).map(f64::from).chain([f64::NAN]).collect();
        let (codes, levels) = Coded::ordered(&values).binned();
        assert_eq!((levels, codes[0], codes[319], codes[320]), (17, 1, 16, NULL));
        let few = Coded::ordered(&[2.0, 1.0]).binned();
        assert_eq!(few, (vec![2, 1], 3));
    }
}
