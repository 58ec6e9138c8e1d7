//! `config.columns`: what columns mean, for people; nothing is computed from it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// What a column means. A text alone is its description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnNote {
    /// In words, which may be Markdown.
    pub description: String,
    /// What its numbers are measured in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    description: String,
    unit: Option<String>,
}

impl<'de> Deserialize<'de> for ColumnNote {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = ColumnNote;
            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("a description, or a mapping of `description` and `unit`")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ColumnNote, E> {
                Ok(ColumnNote { description: text.to_owned(), unit: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ColumnNote, A::Error> {
                let Keys { description, unit } = Keys::deserialize(MapAccessDeserializer::new(map))?;
                Ok(ColumnNote { description, unit })
            }
        }
        deserializer.deserialize_any(V)
    }
}

impl JsonSchema for ColumnNote {
    fn schema_name() -> Cow<'static, str> {
        "ColumnNote".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string", "description": "what it means"},
            {
                "type": "object",
                "properties": {"description": {"type": "string"}, "unit": {"type": ["string", "null"]}},
                "additionalProperties": false,
                "description": "the same, and the unit of its numbers",
            },
        ]})
    }
}
