//! configs/evaluate.yaml: the champion and the quality gates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problems;
use super::entries::Entries;
use crate::yaml::Located;

/// How models are compared and what the best one must reach.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Evaluate {
    /// The metric the champion is chosen by, out of fold; by the task where none is given.
    pub select: Option<Located<String>>,
    /// Metric → bounds, on the champion's test metrics.
    pub gates: Entries<Gate>,
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
    }
}
