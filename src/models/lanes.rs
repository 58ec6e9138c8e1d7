//! Rows of the model matrix side by side, and how far apart they are: for models that keep training rows.
//!
//! One kept row is held against [`LANES`] others at a time, value by value in the order of the features: the
//! compiler makes vector instructions of it, and no row's bits depend on the rows beside it. A row of the same
//! values is at a distance of exactly 0.

use serde::{Deserialize, Serialize};

use super::checks;
use crate::data::{Block, Matrix};
use crate::error::{Error, Result};

/// Rows that are held against a kept row at once.
pub const LANES: usize = 8;

/// One number for each of the lanes.
pub type Lane = [f64; LANES];

/// Rows one after the other: the values of all dense blocks, and those of all sparse blocks that are there.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Vectors {
    rows: usize,
    dense_width: usize,
    sparse_width: usize,
    dense: Vec<f64>,
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
}

impl Vectors {
    /// The rows of the matrix.
    pub fn new(x: &Matrix) -> Self {
        let (dense_width, sparse_width) = widths(x);
        let mut out = Self { rows: x.rows, dense_width, sparse_width, starts: vec![0], ..Self::default() };
        let count = |block: &Block| if let Block::Sparse(sparse) = block { sparse.values.len() } else { 0 };
        let count = x.blocks.iter().map(count).sum();
        out.dense.reserve_exact(x.rows * dense_width);
        out.starts.reserve_exact(x.rows);
        out.indices.reserve_exact(count);
        out.values.reserve_exact(count);
        for row in 0..x.rows {
            let mut first = 0;
            for block in &x.blocks {
                match block {
                    Block::Dense(columns) => out.dense.extend(columns.iter().map(|column| column[row])),
                    Block::Sparse(sparse) => {
                        for (at, value) in sparse.row(row) {
                            out.indices.push((first + at) as u32);
                            out.values.push(value);
                        }
                        first += sparse.width;
                    }
                }
            }
            out.starts.push(out.indices.len());
        }
        out
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes the rows take in memory, and nearly as many in a model file.
    pub fn bytes(x: &Matrix) -> usize {
        let of_block = |block: &Block| match block {
            Block::Dense(columns) => 8 * columns.len() * x.rows,
            Block::Sparse(sparse) => 12 * sparse.values.len(),
        };
        8 * x.rows + x.blocks.iter().map(of_block).sum::<usize>()
    }

    /// The rows at `rows`, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let mut out = Self { rows: rows.len(), starts: vec![0], ..Self::default() };
        (out.dense_width, out.sparse_width) = (self.dense_width, self.sparse_width);
        for row in rows {
            let (indices, values) = self.sparse(*row);
            out.dense.extend_from_slice(self.dense(*row));
            out.indices.extend_from_slice(indices);
            out.values.extend_from_slice(values);
            out.starts.push(out.indices.len());
        }
        out
    }

    /// Number of features: of dense and of sparse blocks.
    pub fn widths(&self) -> (usize, usize) {
        (self.dense_width, self.sparse_width)
    }

    /// The dense values of a row.
    pub fn dense(&self, row: usize) -> &[f64] {
        &self.dense[row * self.dense_width..(row + 1) * self.dense_width]
    }

    /// Where a row has sparse values, counted over all sparse blocks, and the values.
    pub fn sparse(&self, row: usize) -> (&[u32], &[f64]) {
        let range = self.starts[row]..self.starts[row + 1];
        (&self.indices[range.clone()], &self.values[range])
    }

    /// Whether its parts fit together, as they may not where a file is damaged.
    pub fn is_sound(&self) -> bool {
        self.rows.checked_mul(self.dense_width) == Some(self.dense.len())
            && self.rows.checked_add(1) == Some(self.starts.len())
            && self.starts.first() == Some(&0)
            && self.starts.is_sorted()
            && self.starts.last() == Some(&self.indices.len())
            && self.indices.len() == self.values.len()
            && self.indices.iter().all(|at| (*at as usize) < self.sparse_width)
    }

    /// Checks that the rows of `x` have the same features.
    pub fn check(&self, x: &Matrix) -> Result<()> {
        let (dense, sparse) = (self.dense_width, self.sparse_width);
        checks::predict_width(x, dense.saturating_add(sparse))?;
        if widths(x) != (dense, sparse) {
            return Err(Error::failure("the model was fitted on other features than it is given"));
        }
        Ok(())
    }

    /// Squared length of a row.
    pub fn square(&self, row: usize) -> f64 {
        let squares = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>();
        squares(self.dense(row)) + squares(self.sparse(row).1)
    }

    /// Sums over the dense features of a row and over its sparse values, of the lanes' value and its own.
    #[inline]
    fn sums(
        &self,
        row: usize,
        lanes: &Lanes,
        dense: impl Fn(f64, f64) -> f64,
        sparse: impl Fn(f64, f64) -> f64,
    ) -> (Lane, Lane) {
        let mut sums = ([0.0; LANES], [0.0; LANES]);
        for (theirs, own) in lanes.dense.iter().zip(self.dense(row)) {
            for (sum, theirs) in sums.0.iter_mut().zip(theirs) {
                *sum += dense(*theirs, *own);
            }
        }
        let (indices, values) = self.sparse(row);
        for (at, own) in indices.iter().zip(values) {
            for (sum, theirs) in sums.1.iter_mut().zip(&lanes.sparse[*at as usize]) {
                *sum += sparse(*theirs, *own);
            }
        }
        sums
    }

    /// Dot products of a row with the lanes.
    #[inline]
    pub fn dots(&self, row: usize, lanes: &Lanes) -> Lane {
        let (dense, sparse) = self.sums(row, lanes, |a, b| a * b, |a, b| a * b);
        std::array::from_fn(|at| dense[at] + sparse[at])
    }

    /// Squared euclidean distances of a row from the lanes.
    #[inline]
    pub fn squared_distances(&self, row: usize, lanes: &Lanes) -> Lane {
        let (dense, sparse) = self.sums(row, lanes, |a, b| (a - b) * (a - b), |a, b| b * (b - 2.0 * a));
        std::array::from_fn(|at| dense[at] + (lanes.sparse_squares[at] + sparse[at]).max(0.0))
    }

    /// Sums of the absolute differences of a row from the lanes.
    #[inline]
    pub fn manhattan_distances(&self, row: usize, lanes: &Lanes) -> Lane {
        let (dense, sparse) = self.sums(row, lanes, |a, b| (a - b).abs(), |a, b| (a - b).abs() - a.abs());
        std::array::from_fn(|at| dense[at] + (lanes.sparse_sizes[at] + sparse[at]).max(0.0))
    }
}

/// Features of dense and of sparse blocks.
fn widths(x: &Matrix) -> (usize, usize) {
    x.blocks.iter().fold((0, 0), |(dense, sparse), block| match block {
        Block::Dense(columns) => (dense + columns.len(), sparse),
        Block::Sparse(block) => (dense, sparse + block.width),
    })
}

/// A few rows, feature by feature; zeros where there are fewer than [`LANES`].
pub struct Lanes {
    dense: Vec<Lane>,
    sparse: Vec<Lane>,
    dense_squares: Lane,
    sparse_squares: Lane,
    sparse_sizes: Lane,
}

impl Lanes {
    /// The rows of the matrix from `from` on.
    pub fn new(x: &Matrix, from: usize) -> Self {
        let (dense_width, sparse_width) = widths(x);
        let zeros = [0.0; LANES];
        let (mut dense, mut sparse) = (Vec::with_capacity(dense_width), vec![zeros; sparse_width]);
        let (mut sparse_squares, mut sparse_sizes, mut first) = (zeros, zeros, 0);
        for block in &x.blocks {
            match block {
                Block::Dense(columns) => dense.extend(columns.iter().map(|column| {
                    std::array::from_fn::<f64, LANES, _>(|at| column.get(from + at).copied().unwrap_or(0.0))
                })),
                Block::Sparse(block) => {
                    for (lane, row) in (from..x.rows.min(from + LANES)).enumerate() {
                        for (at, value) in block.row(row) {
                            sparse[first + at][lane] = value;
                            sparse_squares[lane] += value * value;
                            sparse_sizes[lane] += value.abs();
                        }
                    }
                    first += block.width;
                }
            }
        }
        let mut dense_squares = zeros;
        for cell in &dense {
            dense_squares.iter_mut().zip(cell).for_each(|(sum, v)| *sum += v * v);
        }
        Self { dense, sparse, dense_squares, sparse_squares, sparse_sizes }
    }

    /// Squared length of each row.
    pub fn squares(&self) -> Lane {
        std::array::from_fn(|at| self.dense_squares[at] + self.sparse_squares[at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseBlock;

    /// Three rows, the first and the last alike.
    fn matrix() -> Matrix {
        let flags = SparseBlock { width: 2, starts: vec![0, 1, 1, 2], indices: vec![1, 1], values: vec![0.3, 0.3] };
        let words = SparseBlock {
            width: 3,
            starts: vec![0, 2, 3, 5],
            indices: vec![0, 2, 1, 0, 2],
            values: vec![0.1, 0.7, -2.0, 0.1, 0.7],
        };
        Matrix {
            rows: 3,
            names: (0..6).map(|at| format!("f{at}")).collect(),
            blocks: vec![Block::Sparse(flags), Block::Dense(vec![vec![1.1, 3.0, 1.1]]), Block::Sparse(words)],
        }
    }

    #[test]
    fn distances_are_those_of_the_dense_rows() {
        let x = matrix();
        let (vectors, lanes, cells) = (Vectors::new(&x), Lanes::new(&x, 0), x.to_row_major(0.0));
        for (a, b) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
            let pairs = || cells[a * 6..a * 6 + 6].iter().zip(&cells[b * 6..b * 6 + 6]);
            let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
            close(vectors.dots(a, &lanes)[b], pairs().map(|(a, b)| a * b).sum());
            close(vectors.squared_distances(a, &lanes)[b], pairs().map(|(a, b)| (a - b) * (a - b)).sum());
            close(vectors.manhattan_distances(a, &lanes)[b], pairs().map(|(a, b)| (a - b).abs()).sum());
        }
        assert_eq!((vectors.squared_distances(0, &lanes)[2], vectors.manhattan_distances(2, &lanes)[0]), (0.0, 0.0));
        assert_eq!((vectors.square(0), vectors.dots(2, &lanes)[0]), (lanes.squares()[0], lanes.squares()[2]));
        assert_eq!(vectors.select(&[2]), Vectors::new(&x.select(&[2])));
    }
}
