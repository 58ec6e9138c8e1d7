//! `xgb`: gradient boosted trees, with XGBoost's names and meanings.

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::boosting::{self, Data};
use super::stopping::Stopping;
use super::trees::Growth;
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks, ensemble};
use crate::data::{Matrix, Target};
use crate::error::Result;
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "xgb",
    version: 2,
    summary: "gradient boosted trees, as XGBoost's",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: true,
    takes_sparse: true,
    schema: yaml::schema::<Boosting>,
    build: |params| {
        let boosting: Boosting = params.to()?;
        boosting.check(params)?;
        Ok(Box::new(boosting))
    },
    load: ensemble::load,
};

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Grow {
    /// Level by level.
    Depthwise,
    /// The best split first.
    Lossguide,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Boosting {
    /// Boosting rounds.
    #[schemars(range(min = 1, max = 100_000))]
    n_estimators: usize,
    /// Share of each tree that is added.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    learning_rate: f64,
    /// Greatest depth of a tree; 0 is no limit.
    #[schemars(range(max = 64))]
    max_depth: usize,
    /// Least sum of second derivatives in a leaf.
    #[schemars(range(min = 0.0))]
    min_child_weight: f64,
    /// Share of the rows each tree sees.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    subsample: f64,
    /// Share of the features each tree sees.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    colsample_bytree: f64,
    /// L2 penalty on leaf values.
    #[schemars(range(min = 0.0))]
    reg_lambda: f64,
    /// L1 penalty on leaf values.
    #[schemars(range(min = 0.0))]
    reg_alpha: f64,
    /// Least gain of a split.
    #[schemars(range(min = 0.0))]
    gamma: f64,
    /// Most thresholds tried per feature.
    #[schemars(range(min = 2, max = 65536))]
    max_bin: usize,
    /// Which leaf is split next.
    grow_policy: Grow,
    /// Most leaves of a `lossguide` tree; 0 is no limit.
    max_leaves: usize,
    /// Rounds without a lower loss on rows held out of the fit, after which it ends; the trees of the best round and
    /// those before it are kept. Null never ends it.
    #[schemars(range(min = 1, max = 100_000))]
    early_stopping_rounds: Option<usize>,
    /// With `early_stopping_rounds`, the share of the rows held out; no tree learns from them. They are of every class
    /// alike, or whole groups or the latest where `train.validation` is by `group` or `time`.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    validation_fraction: f64,
}

impl Default for Boosting {
    fn default() -> Self {
        Self {
            n_estimators: 300,
            learning_rate: 0.1,
            max_depth: 6,
            min_child_weight: 1.0,
            subsample: 1.0,
            colsample_bytree: 1.0,
            reg_lambda: 1.0,
            reg_alpha: 0.0,
            gamma: 0.0,
            max_bin: 256,
            grow_policy: Grow::Depthwise,
            max_leaves: 0,
            early_stopping_rounds: None,
            validation_fraction: 0.1,
        }
    }
}

impl Boosting {
    fn check(&self, params: &Node) -> Result<()> {
        checks::param(params, "n_estimators", (1..=100_000).contains(&self.n_estimators), "a number from 1 to 100000")?;
        checks::param(params, "max_depth", self.max_depth <= 64, "a number from 0 to 64")?;
        checks::param(params, "max_bin", (2..=65536).contains(&self.max_bin), "a number from 2 to 65536")?;
        for (key, share) in [
            ("learning_rate", self.learning_rate),
            ("subsample", self.subsample),
            ("colsample_bytree", self.colsample_bytree),
        ] {
            checks::param(params, key, share > 0.0 && share <= 1.0, "a number above 0, up to 1")?;
        }
        for (key, value) in [
            ("min_child_weight", self.min_child_weight),
            ("reg_lambda", self.reg_lambda),
            ("reg_alpha", self.reg_alpha),
            ("gamma", self.gamma),
        ] {
            checks::param(params, key, (0.0..1e30).contains(&value), "a number, 0 or more")?;
        }
        let patience = self.early_stopping_rounds.is_none_or(|rounds| (1..=100_000).contains(&rounds));
        checks::param(params, "early_stopping_rounds", patience, "a number from 1 to 100000, or null")?;
        let fraction = self.validation_fraction > 0.0 && self.validation_fraction < 1.0;
        checks::param(params, "validation_fraction", fraction, "a number between 0 and 1")?;
        let lossguide = self.grow_policy == Grow::Lossguide;
        checks::param(
            params,
            "max_leaves",
            lossguide || self.max_leaves == 0,
            "0 unless `grow_policy` is `lossguide`",
        )?;
        checks::param(params, "max_leaves", self.max_leaves != 1, "0, or 2 or more")?;
        let bounded = !lossguide || self.max_leaves > 0 || self.max_depth > 0;
        checks::param(params, "grow_policy", bounded, "`lossguide` with a `max_leaves` or a `max_depth`")
    }
}

impl Estimator for Boosting {
    fn grows_trees(&self) -> bool {
        true
    }

    fn effort(&self) -> f64 {
        let depth = Some(self.max_depth).filter(|depth| *depth > 0);
        ensemble::effort(self.n_estimators, depth, self.colsample_bytree)
    }

    fn fit(
        &self,
        x: &Matrix,
        y: &Target,
        weights: Option<&[f64]>,
        context: &FitContext,
    ) -> Result<Box<dyn FittedModel>> {
        let no_limit = |limit: usize| if limit == 0 { usize::MAX } else { limit };
        let growth = Growth {
            max_depth: no_limit(self.max_depth),
            // Without a bound on their number, leaves are the same in any order.
            max_leaves: (self.grow_policy == Grow::Lossguide && self.max_leaves > 0).then_some(self.max_leaves),
            min_child_weight: self.min_child_weight,
            gamma: self.gamma,
            of_tree: self.colsample_bytree,
            of_split: 1.0,
        };
        let stopping = self
            .early_stopping_rounds
            .and_then(NonZeroUsize::new)
            .map(|rounds| Stopping { rounds, fraction: self.validation_fraction });
        let boosting = boosting::Boosting {
            rounds: self.n_estimators,
            stopping,
            growth,
            eta: self.learning_rate,
            lambda: self.reg_lambda,
            alpha: self.reg_alpha,
            subsample: self.subsample,
            max_bin: self.max_bin,
        };
        boosting.fit(&Data { name: "xgb", x, y, weights }, context)
    }
}
