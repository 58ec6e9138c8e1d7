//! `train.validation` and `train.sampling`: how training rows are dealt into folds, and which of them are learned from.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Problems, Train};
use crate::yaml::{Located, Node, Value};

/// How the training rows are dealt into folds.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Validation {
    /// The way of dealing.
    pub method: Located<ValidationMethod>,
    /// The column of `group`, `time` and `predefined`.
    pub column: Option<Located<String>>,
    /// How often all is dealt anew, by `kfold` and `stratified`.
    #[schemars(range(min = 1, max = 100))]
    pub repeats: Located<usize>,
}

/// Ways of dealing rows into folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ValidationMethod {
    /// By chance.
    KFold,
    /// By chance, with the same share of each class in every fold.
    Stratified,
    /// Rows of the same value of `column` stay together.
    Group,
    /// Each fold learns from the rows before those it is tried on, in the order of `column`.
    Time,
    /// `column` says the fold of each row; rows without one are always learned from.
    Predefined,
}

impl Default for Validation {
    fn default() -> Self {
        Self { method: Located::new(ValidationMethod::Stratified), column: None, repeats: Located::new(1) }
    }
}

impl Validation {
    pub(super) fn validate(&self, problems: &mut Problems, train: &Train) {
        use ValidationMethod::{Group, KFold, Predefined, Stratified, Time};
        match (self.method.value, &self.column) {
            (Group | Time | Predefined, None) => problems.push(
                self.method
                    .error("this method needs a `column`")
                    .hint("name the column that holds the groups, the dates or the folds, such as `column: customer`"),
            ),
            (KFold | Stratified, Some(column)) => {
                problems.push(column.error("only `group`, `time` and `predefined` take a `column`"));
            }
            _ => {}
        }
        let (repeats, most) = (self.repeats.value, 100);
        problems.check((1..=most).contains(&repeats), || {
            self.repeats.error(format!("expected a number from 1 to {most}, found `{repeats}`"))
        });
        problems.check(repeats == 1 || matches!(self.method.value, KFold | Stratified), || {
            self.repeats.error("only `kfold` and `stratified` can be dealt anew")
        });
        problems.check(train.folds.value <= 1000, || {
            train.folds.error(format!("`{}` is too many", train.folds.value)).hint("five is usual")
        });
    }
}

/// Which training rows are learned from.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Sampling {
    /// All.
    #[default]
    All,
    /// Every class cut to the size of the smallest.
    Under,
    /// Rows of every class drawn again up to the size of the largest.
    Over,
    /// Label → the most rows of it; none for as many as the largest other class has.
    Caps(Vec<(String, Option<usize>)>),
}

/// The word for a class cut to the size of the others.
const OTHERS: &str = "others";

impl Sampling {
    fn parse(node: &Node) -> Result<Self, String> {
        let cap = |(label, most): &(Node, Node)| {
            let label = label.as_str().unwrap_or_default();
            match &most.value {
                Value::String(text) if text == OTHERS => Ok((label.to_owned(), None)),
                Value::Integer(rows) if *rows > 0 => usize::try_from(*rows)
                    .map(|rows| (label.to_owned(), Some(rows)))
                    .map_err(|_| format!("`{rows}` rows of `{label}` are too many")),
                _ => Err(format!("expected a number of rows or `{OTHERS}` for `{label}`, found {}", most.describe())),
            }
        };
        match &node.value {
            Value::Null => Ok(Self::All),
            Value::String(text) if text == "under" => Ok(Self::Under),
            Value::String(text) if text == "over" => Ok(Self::Over),
            Value::Mapping(entries) if !entries.is_empty() => {
                entries.iter().map(cap).collect::<Result<_, _>>().map(Self::Caps)
            }
            _ => Err(format!("expected `under`, `over`, `null` or {{label: rows}}, found {}", node.describe())),
        }
    }
}

impl<'de> Deserialize<'de> for Sampling {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Node::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Serialize for Sampling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_none(),
            Self::Under => serializer.serialize_str("under"),
            Self::Over => serializer.serialize_str("over"),
            Self::Caps(caps) => {
                let mut map = serializer.serialize_map(Some(caps.len()))?;
                for (label, most) in caps {
                    match most {
                        Some(rows) => map.serialize_entry(label, rows)?,
                        None => map.serialize_entry(label, OTHERS)?,
                    }
                }
                map.end()
            }
        }
    }
}

impl JsonSchema for Sampling {
    fn schema_name() -> Cow<'static, str> {
        "Sampling".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let most = json_schema!({"anyOf": [
            {"type": "integer", "minimum": 1},
            {"const": OTHERS, "description": "as many as the largest of the other classes"},
        ]});
        json_schema!({"anyOf": [
            {"type": "null", "description": "all rows as they are"},
            {"const": "under", "description": "every class cut to the size of the smallest"},
            {"const": "over", "description": "rows of every class drawn again, up to the size of the largest"},
            {"type": "object", "additionalProperties": most, "minProperties": 1, "description": "label: most rows"},
        ]})
    }
}

/// How scores become probabilities that happen as often as they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Calibration {
    /// A logistic curve of the log odds, softened where scores reach 0 or 1 too lightly; steady with few rows.
    Platt,
    /// Any rising curve; wants a thousand rows or more.
    Isotonic,
}
