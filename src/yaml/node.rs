//! The tree of located values.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Number, Value as Json};

use crate::error::{Error, Result};

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// File as shown to the user; empty for values that come from no file.
    pub file: Arc<str>,
    /// 1-based; 0 for values that come from no file.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// Dotted keys and `[index]`es, such as `train.algorithms.xgb`.
    pub path: Arc<str>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.is_empty(), self.path.is_empty()) {
            (true, true) => f.write_str("value"),
            (true, false) => write!(f, "`{}`", self.path),
            (false, true) => write!(f, "{}:{}:{}", self.file, self.line, self.column),
            (false, false) => write!(f, "{}:{}:{}: `{}`", self.file, self.line, self.column, self.path),
        }
    }
}

/// What a value is, by the YAML 1.2 core schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in file order; keys are text with their own location.
    Mapping(Vec<(Node, Node)>),
}

/// A value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stands.
    pub location: Location,
    /// Bytes of the scalar, quotes included; of a collection, from its first to its last value.
    pub span: Range<usize>,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Node {
    /// A value that comes from no file.
    pub fn new(value: Value) -> Self {
        Self { value, location: Location::default(), span: 0..0 }
    }

    /// An empty mapping that comes from no file: all parameters at their defaults.
    pub fn empty() -> Self {
        Self::new(Value::Mapping(Vec::new()))
    }

    /// Another value in the same place.
    pub fn with(&self, value: Value) -> Self {
        Self { value, location: self.location.clone(), span: self.span.clone() }
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    pub fn as_mapping(&self) -> Option<&[(Node, Node)]> {
        match &self.value {
            Value::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under `key` of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_mapping()?.iter().find(|(k, _)| k.as_str() == Some(key)).map(|(_, v)| v)
    }

    /// The value under dotted keys, such as `train.algorithms.xgb`.
    pub fn at(&self, path: &str) -> Option<&Node> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// Splits `{name: params}`, or a bare `name`, which is how a step or an algorithm is written.
    ///
    /// # Errors
    /// Exit code 2 where the value is anything else.
    pub fn named(&self) -> Result<(&Node, Node)> {
        match &self.value {
            Value::String(_) => Ok((self, Node { value: Value::Mapping(Vec::new()), ..self.clone() })),
            Value::Mapping(entries) if entries.len() == 1 => {
                let (name, params) = &entries[0];
                let mut params = params.clone();
                if params.value == Value::Null {
                    params.value = Value::Mapping(Vec::new());
                }
                Ok((name, params))
            }
            _ => Err(self
                .error("expected `name: {parameters}` with one name")
                .hint("write each step as its own list item, such as `- range: {column: age, min: 0}`")),
        }
    }

    /// An error of exit code 2 that points here.
    pub fn error(&self, message: impl fmt::Display) -> Error {
        Error::usage(format!("{}: {message}", self.location))
    }

    /// What the value is, for messages.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(b) => format!("`{b}`"),
            Value::Integer(i) => format!("the integer `{i}`"),
            Value::Float(x) => format!("the number `{x}`"),
            Value::String(s) => format!("the text `{s}`"),
            Value::Sequence(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        }
    }

    /// The value as JSON, without locations.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Integer(i) => Json::from(*i),
            Value::Float(x) => Number::from_f64(*x).map_or(Json::Null, Json::Number),
            Value::String(s) => Json::from(s.as_str()),
            Value::Sequence(items) => items.iter().map(Node::to_json).collect(),
            Value::Mapping(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(k, v)| (k.as_str().unwrap_or_default().to_owned(), v.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// A node of JSON, such as the parameters stored in a model file.
    pub fn from_json(json: &Json) -> Self {
        Self::new(match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(n) => match (n.as_i64(), n.as_f64()) {
                (Some(i), _) => Value::Integer(i),
                (None, x) => Value::Float(x.unwrap_or(f64::NAN)),
            },
            Json::String(s) => Value::String(s.clone()),
            Json::Array(items) => Value::Sequence(items.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Value::Mapping(
                entries.iter().map(|(k, v)| (Self::new(Value::String(k.clone())), Self::from_json(v))).collect(),
            ),
        })
    }
}
