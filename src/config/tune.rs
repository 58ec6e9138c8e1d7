//! configs/tune.yaml: which parameters are searched, how, and for how long.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Entries, Problems};
use crate::error::Result;
use crate::yaml::{Located, Node, Value};

/// What `mlops tune` searches. Folds and everything else a fit needs are those of train.yaml.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tune {
    /// The metric to be best at, the mean over the folds; `evaluate.select` where none is given, else that of the task.
    pub metric: Option<Located<String>>,
    /// How trials are proposed.
    pub sampler: Located<Sampler>,
    /// Trials in all, those included that come again and are looked up; fewer where every combination has been tried.
    #[schemars(range(min = 1, max = 100_000))]
    pub trials: Located<usize>,
    /// Seconds after which no trial begins. How many trials that makes depends on the machine; without it, it does not.
    #[schemars(range(min = 1))]
    pub timeout: Option<Located<u64>>,
    /// Trials at work at once; the number of threads where none is given. It never changes a result.
    #[schemars(range(min = 1, max = 1024))]
    pub jobs: Option<Located<usize>>,
    /// Trials proposed together, from all those of earlier rounds; more keep more jobs busy, fewer learn faster.
    #[schemars(range(min = 1, max = 1024))]
    pub round: Located<usize>,
    /// Its own seed; that of training where none is given.
    pub seed: Option<u64>,
    /// Which trials end before their last fold.
    pub pruning: Located<Pruning>,
    /// Algorithm → parameter → what is tried of it: `{int: [3, 10]}` or `{float: [0.5, 1]}`, with a `step` or with
    /// `log: true`; `{choices: [a, b]}`; or one value alone. What is not named here is as in train.yaml. `class_weight`
    /// is one of the parameters here too: `{choices: [null, balanced, {yes: 2}]}`.
    #[serde(deserialize_with = "spaces", serialize_with = "write_spaces")]
    #[schemars(with = "Entries<Entries<Space>>")]
    pub algorithms: Vec<Spaces>,
}

/// How trials are proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sampler {
    /// By chance.
    Random,
    /// Every combination, in order.
    Grid,
    /// By a tree-structured Parzen estimator: near what was good so far.
    Tpe,
}

/// Which trials end before their last fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Pruning {
    /// No trial.
    None,
    /// Those that after two folds or more are worse than the median of earlier trials, once five have ended.
    Median,
}

/// The space of one algorithm.
#[derive(Debug, Clone)]
pub struct Spaces {
    /// Its name, with its place.
    pub algorithm: Node,
    /// Its parameters and what is tried of each, as written.
    pub params: Vec<(Node, Node)>,
}

/// What is tried of one parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Space {
    /// Whole numbers from one to the other.
    Int {
        /// The least.
        low: i64,
        /// The greatest.
        high: i64,
        /// From one to the next.
        step: i64,
        /// Whether each power of ten is tried as often as the next.
        log: bool,
    },
    /// Numbers from one to the other.
    Float {
        /// The least.
        low: f64,
        /// The greatest.
        high: f64,
        /// From one to the next; any number between where none is given.
        step: Option<f64>,
        /// Whether each power of ten is tried as often as the next.
        log: bool,
    },
    /// These.
    Choices(Vec<Node>),
    /// This alone.
    Fixed(Node),
}

/// Whole numbers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ints {
    /// The least and the greatest.
    #[schemars(length(min = 2, max = 2))]
    int: Vec<i64>,
    /// From one to the next.
    #[serde(default = "one")]
    #[schemars(range(min = 1))]
    step: i64,
    /// Whether each power of ten is tried as often as the next.
    #[serde(default)]
    log: bool,
}

/// Numbers.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Floats {
    /// The least and the greatest.
    #[schemars(length(min = 2, max = 2))]
    float: Vec<f64>,
    /// From one to the next; any number between where none is given.
    #[schemars(extend("exclusiveMinimum" = 0))]
    step: Option<f64>,
    /// Whether each power of ten is tried as often as the next.
    #[serde(default)]
    log: bool,
}

/// A list of values.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choices {
    /// The values.
    #[schemars(length(min = 1))]
    choices: Vec<Node>,
}

fn one() -> i64 {
    1
}

/// Whole numbers beyond this are not all exact as numbers.
const LARGEST: i64 = 1 << 53;

impl Space {
    /// Reads what stands under a parameter.
    ///
    /// # Errors
    /// Exit code 2, where it stands.
    pub fn parse(node: &Node) -> Result<Self> {
        if node.as_mapping().is_none() {
            return Ok(Self::Fixed(node.clone()));
        }
        if node.get("int").is_some() {
            return Self::of_ints(node, node.to()?);
        }
        if node.get("float").is_some() {
            return Self::of_floats(node, node.to()?);
        }
        if node.get("choices").is_some() {
            let Choices { choices } = node.to()?;
            let twice = choices.iter().enumerate().find(|(at, choice)| choices[..*at].contains(choice));
            return match twice {
                Some((_, choice)) => Err(choice.error(format!("{} stands twice among the choices", choice.describe()))),
                None if choices.is_empty() => Err(node.error("there is nothing to choose from")),
                None => Ok(Self::Choices(choices)),
            };
        }
        Err(node
            .error("expected `int`, `float`, `choices` or one value")
            .hint("write it such as `{int: [3, 10]}`, `{float: [0.01, 0.3], log: true}` or `{choices: [a, b]}`"))
    }

    fn of_ints(node: &Node, Ints { int, step, log }: Ints) -> Result<Self> {
        let [low, high] = int[..] else { return Err(two_ends(node)) };
        let exact = low.abs().max(high.abs()) <= LARGEST;
        ends(node, low as f64, high as f64, log && step != 1, log)?;
        match (exact, step >= 1) {
            (true, true) => Ok(Self::Int { low, high, step, log }),
            (false, _) => Err(node.error(format!("whole numbers go up to {LARGEST} here"))),
            (_, false) => Err(node.error("`step` must be 1 or more")),
        }
    }

    fn of_floats(node: &Node, Floats { float, step, log }: Floats) -> Result<Self> {
        let [low, high] = float[..] else { return Err(two_ends(node)) };
        ends(node, low, high, log && step.is_some(), log)?;
        match step {
            Some(step) if !(step > 0.0 && (high - low) / step < 1e9) => {
                Err(node.error("`step` must be above 0 and make less than 1e9 steps"))
            }
            _ => Ok(Self::Float { low, high, step, log }),
        }
    }

    /// Values to be checked before anything runs: both ends, or all choices. All are located where the space stands.
    pub fn ends(&self, node: &Node) -> Vec<Node> {
        match self {
            Self::Int { low, high, .. } => [low, high].map(|end| node.with(Value::Integer(*end))).to_vec(),
            Self::Float { low, high, .. } => [low, high].map(|end| node.with(Value::Float(*end))).to_vec(),
            Self::Choices(choices) => choices.clone(),
            Self::Fixed(value) => vec![value.clone()],
        }
    }
}

fn two_ends(node: &Node) -> crate::error::Error {
    node.error("expected two numbers, the least and the greatest, such as `[3, 10]`")
}

fn ends(node: &Node, low: f64, high: f64, log_with_step: bool, log: bool) -> Result<()> {
    let problem = match () {
        () if !low.is_finite() || !high.is_finite() || !(high - low).is_finite() => "both ends must be finite",
        () if low > high => "the least value is greater than the greatest",
        () if log && low <= 0.0 => "`log` needs values above 0",
        () if log_with_step => "`log` and `step` do not go together",
        () => return Ok(()),
    };
    Err(node.error(problem))
}

impl JsonSchema for Space {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Space".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let ints = generator.subschema_for::<Ints>();
        let floats = generator.subschema_for::<Floats>();
        let choices = generator.subschema_for::<Choices>();
        json_schema!({"anyOf": [ints, floats, choices, {
            "type": ["string", "number", "boolean", "null"], "description": "this value alone",
        }]})
    }
}

impl Spaces {
    /// `base` with `values` in the place of what it says, or behind it.
    pub fn params(base: &Node, values: &[(&Node, Node)]) -> Node {
        let mut entries = base.as_mapping().unwrap_or_default().to_vec();
        for (name, value) in values {
            match entries.iter_mut().find(|(key, _)| key.as_str() == name.as_str()) {
                Some((_, old)) => *old = value.clone(),
                None => entries.push(((*name).clone(), value.clone())),
            }
        }
        base.with(Value::Mapping(entries))
    }
}

impl Default for Tune {
    fn default() -> Self {
        Self {
            metric: None,
            sampler: Located::new(Sampler::Tpe),
            trials: Located::new(50),
            timeout: None,
            jobs: None,
            round: Located::new(4),
            seed: None,
            pruning: Located::new(Pruning::None),
            algorithms: Vec::new(),
        }
    }
}

fn spaces<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Spaces>, D::Error> {
    let root = Node::deserialize(deserializer)?;
    let wrong = |node: &Node| {
        let expected = "expected a mapping such as `xgb: {max_depth: {int: [3, 10]}}`";
        de::Error::custom(format!("{expected}, found {}", node.describe()))
    };
    let of = |(algorithm, params): &(Node, Node)| match &params.value {
        Value::Null => Ok(Spaces { algorithm: algorithm.clone(), params: Vec::new() }),
        Value::Mapping(entries) => Ok(Spaces { algorithm: algorithm.clone(), params: entries.clone() }),
        _ => Err(wrong(params)),
    };
    match &root.value {
        Value::Null => Ok(Vec::new()),
        Value::Mapping(entries) => entries.iter().map(of).collect(),
        _ => Err(wrong(&root)),
    }
}

/// The parameters of one algorithm as written.
struct Written<'a>(&'a Spaces);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.0.params {
            map.serialize_entry(key.as_str().unwrap_or_default(), value)?;
        }
        map.end()
    }
}

fn write_spaces<S: Serializer>(all: &[Spaces], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(all.iter().map(|spaces| (spaces.algorithm.as_str().unwrap_or_default(), Written(spaces))))
}

impl Tune {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for (value, most) in [(Some(&self.trials), 100_000), (self.jobs.as_ref(), 1024), (Some(&self.round), 1024)] {
            for value in value.into_iter().filter(|value| !(1..=most).contains(&value.value)) {
                problems.push(value.error(format!("expected a number from 1 to {most}, found `{}`", value.value)));
            }
        }
        for timeout in self.timeout.iter().filter(|timeout| timeout.value == 0) {
            problems.push(timeout.error("expected seconds, 1 or more").hint("leave it out for no limit"));
        }
        for (key, node) in self.algorithms.iter().flat_map(|spaces| &spaces.params) {
            match Space::parse(node) {
                Ok(space) if self.sampler.value == Sampler::Grid && space.is_endless() => problems.push(
                    key.error("a grid needs a `step` for numbers")
                        .hint("add `step`, list the values under `choices`, or use the sampler `tpe` or `random`"),
                ),
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
    }
}

impl Space {
    fn is_endless(&self) -> bool {
        matches!(self, Self::Float { low, high, step: None, .. } if low < high)
    }
}
