//! configs/evaluate.yaml: the champion, the quality gates, and what is looked at besides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problems;
use super::entries::Entries;
use super::plots::Plot;
use super::slices::Slice;
use crate::yaml::Located;

/// Resamples at the most.
const MOST_RESAMPLES: usize = 100_000;
/// Rows of a slice, errors told, and repeats, at the most.
const MOST: usize = 1_000;

/// How models are compared, what the best one must reach, and what is told of it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluate {
    /// The metric the champion is chosen by, out of fold; by the task where none is given.
    pub select: Option<Located<String>>,
    /// Metric → bounds, on the champion's test metrics.
    pub gates: Entries<Gate>,
    /// Seed of resamples and of columns in random order.
    pub seed: u64,
    /// Intervals of the test metrics, and how sure it is that the champion is better than the others.
    pub bootstrap: Bootstrap,
    /// Columns of the test rows; metrics are told for the rows of each of their levels or bins.
    pub slices: Vec<Located<Slice>>,
    /// Rows below which a slice is marked as small.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub min_rows: Located<usize>,
    /// Rows that are told of those with the largest errors of the champion; few rows may hold some it gets right.
    #[schemars(range(min = 0, max = 1_000))]
    pub top_errors: Located<usize>,
    /// How much worse the champion is without each column; null, since it scores the test rows once more for each column
    /// and repeat.
    pub permutation_importance: Option<PermutationImportance>,
    /// What is written for `dvc plots`, a CSV a model in `reports/plots/<name>/`; dvc.yaml must list them
    /// (`mlops validate --fix`).
    pub plots: Located<Vec<Plot>>,
}

impl Default for Evaluate {
    fn default() -> Self {
        Self {
            select: None,
            gates: Entries::default(),
            seed: 42,
            bootstrap: Bootstrap::default(),
            slices: Vec::new(),
            min_rows: Located::new(30),
            top_errors: Located::new(20),
            permutation_importance: None,
            plots: Located::new(Vec::new()),
        }
    }
}

/// Bounds of one metric; both are allowed values.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "bounds such as `{min: 0.8}`")]
pub struct Gate {
    /// The least allowed value.
    pub min: Option<f64>,
    /// The greatest allowed value.
    pub max: Option<f64>,
}

/// Resampling of the test rows.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Bootstrap {
    /// How often rows are drawn; 0 for no intervals. Fewer, but 100 at least, where rows times resamples pass 268 million.
    #[schemars(range(min = 0, max = 100_000))]
    pub resamples: Located<usize>,
    /// Share of the resamples that an interval holds.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
    pub confidence: Located<f64>,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: Located::new(1000), confidence: Located::new(0.95) }
    }
}

/// Each column of the test rows put in random order, one after the other.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PermutationImportance {
    /// Orders tried of each column.
    #[schemars(range(min = 1, max = 1_000))]
    pub repeats: Located<usize>,
    /// The metric that gets worse; `select` where none is given.
    pub metric: Option<Located<String>>,
}

impl Default for PermutationImportance {
    fn default() -> Self {
        Self { repeats: Located::new(5), metric: None }
    }
}

impl Evaluate {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for (metric, gate) in self.gates.iter() {
            problems.check(gate.min.is_some() || gate.max.is_some(), || {
                metric.error("a gate needs `min` or `max`").hint("write it such as `roc_auc: {min: 0.8}`")
            });
            problems.check(![gate.min, gate.max].into_iter().flatten().any(f64::is_nan), || {
                metric.error("a bound must be a number").hint("no value is ever below or above `.nan`")
            });
            problems.check(!matches!((gate.min, gate.max), (Some(min), Some(max)) if min > max), || {
                metric.error("`min` is greater than `max`")
            });
        }
        let mut within = |number: &Located<usize>, least: usize, most: usize| {
            problems.check((least..=most).contains(&number.value), || {
                number.error(format!("expected a number from {least} to {most}, found `{}`", number.value))
            });
        };
        within(&self.bootstrap.resamples, 0, MOST_RESAMPLES);
        within(&self.min_rows, 1, 1_000_000_000);
        within(&self.top_errors, 0, MOST);
        if let Some(importance) = &self.permutation_importance {
            within(&importance.repeats, 1, MOST);
        }
        let confidence = &self.bootstrap.confidence;
        problems.check(confidence.value > 0.0 && confidence.value < 1.0, || {
            confidence.error(format!("`{}` is not between 0 and 1", confidence.value)).hint("0.95 is usual")
        });
        let plots = &self.plots.value;
        problems.check((1..plots.len()).all(|at| !plots[..at].contains(&plots[at])), || {
            self.plots.error("a plot is named twice")
        });
        for (at, slice) in self.slices.iter().enumerate() {
            slice.validate(problems);
            let is_first = self.slices[..at].iter().all(|other| other.value.column != slice.value.column);
            problems.check(is_first, || slice.error(format!("column `{}` is listed twice", slice.value.column)));
        }
    }
}
