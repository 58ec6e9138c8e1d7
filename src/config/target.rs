//! `config.target`: the column to predict and how its values become labels.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Problems;
use super::entries::Text;
use crate::yaml::{Located, Node};

/// What is predicted.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Column of the source; never a feature.
    pub column: Located<String>,
    /// Value to label, first match wins; values are labels where there is no map.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "rules",
        serialize_with = "write_rules"
    )]
    pub map: Vec<Rule>,
    /// The positive class of a binary target; the last one in sorted order where none is given.
    pub positive: Option<Located<Text>>,
    /// What kind of target it is; decided from the data where none is given.
    pub task: Option<TaskName>,
}

/// The kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    /// Two classes.
    Binary,
    /// Three classes or more.
    Multiclass,
    /// A number.
    Regression,
}

/// One entry of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// As written: a value as text, or a comparison such as `>= 7`.
    pub when: String,
    /// The comparison, where it is one.
    pub comparison: Option<(Comparison, f64)>,
    /// The label it becomes.
    pub label: String,
}

/// How a number is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether `value` compares so with `bound`.
    pub fn holds(self, value: f64, bound: f64) -> bool {
        match self {
            Self::Less => value < bound,
            Self::LessOrEqual => value <= bound,
            Self::Greater => value > bound,
            Self::GreaterOrEqual => value >= bound,
        }
    }
}

impl Rule {
    /// Whether a value, as text, falls under this rule. Numbers equal by value: `7` matches `7.0`.
    pub fn matches(&self, value: &str) -> bool {
        let number = || value.trim().parse::<f64>().ok().filter(|n| n.is_finite());
        match self.comparison {
            Some((comparison, bound)) => number().is_some_and(|n| comparison.holds(n, bound)),
            None => {
                value == self.when
                    || self.when.parse::<f64>().is_ok_and(|bound| bound.is_finite() && number() == Some(bound))
            }
        }
    }

    fn parse(when: &str, label: String) -> Result<Self, String> {
        let signs = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        // A label such as `<=50K` is a value: only a sign before a number is a comparison.
        let comparison = signs.iter().find_map(|(sign, comparison)| Some((*comparison, when.strip_prefix(sign)?)));
        let comparison = match comparison.map(|(c, rest)| (c, rest.trim().parse::<f64>())) {
            Some((_, Ok(bound))) if !bound.is_finite() => {
                return Err(format!("`{when}` compares with no finite number"));
            }
            Some((comparison, Ok(bound))) => Some((comparison, bound)),
            Some((_, Err(_))) | None => None,
        };
        Ok(Self { when: when.to_owned(), comparison, label })
    }
}

impl Target {
    /// The label of a value: by the map, or the value itself where there is none; none where no rule fits.
    pub fn label<'a>(&'a self, value: &'a str) -> Option<&'a str> {
        if self.map.is_empty() {
            return Some(value);
        }
        self.map.iter().find(|rule| rule.matches(value)).map(|rule| rule.label.as_str())
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        let Some(positive) = &self.positive else { return };
        let labels: Vec<&str> = self.map.iter().map(|rule| rule.label.as_str()).collect();
        problems.check(labels.is_empty() || labels.contains(&&*positive.value.0), || {
            positive
                .error(format!("`{}` is no label of `target.map`", positive.value.0))
                .maybe_hint(crate::error::suggest(&positive.value.0, "labels", &labels))
        });
        problems.check(self.task.is_none_or(|t| t == TaskName::Binary), || {
            positive.error("only a binary target has a positive class")
        });
    }
}

fn rules<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Rule>, D::Error> {
    let node = Option::<Node>::deserialize(deserializer)?;
    let Some(node) = node else { return Ok(Vec::new()) };
    let entries =
        node.as_mapping().ok_or_else(|| de::Error::custom(format!("expected a mapping, found {}", node.describe())))?;
    let rule = |(key, value): &(Node, Node)| {
        let when = key.as_str().unwrap_or_default();
        let label = Text::of(value).ok_or_else(|| format!("the label of `{when}` is {}", value.describe()))?;
        Rule::parse(when, label.0)
    };
    entries.iter().map(rule).collect::<Result<_, _>>().map_err(de::Error::custom)
}

fn write_rules<S: Serializer>(rules: &[Rule], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(rules.iter().map(|rule| (&rule.when, &rule.label)))
}
