//! JSON Schema of what is read from YAML: of the types themselves, so that editors, docs and reader agree.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use super::{Located, Node};

/// The schema of a `T` as [`Node::to`] reads it, all in one piece without references.
///
/// Doc comments become descriptions; defaults come from `Default`.
pub fn schema<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    settings.with_transform(RecursiveTransform(as_read)).into_generator().into_root_schema_for::<T>()
}

/// What the derive cannot know of our reader, and what no reader of a schema needs.
fn as_read(schema: &mut Schema) {
    // Names of Rust types and widths of numbers say nothing to a reader of YAML.
    schema.remove("title");
    schema.remove("format");
    if let Some(Json::String(text)) = schema.get_mut("description") {
        *text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    // Nothing after a key is an empty mapping: all defaults.
    let is_mapping = schema.get("type").is_some_and(|kind| kind == "object");
    let needs_keys = schema.get("required").is_some() || schema.get("minProperties").is_some();
    if is_mapping && !needs_keys {
        schema.insert("type".to_owned(), serde_json::json!(["object", "null"]));
    }
    // As it is an empty list, for the same reason.
    if schema.get("type").is_some_and(|kind| kind == "array") && schema.get("minItems").is_none() {
        schema.insert("type".to_owned(), serde_json::json!(["array", "null"]));
    }
}

/// A place does not change what may be written.
impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Any value; who owns it says more.
impl JsonSchema for Node {
    fn schema_name() -> Cow<'static, str> {
        "Node".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({})
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    /// What is read.
    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields, default)]
    #[allow(dead_code)]
    struct Keys {
        /// A share
        /// of rows.
        #[schemars(range(min = 0.0, max = 1.0))]
        share: Located<f64>,
        name: Option<Located<String>>,
        rest: Node,
    }

    impl Default for Keys {
        fn default() -> Self {
            Self { share: Located::new(0.5), name: None, rest: Node::empty() }
        }
    }

    #[test]
    fn a_schema_says_what_the_reader_takes() {
        assert_eq!(
            schema::<Keys>().to_value(),
            json!({
                "type": ["object", "null"],
                "description": "What is read.",
                "additionalProperties": false,
                "properties": {
                    "share": {"type": "number", "description": "A share of rows.", "default": 0.5, "minimum": 0.0, "maximum": 1.0},
                    "name": {"type": ["string", "null"], "default": null},
                    "rest": {"default": {}},
                },
            })
        );
    }
}
