//! JSON as a tree of values, in the order of the file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::values::too_large;
use crate::error::{Error, Result};
use crate::yaml::{Location, Node, Value};

/// Parses one JSON document; values know their file and keys.
///
/// # Errors
/// Exit code 2 with file, line and column: bad syntax, a key that stands twice, an integer beyond 64 bits.
pub(super) fn parse(text: &str, shown: &str) -> Result<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_integers(text, shown)?;
    if text.trim().is_empty() {
        return Ok(Node::empty());
    }
    let Ordered(mut node) = serde_json::from_str(text).map_err(|e| {
        // The place is part of its text, behind the message.
        let message = e.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        let (message, hint) = match pythons(text, &e) {
            Some(number) => {
                (format!("`{number}` is no number of JSON"), "only Python reads it; YAML has `.nan` and `.inf`")
            }
            None if message == "number out of range" => {
                (message.to_owned(), "Python takes it for infinity: YAML has `.inf`")
            }
            None => (message.to_owned(), "the file is not valid JSON"),
        };
        Error::usage(format!("{shown}:{}:{}: {message}", e.line(), e.column())).hint(hint)
    })?;
    locate(&mut node, &Location { file: shown.into(), line: 1, column: 1, path: "".into() });
    Ok(node)
}

/// A number that Python has in JSON besides, where an error stands before it or in it.
fn pythons(text: &str, error: &serde_json::Error) -> Option<&'static str> {
    let line = text.lines().nth(error.line().checked_sub(1)?)?;
    let near = line.get(error.column().saturating_sub(2)..)?;
    ["NaN", "Infinity"].into_iter().find(|name| near.find(name).is_some_and(|at| at < 2))
}

/// Each value's file and key path; serde_json knows no lines of values.
fn locate(node: &mut Node, at: &Location) {
    node.location = at.clone();
    match &mut node.value {
        Value::Sequence(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                locate(item, &Location { path: format!("{}[{index}]", at.path).into(), ..at.clone() });
            }
        }
        Value::Mapping(entries) => {
            for (key, value) in entries {
                let name = key.as_str().unwrap_or_default();
                let path = if at.path.is_empty() { name.into() } else { format!("{}.{name}", at.path).into() };
                let place = Location { path, ..at.clone() };
                key.location = place.clone();
                locate(value, &place);
            }
        }
        _ => {}
    }
}

/// serde_json makes floats of large integers; DVC keeps their digits.
fn check_integers(text: &str, shown: &str) -> Result<()> {
    let mut inside = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let number = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let length = match c {
            '\\' if inside => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            '"' => {
                inside = !inside;
                1
            }
            _ if !inside && number(c) => rest.find(|c| !number(c)).unwrap_or(rest.len()),
            _ => c.len_utf8(),
        };
        let token = &rest[..length];
        let whole = !inside && c.is_ascii_digit() | (c == '-') && !token.contains(['.', 'e', 'E']);
        if whole && token.len() > 18 && token.parse::<i64>().is_err() {
            let before = &text[..text.len() - rest.len()];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            return Err(too_large(&Location { file: shown.into(), line, column, path: "".into() }, token));
        }
        rest = &rest[length..];
    }
    Ok(())
}

struct Ordered(Node);

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree).map(|value| Self(Node::new(value)))
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value))
    }
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Integer).map_err(E::custom)
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut result = Vec::new();
        while let Some(Ordered(item)) = items.next_element()? {
            result.push(item);
        }
        Ok(Value::Sequence(result))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut result: Vec<(Node, Node)> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice")));
            }
            let Ordered(value) = entries.next_value()?;
            result.push((Node::new(Value::String(key)), value));
        }
        Ok(Value::Mapping(result))
    }
}
