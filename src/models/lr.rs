//! `lr`: logistic regression through linfa-logistic (L-BFGS on the dense matrix).
//!
//! linfa multiplies matrices with `matrixmultiply`, which picks its kernel by the CPU's features, and
//! takes the system's `exp` and `ln`. The last bits of the coefficients can therefore differ between
//! CPUs of one architecture; on one machine they are always the same, at any number of threads.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, ShapeBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

use super::least_squares::dense_columns;
use super::linear_model::{LinearModel, Link};
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, linear_model};
use crate::data::{Block, Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "lr",
    version: 1,
    summary: "logistic regression with an L2 penalty, as scikit-learn's LogisticRegression",
    tasks: &[Task::Binary, Task::Multiclass],
    takes_weights: false,
    takes_missing: false,
    schema: yaml::schema::<Lr>,
    build: |params| {
        let lr: Lr = params.to()?;
        lr.check(params)?;
        Ok(Box::new(lr))
    },
    load: linear_model::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Lr {
    /// Inverse strength of the penalty: minimises c * log loss summed over the rows + ||w||² / 2.
    #[schemars(extend("exclusiveMinimum" = 0))]
    c: f64,
    /// Stop once the gradient of the log loss is shorter than this times the number of rows.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    tolerance: f64,
    /// Stop here at the latest.
    #[schemars(range(min = 1, max = 100_000))]
    max_iterations: u64,
}

impl Default for Lr {
    fn default() -> Self {
        Self { c: 1.0, tolerance: 1e-3, max_iterations: 200 }
    }
}

impl Lr {
    fn check(&self, params: &Node) -> Result<()> {
        checks::param(params, "c", self.c > 0.0 && self.c < 1e30, "a number above 0")?;
        checks::param(params, "tolerance", self.tolerance > 0.0 && self.tolerance < 1.0, "a number above 0, below 1")?;
        checks::param(
            params,
            "max_iterations",
            (1..=100_000).contains(&self.max_iterations),
            "a number from 1 to 100000",
        )
    }

    /// linfa's penalty: it minimises the summed log loss + alpha ||w||² / 2, scikit-learn c times the
    /// one + ||w||² / 2, so alpha = 1 / c. Neither penalises the intercept.
    fn alpha(&self) -> f64 {
        1.0 / self.c
    }

    /// Log odds of class 1: (intercept, coefficients).
    fn fit_binary(&self, x: Array2<f64>, codes: &[u32]) -> Result<(f64, Vec<f64>)> {
        let tolerance = self.tolerance * codes.len() as f64;
        let fitted = LogisticRegression::default()
            .alpha(self.alpha())
            .gradient_tolerance(tolerance)
            .max_iterations(self.max_iterations)
            .fit(&DatasetBase::new(x, Array1::from_vec(codes.to_vec())))
            .map_err(failed)?;
        // linfa calls the more frequent class positive.
        let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
        Ok((sign * fitted.intercept(), fitted.params().iter().map(|w| sign * w).collect()))
    }

    /// An intercept per class and `features * classes` coefficients; classes without rows never win.
    fn fit_multiclass(&self, x: Array2<f64>, codes: &[u32], classes: usize) -> Result<(Vec<f64>, Vec<f64>)> {
        let width = x.ncols();
        let fitted = MultiLogisticRegression::default()
            .alpha(self.alpha())
            .gradient_tolerance(self.tolerance * codes.len() as f64)
            .max_iterations(self.max_iterations)
            .fit(&DatasetBase::new(x, Array1::from_vec(codes.to_vec())))
            .map_err(failed)?;
        let mut intercepts = vec![f64::NEG_INFINITY; classes];
        let mut coefficients = vec![0.0; width * classes];
        for (at, class) in fitted.classes().iter().enumerate() {
            let class = *class as usize;
            intercepts[class] = fitted.intercept()[at];
            for (feature, weights) in coefficients.chunks_exact_mut(classes).enumerate() {
                weights[class] = fitted.params()[[feature, at]];
            }
        }
        Ok((intercepts, coefficients))
    }

    /// Says so where the fit stopped before its gradient was as short as asked for.
    fn convergence(&self, model: &LinearModel, x: &Matrix, codes: &[u32]) -> Option<String> {
        let length = gradient_length(model, x, codes, self.alpha()) / codes.len() as f64;
        (length > self.tolerance).then(|| {
            format!(
                "`lr` stopped before converging: gradient {length:.1e} per row, tolerance {:.1e} (scale the features, or raise `max_iterations`)",
                self.tolerance
            )
        })
    }
}

impl Estimator for Lr {
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let Target::Classes { codes, classes } = y else { return Err(checks::wrong_task("lr")) };
        checks::no_weights("lr", weights)?;
        checks::all_finite("lr", x)?;
        if codes.iter().all(|code| Some(code) == codes.first()) {
            return Err(Error::data("`lr` cannot be fitted: all training rows are of one class"));
        }
        (context.progress)(0, 1);
        let design = dense(x)?;
        let (link, intercepts, coefficients) = if *classes == 2 {
            let (intercept, coefficients) = self.fit_binary(design, codes)?;
            (Link::Logistic, vec![intercept], coefficients)
        } else {
            let (intercepts, coefficients) = self.fit_multiclass(design, codes, *classes)?;
            (Link::Softmax, intercepts, coefficients)
        };
        let mut model = LinearModel { name: "lr".to_owned(), link, intercepts, coefficients, notes: Vec::new() };
        model.notes.extend(self.convergence(&model, x, codes));
        (context.progress)(1, 1);
        Ok(Box::new(model))
    }
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

/// Length of the gradient of the summed log loss + alpha ||w||² / 2.
fn gradient_length(model: &LinearModel, x: &Matrix, codes: &[u32], alpha: f64) -> f64 {
    let outputs = model.intercepts.len();
    let scores = model.score(x);
    // Probability less target, for each output of each row.
    let mut errors = Vec::with_capacity(x.rows * outputs);
    for (row, code) in codes.iter().enumerate() {
        let probabilities = scores.row(row);
        let from = probabilities.len() - outputs;
        errors.extend(
            (from..probabilities.len()).map(|class| probabilities[class] - f64::from(u8::from(class as u32 == *code))),
        );
    }
    let mut gradient: Vec<f64> = model.coefficients.iter().map(|w| alpha * w).collect();
    let mut intercepts = vec![0.0; outputs];
    for errors in errors.chunks_exact(outputs) {
        intercepts.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
    }
    let mut first = 0;
    for block in &x.blocks {
        let mut add = |feature: usize, row: usize, value: f64| {
            for output in 0..outputs {
                gradient[(first + feature) * outputs + output] += errors[row * outputs + output] * value;
            }
        };
        match block {
            Block::Dense(columns) => {
                for (at, column) in columns.iter().enumerate() {
                    column.iter().enumerate().for_each(|(row, value)| add(at, row, *value));
                }
            }
            Block::Sparse(sparse) => {
                (0..x.rows).for_each(|row| sparse.row(row).for_each(|(at, value)| add(at, row, value)));
            }
        }
        first += block.width();
    }
    libm::sqrt(gradient.iter().chain(&intercepts).map(|g| g * g).sum())
}
