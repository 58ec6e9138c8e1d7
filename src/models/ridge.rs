//! `ridge`: least squares with an L2 penalty.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, least_squares, linear_model};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml;

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "ridge",
    version: 3,
    summary: "least squares with an L2 penalty, as scikit-learn's Ridge; at most 2,000 features",
    tasks: &[Task::Regression],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: false,
    schema: yaml::schema::<Ridge>,
    build: |params| {
        let ridge: Ridge = params.to()?;
        checks::param(params, "alpha", (0.0..1e30).contains(&ridge.alpha), "a number, 0 or more")?;
        Ok(Box::new(ridge))
    },
    load: linear_model::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ridge {
    /// Strength of the penalty: minimises ||y - Xw||² + alpha ||w||²; 0 is `linear`.
    #[schemars(range(min = 0.0))]
    #[serde(default = "one")]
    alpha: f64,
}

fn one() -> f64 {
    1.0
}

impl Estimator for Ridge {
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
        checks::fit_features(x, y, weights)?;
        Ok(Box::new(least_squares::fit("ridge", x, y, weights, self.alpha, context)?))
    }
}
