//! Weighted mean and standard deviation of each feature; sparse blocks are not made dense.

use crate::data::{Block, Matrix, SparseBlock};

/// Below this share of its size, the deviation of a feature is what rounding leaves of a constant.
const ROUNDING: f64 = 1e-12;

/// Mean and standard deviation of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Weighted mean.
    pub mean: f64,
    /// Weighted standard deviation, 0 for a constant.
    pub deviation: f64,
}

/// The moments of every feature, in order; what a sparse block leaves out is 0.
pub fn moments(x: &Matrix, weights: Option<&[f64]>) -> Vec<Moments> {
    let mut out = Vec::with_capacity(x.width());
    for block in &x.blocks {
        match block {
            Block::Dense(columns) => out.extend(columns.iter().map(|column| of_values(column, weights))),
            Block::Sparse(sparse) => out.append(&mut of_sparse(sparse, x.rows, weights)),
        }
    }
    out
}

fn weight(weights: Option<&[f64]>, row: usize) -> f64 {
    weights.map_or(1.0, |w| w[row])
}

fn total(weights: Option<&[f64]>, rows: usize) -> f64 {
    weights.map_or(rows as f64, |w| w.iter().sum())
}

/// The power of two below a number: to divide by it rounds nothing.
fn size(most: f64) -> f64 {
    if most == 0.0 { 0.0 } else { libm::ldexp(1.0, libm::ilogb(most)) }
}

/// The moments of one column. Sums are of values over about the largest, so that no square is too large or too
/// small for a number.
pub fn of_values(values: &[f64], weights: Option<&[f64]>) -> Moments {
    let total = total(weights, values.len());
    let size = size(values.iter().fold(0.0, |most: f64, v| most.max(v.abs())));
    if size == 0.0 {
        return Moments { mean: 0.0, deviation: 0.0 };
    }
    let sum: f64 = values.iter().enumerate().map(|(row, v)| weight(weights, row) * (v / size)).sum();
    let mean = sum / total;
    let square = |(row, v): (usize, &f64)| {
        let off = v / size - mean;
        weight(weights, row) * off * off
    };
    let squares: f64 = values.iter().enumerate().map(square).sum();
    moments_of(size, mean, squares / total)
}

fn of_sparse(sparse: &SparseBlock, rows: usize, weights: Option<&[f64]>) -> Vec<Moments> {
    let total = total(weights, rows);
    let mut sizes = vec![0.0f64; sparse.width];
    for (at, value) in sparse.indices.iter().zip(&sparse.values) {
        sizes[*at as usize] = sizes[*at as usize].max(value.abs());
    }
    sizes.iter_mut().for_each(|most| *most = size(*most));
    // Of each feature: the weight of its values, their sum, then their squared distance from the mean.
    let (mut there, mut means, mut squares) =
        (vec![0.0; sparse.width], vec![0.0; sparse.width], vec![0.0; sparse.width]);
    for row in 0..rows {
        for (at, value) in sparse.row(row).filter(|(_, value)| *value != 0.0) {
            there[at] += weight(weights, row);
            means[at] += weight(weights, row) * (value / sizes[at]);
        }
    }
    means.iter_mut().for_each(|mean| *mean /= total);
    for row in 0..rows {
        for (at, value) in sparse.row(row).filter(|(_, value)| *value != 0.0) {
            let off = value / sizes[at] - means[at];
            squares[at] += weight(weights, row) * off * off;
        }
    }
    let finish = |at: usize| {
        let absent = (total - there[at]).max(0.0) * means[at] * means[at];
        moments_of(sizes[at], means[at], (squares[at] + absent) / total)
    };
    (0..sparse.width).map(finish).collect()
}

fn moments_of(size: f64, mean: f64, variance: f64) -> Moments {
    let deviation = libm::sqrt(variance);
    Moments { mean: mean * size, deviation: if deviation <= ROUNDING { 0.0 } else { deviation * size } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_agree_and_weights_count_as_repeated_rows() {
        let columns = vec![vec![0.0, 3.0, 0.0, 1.0], vec![0.0; 4], vec![0.0, 1e300, -1e300, 0.0]];
        let sparse = SparseBlock {
            width: 3,
            starts: vec![0, 0, 2, 3, 4],
            indices: vec![0, 2, 2, 0],
            values: vec![3.0, 1e300, -1e300, 1.0],
        };
        let matrix = |rows, block| Matrix { rows, names: vec![String::new(); 3].into(), blocks: vec![block] };
        let weights = [1.0, 2.0, 2.0, 3.0];
        let repeated = |column: &Vec<f64>| {
            let copies = column.iter().zip(weights).flat_map(|(v, w)| std::iter::repeat_n(*v, w as usize));
            copies.collect::<Vec<f64>>()
        };
        let expected = moments(&matrix(8, Block::Dense(columns.iter().map(repeated).collect())), None);
        assert_eq!((expected[0].mean, expected[1].deviation), (9.0 / 8.0, 0.0));
        assert!((expected[2].deviation / 1e300 - libm::sqrt(0.5)).abs() < 1e-15, "{expected:?}");
        for block in [Block::Dense(columns), Block::Sparse(sparse)] {
            for (found, expected) in moments(&matrix(4, block), Some(&weights)).iter().zip(&expected) {
                assert!((found.mean - expected.mean).abs() <= 1e-15 * expected.mean.abs(), "{found:?} {expected:?}");
                let same = (found.deviation - expected.deviation).abs() <= 1e-15 * expected.deviation;
                assert!(same, "{found:?} {expected:?}");
            }
        }
    }

    #[test]
    fn rounding_is_no_deviation() {
        let x = Matrix { rows: 3, names: vec![String::new()].into(), blocks: vec![Block::Dense(vec![vec![0.1; 3]])] };
        assert_eq!(moments(&x, Some(&[0.1, 0.7, 0.3]))[0].deviation, 0.0);
    }
}
