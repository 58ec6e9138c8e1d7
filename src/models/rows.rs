//! The model matrix as the trees take it: f32, missing values as NaN.

use std::ops::Range;

use hessboost::data::DMatrix;
use hessboost::error::Result;

use crate::data::{Block, Matrix};

/// Finite values beyond this are held there: f32 ends at 3.4e38, and the library needs headroom for
/// its outermost bin. Infinite ones are held there too, so a value never turns into a missing one.
const LIMIT: f64 = 1e37;
/// Below this share of values that are there, a fit takes compressed rows.
const SPARSE: f64 = 0.5;
/// Rows filled at a time, so that their part of the buffer stays in the CPU's cache.
const BAND: usize = 256;
/// Weight of the row that [`training`] may add: too little to change any sum.
const MARKER_WEIGHT: f32 = 1e-20;

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

/// The training matrix with its labels, the same number for each row, and any weights.
///
/// Where a feature has only one value besides missing ones, a row of next to no weight is added that
/// holds a second one. The library has no split between the missing values of a feature and its only
/// other value, as XGBoost has, and one-hot columns hold nothing but ones; the second value opens it.
pub fn training(x: &Matrix, mut labels: Vec<f32>, weights: Option<Vec<f32>>) -> Result<DMatrix> {
    let label_width = labels.len() / x.rows.max(1);
    let marker = marker(x);
    let matrix = if stored(x) < SPARSE { compressed(x, &marker)? } else { whole(x, &marker)? };
    if marker.is_empty() {
        let matrix = matrix.with_label_matrix(&labels, label_width)?;
        return match weights {
            Some(weights) => matrix.with_weights(&weights),
            None => Ok(matrix),
        };
    }
    labels.extend(std::iter::repeat_n(0.0, label_width));
    let mut weights = weights.unwrap_or_else(|| vec![1.0; x.rows]);
    weights.push(MARKER_WEIGHT);
    matrix.with_label_matrix(&labels, label_width)?.with_weights(&weights)
}

/// Rows with their labels and any weights that a fit is tried on, and does not learn from.
pub fn evaluation(x: &Matrix, labels: &[f32], weights: Option<&[f32]>) -> Result<DMatrix> {
    let matrix = if stored(x) < SPARSE { compressed(x, &[])? } else { whole(x, &[])? };
    let matrix = matrix.with_labels(labels)?;
    match weights {
        Some(weights) => matrix.with_weights(weights),
        None => Ok(matrix),
    }
}

/// Share of the values that are there.
fn stored(x: &Matrix) -> f64 {
    let counts = x.blocks.iter().map(|block| match block {
        Block::Dense(columns) => columns.len() * x.rows,
        Block::Sparse(sparse) => sparse.values.len(),
    });
    counts.sum::<usize>() as f64 / (x.rows * x.width()).max(1) as f64
}

/// What is known of a feature so far.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Nothing,
    One { value: f32, count: usize },
    Several,
}

impl Seen {
    fn with(self, value: f32) -> Self {
        match self {
            Seen::Nothing => Seen::One { value, count: 1 },
            Seen::One { value: one, count } if one == value => Seen::One { value, count: count + 1 },
            _ => Seen::Several,
        }
    }
}

/// The added row: a second value for each feature that has only one, and not in every row.
fn marker(x: &Matrix) -> Vec<(usize, f32)> {
    let mut seen = Vec::with_capacity(x.width());
    for block in &x.blocks {
        match block {
            Block::Dense(columns) => seen.extend(columns.iter().map(|column| {
                let mut present = column.iter().filter(|v| !v.is_nan());
                present
                    .try_fold(Seen::Nothing, |seen, value| match seen.with(narrow(*value)) {
                        Seen::Several => Err(Seen::Several),
                        seen => Ok(seen),
                    })
                    .unwrap_or_else(|several| several)
            })),
            Block::Sparse(sparse) => {
                let mut of_block = vec![Seen::Nothing; sparse.width];
                for (at, value) in sparse.indices.iter().zip(&sparse.values).filter(|(_, v)| !v.is_nan()) {
                    if let Some(seen) = of_block.get_mut(*at as usize) {
                        *seen = seen.with(narrow(*value));
                    }
                }
                seen.append(&mut of_block);
            }
        }
    }
    let second = |seen: &Seen| match seen {
        Seen::One { value, count } if *count < x.rows => Some(if *value == 0.0 { 1.0 } else { 0.0 }),
        _ => None,
    };
    seen.iter().enumerate().filter_map(|(at, seen)| Some((at, second(seen)?))).collect()
}

fn whole(x: &Matrix, marker: &[(usize, f32)]) -> Result<DMatrix> {
    let (mut values, width) = (dense(x, 0..x.rows), x.width());
    if !marker.is_empty() {
        let from = values.len();
        values.resize(from + width, f32::NAN);
        marker.iter().for_each(|(at, value)| values[from + at] = *value);
    }
    DMatrix::from_dense_vec(values, x.rows + usize::from(!marker.is_empty()), width)
}

fn compressed(x: &Matrix, marker: &[(usize, f32)]) -> Result<DMatrix> {
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
                    columns.iter().enumerate().for_each(|(at, column)| push(first + at, column[row]));
                }
                Block::Sparse(sparse) => sparse.row(row).for_each(|(at, value)| push(first + at, value)),
            }
            first += block.width();
        }
        starts.push(indices.len());
    }
    if !marker.is_empty() {
        indices.extend(marker.iter().map(|(at, _)| *at as u32));
        values.extend(marker.iter().map(|(_, value)| *value));
        starts.push(indices.len());
    }
    DMatrix::from_csr(starts, indices, values, x.width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseBlock;

    fn matrix() -> Matrix {
        let sparse = SparseBlock { width: 2, starts: vec![0, 1, 1, 1], indices: vec![1], values: vec![1.0] };
        Matrix {
            rows: 3,
            names: ["a", "flag", "x=1", "x=2"].map(String::from).to_vec(),
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

    #[test]
    fn dense_and_compressed_rows_hold_the_same_and_a_marker() {
        let x = matrix();
        let marker = marker(&x);
        assert_eq!(marker, [(1, 1.0), (3, 0.0)]);
        let (a, b) = (whole(&x, &marker).unwrap(), compressed(&x, &marker).unwrap());
        for (row, column) in (0..4).flat_map(|row| (0..4).map(move |column| (row, column))) {
            assert_eq!(a.get(row, column), b.get(row, column));
        }
        assert_eq!((a.n_rows(), a.get(3, 1), a.get(3, 3)), (4, Some(1.0), Some(0.0)));
    }
}
