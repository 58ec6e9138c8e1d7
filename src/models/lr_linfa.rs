//! Logistic regression through linfa-logistic (L-BFGS on the dense matrix), which the solver of our own is
//! held to.
//!
//! linfa multiplies matrices with `matrixmultiply`, which picks its kernel by the CPU's features, and
//! takes the system's `exp` and `ln`. The last bits of the coefficients can therefore differ between
//! CPUs of one architecture; on one machine they are always the same, at any number of threads.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, ShapeBuilder};

use super::least_squares::dense_columns;
use super::logistic::{Problem, Solution};
use super::{Task, checks};
use crate::data::Matrix;
use crate::error::{Error, Result};

/// Minimises the problem, which has an L2 penalty alone and no weights. It measures the gradient with the
/// features as they are.
///
/// # Errors
/// Exit code 1 where linfa finds no solution.
pub fn solve(problem: &Problem) -> Result<Solution> {
    let task = if problem.outputs == 1 { Task::Binary } else { Task::Multiclass };
    checks::dense_size("lr", problem.x, task)
        .map_err(|e| e.hint("leave out `solver`: `lbfgs` takes sparse features as they are"))?;
    let design = dense(problem.x)?;
    let mut solution = if problem.outputs == 1 { binary(problem, design)? } else { multinomial(problem, design)? };
    solution.gradient = problem.gradient_as_is(&solution);
    Ok(solution)
}

/// linfa's tolerance is on the gradient of the summed loss.
fn tolerance(problem: &Problem) -> f64 {
    problem.tolerance * problem.x.rows as f64
}

fn binary(problem: &Problem, x: Array2<f64>) -> Result<Solution> {
    let fitted = LogisticRegression::default()
        .alpha(problem.l2)
        .gradient_tolerance(tolerance(problem))
        .max_iterations(problem.max_iterations)
        .fit(&DatasetBase::new(x, Array1::from_vec(problem.codes.to_vec())))
        .map_err(failed)?;
    // linfa calls the more frequent class positive.
    let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
    let coefficients = fitted.params().iter().map(|w| sign * w).collect();
    Ok(Solution { intercepts: vec![sign * fitted.intercept()], coefficients, gradient: 0.0 })
}

fn multinomial(problem: &Problem, x: Array2<f64>) -> Result<Solution> {
    let (width, outputs) = (x.ncols(), problem.outputs);
    let fitted = MultiLogisticRegression::default()
        .alpha(problem.l2)
        .gradient_tolerance(tolerance(problem))
        .max_iterations(problem.max_iterations)
        .fit(&DatasetBase::new(x, Array1::from_vec(problem.codes.to_vec())))
        .map_err(failed)?;
    let (mut intercepts, mut coefficients) = (vec![0.0; outputs], vec![0.0; width * outputs]);
    for (at, class) in fitted.classes().iter().enumerate() {
        let class = *class as usize;
        intercepts[class] = fitted.intercept()[at];
        for (feature, weights) in coefficients.chunks_exact_mut(outputs).enumerate() {
            weights[class] = fitted.params()[[feature, at]];
        }
    }
    Ok(Solution { intercepts, coefficients, gradient: 0.0 })
}

fn failed(cause: linfa_logistic::error::Error) -> Error {
    Error::failure("`lr` cannot be fitted").because(cause).hint("add a `scale` step to `features.learned`")
}

/// The matrix as linfa takes it; in column order its fits are nearly twice as fast as in row order.
fn dense(x: &Matrix) -> Result<Array2<f64>> {
    let shape = (x.rows, x.width());
    let made = Array2::from_shape_vec(shape.f(), dense_columns(x).concat());
    made.map_err(|e| Error::failure("`lr` cannot be fitted").because(e))
}
