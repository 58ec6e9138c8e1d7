//! `dt`: one decision tree (CART: Gini impurity or squared error).

use schemars::JsonSchema;
use serde::Deserialize;

use super::averaging::Averaging;
use super::boosting::Data;
use super::trees::Growth;
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, ensemble};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "dt",
    version: 2,
    summary: "one decision tree; probabilities are the class shares of its leaves",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: true,
    takes_sparse: true,
    schema: yaml::schema::<Tree>,
    build: |params| {
        let tree: Tree = params.to()?;
        tree.check(params)?;
        Ok(Box::new(tree))
    },
    load: ensemble::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Tree {
    /// Greatest depth; null is no limit.
    #[schemars(range(min = 1, max = 64))]
    max_depth: Option<usize>,
    /// Fewest rows a leaf may hold; with weights, the least sum of them, in units of their mean.
    #[schemars(range(min = 0.0))]
    min_samples_leaf: f64,
    /// Most leaves, best splits first; null is no limit.
    #[schemars(range(min = 2))]
    max_leaf_nodes: Option<usize>,
    /// Most thresholds tried per feature.
    #[schemars(range(min = 2, max = 65536))]
    max_bin: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Self { max_depth: Some(10), min_samples_leaf: 5.0, max_leaf_nodes: None, max_bin: 1024 }
    }
}

impl Tree {
    fn check(&self, params: &Node) -> Result<()> {
        check_depth(params, self.max_depth)?;
        checks::param(
            params,
            "min_samples_leaf",
            (0.0..1e9).contains(&self.min_samples_leaf),
            "a number of rows, 0 or more",
        )?;
        checks::param(params, "max_leaf_nodes", self.max_leaf_nodes.is_none_or(|n| n >= 2), "2 or more, or null")?;
        checks::param(params, "max_bin", (2..=65536).contains(&self.max_bin), "a number from 2 to 65536")
    }
}

/// Checks a `max_depth` that may be null.
pub fn check_depth(params: &Node, depth: Option<usize>) -> Result<()> {
    checks::param(params, "max_depth", depth.is_none_or(|d| (1..=64).contains(&d)), "a number from 1 to 64, or null")
}

/// The growth of trees whose splits see all features.
pub fn growth(max_depth: Option<usize>, min_samples_leaf: f64) -> Growth {
    Growth {
        max_depth: max_depth.unwrap_or(usize::MAX),
        max_leaves: None,
        min_child_weight: min_samples_leaf,
        gamma: 0.0,
        of_tree: 1.0,
        of_split: 1.0,
    }
}

impl Estimator for Tree {
    fn grows_trees(&self) -> bool {
        true
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        let growth = Growth { max_leaves: self.max_leaf_nodes, ..growth(self.max_depth, self.min_samples_leaf) };
        let averaging = Averaging { trees: 1, growth, subsample: 1.0, max_bin: self.max_bin };
        averaging.fit(&Data { name: "dt", x, y, weights }, context)
    }
}
