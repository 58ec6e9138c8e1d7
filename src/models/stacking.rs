//! `stacking`: an algorithm that learns from what other algorithms answer.

use schemars::JsonSchema;
use serde::Deserialize;

use super::blend::{self, Blend, Member, Rule};
use super::{Entry, Task};
use crate::yaml::{self, Node, Value};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "stacking",
    version: 1,
    summary: "stacking: a final estimator learns from the out-of-fold log odds or values of other algorithms",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: true,
    takes_sparse: true,
    schema: yaml::schema::<Stacking>,
    build: |params| {
        let stacking: Stacking = params.to()?;
        let members = blend::members(&stacking.estimators)?;
        let last = stacking.final_estimator.filter(|node| node.value != Value::Null);
        let rule = Rule::Final(last.as_ref().map(Member::of_final).transpose()?.map(Box::new));
        Ok(Box::new(Blend::new(ENTRY.name, members, rule)))
    },
    load: blend::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Stacking {
    /// The members: name → parameters of the algorithm of that name, or of the one that `algorithm` says, and
    /// `class_weight`. Each must take what it is given: missing values, weights, the task.
    #[schemars(schema_with = "blend::estimators_schema")]
    estimators: Node,
    /// What learns from the members' answers, as `{algorithm: lr, c: 0.1}`; null is `lr` for classes and `ridge` for
    /// numbers, at their defaults.
    #[schemars(schema_with = "blend::final_schema")]
    final_estimator: Option<Node>,
}

impl Default for Stacking {
    fn default() -> Self {
        Self { estimators: blend::usual_members(), final_estimator: None }
    }
}
