//! How two columns go together: linear and rank correlation, and the share of variance that groups explain.

use super::coded::{Coded, NULL, UnitScale};
use super::contingency::Contingency;

/// Distinct values of two columns that are counted before anything is computed, since that is less than the rows.
const CELLS: usize = 1 << 16;

/// Two columns of numbers, over the rows that have both.
pub struct NumberPair<'a> {
    a: &'a Coded,
    b: &'a Coded,
    cells: Option<Contingency>,
}

impl<'a> NumberPair<'a> {
    /// Pairs two columns of as many rows.
    pub fn of(a: &'a Coded, b: &'a Coded) -> Self {
        let (a_codes, b_codes) = (a.counts.len(), b.counts.len());
        let is_small = a_codes.saturating_mul(b_codes) <= CELLS.min(a.codes.len());
        let cells = is_small.then(|| Contingency::of((&a.codes, a_codes), (&b.codes, b_codes)));
        Self { a, b, cells }
    }

    /// Pearson's correlation coefficient; none where either has one value.
    pub fn pearson(&self) -> Option<f64> {
        self.correlation(&scaled(&self.a.values), &scaled(&self.b.values))
    }

    /// Spearman's rank correlation: Pearson's of the ranks among the rows that have both, ties by their mean.
    pub fn spearman(&self) -> Option<f64> {
        if self.a.missing() == 0 && self.b.missing() == 0 {
            return self.correlation(&ranks(&self.a.counts), &ranks(&self.b.counts));
        }
        let (mut of_a, mut of_b) = (vec![0; self.a.counts.len()], vec![0; self.b.counts.len()]);
        self.for_each(|a, b, rows| {
            of_a[a as usize] += rows;
            of_b[b as usize] += rows;
        });
        self.correlation(&ranks(&of_a), &ranks(&of_b))
    }

    /// Calls `see` with the codes and the rows of each pair, in a fixed order.
    fn for_each(&self, mut see: impl FnMut(u32, u32, u64)) {
        match &self.cells {
            Some(table) => table.cells.iter().for_each(|(a, b, rows)| see(*a, *b, *rows)),
            None => {
                let both = self.a.codes.iter().zip(&self.b.codes).filter(|(a, b)| **a != NULL && **b != NULL);
                both.for_each(|(a, b)| see(*a, *b, 1));
            }
        }
    }

    /// The linear correlation of one number a code.
    fn correlation(&self, of_a: &[f64], of_b: &[f64]) -> Option<f64> {
        let (mut rows, mut sum_a, mut sum_b) = (0, 0.0, 0.0);
        let (mut first, mut varies_a, mut varies_b) = (None, false, false);
        self.for_each(|a, b, count| {
            let (first_a, first_b) = *first.get_or_insert((a, b));
            varies_a |= a != first_a;
            varies_b |= b != first_b;
            rows += count;
            sum_a += of_a[a as usize] * count as f64;
            sum_b += of_b[b as usize] * count as f64;
        });
        if !varies_a || !varies_b {
            return None;
        }
        let (mean_a, mean_b) = (sum_a / rows as f64, sum_b / rows as f64);
        let (mut squares_a, mut squares_b, mut products) = (0.0, 0.0, 0.0);
        self.for_each(|a, b, count| {
            let (from_a, from_b, count) = (of_a[a as usize] - mean_a, of_b[b as usize] - mean_b, count as f64);
            squares_a += from_a * from_a * count;
            squares_b += from_b * from_b * count;
            products += from_a * from_b * count;
        });
        let value = products / (squares_a.sqrt() * squares_b.sqrt());
        value.is_finite().then(|| value.clamp(-1.0, 1.0))
    }
}

/// The values of codes, which rise, on a scale from 0 to 1.
fn scaled(values: &[f64]) -> Vec<f64> {
    let ends = values.get(1).zip(values.last()).unwrap_or((&0.0, &0.0));
    let scale = UnitScale::of(*ends.0, *ends.1);
    values.iter().map(|value| scale.place(*value)).collect()
}

/// The mean rank of each code, counted from 1, by the rows of each.
fn ranks(counts: &[u64]) -> Vec<f64> {
    let mut before = 0;
    let rank = |(code, count): (usize, &u64)| {
        if code as u32 == NULL {
            return 0.0;
        }
        let rank = before as f64 + (*count as f64 + 1.0) / 2.0;
        before += count;
        rank
    };
    counts.iter().enumerate().map(rank).collect()
}

/// The share of the variance of numbers that their groups explain (η², the correlation ratio squared), over the rows that
/// have both; none where the numbers are all equal.
pub fn eta_squared(numbers: &Coded, groups: &[u32], count: usize) -> Option<f64> {
    let values = scaled(&numbers.values);
    let both = || {
        let rows = numbers.codes.iter().zip(groups).filter(|(code, group)| **code != NULL && **group != NULL);
        rows.map(|(code, group)| (values[*code as usize], *group as usize))
    };
    let (mut rows, mut sum) = (0.0, 0.0);
    both().for_each(|(value, _)| (rows, sum) = (rows + 1.0, sum + value));
    let mean = sum / rows;
    let (mut all, mut sums) = (0.0, vec![(0.0, 0.0); count]);
    for (value, group) in both() {
        let distance = value - mean;
        all += distance * distance;
        let (rows, sum) = &mut sums[group];
        (*rows, *sum) = (*rows + 1.0, *sum + distance);
    }
    let between: f64 = sums.iter().filter(|(rows, _)| *rows > 0.0).map(|(rows, sum)| sum * sum / rows).sum();
    let first = both().next().map(|(value, _)| value);
    let varies = both().any(|(value, _)| Some(value) != first);
    varies.then(|| (between / all).min(1.0)).filter(|share| share.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_cells_and_rows_give_the_same_and_constants_none() {
        let a: Vec<f64> = (0..600).map(|i| f64::from(i * 7 % 13)).collect();
        let b: Vec<f64> =
            (0..600).map(|i| if i % 11 == 0 { f64::NAN } else { f64::from(i * 5 % 17 + i % 3) }).collect();
        let (a, b) = (Coded::ordered(&a), Coded::ordered(&b));
        let counted = NumberPair::of(&a, &b);
        assert!(counted.cells.is_some());
        let by_row = NumberPair { cells: None, ..NumberPair::of(&a, &b) };
        let near = |x: Option<f64>, y: Option<f64>| (x.unwrap() - y.unwrap()).abs() < 1e-12;
        assert!(near(counted.pearson(), by_row.pearson()) && near(counted.spearman(), by_row.spearman()));
        let constant = Coded::ordered(&[0.1; 600]);
        assert_eq!(NumberPair::of(&a, &constant).pearson(), None);
        assert_eq!(NumberPair::of(&a, &constant).spearman(), None);
        assert_eq!(eta_squared(&constant, &vec![1; 600], 2), None);
        let huge = Coded::ordered(&[f64::MAX, f64::MIN, 1.0]);
        assert!(NumberPair::of(&huge, &huge).pearson().unwrap() > 0.999_999);
    }
}
