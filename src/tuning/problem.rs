//! What is searched.

use serde_json::{Map, Value as Json, json};

use super::history::Trial;
use crate::config::{self, Algorithm, CLASS_WEIGHT, Space, Spaces};
use crate::error::Result;
use crate::models::{self, Estimator};
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
    /// What it is where nothing is searched; its parameters with what tune.yaml sets, and `class_weight` among them
    /// where that does.
    base: Algorithm,
    /// Where it has no class weight of its own.
    class_weight: config::ClassWeight,
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

/// What is fitted at a point.
pub(super) struct Fitting {
    algorithm: &'static models::Entry,
    params: Node,
    class_weight: ClassWeight,
    pub(super) estimator: Box<dyn Estimator>,
}

impl Fitting {
    pub(super) fn candidate(&self) -> Candidate<'_> {
        Candidate { algorithm: self.algorithm, params: &self.params, class_weight: &self.class_weight }
    }
}

/// One proposal: a branch, and of each of its dimensions a number, or the position of a choice.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Point {
    pub(super) branch: usize,
    pub(super) values: Vec<f64>,
}

impl Branch {
    /// The spaces of an algorithm, beside what train.yaml says of it; `class_weight` is that of all algorithms.
    ///
    /// # Errors
    /// Exit code 2 for an algorithm or a space that cannot be.
    pub fn new(spaces: &Spaces, trained: &Algorithm, class_weight: &config::ClassWeight) -> Result<Self> {
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
        let base = Algorithm { params: Spaces::params(&trained.params, &fixed), ..trained.clone() };
        let fixed =
            fixed.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json())).collect();
        Ok(Self { entry, base, class_weight: class_weight.clone(), fixed, dimensions })
    }

    /// What is fitted at a point.
    ///
    /// # Errors
    /// Exit code 2 for parameters that do not go together: only the ends of each space are sure to.
    pub(super) fn fitting(&self, values: &[f64]) -> Result<Fitting> {
        let values: Vec<(&Node, Node)> =
            self.dimensions.iter().zip(values).map(|(d, value)| (&d.key, d.node(*value))).collect();
        let trained = self.base.with_params(Spaces::params(&self.base.params, &values))?;
        let own = trained.class_weight.as_ref().map(|(_, weight)| weight);
        Ok(Fitting {
            algorithm: self.entry,
            class_weight: own.unwrap_or(&self.class_weight).into(),
            estimator: (self.entry.build)(&trained.params)?,
            params: trained.params,
        })
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

    /// What tells this search from another: spaces in their order, which proposals go by, and what is around them.
    pub fn describe(&self) -> Json {
        let mut around: Map<String, Json> = Map::new();
        let own = self.base.class_weight.as_ref().map(|(_, weight)| weight);
        let class_weight = serde_json::to_value(own.unwrap_or(&self.class_weight)).unwrap_or_default();
        around.insert(CLASS_WEIGHT.to_owned(), class_weight);
        for (key, value) in self.base.params.as_mapping().unwrap_or_default() {
            around.insert(key.as_str().unwrap_or_default().to_owned(), value.to_json());
        }
        self.dimensions.iter().for_each(|d| drop(around.remove(&d.name)));
        let spaces: Vec<Json> = self.dimensions.iter().map(|d| json!([d.name, describe(&d.space)])).collect();
        json!({"algorithm": self.entry.name, "spaces": spaces, "params": around})
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
    /// The point of a trial; none of one that is not of these spaces.
    pub(super) fn point(&self, trial: &Trial) -> Option<Point> {
        let branch = self.branches.iter().position(|b| b.entry.name == trial.algorithm)?;
        let dimensions = &self.branches[branch].dimensions;
        if trial.params.len() != dimensions.len() {
            return None;
        }
        let values: Option<Vec<f64>> = dimensions.iter().map(|d| d.value(trial.params.get(&d.name)?)).collect();
        Some(Point { branch, values: values? })
    }
}
