//! Sparse blocks feature by feature, for what is summed over the rows of each feature.

use std::ops::Range;

use rayon::prelude::*;

use super::vectors::fewest_chunks;
use crate::data::SparseBlock;

/// Least values of a group of features whose sums are taken together.
const CHUNK: usize = 1 << 14;

/// Compressed sparse columns of neighbouring blocks. Features are summed apart from one another and their rows in
/// order, so no number of threads changes a bit.
pub struct Columns {
    /// `features + 1` offsets into `rows` and `values`.
    starts: Vec<usize>,
    /// Rows of each feature, rising.
    rows: Vec<u32>,
    values: Vec<f64>,
    /// Neighbouring features with about as many values as the next group.
    chunks: Vec<Range<usize>>,
}

impl Columns {
    /// The features of blocks with so many rows.
    pub fn of(blocks: &[&SparseBlock], rows: usize) -> Self {
        let width: usize = blocks.iter().map(|block| block.width).sum();
        let mut starts = vec![0; width + 1];
        let mut first = 1;
        for block in blocks {
            block.indices.iter().for_each(|at| starts[first + *at as usize] += 1);
            first += block.width;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let count = starts[width];
        let (mut places, mut out_rows, mut values) = (starts.clone(), vec![0; count], vec![0.0; count]);
        let mut first = 0;
        for block in blocks {
            for row in 0..rows {
                for (at, value) in block.row(row) {
                    let place = &mut places[first + at];
                    (out_rows[*place], values[*place]) = (row as u32, value);
                    *place += 1;
                }
            }
            first += block.width;
        }
        let mut chunks: Vec<Range<usize>> = Vec::new();
        let mut from = 0;
        for feature in 0..width {
            if starts[feature + 1] - starts[from] >= CHUNK || feature + 1 == width {
                chunks.push(from..feature + 1);
                from = feature + 1;
            }
        }
        Self { starts, rows: out_rows, values, chunks }
    }

    /// The sums over all rows of a feature's value times the numbers of the row, of which `numbers` has `outputs` each,
    /// into `out`: `features * outputs`. `finish` is then called with each feature and its sums.
    pub fn sums<F: Fn(usize, &mut [f64]) + Sync>(
        &self,
        numbers: &[f64],
        outputs: usize,
        threads: usize,
        out: &mut [f64],
        finish: F,
    ) {
        let mut chunks = Vec::with_capacity(self.chunks.len());
        let mut rest = out;
        for features in &self.chunks {
            let (own, others) = rest.split_at_mut(features.len() * outputs);
            chunks.push((features.clone(), own));
            rest = others;
        }
        let sum = |(features, out): (Range<usize>, &mut [f64])| match outputs {
            1 => self.few::<1>(features, numbers, out, &finish),
            3 => self.few::<3>(features, numbers, out, &finish),
            4 => self.few::<4>(features, numbers, out, &finish),
            5 => self.few::<5>(features, numbers, out, &finish),
            6 => self.few::<6>(features, numbers, out, &finish),
            7 => self.few::<7>(features, numbers, out, &finish),
            8 => self.few::<8>(features, numbers, out, &finish),
            _ => self.many(features, numbers, outputs, out, &finish),
        };
        chunks.into_par_iter().with_min_len(fewest_chunks(threads)).for_each(sum);
    }

    fn column(&self, feature: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[feature]..self.starts[feature + 1];
        self.rows[range.clone()].iter().map(|row| *row as usize).zip(self.values[range].iter().copied())
    }

    /// So few outputs that their sums stay in registers.
    fn few<const N: usize>(
        &self,
        features: Range<usize>,
        numbers: &[f64],
        out: &mut [f64],
        finish: &impl Fn(usize, &mut [f64]),
    ) {
        let numbers = numbers.as_chunks::<N>().0;
        for (feature, out) in features.zip(out.as_chunks_mut::<N>().0) {
            let mut sums = [0.0; N];
            for (row, value) in self.column(feature) {
                sums.iter_mut().zip(&numbers[row]).for_each(|(sum, number)| *sum += value * number);
            }
            finish(feature, &mut sums);
            *out = sums;
        }
    }

    fn many(
        &self,
        features: Range<usize>,
        numbers: &[f64],
        outputs: usize,
        out: &mut [f64],
        finish: &impl Fn(usize, &mut [f64]),
    ) {
        for (feature, sums) in features.zip(out.chunks_exact_mut(outputs)) {
            sums.fill(0.0);
            for (row, value) in self.column(feature) {
                let numbers = &numbers[row * outputs..][..outputs];
                sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += value * number);
            }
            finish(feature, sums);
        }
    }
}
