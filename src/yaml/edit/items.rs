//! Single lines of lists that are written one item a line.

use crate::yaml::node::{Node, Value};

/// The text with another item behind `item`, whose YAML is given; none where a list is written otherwise.
pub fn insert_item(text: &str, item: &Node, new: &str) -> Option<String> {
    let (_, indent) = dash(text, item)?;
    Some(insert_line(text, last_line(text, item), &format!("{indent}- {new}")))
}

/// The text with another item in front of `item`; none where a list is written otherwise.
pub fn insert_item_before(text: &str, item: &Node, new: &str) -> Option<String> {
    let (start, indent) = dash(text, item)?;
    Some(format!("{}{indent}- {new}{}{}", &text[..start], newline(text), &text[start..]))
}

/// The text without the lines of `item`; none where a list is written otherwise.
pub fn remove_item(text: &str, item: &Node) -> Option<String> {
    let (start, _) = dash(text, item)?;
    let end = last_line(text, item);
    let end = if text[end..].starts_with('\n') { end + 1 } else { end };
    Some(format!("{}{}", &text[..start], &text[end..]))
}

/// The text with a list of one item as a new key of `mapping`, behind the key `after`.
pub fn new_list(text: &str, mapping: &Node, after: &str, list: &str, item: &str) -> Option<String> {
    let (key, value) = mapping.as_mapping()?.iter().find(|(key, _)| key.as_str() == Some(after))?;
    let start = line_start(text, key.span.start);
    let indent = text.get(start..key.span.start).filter(|indent| indent.trim().is_empty())?;
    let with_key = insert_line(text, last_line(text, value), &format!("{indent}{list}:"));
    let end = last_line(text, value) + newline(text).len() + indent.len() + list.len() + 1;
    Some(insert_line(&with_key, end, &format!("{indent}  - {item}")))
}

/// Where the line of an item begins, and what stands before its dash.
fn dash<'a>(text: &'a str, item: &Node) -> Option<(usize, &'a str)> {
    let at = first(item);
    let start = line_start(text, at);
    let indent = text.get(start..at)?.trim_end().strip_suffix('-')?;
    indent.trim().is_empty().then_some((start, indent))
}

pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

fn first(node: &Node) -> usize {
    match &node.value {
        Value::Mapping(entries) => entries.first().map_or(node.span.start, |(key, _)| key.span.start),
        _ => node.span.start,
    }
}

/// The end of the last line of a value, before its line end.
pub(super) fn last_line(text: &str, node: &Node) -> usize {
    let last = match &node.value {
        Value::Mapping(entries) => {
            entries.last().map(|(key, value)| if value.value == Value::Null { key } else { value })
        }
        Value::Sequence(items) => items.last(),
        _ => None,
    };
    match last {
        Some(last) => last_line(text, last),
        // The span of a text may take the comments below it in, so its own line counts.
        None => {
            let at = node.span.start;
            let scalar = text[at..node.span.end].trim_end();
            let at = if scalar.contains('\n') && !scalar.contains('#') { at + scalar.len() } else { at };
            text[at..].find('\n').map_or(text.len(), |length| at + length)
        }
    }
}

pub(super) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The text with a line of its own behind the one that ends at `end`.
fn insert_line(text: &str, end: usize, line: &str) -> String {
    let end = if text[..end].ends_with('\r') { end - 1 } else { end };
    format!("{}{}{line}{}", &text[..end], newline(text), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn items_come_and_go_and_comments_stay() {
        let text = "a: # one\n  - x   # two\n  # three\n  - y: {k: 1}\n  - z:\n      k: 1\n# four\nb: [1]\n";
        for (at, inserted, removed) in [
            (0, text.replace("two\n", "two\n  - new\n"), text.replace("  - x   # two\n", "")),
            (1, text.replace("{k: 1}\n", "{k: 1}\n  - new\n"), text.replace("  - y: {k: 1}\n", "")),
            (2, text.replace("      k: 1\n", "      k: 1\n  - new\n"), text.replace("  - z:\n      k: 1\n", "")),
        ] {
            let root = parse(text, "t").unwrap();
            let item = &root.get("a").unwrap().as_sequence().unwrap()[at];
            assert_eq!(insert_item(text, item, "new").unwrap(), inserted);
            assert_eq!(remove_item(text, item).unwrap(), removed);
        }
        let root = parse(text, "t").unwrap();
        assert_eq!(insert_item(text, &root.get("b").unwrap().as_sequence().unwrap()[0], "new"), None);
    }

    #[test]
    fn every_line_end_is_kept() {
        for (text, expected) in [("a:\r\n  - x\r\n", "a:\r\n  - x\r\n  - n\r\n"), ("a:\n- x", "a:\n- x\n- n")] {
            let root = parse(text, "t").unwrap();
            assert_eq!(insert_item(text, &root.get("a").unwrap().as_sequence().unwrap()[0], "n").unwrap(), expected);
        }
        let text = "s:\n  cmd: x  # why\n  outs: [y]\n";
        let root = parse(text, "t").unwrap();
        assert_eq!(
            new_list(text, root.get("s").unwrap(), "cmd", "deps", "z").unwrap(),
            "s:\n  cmd: x  # why\n  deps:\n    - z\n  outs: [y]\n"
        );
    }
}
