//! Schemas in words.

use serde_json::json;

use super::terms::{Key, default, keys, kind, meaning};

#[test]
fn kinds_read_as_people_say_them() {
    for (schema, expected) in [
        (json!({}), "anything"),
        (json!({"type": ["integer", "null"], "minimum": 1, "maximum": 64}), "whole number from 1 to 64"),
        (json!({"type": ["integer", "null"], "minimum": 1, "default": 3}), "whole number ≥ 1 or null"),
        (json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1.0}), "number > 0 and ≤ 1"),
        (json!({"type": "array", "items": {"type": "string"}}), "list of texts"),
        (json!({"type": ["object", "null"], "additionalProperties": {"enum": ["a", "b"]}}), "mapping of `a` or `b`"),
        (json!({"anyOf": [{"oneOf": [{"const": "x"}, {"const": "y"}]}, {"type": "null"}]}), "`x` or `y`"),
        (json!({"type": ["string", "boolean"]}), "text, `true` or `false`"),
    ] {
        assert_eq!(kind(&schema), expected, "{schema}");
    }
}

#[test]
fn required_keys_come_first_and_values_are_explained() {
    let schema = json!({"properties": {"a": {}, "b": {}, "z": {}, "c": {}}, "required": ["z", "c"]});
    let names: Vec<&str> = keys(&schema).iter().map(|key| key.name).collect();
    assert_eq!(names, ["z", "c", "a", "b"]);
    let schema = json!({"description": "How.", "oneOf": [{"const": "x", "description": "By X."}, {"const": "y"}]});
    assert_eq!(meaning(&schema), "How.<br>`x`: by X");
}

#[test]
fn defaults_can_be_written_as_they_stand() {
    for (value, expected) in [
        (json!(null), ""),
        (json!("f1"), "`f1`"),
        (json!(1.0), "`1`"),
        (json!(["", "NA", "null", "a b"]), r#"`["", "NA", "null", "a b"]`"#),
        (json!([{"scale": {"method": "standard"}}]), "`[{scale: {method: standard}}]`"),
    ] {
        let schema = json!({ "default": value });
        assert_eq!(default(&Key { name: "k", schema: &schema, required: false }), expected);
    }
}
