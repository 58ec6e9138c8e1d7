//! `config.target`: the column to predict and how its values become labels.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Problems;
use super::entries::{Entries, Text};
use crate::yaml::{Located, Node};

/// What is predicted.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Column of the source; never a feature.
    pub column: Located<String>,
    /// From a value as text, or a comparison such as `>= 7`, to its label; values are labels where there is no map.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "labels",
        serialize_with = "write_labels"
    )]
    #[schemars(with = "Entries<Text>")]
    pub map: Vec<(String, String)>,
    /// The positive class of a binary target; the last one in sorted order where none is given.
    pub positive: Option<Located<Text>>,
    /// What kind of target it is; decided from the data where none is given.
    pub task: Option<TaskName>,
}

/// The kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskName {
    /// Two classes.
    Binary,
    /// Three classes or more.
    Multiclass,
    /// A number.
    Regression,
}

impl Target {
    pub(super) fn validate(&self, problems: &mut Problems) {
        let Some(positive) = &self.positive else { return };
        let labels: Vec<&str> = self.map.iter().map(|(_, label)| label.as_str()).collect();
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

fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    let node = Option::<Node>::deserialize(deserializer)?;
    let Some(node) = node else { return Ok(Vec::new()) };
    let entries =
        node.as_mapping().ok_or_else(|| de::Error::custom(format!("expected a mapping, found {}", node.describe())))?;
    let label = |(key, value): &(Node, Node)| {
        let from = key.as_str().unwrap_or_default();
        let label = Text::of(value).ok_or_else(|| format!("the label of `{from}` is {}", value.describe()))?;
        Ok((from.to_owned(), label.0))
    };
    entries.iter().map(label).collect::<Result<_, String>>().map_err(de::Error::custom)
}

fn write_labels<S: Serializer>(labels: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(labels.iter().map(|(from, label)| (from, label)))
}
