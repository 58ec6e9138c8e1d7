//! The model matrix as the trees take it: f32, missing values as NaN.

use std::ops::Range;

use crate::data::{Block, Matrix};

/// Finite values beyond this are held there: f32 ends at 3.4e38, and a threshold above all values needs room.
/// Infinite ones are held there too, so a value never turns into a missing one.
const LIMIT: f64 = 1e37;
/// Rows filled at a time, so that their part of the buffer stays in the CPU's cache.
const BAND: usize = 256;

/// The value as the trees see it, in fit and prediction alike.
pub fn narrow(value: f64) -> f32 {
    value.clamp(-LIMIT, LIMIT) as f32
}

/// Rows of the matrix, row-major; NaN where a value is missing or a sparse block has none.
pub fn dense(x: &Matrix, rows: Range<usize>) -> Vec<f32> {
    let width = x.width();
    let mut out = vec![f32::NAN; rows.len() * width];
    for (band, out) in out.chunks_mut(BAND * width.max(1)).enumerate() {
        let from = rows.start + band * BAND;
        copy(x, from..rows.end.min(from + BAND), out);
    }
    out
}

fn copy(x: &Matrix, rows: Range<usize>, out: &mut [f32]) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseBlock;

    fn matrix() -> Matrix {
        let sparse = SparseBlock { width: 2, starts: vec![0, 1, 1, 1], indices: vec![1], values: vec![1.0] };
        Matrix {
            rows: 3,
            names: ["a", "flag", "x=1", "x=2"].map(String::from).to_vec().into(),
            blocks: vec![
                Block::Dense(vec![vec![1e300, f64::NEG_INFINITY, f64::NAN], vec![0.0, f64::NAN, 0.0]]),
                Block::Sparse(sparse),
            ],
        }
    }

    #[test]
    fn absent_is_missing_and_huge_stays_finite() {
        let found: Vec<Option<f32>> = dense(&matrix(), 0..2).into_iter().map(|v| (!v.is_nan()).then_some(v)).collect();
        assert_eq!(found, [Some(1e37), Some(0.0), None, Some(1.0), Some(-1e37), None, None, None]);
    }
}
