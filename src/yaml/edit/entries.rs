//! Scalar entries of one mapping that is written one entry a line.

use std::ops::Range;

use super::end;
use super::items::{last_line, line_start, newline};
use crate::yaml::node::{Node, Value};

/// The text in which `mapping` has these scalars, given as YAML: in their place where there is one, else behind its
/// last entry; those without a value go. None where the mapping is written otherwise.
pub fn set_entries(text: &str, mapping: &Node, values: &[(&str, Option<String>)]) -> Option<String> {
    let entries = mapping.as_mapping()?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut added = String::new();
    for (name, value) in values {
        match (entries.iter().find(|(key, _)| key.as_str() == Some(name)), value) {
            (Some((key, old)), Some(value)) => edits.push((scalar(text, key, old)?, value.clone())),
            (Some((key, old)), None) => edits.push((line(text, key, old)?, String::new())),
            (None, Some(value)) => {
                added.push_str(&format!("{}{}{name}: {value}", newline(text), indent(text, mapping)?));
            }
            (None, None) => {}
        }
    }
    if !added.is_empty() {
        let at = last_line(text, mapping);
        let at = if text[..at].ends_with('\r') { at - 1 } else { at };
        edits.push((at..at, added));
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = text.to_owned();
    for (range, new) in edits {
        text.replace_range(range, &new);
    }
    Some(text)
}

/// Where a value stands that is a scalar on the line of its key.
fn scalar(text: &str, key: &Node, value: &Node) -> Option<Range<usize>> {
    let range = value.span.start..end(text, key, value);
    let written = !matches!(value.value, Value::Null | Value::Sequence(_) | Value::Mapping(_));
    (written && range.start < range.end && !text[key.span.end..range.end].contains('\n')).then_some(range)
}

/// The line that an entry has for itself.
fn line(text: &str, key: &Node, value: &Node) -> Option<Range<usize>> {
    scalar(text, key, value)?;
    let start = line_start(text, key.span.start);
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length + 1);
    text[start..key.span.start].trim().is_empty().then_some(start..end)
}

/// What stands before each key: of an item of a list, the first line has a dash there.
fn indent(text: &str, mapping: &Node) -> Option<String> {
    let (key, _) = mapping.as_mapping()?.first()?;
    let before = &text[line_start(text, key.span.start)..key.span.start];
    matches!(before.trim(), "" | "-").then(|| " ".repeat(before.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn entries_are_replaced_added_and_removed() {
        let values =
            [("a", Some("1".to_owned())), ("b", None), ("c", Some("2".to_owned())), ("d", Some("3".to_owned()))];
        for (text, expected) in [
            ("l:\n- a: 'x' # y\n  b: 7 # gone\n  e: 5 # z\n", "l:\n- a: 1 # y\n  e: 5 # z\n  c: 2\n  d: 3\n"),
            ("l:\n  - e: 5\n    d: 5", "l:\n  - e: 5\n    d: 3\n    a: 1\n    c: 2"),
            ("l:\r\n- a: 0\r\nm: 1\r\n", "l:\r\n- a: 1\r\n  c: 2\r\n  d: 3\r\nm: 1\r\n"),
        ] {
            let root = parse(text, "t").unwrap();
            let mapping = &root.get("l").unwrap().as_sequence().unwrap()[0];
            assert_eq!(set_entries(text, mapping, &values).as_deref(), Some(expected), "{text}");
        }
        for text in ["l:\n- {a: 1}\n", "l:\n- b: 1\n  a: 2\n", "l:\n- a:\n    1\n  b: 2\n", "l:\n- a:\n"] {
            let root = parse(text, "t").unwrap();
            let mapping = &root.get("l").unwrap().as_sequence().unwrap()[0];
            assert_eq!(set_entries(text, mapping, &values), None, "{text}");
        }
    }
}
