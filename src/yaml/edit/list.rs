//! Items put into a list that may be written in any way, or be absent.

use super::flow::flow;
use super::items::{insert_item, insert_item_before, last_line, line_start, newline};
use super::{BOM, above_comments, colon, set};
use crate::error::{Error, Result};
use crate::yaml::node::{Node, Value};
use crate::yaml::parse::parse;

/// The text with items, given as YAML, in the list at dotted `path` in front of what stands at position `at`.
///
/// A list that is absent or empty is written one item a line where its surroundings are; comments stay.
///
/// # Errors
/// Exit code 2 where the text is written so that nothing but the list could be changed.
pub fn insert_items(text: &str, shown: &str, path: &str, at: usize, items: &[String]) -> Result<String> {
    if let Some(rest) = text.strip_prefix(BOM) {
        return Ok(format!("{BOM}{}", insert_items(rest, shown, path, at, items)?));
    }
    let root = parse(text, shown)?;
    let list = root.at(path).and_then(Node::as_sequence).unwrap_or_default();
    let mut expected: Vec<serde_json::Value> = list.iter().map(Node::to_json).collect();
    let at = at.min(expected.len());
    for (offset, item) in items.iter().enumerate() {
        expected.insert(at + offset, parse(item, "value")?.to_json());
    }
    let expected = serde_json::Value::Array(expected);
    let lands = |edited: &String| {
        let landed = parse(edited, shown).ok();
        landed.is_some_and(|landed| {
            landed.at(path).map(Node::to_json).as_ref() == Some(&expected) && others_stay(&root, &landed, path)
        })
    };
    if let Some(edited) = by_line(text, &root, path, at, items).filter(lands) {
        return Ok(edited);
    }
    set(text, shown, path, &flow(&expected)).map_err(|e| {
        Error::usage(format!("cannot add to `{path}` in {shown}")).because(e).hint("edit the file by hand")
    })
}

/// Whether two trees differ at `path` alone.
fn others_stay(before: &Node, after: &Node, path: &str) -> bool {
    let without = |root: &Node| {
        let mut json = root.to_json();
        let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
        let pointer: String = parent.split('.').filter(|key| !key.is_empty()).map(|key| format!("/{key}")).collect();
        match json.pointer_mut(&pointer) {
            Some(serde_json::Value::Object(entries)) => {
                entries.remove(last);
            }
            // An empty mapping and none are the same.
            Some(parent) => *parent = serde_json::json!({}),
            None => {}
        }
        json
    };
    without(before) == without(after)
}

fn by_line(text: &str, root: &Node, path: &str, at: usize, items: &[String]) -> Option<String> {
    if let Some(list) = root.at(path).and_then(Node::as_sequence).filter(|list| !list.is_empty()) {
        // From the last to the first, so that the place stays where it is.
        return items.iter().rev().try_fold(text.to_owned(), |text, item| match at.checked_sub(1) {
            Some(before) => insert_item(&text, &list[before], item),
            None => insert_item_before(&text, &list[0], item),
        });
    }
    let (parent, name) = path.rsplit_once('.')?;
    let parent_entry = entry(root, parent)?;
    match parent_entry.1.as_mapping() {
        Some(entries) if !entries.is_empty() => match entries.iter().find(|(key, _)| key.as_str() == Some(name)) {
            Some((key, value)) => below(text, key, value, &lines(&indent(text, key)?, items)),
            None => {
                let (first, _) = &entries[0];
                let indent = indent(text, first)?;
                let start = above_comments(text, line_start(text, first.span.start), &indent);
                let new = joined(text, &[vec![format!("{indent}{name}:")], lines(&indent, items)].concat());
                Some(format!("{}{new}{}{}", &text[..start], newline(text), &text[start..]))
            }
        },
        _ => {
            let (key, value) = parent_entry;
            let own = format!("{}  ", indent(text, key)?);
            below(text, key, value, &[vec![format!("{own}{name}:")], lines(&own, items)].concat())
        }
    }
}

fn entry<'a>(root: &'a Node, path: &str) -> Option<&'a (Node, Node)> {
    let (parent, last) = match path.rsplit_once('.') {
        Some((parent, last)) => (root.at(parent)?, last),
        None => (root, path),
    };
    parent.as_mapping()?.iter().find(|(key, _)| key.as_str() == Some(last))
}

/// What stands before a key that begins its line.
fn indent(text: &str, key: &Node) -> Option<String> {
    let before = &text[line_start(text, key.span.start)..key.span.start];
    before.trim().is_empty().then(|| before.to_owned())
}

fn lines(indent: &str, items: &[String]) -> Vec<String> {
    items.iter().map(|item| format!("{indent}  - {item}")).collect()
}

fn joined(text: &str, lines: &[String]) -> String {
    lines.join(newline(text))
}

/// The text with lines below a key whose value is empty; the comment behind it stays.
fn below(text: &str, key: &Node, value: &Node, lines: &[String]) -> Option<String> {
    let empty = match &value.value {
        Value::Null => true,
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(entries) => entries.is_empty(),
        _ => false,
    };
    let colon = colon(text, key);
    let end = last_line(text, key);
    let end = if text[..end].ends_with('\r') { end - 1 } else { end };
    let rest = text.get(colon..end)?;
    let rest = match rest.trim_start() {
        written if written.starts_with("[]") || written.starts_with("{}") => {
            let gap = rest.len() - written.len();
            format!("{}  {}", &rest[..gap], &written[2..])
        }
        _ => rest.to_owned(),
    };
    // What stands there may be anything but the comment of an empty value.
    let only_comment = rest.trim().is_empty() || rest.trim_start().starts_with('#');
    (empty && only_comment).then(|| {
        let head = format!("{}{}", &text[..colon], rest);
        format!("{}{}{}{}", head.trim_end(), newline(text), joined(text, lines), &text[end..])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_into_lists_of_every_layout_and_comments_stay() {
        for (text, at, expected) in [
            (
                "f:\n  l: # a\n    - x # b\n    # c\n    - y\n  m: 1\n",
                1,
                "f:\n  l: # a\n    - x # b\n    - k: 1\n    - o\n    # c\n    - y\n  m: 1\n",
            ),
            ("f:\n  l:\n  - x # b\n", 0, "f:\n  l:\n  - k: 1\n  - o\n  - x # b\n"),
            ("f:\n  l:\n  - x # b\n", 9, "f:\n  l:\n  - x # b\n  - k: 1\n  - o\n"),
            ("f:\n  l: []   # why\n  m: 1\n", 0, "f:\n  l:      # why\n    - k: 1\n    - o\n  m: 1\n"),
            ("f:\n  l:\n  m: 1\n", 0, "f:\n  l:\n    - k: 1\n    - o\n  m: 1\n"),
            ("# top\nf:\n  # of m\n  m: 1\n", 0, "# top\nf:\n  l:\n    - k: 1\n    - o\n  # of m\n  m: 1\n"),
            ("f: {} # why\n", 0, "f:    # why\n  l:\n    - k: 1\n    - o\n"),
            ("f:", 0, "f:\n  l:\n    - k: 1\n    - o"),
            ("f: []\r\n", 0, "f:\r\n  l:\r\n    - k: 1\r\n    - o\r\n"),
            ("f: {l: [x], m: 1} # why\n", 1, "f: {l: [x, {k: 1}, o], m: 1} # why\n"),
            ("f: {m: 1}\n", 0, "f: {l: [{k: 1}, o], m: 1}\n"),
            ("f:\n  l: [x]\n", 1, "f:\n  l: [x, {k: 1}, o]\n"),
        ] {
            let items = ["k: 1".to_owned(), "o".to_owned()];
            assert_eq!(insert_items(text, "t.yaml", "f.l", at, &items).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_changed_alone_is_refused() {
        for text in ["f: &x\n  l: []\ng: *x\n", "g: 1\n", "f: 3\n"] {
            let error = insert_items(text, "t.yaml", "f.l", 0, &["n".to_owned()]).unwrap_err();
            assert_eq!(error.code(), crate::error::Code::Usage, "{text}: {error}");
        }
    }
}
