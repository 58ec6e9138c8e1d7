//! As much of JSON Schema as the project's schemas use. A keyword it does not know is an error, so that no rule of
//! a schema is passed over. (The `jsonschema` crate would nearly double the time to build the tests.)

use serde_json::Value as Json;

/// Keywords that say nothing about what is valid.
const NOTES: [&str; 5] = ["$schema", "title", "description", "default", "required"];

/// The first thing that is wrong with `value`, and where.
pub fn check(schema: &Json, value: &Json) -> Result<(), String> {
    at(schema, value, "")
}

fn at(schema: &Json, value: &Json, path: &str) -> Result<(), String> {
    let keywords = match schema {
        Json::Bool(true) => return Ok(()),
        Json::Object(keywords) => keywords,
        _ => return Err(format!("{path}: nothing may stand here")),
    };
    let refuse = |what: &str| Err(format!("{path}: {value}: {what}"));
    for name in keywords.get("required").and_then(Json::as_array).into_iter().flatten() {
        if value.as_object().is_some_and(|object| !object.contains_key(name.as_str().unwrap())) {
            return refuse(&format!("no {name}"));
        }
    }
    for (keyword, rule) in keywords {
        let good = match keyword.as_str() {
            "type" => is_one_of(rule, value),
            "const" => rule == value,
            "enum" => rule.as_array().unwrap().contains(value),
            "anyOf" => ways(rule, value, path) > 0,
            "oneOf" => ways(rule, value, path) == 1,
            "minimum" => value.as_f64().is_none_or(|x| x >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|x| x <= rule.as_f64().unwrap()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|x| x > rule.as_f64().unwrap()),
            "exclusiveMaximum" => value.as_f64().is_none_or(|x| x < rule.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|a| a.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|a| a.len() as u64 <= rule.as_u64().unwrap()),
            "uniqueItems" => value.as_array().is_none_or(|a| a.iter().enumerate().all(|(i, x)| !a[..i].contains(x))),
            "minProperties" => value.as_object().is_none_or(|o| o.len() as u64 >= rule.as_u64().unwrap()),
            "maxProperties" => value.as_object().is_none_or(|o| o.len() as u64 <= rule.as_u64().unwrap()),
            "pattern" => value.as_str().is_none_or(|text| matches(rule.as_str().unwrap(), text)),
            "items" => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    at(rule, item, &format!("{path}[{i}]"))?;
                }
                true
            }
            "if" => {
                if at(rule, value, path).is_ok() {
                    at(&schema["then"], value, path)?;
                }
                true
            }
            "propertyNames" => {
                for name in value.as_object().into_iter().flat_map(|object| object.keys()) {
                    at(rule, &Json::from(name.as_str()), &format!("{path}.{name}"))?;
                }
                true
            }
            "properties" | "additionalProperties" | "then" => true,
            note if NOTES.contains(&note) => true,
            unknown => return refuse(&format!("unknown keyword `{unknown}`")),
        };
        if !good {
            return refuse(&format!("against `{keyword}` {rule}"));
        }
    }
    for (name, item) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match (schema["properties"].get(name), schema.get("additionalProperties")) {
            (Some(property), _) | (None, Some(property)) => at(property, item, &path)?,
            (None, None) => {}
        }
    }
    Ok(())
}

fn ways(rules: &Json, value: &Json, path: &str) -> usize {
    let rules = rules.as_array().unwrap();
    assert!(!rules.is_empty(), "{path}: no way to write it");
    rules.iter().filter(|rule| at(rule, value, path).is_ok()).count()
}

fn is_one_of(types: &Json, value: &Json) -> bool {
    let is = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    };
    match types {
        Json::Array(types) => types.iter().any(|name| is(name.as_str().unwrap())),
        name => is(name.as_str().unwrap()),
    }
}

/// The patterns in use.
fn matches(pattern: &str, text: &str) -> bool {
    let name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match pattern {
        "^[0-9]{8}$" => text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()),
        "^[a-z0-9][a-z0-9_-]*$" => text.starts_with(name) && text.chars().all(|c| name(c) || c == '_' || c == '-'),
        "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" => mlops::config::is_model_name(text),
        r"^\s*[0-9.]+\s*(ms|s|m|min|h|d)?\s*$" => mlops::yaml::parse_duration(text).is_some(),
        other => panic!("unknown pattern {other}"),
    }
}
