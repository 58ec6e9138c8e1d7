//! `rf`: a random forest (Breiman 2001), each tree on its own part of the rows and, at each split, of the features.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::averaging::Averaging;
use super::boosting::Data;
use super::dt::{check_depth, growth};
use super::trees::Growth;
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, ensemble};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml::{self, Node, Value};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "rf",
    version: 2,
    summary: "a random forest; probabilities are the mean class shares of its trees' leaves",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: true,
    takes_sparse: true,
    schema: yaml::schema::<Forest>,
    build: |params| {
        let forest: Forest = params.to()?;
        forest.check(params)?;
        Ok(Box::new(forest))
    },
    load: ensemble::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Forest {
    /// Number of trees.
    #[schemars(range(min = 1, max = 10_000))]
    n_estimators: usize,
    /// Greatest depth; null is no limit.
    #[schemars(range(min = 1, max = 64))]
    max_depth: Option<usize>,
    /// Features tried at each split.
    #[schemars(schema_with = "max_features")]
    max_features: Option<Node>,
    /// Fewest rows a leaf may hold; with weights, the least sum of them, in units of their mean.
    #[schemars(range(min = 0.0))]
    min_samples_leaf: f64,
    /// Share of the rows each tree sees, drawn without replacement; 0.4 scored as high as the 0.632 of a bootstrap,
    /// faster.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    max_samples: f64,
    /// Most thresholds tried per feature.
    #[schemars(range(min = 2, max = 65536))]
    max_bin: usize,
}

fn max_features(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [
        {"enum": ["sqrt", "log2"], "description": "this of their number"},
        {"type": "integer", "minimum": 1, "description": "so many"},
        {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "description": "this share, written with a point: `1.0`"},
        {"type": "null", "description": "0.27 of them for classes, all for numbers"},
    ]})
}

impl Default for Forest {
    fn default() -> Self {
        Self {
            n_estimators: 300,
            max_depth: Some(12),
            max_features: None,
            min_samples_leaf: 5.0,
            max_samples: 0.4,
            max_bin: 64,
        }
    }
}

impl Forest {
    fn check(&self, params: &Node) -> Result<()> {
        check_depth(params, self.max_depth)?;
        checks::param(params, "n_estimators", (1..=10_000).contains(&self.n_estimators), "a number from 1 to 10000")?;
        checks::param(
            params,
            "min_samples_leaf",
            (0.0..1e9).contains(&self.min_samples_leaf),
            "a number of rows, 0 or more",
        )?;
        checks::param(
            params,
            "max_samples",
            self.max_samples > 0.0 && self.max_samples <= 1.0,
            "a share above 0, up to 1",
        )?;
        checks::param(params, "max_bin", (2..=65536).contains(&self.max_bin), "a number from 2 to 65536")?;
        let known = self.share_of_features(1, 1.0).is_some();
        checks::param(params, "max_features", known, "`sqrt`, `log2`, a share above 0 up to 1.0, or a whole number")
    }

    /// The share of features tried at each split, of `width` in all; `default` where none is asked for.
    fn share_of_features(&self, width: usize, default: f64) -> Option<f64> {
        let width = width.max(1) as f64;
        let count = match self.max_features.as_ref().map(|node| &node.value) {
            None | Some(Value::Null) => width * default,
            Some(Value::String(name)) if name == "sqrt" => libm::sqrt(width),
            Some(Value::String(name)) if name == "log2" => libm::log2(width),
            Some(Value::Integer(count)) if *count >= 1 => *count as f64,
            Some(Value::Float(share)) if *share > 0.0 && *share <= 1.0 => width * share,
            _ => return None,
        };
        // The draw cuts share * width down to a whole number; half a feature more keeps ours.
        Some(((libm::floor(count).max(1.0) + 0.5) / width).min(1.0))
    }
}

impl Estimator for Forest {
    fn grows_trees(&self) -> bool {
        true
    }

    fn is_parallel(&self, _: usize, _: &Target) -> bool {
        true
    }

    fn effort(&self) -> f64 {
        ensemble::effort(self.n_estimators, self.max_depth, self.max_samples)
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        let default = if matches!(y, Target::Values(_)) { 1.0 } else { 0.27 };
        let of_split = self.share_of_features(x.width(), default).unwrap_or(default);
        let averaging = Averaging {
            trees: self.n_estimators,
            growth: Growth { of_split, ..growth(self.max_depth, self.min_samples_leaf) },
            subsample: self.max_samples,
            max_bin: self.max_bin,
        };
        averaging.fit(&Data { name: "rf", x, y, weights }, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn max_features_means_what_it_means_in_scikit_learn() {
        for (text, width, expected) in [
            ("sqrt", 105, 10),
            ("log2", 105, 6),
            ("0.27", 105, 28),
            ("1.0", 105, 105),
            ("7", 105, 7),
            ("7", 3, 3),
            ("sqrt", 1, 1),
        ] {
            let forest = Forest { max_features: Some(parse(text, "").unwrap()), ..Forest::default() };
            let count = (forest.share_of_features(width, 0.27).unwrap() * width as f64).trunc() as usize;
            assert_eq!(count, expected, "{text} of {width}");
        }
    }
}
