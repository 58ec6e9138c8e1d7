//! A file of parameters or metrics to values by dotted key.

use std::collections::BTreeMap;

use crate::engine::lockfile::python;
use crate::error::{Error, Result};
use crate::yaml::{self, Node, Value};

/// Parses JSON, TOML or, by any other name, YAML.
///
/// # Errors
/// Exit code 2 with file and line.
pub(super) fn parse(path: &str, bytes: Vec<u8>) -> Result<Node> {
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::usage(format!("`{path}`: not valid UTF-8")).hint("values are in JSON, YAML or TOML"))?;
    match path.rsplit('.').next() {
        Some("json") => match serde_json::from_str(&text) {
            Ok(json) => Ok(Node::from_json(&json)),
            // Python writes and reads NaN and Infinity, which JSON does not know.
            Err(_) => yaml::parse(&text, path).map(|mut node| {
                python_constants(&mut node);
                node
            }),
        },
        Some("toml") => toml::from_str(&text).map(|table: toml::Table| from_toml(&table.into())).map_err(|e| {
            let line =
                1 + text.as_bytes().iter().take(e.span().map_or(0, |s| s.start)).filter(|b| **b == b'\n').count();
            Error::usage(format!("{path}:{line}: {}", e.message().lines().next().unwrap_or("not valid TOML")))
        }),
        _ => yaml::parse(&text, path),
    }
}

/// The numbers among unquoted words.
fn python_constants(node: &mut Node) {
    let unquoted = node.as_str().is_some_and(|text| text.len() == node.span.len());
    match &mut node.value {
        Value::Sequence(items) => items.iter_mut().for_each(python_constants),
        Value::Mapping(entries) => entries.iter_mut().for_each(|(_, value)| python_constants(value)),
        Value::String(text) if unquoted => match text.as_str() {
            "NaN" => node.value = Value::Float(f64::NAN),
            "Infinity" => node.value = Value::Float(f64::INFINITY),
            "-Infinity" => node.value = Value::Float(f64::NEG_INFINITY),
            _ => {}
        },
        _ => {}
    }
}

fn from_toml(value: &toml::Value) -> Node {
    Node::new(match value {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::Integer(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::Boolean(truth) => Value::Bool(*truth),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(items) => Value::Sequence(items.iter().map(from_toml).collect()),
        toml::Value::Table(table) => {
            let entry = |(key, value): (&String, _)| (Node::new(Value::String(key.clone())), from_toml(value));
            Value::Mapping(table.iter().map(entry).collect())
        }
    })
}

/// All metrics below a node; lists and null are none.
pub(super) fn metrics(node: &Node) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    flatten("", node, &mut values);
    values.retain(|_, value| !matches!(value, Value::Null | Value::Sequence(_)));
    values
}

/// The parameters of those dotted keys, or all of them; lists as Python prints them.
pub(super) fn params(node: &Node, keys: Option<&[String]>) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    match keys {
        None => flatten("", node, &mut values),
        Some(keys) => keys.iter().for_each(|key| {
            if let Some(found) = node.at(key) {
                flatten(key, found, &mut values);
            }
        }),
    }
    for value in values.values_mut() {
        if let Value::Sequence(_) = value {
            *value = Value::String(repr(value));
        }
    }
    values
}

fn flatten(prefix: &str, node: &Node, values: &mut BTreeMap<String, Value>) {
    let Some(entries) = node.as_mapping() else {
        if !(prefix.is_empty() && node.value == Value::Null) {
            values.insert(prefix.to_owned(), node.value.clone());
        }
        return;
    };
    for (key, value) in entries {
        let key = key.as_str().unwrap_or_default();
        flatten(&if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") }, value, values);
    }
}

/// A value as Python's `repr` has it.
fn repr(value: &Value) -> String {
    let all = |items: Vec<String>| items.join(", ");
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => quoted(text),
        Value::Sequence(items) => format!("[{}]", all(items.iter().map(|item| repr(&item.value)).collect())),
        Value::Mapping(entries) => {
            let entry = |(key, value): &(Node, Node)| format!("{}: {}", repr(&key.value), repr(&value.value));
            format!("{{{}}}", all(entries.iter().map(entry).collect()))
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => python::float(*number),
    }
}

fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut result = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => result.push_str("\\n"),
            '\r' => result.push_str("\\r"),
            '\t' => result.push_str("\\t"),
            '\\' => result.push_str("\\\\"),
            c if c == quote => result.extend(['\\', c]),
            c if c.is_ascii_control() => result.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => result.push(c),
        }
    }
    result.push(quote);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &BTreeMap<String, Value>) -> Vec<String> {
        values.iter().map(|(key, value)| format!("{key}={}", repr(value))).collect()
    }

    #[test]
    fn metrics_are_flattened_without_lists_and_null() {
        for (path, text) in [
            ("m.json", "{\"a\": {\"b\": 1, \"l\": [1], \"n\": null}, \"s\": \"x\", \"t\": true}"),
            ("m.yaml", "a: {b: 1, l: [1], n: ~}\ns: x\nt: true\n"),
            ("m.toml", "s = \"x\"\nt = true\n[a]\nb = 1\nl = [1]\n"),
        ] {
            let values = metrics(&parse(path, text.into()).unwrap());
            assert_eq!(shown(&values), ["a.b=1", "s='x'", "t=True"], "{path}");
        }
        assert_eq!(shown(&metrics(&parse("m.json", b"0.5".to_vec()).unwrap())), ["=0.5"]);
        let odd = parse("m.json", b"{\"a\": NaN, \"b\": \"NaN\", \"c\": -Infinity}".to_vec()).unwrap();
        assert_eq!(shown(&metrics(&odd)), ["a=nan", "b='NaN'", "c=-inf"]);
    }

    /// `str([…])` of Python 3.11.
    #[test]
    fn lists_of_parameters_are_what_python_prints() {
        let text =
            "a:\n  l: [1, 1e-5, 1e16, 1e-4, .nan, true, ~, it's, 'a\"b''c', \"x\\n\", {k: [2.0]}]\n  b: {c: 1}\nd: 2\n";
        let node = parse("p.yaml", text.into()).unwrap();
        let keys = ["a".to_owned(), "x.y".to_owned()];
        let found = params(&node, Some(&keys));
        assert_eq!(found.keys().collect::<Vec<_>>(), ["a.b.c", "a.l"]);
        let list = r#"[1, 1e-05, 1e+16, 0.0001, nan, True, None, "it's", 'a"b\'c', 'x\n', {'k': [2.0]}]"#;
        assert_eq!(found["a.l"], Value::String(list.to_owned()));
        assert_eq!(params(&node, None).len(), 3);
    }

    #[test]
    fn broken_files_are_named_with_their_line() {
        for (path, text, expected) in [
            ("m.json", "{\n \"a\": 1\n", "m.json:3"),
            ("m.toml", "a = 1\nb = \n", "m.toml:2: "),
            ("m.yaml", "a: 1\na: 2\n", "m.yaml:2:1: `a`: the key stands twice"),
        ] {
            let message = parse(path, text.into()).unwrap_err().message().to_owned();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
