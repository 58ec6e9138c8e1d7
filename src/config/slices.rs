//! `evaluate.slices`: the columns by which test rows are told apart.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Problems;
use crate::yaml::{Located, Node, Value};

/// Bins at the most.
const MOST_BINS: usize = 50;
/// Bins of numbers where none are given.
const BINS: usize = 4;

/// A column whose levels or bins are looked at one by one.
#[derive(Debug, Clone)]
pub struct Slice {
    /// The column.
    pub column: String,
    /// The bins of its numbers.
    pub bins: Located<Bins>,
}

/// Where numbers are parted.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// Into so many parts of about as many rows.
    Count(usize),
    /// At these numbers, each of which begins a bin.
    Edges(Vec<f64>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    column: String,
    bins: Option<Located<Bins>>,
}

impl Slice {
    pub(super) fn validate(&self, problems: &mut Problems) {
        let ok = match &self.bins.value {
            Bins::Count(count) => (2..=MOST_BINS).contains(count),
            Bins::Edges(edges) => {
                (1..MOST_BINS).contains(&edges.len())
                    && edges.iter().all(|edge| edge.is_finite())
                    && edges.windows(2).all(|pair| pair[0] < pair[1])
            }
        };
        problems.check(ok, || {
            self.bins
                .error(format!("expected a number of bins from 2 to {MOST_BINS}, or rising numbers to part them at"))
                .hint("write it such as `bins: 4` or `bins: [30, 50]`")
        });
    }
}

impl Bins {
    fn parse(node: &Node) -> Result<Self, String> {
        let number = |node: &Node| match node.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        };
        let wrong =
            || format!("expected a number of bins, or a list of numbers to part them at, found {}", node.describe());
        match &node.value {
            Value::Integer(count) => usize::try_from(*count).map(Bins::Count).map_err(|_| wrong()),
            Value::Sequence(edges) => {
                edges.iter().map(number).collect::<Option<_>>().map(Bins::Edges).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

impl Default for Bins {
    fn default() -> Self {
        Self::Count(BINS)
    }
}

impl<'de> Deserialize<'de> for Bins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&Node::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Slice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Slice;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a column, or a mapping of `column` and `bins`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Slice, E> {
                Ok(Slice { column: text.to_owned(), bins: Located::new(Bins::default()) })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Slice, A::Error> {
                let Keys { column, bins } = Keys::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Slice { column, bins: bins.unwrap_or_else(|| Located::new(Bins::default())) })
            }
        }
        deserializer.deserialize_any(V)
    }
}

impl Serialize for Bins {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Bins::Count(count) => count.serialize(serializer),
            Bins::Edges(edges) => edges.serialize(serializer),
        }
    }
}

impl Serialize for Slice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("column", &self.column)?;
        map.serialize_entry("bins", &self.bins.value)?;
        map.end()
    }
}

impl JsonSchema for Slice {
    fn schema_name() -> Cow<'static, str> {
        "Slice".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string", "description": "a column, its numbers in four bins of about as many rows"},
            {
                "type": "object",
                "properties": {
                    "column": {"type": "string"},
                    "bins": {"anyOf": [
                        {"type": "integer", "minimum": 2, "maximum": MOST_BINS, "description": "so many bins of about as many rows"},
                        {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": MOST_BINS - 1, "description": "rising numbers, each of which begins a bin"},
                    ]},
                },
                "required": ["column"],
                "additionalProperties": false,
                "description": "the same with other bins",
            },
        ]})
    }
}
