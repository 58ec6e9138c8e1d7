//! `linear`: ordinary least squares.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, least_squares, linear_model};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml;

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "linear",
    version: 3,
    summary: "ordinary least squares; features that depend on earlier ones get the coefficient 0; at most \
              2,000 features",
    tasks: &[Task::Regression],
    takes_weights: true,
    takes_missing: false,
    takes_sparse: false,
    schema: yaml::schema::<Linear>,
    build: |params| Ok(Box::new(params.to::<Linear>()?)),
    load: linear_model::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Linear {}

impl Estimator for Linear {
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
        Ok(Box::new(least_squares::fit("linear", x, y, weights, 0.0, context)?))
    }
}
