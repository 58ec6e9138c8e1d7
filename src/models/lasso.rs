//! `lasso`: least squares with an L1 penalty.

use schemars::JsonSchema;
use serde::Deserialize;

use super::coordinate_descent::CoordinateDescent;
use super::{Entry, Estimator, FitContext, FittedModel, Task, linear_model};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml;

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "lasso",
    version: 2,
    summary: "least squares with an L1 penalty, which makes coefficients 0, as scikit-learn's Lasso; at most \
              2,000 features",
    tasks: &[Task::Regression],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: false,
    schema: yaml::schema::<Lasso>,
    build: |params| {
        let lasso: Lasso = params.to()?;
        lasso.descent().check(params)?;
        Ok(Box::new(lasso))
    },
    load: linear_model::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Lasso {
    /// Strength of the penalty: minimises ||y - Xw||² / (2 rows) + alpha |w|.
    #[schemars(extend("exclusiveMinimum" = 0))]
    alpha: f64,
    /// Stop once the duality gap is smaller than this times ||y - mean||².
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    tolerance: f64,
    /// Stop here at the latest.
    #[schemars(range(min = 2, max = 1_000_000))]
    max_iterations: u32,
}

impl Default for Lasso {
    /// scikit-learn's alpha of 1 leaves next to nothing of scaled features and a target of unit size.
    fn default() -> Self {
        Self { alpha: 0.1, tolerance: 1e-4, max_iterations: 1000 }
    }
}

impl Lasso {
    fn descent(&self) -> CoordinateDescent {
        let Self { alpha, tolerance, max_iterations } = *self;
        CoordinateDescent { name: "lasso", alpha, l1_ratio: 1.0, tolerance, max_iterations }
    }
}

impl Estimator for Lasso {
    fn is_linear(&self) -> bool {
        true
    }
    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        self.descent().fit(x, y, weights, context)
    }
}
