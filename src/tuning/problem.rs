//! What is searched.

use serde_json::{Map, Value as Json, json};

use super::history::Trial;
use crate::config::{Space, Spaces};
use crate::error::{Error, Result};
use crate::models;
use crate::package::{Candidate, ClassWeight};
use crate::yaml::{Node, Value};

/// The algorithms and what is searched of each.
pub struct Problem {
    /// One for each algorithm, in the order of the config.
    pub branches: Vec<Branch>,
}

/// One algorithm.
pub struct Branch {
    /// The algorithm.
    pub entry: &'static models::Entry,
    /// Its parameters where nothing is searched.
    base: Node,
    class_weight: ClassWeight,
    /// What tune.yaml sets once for all trials.
    fixed: Vec<(String, Json)>,
    /// What is searched.
    pub(super) dimensions: Vec<Dimension>,
}

/// One parameter.
pub(super) struct Dimension {
    pub(super) name: String,
    pub(super) space: Space,
    key: Node,
}

/// One proposal: a branch, and of each of its dimensions a number, or the position of a choice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) branch: usize,
    pub(super) values: Vec<f64>,
}

impl Branch {
    /// The spaces of an algorithm, beside the parameters and class weights that it is trained with.
    ///
    /// # Errors
    /// Exit code 2 for an algorithm or a space that cannot be.
    pub fn new(spaces: &Spaces, base: &Node, class_weight: ClassWeight) -> Result<Self> {
        let entry = models::find(&spaces.algorithm)?;
        let (mut fixed, mut dimensions) = (Vec::new(), Vec::new());
        for (key, node) in &spaces.params {
            match Space::parse(node)? {
                Space::Fixed(value) => fixed.push((key, value)),
                space => {
                    let name = key.as_str().unwrap_or_default().to_owned();
                    dimensions.push(Dimension { name, space, key: key.clone() });
                }
            }
        }
        let base = Spaces::params(base, &fixed);
        let fixed =
            fixed.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json())).collect();
        Ok(Self { entry, base, class_weight, fixed, dimensions })
    }

    /// All parameters at a point.
    pub(super) fn params(&self, values: &[f64]) -> Node {
        let values: Vec<(&Node, Node)> =
            self.dimensions.iter().zip(values).map(|(d, value)| (&d.key, d.node(*value))).collect();
        Spaces::params(&self.base, &values)
    }

    /// What is fitted with these parameters.
    pub(super) fn candidate<'a>(&'a self, params: &'a Node) -> Candidate<'a> {
        Candidate { algorithm: self.entry, params, class_weight: &self.class_weight }
    }

    /// The searched parameters at a point, by name.
    pub(super) fn searched(&self, values: &[f64]) -> Map<String, Json> {
        self.dimensions.iter().zip(values).map(|(d, value)| (d.name.clone(), d.node(*value).to_json())).collect()
    }

    /// All that tune.yaml and a trial say of the parameters, in the order of tune.yaml, fixed ones first.
    pub fn settings(&self, trial: &Trial) -> Vec<(String, Json)> {
        let searched =
            self.dimensions.iter().filter_map(|d| Some((d.name.clone(), trial.params.get(&d.name)?.clone())));
        self.fixed.iter().cloned().chain(searched).collect()
    }

    /// What tells this search from another: spaces, and the parameters around them.
    pub fn describe(&self) -> Json {
        let searched = |key: &Node| self.dimensions.iter().any(|d| key.as_str() == Some(&d.name));
        let around = self.base.as_mapping().unwrap_or_default().iter().filter(|(key, _)| !searched(key));
        let around: Map<String, Json> =
            around.map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json())).collect();
        let spaces: Map<String, Json> = self.dimensions.iter().map(|d| (d.name.clone(), describe(&d.space))).collect();
        json!({"spaces": spaces, "params": around, "class_weight": format!("{:?}", self.class_weight)})
    }
}

fn describe(space: &Space) -> Json {
    match space {
        Space::Int { low, high, step, log } => json!({"int": [low, high], "step": step, "log": log}),
        Space::Float { low, high, step, log } => json!({"float": [low, high], "step": step, "log": log}),
        Space::Choices(choices) => json!({"choices": choices.iter().map(Node::to_json).collect::<Vec<_>>()}),
        Space::Fixed(value) => value.to_json(),
    }
}

impl Dimension {
    fn node(&self, value: f64) -> Node {
        match &self.space {
            Space::Int { .. } => self.key.with(Value::Integer(value as i64)),
            Space::Choices(choices) => choices.get(value as usize).cloned().unwrap_or_else(Node::empty),
            Space::Float { .. } | Space::Fixed(_) => self.key.with(Value::Float(value)),
        }
    }

    /// The number of a value, as the journal has it.
    fn value(&self, json: &Json) -> Option<f64> {
        match &self.space {
            Space::Choices(choices) => choices.iter().position(|c| c.to_json() == *json).map(|at| at as f64),
            _ => json.as_f64(),
        }
    }
}

impl Problem {
    /// The point of a trial.
    ///
    /// # Errors
    /// Exit code 3 for a trial of another search.
    pub(super) fn point(&self, trial: &Trial) -> Result<Point> {
        let find = || {
            let branch = self.branches.iter().position(|b| b.entry.name == trial.algorithm)?;
            let dimensions = self.branches[branch].dimensions.iter();
            let values: Option<Vec<f64>> = dimensions.map(|d| d.value(trial.params.get(&d.name)?)).collect();
            Some(Point { branch, values: values? })
        };
        find().ok_or_else(|| {
            Error::data(format!("trial {} of the journal is of another search", trial.trial))
                .hint("begin anew with `--force`")
        })
    }
}
