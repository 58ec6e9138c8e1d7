//! Least squares through linfa's QR decomposition, made safe for collinear features.
//!
//! linfa-linear fails or explodes where features depend on one another, as all one-hot columns of a
//! category do. So only features that are not a combination of earlier ones are handed to it; the others
//! get the coefficient 0, as in R's `lm`. Predictions are those of any other least-squares solution.
//!
//! linfa knows no weights: each row, less the weighted means, is multiplied by the root of its weight.
//!
//! The decomposition works column by column with plain dot products, so its bits do not depend on the CPU.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use ndarray::{Array1, Array2, ShapeBuilder};

use super::linear_model::{LinearModel, Link};
use super::moments::{Moments, moments, of_values};
use super::vectors::dot;
use super::{FitContext, Task, checks};
use crate::data::{Block, Matrix, Target};
use crate::error::{Error, Result};

/// A feature is a combination of others where the part of it that is not has less than this share of
/// its squared length.
const COLLINEAR: f64 = 1e-10;

/// Minimises the (weighted) sum of `(y - x w - b)²` plus `alpha ||w||²`; the intercept `b` is not penalised.
///
/// # Errors
/// Exit code 2 for missing values, classes and too many features; 1 where the decomposition fails.
pub fn fit(
    name: &str,
    x: &Matrix,
    y: &Target,
    weights: Option<&[f64]>,
    alpha: f64,
    context: &FitContext,
) -> Result<LinearModel> {
    let y = checks::values(name, y)?;
    checks::all_finite(name, x)?;
    checks::dense_size(name, x, Task::Regression)?;
    (context.progress)(0, 1);
    let mut centred = Centred::new(x, y, weights);
    let mut columns = Columns::new(&mut centred, weights.map_or(y.len() as f64, |w| w.iter().sum()));
    let kept = if alpha > 0.0 { columns.varying() } else { columns.independent() };
    columns.keep(&kept);
    let mut coefficients = vec![0.0; x.width()];
    for (at, (feature, unit)) in kept.iter().zip(columns.solve(name, centred.y.clone(), alpha)?).enumerate() {
        coefficients[*feature] = unit / columns.norms[at];
    }
    (context.progress)(1, 1);
    Ok(centred.model(name, coefficients, Vec::new()))
}

/// Features and target less their weighted means, with rows multiplied by the roots of their weights: least
/// squares of them is weighted least squares with an intercept.
pub struct Centred {
    moments: Vec<Moments>,
    mean: f64,
    /// The features as dense columns; a constant one is 0.
    pub columns: Vec<Vec<f64>>,
    /// The target.
    pub y: Vec<f64>,
}

impl Centred {
    /// Centres both; weights count by their size, not only against one another.
    pub fn new(x: &Matrix, y: &[f64], weights: Option<&[f64]>) -> Self {
        let moments = moments(x, weights);
        let target = of_values(y, weights);
        let roots: Option<Vec<f64>> = weights.map(|w| w.iter().map(|w| libm::sqrt(*w)).collect());
        let centre = |values: &mut [f64], moments: &Moments| {
            if moments.deviation == 0.0 {
                return values.fill(0.0);
            }
            values.iter_mut().for_each(|v| *v -= moments.mean);
            if let Some(roots) = &roots {
                values.iter_mut().zip(roots).for_each(|(v, root)| *v *= root);
            }
        };
        let (mut columns, mut y) = (dense_columns(x), y.to_vec());
        columns.iter_mut().zip(&moments).for_each(|(column, moments)| centre(column, moments));
        centre(&mut y, &target);
        Self { moments, mean: target.mean, columns, y }
    }

    /// The model with these coefficients.
    pub fn model(&self, name: &str, coefficients: Vec<f64>, notes: Vec<String>) -> LinearModel {
        let shifts = coefficients.iter().zip(&self.moments);
        LinearModel {
            intercepts: vec![shifts.fold(self.mean, |sum, (w, moments)| sum - w * moments.mean)],
            coefficients,
            notes,
            ..LinearModel::new(name, Link::Identity, &self.moments)
        }
    }
}

/// Centred columns at length 1.
struct Columns {
    /// Lengths before; 0 for a constant column.
    norms: Vec<f64>,
    values: Vec<Vec<f64>>,
}

impl Columns {
    fn new(centred: &mut Centred, total: f64) -> Self {
        let norm = |moments: &Moments| moments.deviation * libm::sqrt(total);
        let norms = centred.moments.iter().map(norm).collect();
        let mut out = Self { norms, values: std::mem::take(&mut centred.columns) };
        for (column, norm) in out.values.iter_mut().zip(&out.norms).filter(|(_, norm)| **norm > 0.0) {
            column.iter_mut().for_each(|v| *v /= norm);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SparseBlock;
    use crate::models::REGISTRY;
    use crate::yaml::Node;

    #[test]
    fn more_features_than_can_be_made_dense_are_refused_before_anything_is_held() {
        let one_hot = |rows: usize, width: usize| Matrix {
            rows,
            names: vec![String::new(); width].into(),
            blocks: vec![Block::Sparse(SparseBlock {
                width,
                starts: (0..=rows).collect(),
                indices: (0..rows).map(|row| (row % width) as u32).collect(),
                values: vec![1.0; rows],
            })],
        };
        let context = FitContext::of(1, 1);
        for (x, expected) in [
            (one_hot(12_000, 10_000), "at most 2,000 features: 10000 features of 12000 rows would take 2.9 GB"),
            (one_hot(1_000_000, 300), "at most 250 million values: 300 features of 1000000 rows would take 7.2 GB"),
        ] {
            let y = Target::Values((0..x.rows).map(|row| row as f64).collect());
            for name in ["linear", "ridge", "lasso", "elasticnet"] {
                let entry = REGISTRY.iter().find(|entry| entry.name == name).unwrap();
                let error = (entry.build)(&Node::empty()).unwrap().fit(&x, &y, None, &context).err().unwrap();
                let message = format!("`{name}` makes features dense and takes {expected}");
                assert_eq!((error.message(), error.code() as i32), (message.as_str(), 2));
                assert!(error.hint_text().unwrap().contains("`max_levels`"));
            }
        }
    }
}
