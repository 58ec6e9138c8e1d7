//! The model matrix as an iterative solver wants it: dense rows together, features centred and in units of the
//! solver's choice, sparse blocks left sparse.

use std::ops::Range;

use rayon::prelude::*;

use super::columns::Columns;
use super::vectors::{add_scaled, dot, fewest_chunks};
use crate::data::{Block, Matrix, SparseBlock};

/// Rows whose sums are taken together.
const BAND: usize = 256;
/// Sparse features whose coefficients are taken together.
const FEATURES: usize = 1 << 12;
/// Least rows of a part whose dense gradient is summed apart from the others.
const PART: usize = 4096;
/// Most parts.
const PARTS: usize = 64;

/// Room for the coefficients of neighbouring features, and the parameters they come of.
type Part<'a, const N: usize> = (&'a mut [[f64; N]], &'a [[f64; N]]);

/// A matrix of centred and scaled features. Parameters are an intercept per output, then `features * outputs`
/// coefficients, feature by feature: those of dense blocks first (see [`Design::order`]).
pub struct Design<'a> {
    /// Place in the matrix of each feature of the design.
    pub order: Vec<usize>,
    rows: usize,
    /// Threads to use, which change no bit.
    threads: usize,
    /// Number of features of dense blocks.
    width: usize,
    /// Values of dense blocks, row by row.
    dense: Vec<f64>,
    /// Sparse blocks, with their first feature among those of all sparse ones.
    sparse: Vec<(&'a SparseBlock, usize)>,
    /// The same feature by feature.
    columns: Columns,
    /// Factor of each feature of a sparse block.
    scales: Vec<f64>,
    /// What centring takes from each feature of a sparse block, as it is.
    centres: Vec<f64>,
}

impl<'a> Design<'a> {
    /// Each feature less `centre`, times `scale`; both are by place in the matrix.
    pub fn new(x: &'a Matrix, centres: &[f64], scales: &[f64], threads: usize) -> Self {
        let (mut columns, mut sparse, mut order, mut sparse_order) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut first = 0;
        for block in &x.blocks {
            let places = first..first + block.width();
            match block {
                Block::Dense(values) => {
                    columns.extend(values);
                    order.extend(places);
                }
                Block::Sparse(block) => {
                    sparse.push((block, sparse_order.len()));
                    sparse_order.extend(places);
                }
            }
            first += block.width();
        }
        let width = columns.len();
        let mut dense = vec![0.0; x.rows * width];
        for (at, (column, place)) in columns.iter().zip(&order).enumerate() {
            for (cell, value) in dense.iter_mut().skip(at).step_by(width).zip(column.iter()) {
                *cell = (value - centres[*place]) * scales[*place];
            }
        }
        let of = |by_place: &[f64]| sparse_order.iter().map(|place| by_place[*place]).collect::<Vec<f64>>();
        let (scales, centres) = (of(scales), of(centres));
        let columns = Columns::of(&sparse.iter().map(|(block, _)| *block).collect::<Vec<_>>(), x.rows);
        order.append(&mut sparse_order);
        Self { order, rows: x.rows, threads: threads.max(1), width, dense, sparse, columns, scales, centres }
    }

    /// Sums of all rows, `outputs` a row, into `out`; `room` is as long as the parameters, and holds nothing afterwards.
    pub fn sums(&self, parameters: &[f64], outputs: usize, room: &mut [f64], out: &mut [f64]) {
        let (intercepts, coefficients) = parameters.split_at(outputs);
        let (dense, sparse) = coefficients.split_at(self.width * outputs);
        let table = &mut room[..sparse.len()];
        let starts = match outputs {
            1 => self.fill::<1>(intercepts, sparse, table),
            3 => self.fill::<3>(intercepts, sparse, table),
            4 => self.fill::<4>(intercepts, sparse, table),
            5 => self.fill::<5>(intercepts, sparse, table),
            6 => self.fill::<6>(intercepts, sparse, table),
            7 => self.fill::<7>(intercepts, sparse, table),
            8 => self.fill::<8>(intercepts, sparse, table),
            _ => self.fill_long(intercepts, sparse, table),
        };
        let table: &[f64] = table;
        let band = |(band, out): (usize, &mut [f64])| {
            let rows = band * BAND..band * BAND + out.len() / outputs;
            match outputs {
                1 => self.few::<1>(rows, &starts, dense, table, out),
                3 => self.few::<3>(rows, &starts, dense, table, out),
                4 => self.few::<4>(rows, &starts, dense, table, out),
                5 => self.few::<5>(rows, &starts, dense, table, out),
                6 => self.few::<6>(rows, &starts, dense, table, out),
                7 => self.few::<7>(rows, &starts, dense, table, out),
                8 => self.few::<8>(rows, &starts, dense, table, out),
                _ => self.many(rows, &starts, dense, table, out),
            }
        };
        let size = BAND * outputs;
        out.par_chunks_mut(size).enumerate().with_min_len(fewest_chunks(self.threads)).for_each(band);
    }

    /// Puts coefficients of sparse features as they are into `table`; returns what rows have that hold none of them.
    fn fill<const N: usize>(&self, intercepts: &[f64], sparse: &[f64], table: &mut [f64]) -> Vec<f64> {
        let part = |(at, (table, sparse)): (usize, Part<N>)| {
            let range = at * FEATURES..at * FEATURES + table.len();
            let mut less = [0.0; N];
            let scaled = table.iter_mut().zip(sparse).zip(self.scales[range.clone()].iter().zip(&self.centres[range]));
            for ((own, from), (scale, centre)) in scaled {
                *own = from.map(|w| w * scale);
                less.iter_mut().zip(own).for_each(|(less, w)| *less += centre * *w);
            }
            less
        };
        let (table, sparse) = (table.as_chunks_mut::<N>().0, sparse.as_chunks::<N>().0);
        let parts = table.par_chunks_mut(FEATURES).zip(sparse.par_chunks(FEATURES)).enumerate();
        let parts: Vec<[f64; N]> = parts.with_min_len(fewest_chunks(self.threads)).map(part).collect();
        let mut starts = intercepts.to_vec();
        parts.iter().for_each(|less| add_scaled(&mut starts, -1.0, less));
        starts
    }

    fn fill_long(&self, intercepts: &[f64], sparse: &[f64], table: &mut [f64]) -> Vec<f64> {
        let mut starts = intercepts.to_vec();
        table.copy_from_slice(sparse);
        let own = table.chunks_exact_mut(intercepts.len());
        for (own, (scale, centre)) in own.zip(self.scales.iter().zip(&self.centres)) {
            own.iter_mut().for_each(|w| *w *= scale);
            add_scaled(&mut starts, -centre, own);
        }
        starts
    }

    /// So few outputs that their sums stay in registers.
    fn few<const N: usize>(&self, rows: Range<usize>, starts: &[f64], dense: &[f64], table: &[f64], out: &mut [f64]) {
        let (weights, table) = (dense.as_chunks::<N>().0, table.as_chunks::<N>().0);
        for (row, out) in rows.zip(out.as_chunks_mut::<N>().0) {
            let values = self.dense_row(row);
            let mut sums: [f64; N] = std::array::from_fn(|at| starts[at]);
            if N == 1 {
                sums[0] += dot(values, dense);
            } else {
                for (value, weights) in values.iter().zip(weights) {
                    sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += value * w);
                }
            }
            for (block, first) in &self.sparse {
                let table = &table[*first..];
                for (at, value) in block.row(row) {
                    sums.iter_mut().zip(&table[at]).for_each(|(sum, w)| *sum += value * w);
                }
            }
            *out = sums;
        }
    }

    fn many(&self, rows: Range<usize>, starts: &[f64], dense: &[f64], table: &[f64], out: &mut [f64]) {
        let outputs = starts.len();
        for (row, sums) in rows.zip(out.chunks_exact_mut(outputs)) {
            sums.copy_from_slice(starts);
            for (value, weights) in self.dense_row(row).iter().zip(dense.chunks_exact(outputs)) {
                add_scaled(sums, *value, weights);
            }
            for (block, first) in &self.sparse {
                block
                    .row(row)
                    .for_each(|(at, value)| add_scaled(sums, value, &table[(first + at) * outputs..][..outputs]));
            }
        }
    }

    #[inline]
    fn dense_row(&self, row: usize) -> &[f64] {
        &self.dense[row * self.width..(row + 1) * self.width]
    }

    /// What the errors of all rows make of the gradient, as long as the parameters, into `gradient`.
    pub fn gradient(&self, errors: &[f64], outputs: usize, gradient: &mut [f64]) {
        let (intercepts, coefficients) = gradient.split_at_mut(outputs);
        let (dense, sparse) = coefficients.split_at_mut(self.width * outputs);
        intercepts.fill(0.0);
        errors.chunks_exact(outputs).for_each(|errors| add_scaled(intercepts, 1.0, errors));
        self.dense_gradient(errors, outputs, dense);
        let intercepts: &[f64] = intercepts;
        self.columns.sums(errors, outputs, self.threads, sparse, |feature, own| {
            let (scale, centre) = (self.scales[feature], self.centres[feature]);
            own.iter_mut().zip(intercepts).for_each(|(own, all)| *own = scale * (*own - centre * all));
        });
    }

    /// Parts of the rows are the same at any number of threads, and are added in their order.
    fn dense_gradient(&self, errors: &[f64], outputs: usize, gradient: &mut [f64]) {
        gradient.fill(0.0);
        if self.width == 0 {
            return;
        }
        let size = self.rows.div_ceil(PARTS).max(PART);
        let part = |part: usize| {
            let mut gradient = vec![0.0; self.width * outputs];
            for row in part * size..self.rows.min((part + 1) * size) {
                let (values, errors) = (self.dense_row(row), &errors[row * outputs..][..outputs]);
                if let [error] = errors {
                    add_scaled(&mut gradient, *error, values);
                    continue;
                }
                for (value, gradient) in values.iter().zip(gradient.chunks_exact_mut(outputs)) {
                    add_scaled(gradient, *value, errors);
                }
            }
            gradient
        };
        let count = self.rows.div_ceil(size);
        let parts = (0..count).into_par_iter().with_min_len(fewest_chunks(self.threads));
        let parts: Vec<Vec<f64>> = parts.map(part).collect();
        parts.iter().for_each(|part| add_scaled(gradient, 1.0, part));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseBlock;

    /// Sums and gradients are those of the centred and scaled matrix written out, whatever the blocks' order.
    #[test]
    fn sums_and_gradients_are_those_of_the_dense_matrix() {
        let sparse = |indices: Vec<u32>| SparseBlock {
            width: 2,
            starts: vec![0, 1, 1, 3],
            indices,
            values: vec![2.0, 1.0, -3.0],
        };
        let x = Matrix {
            rows: 3,
            names: vec![String::new(); 6].into(),
            blocks: vec![
                Block::Sparse(sparse(vec![1, 0, 1])),
                Block::Dense(vec![vec![1.0, 2.0, 4.0], vec![0.0, -1.0, 5.0]]),
                Block::Sparse(sparse(vec![0, 0, 1])),
            ],
        };
        let (centres, scales) = ([0.5, 0.0, 2.0, 1.0, -1.0, 0.25], [1.0, 2.0, 0.5, 4.0, 1.0, 3.0]);
        let design = Design::new(&x, &centres, &scales, 2);
        assert_eq!(design.order, [2, 3, 0, 1, 4, 5]);
        let cells = x.to_row_major(0.0);
        let cell = |row: usize, at: usize| {
            let place = design.order[at];
            (cells[row * 6 + place] - centres[place]) * scales[place]
        };
        for outputs in [1, 3, 9] {
            let parameters: Vec<f64> = (0..7 * outputs).map(|at| (at * 5 % 7) as f64 - 3.0).collect();
            let errors: Vec<f64> = (0..3 * outputs).map(|at| (at * 3 % 5) as f64 - 1.5).collect();
            let mut sums = vec![f64::NAN; 3 * outputs];
            design.sums(&parameters, outputs, &mut vec![0.5; parameters.len()], &mut sums);
            let mut gradient = vec![f64::NAN; 7 * outputs];
            design.gradient(&errors, outputs, &mut gradient);
            for output in 0..outputs {
                let coefficient = |at: usize| parameters[outputs + at * outputs + output];
                for row in 0..3 {
                    let expected = parameters[output] + (0..6).map(|at| cell(row, at) * coefficient(at)).sum::<f64>();
                    assert!((sums[row * outputs + output] - expected).abs() < 1e-12);
                }
                for at in 0..6 {
                    let expected: f64 = (0..3).map(|row| cell(row, at) * errors[row * outputs + output]).sum();
                    assert!((gradient[outputs + at * outputs + output] - expected).abs() < 1e-12);
                }
            }
        }
    }
}
