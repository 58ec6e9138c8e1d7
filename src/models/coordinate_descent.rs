//! Least squares with an L1 penalty, through linfa-elasticnet's coordinate descent.
//!
//! It descends column by column with plain dot products, so its bits do not depend on the CPU. linfa knows no
//! weights: see [`Centred`].

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2, ShapeBuilder};

use super::least_squares::Centred;
use super::vectors::dot;
use super::{FitContext, FittedModel, Task, checks};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};
use crate::yaml::Node;

/// What is minimised, as scikit-learn does: ||y - Xw||² / (2 rows) + alpha l1_ratio |w| + alpha (1 - l1_ratio)
/// ||w||² / 2, with an intercept, and weights scaled to a mean of 1.
pub struct CoordinateDescent {
    /// The algorithm, for messages.
    pub name: &'static str,
    /// Strength of the penalty.
    pub alpha: f64,
    /// Share of the L1 penalty.
    pub l1_ratio: f64,
    /// Stop once the duality gap is smaller than this times ||y - mean||².
    pub tolerance: f64,
    /// Stop here at the latest.
    pub max_iterations: u32,
}

impl CoordinateDescent {
    /// Checks what `elasticnet` and `lasso` have in common.
    pub fn check(&self, params: &Node) -> Result<()> {
        let above_0 = |value: f64, limit: f64| value > 0.0 && value < limit;
        checks::param(params, "alpha", above_0(self.alpha, 1e30), "a number above 0 (0 is `linear`)")?;
        checks::param(params, "tolerance", above_0(self.tolerance, 1.0), "a number above 0, below 1")?;
        let iterations = (2..=1_000_000).contains(&self.max_iterations);
        checks::param(params, "max_iterations", iterations, "a number from 2 to 1000000")
    }

    /// Fits on `x.rows` rows.
    ///
    /// # Errors
    /// Exit code 2 for missing values, classes and too many features; 1 where no coefficients are found.
    pub fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(x, y, weights)?;
        let y = checks::values(self.name, y)?;
        checks::all_finite(self.name, x)?;
        checks::dense_size(self.name, x, Task::Regression)?;
        (context.progress)(0, 1);
        // The penalty is per row: weights only count against one another.
        let scaled: Option<Vec<f64>> = weights.map(|weights| {
            let mean = weights.iter().sum::<f64>() / weights.len() as f64;
            weights.iter().map(|w| w / mean).collect()
        });
        let centred = Centred::new(x, y, scaled.as_deref());
        let (coefficients, note) = self.solve(&centred)?;
        (context.progress)(1, 1);
        Ok(Box::new(centred.model(self.name, coefficients, note.into_iter().collect())))
    }

    /// Coefficients of centred columns for a centred target, and what is to be said about them.
    fn solve(&self, centred: &Centred) -> Result<(Vec<f64>, Option<String>)> {
        let Centred { columns, y, .. } = centred;
        let size = dot(y, y);
        if size == 0.0 {
            return Ok((vec![0.0; columns.len()], None));
        }
        let failed = || {
            Error::failure(format!("`{}` cannot be fitted", self.name)).hint("add a `scale` step to `features.learned`")
        };
        let shape = (y.len(), columns.len());
        let design = Array2::from_shape_vec(shape.f(), columns.concat()).map_err(|e| failed().because(e))?;
        // linfa takes the mean from the target alone, not from the features: both are centred already.
        let fitted = ElasticNet::params()
            .penalty(self.alpha)
            .l1_ratio(self.l1_ratio)
            .tolerance(self.tolerance)
            .max_iterations(self.max_iterations)
            .with_intercept(false)
            .fit(&DatasetBase::new(design, Array1::from_vec(y.clone())))
            .map_err(|e| failed().because(e))?;
        let coefficients = fitted.hyperplane().to_vec();
        if coefficients.iter().any(|w| !w.is_finite()) {
            return Err(failed());
        }
        let note = (fitted.duality_gap() > self.tolerance * size).then(|| {
            format!("`{}` stopped before converging (scale the features, or raise `max_iterations`)", self.name)
        });
        Ok((coefficients, note))
    }
}
