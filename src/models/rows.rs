//! The model matrix as the trees take it: f32, missing values as NaN.

use std::ops::Range;

use hessboost::data::DMatrix;
use hessboost::error::Result;

use crate::data::{Block, Matrix};

/// Finite values beyond this are held there: f32 ends at 3.4e38, and the library needs headroom for
/// its outermost bin. Infinite ones are held there too, so a value never turns into a missing one.
const LIMIT: f64 = 1e37;
/// Up to this many values (1 GB) the training matrix is dense, which fits four times faster than
/// compressed rows do on one-hot columns; beyond it, compressed rows save the memory.
const MAX_DENSE: usize = 1 << 28;
/// Rows filled at a time, so that their part of the buffer stays in the CPU's cache.
const BAND: usize = 256;

/// The value as the trees see it, in fit and prediction alike.
fn narrow(value: f64) -> f32 {
    value.clamp(-LIMIT, LIMIT) as f32
}

/// Rows of the matrix, row-major; NaN where a value is missing or a sparse block has none.
pub fn dense(x: &Matrix, rows: Range<usize>) -> Vec<f32> {
    let width = x.width();
    let mut out = vec![f32::NAN; rows.len() * width];
    for (band, out) in out.chunks_mut(BAND * width.max(1)).enumerate() {
        let from = rows.start + band * BAND;
        fill(x, from..rows.end.min(from + BAND), out);
    }
    out
}

fn fill(x: &Matrix, rows: Range<usize>, out: &mut [f32]) {
    let width = x.width();
    let mut first = 0;
    for block in &x.blocks {
        match block {
            Block::Dense(columns) => {
                for (at, column) in columns.iter().enumerate() {
                    let cells = out.iter_mut().skip(first + at).step_by(width);
                    for (cell, value) in cells.zip(column.get(rows.clone()).unwrap_or_default()) {
                        *cell = narrow(*value);
                    }
                }
            }
            Block::Sparse(sparse) => {
                for (row, cells) in rows.clone().zip(out.chunks_exact_mut(width)) {
                    for (at, value) in sparse.row(row) {
                        if let Some(cell) = cells.get_mut(first + at) {
                            *cell = narrow(value);
                        }
                    }
                }
            }
        }
        first += block.width();
    }
}

/// The whole matrix for a fit, dense or as compressed rows by its size alone.
pub fn training(x: &Matrix) -> Result<DMatrix> {
    let width = x.width();
    match x.rows.checked_mul(width) {
        Some(values) if values <= MAX_DENSE => DMatrix::from_dense_vec(dense(x, 0..x.rows), x.rows, width),
        _ => compressed(x),
    }
}

fn compressed(x: &Matrix) -> Result<DMatrix> {
    let (mut starts, mut indices, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in 0..x.rows {
        let mut push = |at: usize, value: f64| {
            if !value.is_nan() {
                indices.push(at as u32);
                values.push(narrow(value));
            }
        };
        let mut first = 0;
        for block in &x.blocks {
            match block {
                Block::Dense(columns) => {
                    columns.iter().enumerate().for_each(|(at, column)| push(first + at, column[row]))
                }
                Block::Sparse(sparse) => sparse.row(row).for_each(|(at, value)| push(first + at, value)),
            }
            first += block.width();
        }
        starts.push(indices.len());
    }
    DMatrix::from_csr(starts, indices, values, x.width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseBlock;

    fn matrix() -> Matrix {
        let sparse = SparseBlock { width: 2, starts: vec![0, 1, 1], indices: vec![1], values: vec![1.0] };
        Matrix {
            rows: 2,
            names: ["a", "x=1", "x=2"].map(String::from).to_vec(),
            blocks: vec![Block::Dense(vec![vec![1e300, f64::NEG_INFINITY]]), Block::Sparse(sparse)],
        }
    }

    #[test]
    fn absent_is_missing_and_huge_stays_finite() {
        let found: Vec<Option<f32>> = dense(&matrix(), 0..2).into_iter().map(|v| (!v.is_nan()).then_some(v)).collect();
        assert_eq!(found, [Some(1e37), None, Some(1.0), Some(-1e37), None, None]);
    }

    #[test]
    fn dense_and_compressed_rows_hold_the_same() {
        let (a, b) = (training(&matrix()).unwrap(), compressed(&matrix()).unwrap());
        for (row, column) in (0..2).flat_map(|row| (0..3).map(move |column| (row, column))) {
            assert_eq!(a.get(row, column), b.get(row, column));
        }
    }
}
