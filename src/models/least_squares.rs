//! Least squares through linfa's QR decomposition, made safe for collinear features.
//!
//! linfa-linear fails or explodes where features depend on one another, as all one-hot columns of a
//! category do. So only features that are not a combination of earlier ones are handed to it; the others
//! get the coefficient 0, as in R's `lm`. Predictions are those of any other least-squares solution.
//!
//! The decomposition works column by column with plain dot products, so its bits do not depend on the CPU.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, ShapeBuilder};

use super::linear_model::{LinearModel, Link};
use super::{FitContext, checks};
use crate::data::{Block, Matrix, Target};
use crate::error::{Error, Result};

/// A feature is a combination of others where the part of it that is not has less than this share of
/// its squared length.
const COLLINEAR: f64 = 1e-10;

/// Minimises `||y - X w - b||² + alpha ||w||²`; the intercept `b` is not penalised.
///
/// # Errors
/// Exit code 2 for weights, missing values and classes; 1 where the decomposition fails.
pub fn fit(
    name: &str,
    x: &Matrix,
    y: &Target,
    weights: Option<&[f64]>,
    alpha: f64,
    context: &FitContext,
) -> Result<LinearModel> {
    let y = checks::values(name, y)?;
    checks::no_weights(name, weights)?;
    checks::all_finite(name, x)?;
    (context.progress)(0, 1);
    let mut columns = Columns::new(x);
    let kept = if alpha > 0.0 { columns.varying() } else { columns.independent() };
    columns.keep(&kept);
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let centred: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let mut coefficients = vec![0.0; x.width()];
    let mut intercept = mean;
    for (at, (feature, unit)) in kept.iter().zip(columns.solve(name, centred, alpha)?).enumerate() {
        let coefficient = unit / columns.norms[at];
        coefficients[*feature] = coefficient;
        intercept -= coefficient * columns.means[at];
    }
    (context.progress)(1, 1);
    Ok(LinearModel {
        name: name.to_owned(),
        link: Link::Identity,
        intercepts: vec![intercept],
        coefficients,
        notes: Vec::new(),
    })
}

/// Dense columns less their means, at length 1.
struct Columns {
    means: Vec<f64>,
    /// Lengths before; 0 for a constant column.
    norms: Vec<f64>,
    values: Vec<Vec<f64>>,
}

impl Columns {
    fn new(x: &Matrix) -> Self {
        let mut out = Self { means: Vec::new(), norms: Vec::new(), values: dense_columns(x) };
        for column in &mut out.values {
            let mean = column.iter().sum::<f64>() / column.len() as f64;
            let size = column.iter().fold(0.0, |size: f64, v| size.max(v.abs()));
            column.iter_mut().for_each(|v| *v -= mean);
            let norm = libm::sqrt(dot(column, column));
            // What rounding leaves of a constant column is not a signal.
            let norm = if norm <= 1e-12 * size * libm::sqrt(column.len() as f64) { 0.0 } else { norm };
            if norm > 0.0 {
                column.iter_mut().for_each(|v| *v /= norm);
            }
            out.means.push(mean);
            out.norms.push(norm);
        }
        out
    }

    /// Columns that are not constant.
    fn varying(&self) -> Vec<usize> {
        self.norms.iter().enumerate().filter(|(_, norm)| **norm > 0.0).map(|(at, _)| at).collect()
    }

    /// Columns that are no combination of kept ones before them: a Cholesky decomposition of their
    /// correlations, leaving out each column whose pivot vanishes.
    fn independent(&self) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::new();
        let mut factors: Vec<Vec<f64>> = Vec::new();
        for at in self.varying() {
            if kept.len() + 1 >= self.values[at].len() {
                break;
            }
            let mut factor: Vec<f64> = Vec::with_capacity(kept.len() + 1);
            for (other, row) in kept.iter().zip(&factors) {
                let pivot = row.last().copied().unwrap_or(1.0);
                let known = dot(&factor, &row[..factor.len()]);
                factor.push((dot(&self.values[at], &self.values[*other]) - known) / pivot);
            }
            let rest = 1.0 - dot(&factor, &factor);
            if rest > COLLINEAR {
                factor.push(libm::sqrt(rest));
                factors.push(factor);
                kept.push(at);
            }
        }
        kept
    }

    fn keep(&mut self, kept: &[usize]) {
        self.means = kept.iter().map(|at| self.means[*at]).collect();
        self.norms = kept.iter().map(|at| self.norms[*at]).collect();
        self.values = kept.iter().map(|at| std::mem::take(&mut self.values[*at])).collect();
    }

    /// Coefficients of the columns at length 1. A ridge penalty becomes one more row a column, holding
    /// the root of alpha in units of that column, with the target 0.
    fn solve(&mut self, name: &str, mut y: Vec<f64>, alpha: f64) -> Result<Vec<f64>> {
        let width = self.values.len();
        if width == 0 {
            return Ok(Vec::new());
        }
        let penalty = if alpha > 0.0 { width } else { 0 };
        let rows = y.len() + penalty;
        let mut buffer = Vec::with_capacity(rows * width);
        for (at, (column, norm)) in self.values.iter_mut().zip(&self.norms).enumerate() {
            buffer.append(column);
            buffer.extend((0..penalty).map(|row| if row == at { libm::sqrt(alpha) / norm } else { 0.0 }));
        }
        y.resize(rows, 0.0);
        let failed = || Error::failure(format!("`{name}` cannot be fitted: least squares found no solution"));
        let design = Array2::from_shape_vec((rows, width).f(), buffer).map_err(|e| failed().because(e))?;
        let solution = LinearRegression::new()
            .with_intercept(false)
            .fit(&DatasetBase::new(design, Array1::from_vec(y)))
            .map_err(|e| failed().because(e))?;
        let solution = solution.params().to_vec();
        if solution.iter().all(|v| v.is_finite()) { Ok(solution) } else { Err(failed()) }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Eight sums side by side, so the compiler can keep them in vector registers; their order is fixed.
    let (mut sums, mut rest) = ([0.0; 8], 0.0);
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    for (a, b) in a_chunks.remainder().iter().zip(b_chunks.remainder()) {
        rest += a * b;
    }
    for (a, b) in a_chunks.zip(b_chunks) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// All features as dense columns, 0 where a sparse block has no value.
pub fn dense_columns(x: &Matrix) -> Vec<Vec<f64>> {
    let mut out = Vec::with_capacity(x.width());
    for block in &x.blocks {
        match block {
            Block::Dense(columns) => out.extend(columns.iter().cloned()),
            Block::Sparse(sparse) => {
                let mut columns = vec![vec![0.0; x.rows]; sparse.width];
                for row in 0..x.rows {
                    for (at, value) in sparse.row(row) {
                        if let Some(cell) = columns.get_mut(at).and_then(|column| column.get_mut(row)) {
                            *cell = value;
                        }
                    }
                }
                out.append(&mut columns);
            }
        }
    }
    out
}
