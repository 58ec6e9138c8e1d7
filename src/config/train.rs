//! configs/train.yaml: algorithms, validation, weights, sampling, calibration and the threshold.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Calibration, Entries, Main, Problems, Sampling, TaskName, Validation, is_name};
use crate::error::Error;
use crate::yaml::{Located, Node, Value};

/// The key inside an algorithm's parameters that is taken out before the algorithm sees them.
pub const CLASS_WEIGHT: &str = "class_weight";

/// How models are trained.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Train {
    /// Folds of the out-of-fold predictions.
    #[schemars(range(min = 2))]
    pub folds: Located<usize>,
    /// How the rows are dealt into folds.
    pub validation: Validation,
    /// A column that says how much each row counts; no feature then.
    pub sample_weight: Option<Located<String>>,
    /// Rows that are left out or drawn again, in the training side of each fold too.
    pub sampling: Located<Sampling>,
    /// What is done to scores, as learned from out-of-fold predictions.
    pub calibration: Option<Located<Calibration>>,
    /// Class weights of every algorithm that has none of its own.
    pub class_weight: Located<ClassWeight>,
    /// How scores become classes: the decision threshold, or thresholds.
    pub threshold: Threshold,
    /// Its own seed; the project's where none is given.
    pub seed: Option<u64>,
    /// The algorithms, each with its parameters; `{}` takes the defaults.
    #[serde(deserialize_with = "algorithms", serialize_with = "write_algorithms")]
    #[schemars(with = "Entries<Entries<Node>>", extend("minProperties" = 1))]
    pub algorithms: Vec<Algorithm>,
}

/// One algorithm of the list.
#[derive(Debug, Clone)]
pub struct Algorithm {
    /// Its name, with its place.
    pub name: Node,
    /// Its parameters without `class_weight`; an empty mapping where none are given.
    pub params: Node,
    /// Its own class weight, with its place.
    pub class_weight: Option<(Node, ClassWeight)>,
}

/// How much each class weighs.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ClassWeight {
    /// Each row counts the same.
    #[default]
    Equal,
    /// Each class counts the same: rows / (classes * rows of the class), as scikit-learn has it.
    Balanced,
    /// Label → weight.
    Given(Vec<(String, f64)>),
}

/// What rows of a class cost, by the class that is predicted for them.
pub type Costs = (String, Vec<(String, f64)>);

/// How scores become classes.
#[derive(Debug, Clone)]
pub enum Threshold {
    /// The best for this metric on out-of-fold predictions: one threshold, or one a class where there are several.
    Metric(Located<String>),
    /// This probability; of two classes.
    Fixed(f64),
    /// The least cost: actual label → predicted label → cost.
    Costs(Located<Vec<Costs>>),
}

impl Default for Train {
    fn default() -> Self {
        let names = ["baseline", "lr", "dt", "rf", "xgb"];
        let algorithm = |name: &str| Algorithm {
            name: Node::new(Value::String(name.to_owned())),
            params: Node::empty(),
            class_weight: None,
        };
        Self {
            folds: Located::new(5),
            validation: Validation::default(),
            sample_weight: None,
            sampling: Located::new(Sampling::All),
            calibration: None,
            class_weight: Located::new(ClassWeight::Equal),
            threshold: Threshold::default(),
            seed: None,
            algorithms: names.map(algorithm).to_vec(),
        }
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self::Metric(Located::new("f1".to_owned()))
    }
}

impl ClassWeight {
    fn parse(node: &Node) -> Result<Self, String> {
        let weight = |(label, weight): &(Node, Node)| {
            let label = label.as_str().unwrap_or_default();
            let number = match weight.value {
                Value::Integer(i) => i as f64,
                Value::Float(x) => x,
                _ => f64::NAN,
            };
            if number.is_finite() && number > 0.0 {
                Ok((label.to_owned(), number))
            } else {
                Err(format!("the weight of `{label}` must be a positive number, found {}", weight.describe()))
            }
        };
        match &node.value {
            Value::Null => Ok(Self::Equal),
            Value::String(text) if text == "balanced" => Ok(Self::Balanced),
            Value::Mapping(entries) if !entries.is_empty() => {
                entries.iter().map(weight).collect::<Result<_, _>>().map(Self::Given)
            }
            _ => Err(format!("expected `balanced`, `null` or {{label: weight}}, found {}", node.describe())),
        }
    }
}

impl<'de> Deserialize<'de> for ClassWeight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Node::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Serialize for ClassWeight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Equal => serializer.serialize_none(),
            Self::Balanced => serializer.serialize_str("balanced"),
            Self::Given(weights) => serializer.collect_map(weights.iter().map(|(label, weight)| (label, weight))),
        }
    }
}

impl JsonSchema for ClassWeight {
    fn schema_name() -> Cow<'static, str> {
        "ClassWeight".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let weight = json_schema!({"type": "number", "exclusiveMinimum": 0});
        json_schema!({"anyOf": [
            {"type": "null", "description": "each row counts the same"},
            {"const": "balanced", "description": "each class counts the same"},
            {"type": "object", "additionalProperties": weight, "minProperties": 1, "description": "label: weight"},
        ]})
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        let fixed = match &node.value {
            Value::String(name) => return Ok(Self::Metric(Located::at(name.clone(), node.clone()))),
            Value::Null => return Ok(Self::default()),
            Value::Integer(i) => *i as f64,
            Value::Float(x) => *x,
            Value::Mapping(entries) => match entries.as_slice() {
                [(key, costs)] if key.as_str() == Some("costs") => {
                    return Ok(Self::Costs(Located::at(costs_of(costs).map_err(de::Error::custom)?, costs.clone())));
                }
                _ => {
                    return Err(de::Error::custom(
                        "expected a metric, a number or `costs: {actual: {predicted: cost}}`",
                    ));
                }
            },
            _ => f64::NAN,
        };
        if fixed > 0.0 && fixed < 1.0 {
            Ok(Self::Fixed(fixed))
        } else {
            Err(de::Error::custom(format!("expected a metric or a number between 0 and 1, found {}", node.describe())))
        }
    }
}

fn costs_of(node: &Node) -> Result<Vec<Costs>, String> {
    const EXPECTED: &str = "such as `costs: {\"yes\": {\"no\": 5}}`: actual, predicted, cost";
    let labelled = |node: &Node| match node.as_mapping() {
        Some(entries) if !entries.is_empty() => Ok(entries.to_vec()),
        _ => Err(format!("expected labels, {EXPECTED}; found {}", node.describe())),
    };
    let text = |label: &Node| label.as_str().unwrap_or_default().to_owned();
    let mut costs = Vec::new();
    for (actual, row) in labelled(node)? {
        let mut of_predicted = Vec::new();
        for (predicted, cost) in labelled(&row)? {
            let number = match cost.value {
                Value::Integer(i) => i as f64,
                Value::Float(x) => x,
                _ => f64::NAN,
            };
            if !(0.0..1e30).contains(&number) {
                return Err(format!("a cost is a number, 0 or more; found {}", cost.describe()));
            }
            of_predicted.push((text(&predicted), number));
        }
        costs.push((text(&actual), of_predicted));
    }
    Ok(costs)
}

/// Costs as they are written.
struct CostsOf<'a>(&'a [(String, f64)]);

impl Serialize for CostsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, cost)| (label, cost)))
    }
}

/// All of them.
struct Matrix<'a>(&'a [Costs]);

impl Serialize for Matrix<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(label, row)| (label, CostsOf(row))))
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Metric(name) => serializer.serialize_str(name),
            Self::Fixed(value) => serializer.serialize_f64(*value),
            Self::Costs(costs) => serializer.collect_map([("costs", Matrix(&costs.value))]),
        }
    }
}

impl JsonSchema for Threshold {
    fn schema_name() -> Cow<'static, str> {
        "Threshold".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string", "description": "the best for this metric on out-of-fold predictions: a threshold, or one a class where there are several"},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "description": "this probability, of two classes"},
            {
                "type": "object", "required": ["costs"], "additionalProperties": false,
                "description": "costs: {actual label: {predicted label: cost}}; an error that is not named costs 1",
                "properties": {"costs": {"type": "object", "minProperties": 1, "additionalProperties":
                    {"type": "object", "minProperties": 1, "additionalProperties": {"type": "number", "minimum": 0}}}},
            },
            {"type": "null"},
        ]})
    }
}

fn algorithms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Algorithm>, D::Error> {
    let root = Node::deserialize(deserializer)?;
    let entries = root.as_mapping().ok_or_else(|| {
        de::Error::custom(format!("expected a mapping such as `rf: {{}}`, found {}", root.describe()))
    })?;
    entries.iter().map(algorithm).collect::<Result<_, _>>().map_err(de::Error::custom)
}

fn algorithm((name, params): &(Node, Node)) -> Result<Algorithm, String> {
    let mut params = params.clone();
    match params.value {
        Value::Null => params.value = Value::Mapping(Vec::new()),
        Value::Mapping(_) => {}
        _ => {
            return Err(format!("the parameters of `{}` are {}", name.as_str().unwrap_or_default(), params.describe()));
        }
    }
    let class_weight = take_class_weight(&mut params).map(|(key, value)| {
        let weight = ClassWeight::parse(&value).map_err(|e| format!("`{}`: {e}", key.location.path))?;
        Ok::<_, String>((key, weight))
    });
    Ok(Algorithm { name: name.clone(), params, class_weight: class_weight.transpose()? })
}

/// What stands under `class_weight`, which is then no parameter any more.
fn take_class_weight(params: &mut Node) -> Option<(Node, Node)> {
    let Value::Mapping(entries) = &mut params.value else { return None };
    let at = entries.iter().position(|(key, _)| key.as_str() == Some(CLASS_WEIGHT))?;
    Some(entries.remove(at))
}

impl Algorithm {
    /// The same with other parameters, among which `class_weight` may be.
    ///
    /// # Errors
    /// Exit code 2 for class weights that are none.
    pub fn with_params(&self, mut params: Node) -> crate::error::Result<Self> {
        let class_weight = match take_class_weight(&mut params) {
            Some((key, value)) => Some((key, value.to()?)),
            None => self.class_weight.clone(),
        };
        Ok(Self { name: self.name.clone(), params, class_weight })
    }
}

/// Parameters as written, `class_weight` among them.
struct Written<'a>(&'a Algorithm);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.0.params.as_mapping().unwrap_or_default();
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in entries {
            map.serialize_entry(key.as_str().unwrap_or_default(), value)?;
        }
        if let Some((_, weight)) = &self.0.class_weight {
            map.serialize_entry(CLASS_WEIGHT, weight)?;
        }
        map.end()
    }
}

fn write_algorithms<S: Serializer>(algorithms: &[Algorithm], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(algorithms.iter().map(|a| (a.name.as_str().unwrap_or_default(), Written(a))))
}

impl Train {
    /// The class weight of one algorithm: its own, or that of all.
    pub fn class_weight_of<'a>(&'a self, algorithm: &'a Algorithm) -> &'a ClassWeight {
        algorithm.class_weight.as_ref().map_or(&self.class_weight.value, |(_, weight)| weight)
    }

    pub(super) fn validate(&self, problems: &mut Problems, main: &Main) {
        problems.check(self.folds.value >= 2, || {
            self.folds.error(format!("`{}` is too few", self.folds.value)).hint("two folds at least; five is usual")
        });
        problems.check(!self.algorithms.is_empty(), || {
            Error::usage("configs/train.yaml: `train.algorithms` is empty").hint("name one at least, such as `rf: {}`")
        });
        for algorithm in &self.algorithms {
            let name = algorithm.name.as_str().unwrap_or_default();
            problems.check(is_name(name), || {
                algorithm
                    .name
                    .error(format!("`{name}` cannot stand in file names"))
                    .hint("use lower case letters and digits")
            });
        }
        let weighted = self.class_weight.value != ClassWeight::Equal;
        problems.check(!(weighted && main.target.task == Some(TaskName::Regression)), || {
            self.class_weight.error("a regression target has no classes to weigh")
        });
        let numbers = main.target.task == Some(TaskName::Regression);
        problems.check(!(numbers && self.sampling.value != Sampling::All), || {
            self.sampling.error("a regression target has no classes to even out")
        });
        for calibration in self.calibration.iter().filter(|_| numbers) {
            problems.push(calibration.error("a regression target has no probabilities to calibrate"));
        }
        self.validation.validate(problems, self);
    }
}
