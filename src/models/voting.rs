//! `voting`: the weighted mean of what other algorithms answer.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::blend::{self, Blend, Member, Rule};
use super::{Entry, Task};
use crate::error::{Result, suggest};
use crate::yaml::{self, Node, Value};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "voting",
    version: 1,
    summary: "soft voting: the weighted mean of the probabilities or values of other algorithms",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: true,
    takes_sparse: true,
    schema: yaml::schema::<Voting>,
    build: |params| {
        let voting: Voting = params.to()?;
        let members = blend::members(&voting.estimators)?;
        let rule = rule(&voting.weights, &members)?;
        Ok(Box::new(Blend::new(ENTRY.name, members, rule)))
    },
    load: blend::load,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Voting {
    /// The members: name → parameters of the algorithm of that name, or of the one that `algorithm` says, and
    /// `class_weight`. Each must take what it is given: missing values, weights, the task.
    #[schemars(schema_with = "blend::estimators_schema")]
    estimators: Node,
    /// How much each member counts.
    #[schemars(schema_with = "weights_schema")]
    weights: Node,
}

impl Default for Voting {
    fn default() -> Self {
        Self { estimators: blend::usual_members(), weights: Node::new(Value::String("equal".to_owned())) }
    }
}

fn weights_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"anyOf": [
        {"const": "equal", "description": "all alike"},
        {"const": "out_of_fold", "description": "as gives the least log loss, or squared error, of their mean out of fold"},
        {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}, "description": "name: weight, of every member"},
    ]})
}

fn rule(weights: &Node, members: &[Member]) -> Result<Rule> {
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let entries = match &weights.value {
        Value::String(text) if text == "equal" => return Ok(Rule::Mean(vec![1.0 / names.len() as f64; names.len()])),
        Value::String(text) if text == "out_of_fold" => return Ok(Rule::BestMean),
        Value::Mapping(entries) => entries,
        _ => {
            let expected = "expected `equal`, `out_of_fold` or {name: weight}";
            return Err(weights.error(format!("{expected}, found {}", weights.describe())));
        }
    };
    let mut given = vec![None; names.len()];
    for (name, weight) in entries {
        let text = name.as_str().unwrap_or_default();
        let at = names
            .iter()
            .position(|known| *known == text)
            .ok_or_else(|| name.error(format!("`{text}` is no member")).maybe_hint(suggest(text, "members", &names)))?;
        given[at] = Some(number(weight)?);
    }
    if let Some(at) = given.iter().position(Option::is_none) {
        return Err(weights
            .error(format!("the weight of `{}` is missing", names[at]))
            .hint("give one to every member"));
    }
    let given: Vec<f64> = given.into_iter().flatten().collect();
    let sum: f64 = given.iter().sum();
    match sum > 0.0 {
        true => Ok(Rule::Mean(given.iter().map(|weight| weight / sum).collect())),
        false => Err(weights.error("all weights are 0")),
    }
}

fn number(node: &Node) -> Result<f64> {
    let value = match node.value {
        Value::Integer(value) => value as f64,
        Value::Float(value) => value,
        _ => f64::NAN,
    };
    // What is larger would leave nothing of the others.
    match (0.0..1e9).contains(&value) {
        true => Ok(value),
        false => Err(node.error(format!("expected a number, 0 or more, found {}", node.describe()))),
    }
}
