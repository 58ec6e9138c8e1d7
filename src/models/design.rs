//! The model matrix as an iterative solver wants it: rows together, features centred and in units of the
//! solver's choice, sparse blocks left sparse.

use std::ops::Range;

use super::vectors::{add_scaled, dot};
use crate::data::{Block, Matrix};

/// A matrix of centred and scaled features. Parameters are an intercept per output, then `features * outputs`
/// coefficients, feature by feature: those of dense blocks first (see [`Design::order`]).
pub struct Design {
    /// Place in the matrix of each feature of the design.
    pub order: Vec<usize>,
    /// Number of features of dense blocks.
    width: usize,
    /// Values of dense blocks, row by row.
    dense: Vec<f64>,
    /// `rows + 1` offsets into `indices` and `values`.
    starts: Vec<usize>,
    /// Feature of each value among those of sparse blocks.
    indices: Vec<u32>,
    /// Values of sparse blocks, row by row.
    values: Vec<f64>,
    /// What centring takes from each feature of a sparse block.
    offsets: Vec<f64>,
}

impl Design {
    /// Each feature less `centre`, times `scale`; both are by place in the matrix.
    pub fn new(x: &Matrix, centres: &[f64], scales: &[f64]) -> Self {
        let (mut columns, mut blocks, mut order, mut sparse_order) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut first = 0;
        for block in &x.blocks {
            let places = first..first + block.width();
            match block {
                Block::Dense(values) => {
                    columns.extend(values);
                    order.extend(places);
                }
                Block::Sparse(sparse) => {
                    blocks.push((sparse, sparse_order.len(), first));
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
        let (mut starts, mut indices, mut values) = (Vec::with_capacity(x.rows + 1), Vec::new(), Vec::new());
        starts.push(0);
        for row in 0..x.rows {
            for (sparse, at, first) in &blocks {
                indices.extend(sparse.row(row).map(|(of, _)| (at + of) as u32));
                values.extend(sparse.row(row).map(|(of, value)| value * scales[first + of]));
            }
            starts.push(indices.len());
        }
        let offsets = sparse_order.iter().map(|place| centres[*place] * scales[*place]).collect();
        order.append(&mut sparse_order);
        Self { order, width, dense, starts, indices, values, offsets }
    }

    /// The (feature, value) pairs of a row in sparse blocks.
    #[inline]
    fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[row]..self.starts[row + 1];
        self.indices[range.clone()].iter().map(|at| *at as usize).zip(self.values[range].iter().copied())
    }

    /// Sums of each row, `outputs` a row, into `out`.
    pub fn sums(&self, rows: Range<usize>, parameters: &[f64], outputs: usize, out: &mut [f64]) {
        let (intercepts, coefficients) = parameters.split_at(outputs);
        let (dense, sparse) = coefficients.split_at(self.width * outputs);
        let mut starts = intercepts.to_vec();
        for (offset, coefficients) in self.offsets.iter().zip(sparse.chunks_exact(outputs)) {
            add_scaled(&mut starts, -offset, coefficients);
        }
        for (row, sums) in rows.zip(out.chunks_exact_mut(outputs)) {
            sums.copy_from_slice(&starts);
            let values = &self.dense[row * self.width..(row + 1) * self.width];
            let entries = self.entries(row);
            if let [sum] = sums {
                *sum += dot(values, dense) + entries.map(|(at, value)| value * sparse[at]).sum::<f64>();
                continue;
            }
            for (value, coefficients) in values.iter().zip(dense.chunks_exact(outputs)) {
                add_scaled(sums, *value, coefficients);
            }
            for (at, value) in entries {
                add_scaled(sums, value, &sparse[at * outputs..][..outputs]);
            }
        }
    }

    /// Adds to `gradient`, as long as the parameters, what the errors of the rows make of it; sparse features
    /// are centred by [`Design::centre`], once for all rows.
    pub fn add_gradient(&self, rows: Range<usize>, errors: &[f64], outputs: usize, gradient: &mut [f64]) {
        let (intercepts, coefficients) = gradient.split_at_mut(outputs);
        let (dense, sparse) = coefficients.split_at_mut(self.width * outputs);
        for (row, errors) in rows.zip(errors.chunks_exact(outputs)) {
            add_scaled(intercepts, 1.0, errors);
            let values = &self.dense[row * self.width..(row + 1) * self.width];
            let entries = self.entries(row);
            if let [error] = errors {
                add_scaled(dense, *error, values);
                entries.for_each(|(at, value)| sparse[at] += error * value);
                continue;
            }
            for (value, gradient) in values.iter().zip(dense.chunks_exact_mut(outputs)) {
                add_scaled(gradient, *value, errors);
            }
            for (at, value) in entries {
                add_scaled(&mut sparse[at * outputs..][..outputs], value, errors);
            }
        }
    }

    /// Centres the sparse features of a gradient over all rows.
    pub fn centre(&self, outputs: usize, gradient: &mut [f64]) {
        let (intercepts, coefficients) = gradient.split_at_mut(outputs);
        let sparse = &mut coefficients[self.width * outputs..];
        for (offset, gradient) in self.offsets.iter().zip(sparse.chunks_exact_mut(outputs)) {
            add_scaled(gradient, -offset, intercepts);
        }
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
        let design = Design::new(&x, &centres, &scales);
        assert_eq!(design.order, [2, 3, 0, 1, 4, 5]);
        let cells = x.to_row_major(0.0);
        let cell = |row: usize, at: usize| {
            let place = design.order[at];
            (cells[row * 6 + place] - centres[place]) * scales[place]
        };
        for outputs in [1, 3] {
            let parameters: Vec<f64> = (0..7 * outputs).map(|at| (at * 5 % 7) as f64 - 3.0).collect();
            let errors: Vec<f64> = (0..3 * outputs).map(|at| (at * 3 % 5) as f64 - 1.5).collect();
            let mut sums = vec![0.0; 3 * outputs];
            let mut gradient = vec![0.0; 7 * outputs];
            design.sums(0..3, &parameters, outputs, &mut sums);
            design.add_gradient(0..3, &errors, outputs, &mut gradient);
            design.centre(outputs, &mut gradient);
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
