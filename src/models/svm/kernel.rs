//! Kernels, and the matrix of them between all training rows.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::data::{Block, Matrix};
use crate::error::{Error, Result};
use crate::models::lanes::{LANES, Lane, Lanes, Vectors};

/// More training rows than this are refused.
const MOST_ROWS: usize = 10_000;

/// How alike two rows are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Kernel {
    /// exp(-gamma ||x - y||²)
    Rbf {
        /// How fast it falls.
        gamma: f64,
    },
    /// (gamma x·y + coef0)^degree
    Poly {
        /// Factor of the dot product.
        gamma: f64,
        /// The power.
        degree: u32,
        /// What is added before.
        coef0: f64,
    },
}

impl Kernel {
    /// Of a row and each of the lanes.
    pub fn of(self, vectors: &Vectors, row: usize, lanes: &Lanes) -> Lane {
        match self {
            Kernel::Rbf { gamma } => vectors.squared_distances(row, lanes).map(|d| libm::exp(-gamma * d)),
            Kernel::Poly { gamma, degree, coef0 } => {
                vectors.dots(row, lanes).map(|dot| power(gamma * dot + coef0, degree))
            }
        }
    }
}

/// Products in a fixed order, unlike `powi`'s.
fn power(base: f64, degree: u32) -> f64 {
    (1..degree).fold(base, |product, _| product * base)
}

/// 1 / (features * variance of all values), as scikit-learn's `gamma="scale"`.
pub fn scale(x: &Matrix) -> f64 {
    let count = (x.rows * x.width()) as f64;
    let total = |of: &dyn Fn(f64) -> f64| {
        let sums = x.blocks.iter().map(|block| match block {
            Block::Dense(columns) => columns.iter().flatten().map(|v| of(*v)).sum::<f64>(),
            Block::Sparse(sparse) => {
                let zeros = x.rows * sparse.width - sparse.values.len();
                sparse.values.iter().map(|v| of(*v)).sum::<f64>() + zeros as f64 * of(0.0)
            }
        });
        sums.sum::<f64>()
    };
    let mean = total(&|v| v) / count;
    let variance = total(&|v| (v - mean) * (v - mean)) / count;
    if variance > 0.0 { 1.0 / (x.width() as f64 * variance) } else { 1.0 }
}

/// The kernel of each pair of training rows.
pub struct KernelMatrix {
    rows: usize,
    values: Vec<f32>,
}

impl KernelMatrix {
    /// Of the rows of the matrix.
    ///
    /// # Errors
    /// Exit code 2 where there are too many, 3 where a kernel is no number that f32 holds.
    pub fn new(kernel: Kernel, x: &Matrix, vectors: &Vectors) -> Result<Self> {
        let rows = x.rows;
        if rows > MOST_ROWS {
            let size = (rows as f64).powi(2) * 4.0 / 1e9;
            return Err(Error::usage(format!(
                "`svm` with a kernel takes at most {MOST_ROWS} training rows, and is given {rows}: their kernel matrix \
                 would take {size:.1} GB"
            ))
            .hint("use `kernel: linear`, or fewer rows"));
        }
        let mut values = vec![0.0; rows * rows];
        values.par_chunks_mut(LANES * rows).enumerate().for_each(|(chunk, out)| {
            let lanes = Lanes::new(x, chunk * LANES);
            for row in 0..rows {
                let found = kernel.of(vectors, row, &lanes);
                out.iter_mut().skip(row).step_by(rows).zip(found).for_each(|(out, value)| *out = value as f32);
            }
        });
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Error::data("`svm` cannot be fitted: the kernels of the training rows are too large")
                .hint("add a `scale` step to `features.learned`, or lower `gamma` or `degree`"));
        }
        Ok(Self { rows, values })
    }

    /// The kernels of one row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.rows..(row + 1) * self.rows]
    }

    /// The kernel of two rows.
    pub fn at(&self, a: usize, b: usize) -> f64 {
        f64::from(self.row(a)[b])
    }
}
