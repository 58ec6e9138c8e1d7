//! Changing one value in YAML text; comments, order and layout of everything else stay.

mod entries;
mod flow;
mod items;
mod list;

pub use entries::set_entries;
pub use flow::{flow, scalar};
pub use items::{insert_item, new_list, remove_item};
pub use list::insert_items;

use super::node::{Node, Value};
use super::parse::parse;
use super::plain::plain;
use crate::error::{Error, Result, suggest};

const BOM: char = '\u{feff}';

/// Sets the value at dotted `path` to `value`, a YAML scalar or flow collection as typed.
///
/// A missing last key is added where its parent mapping exists. A number put in the place of a quoted
/// text is quoted as well, since a text is what stood there.
///
/// # Errors
/// Exit code 2: a parent key that does not exist, a value that is not valid YAML, or a layout in which
/// nothing but the one value could be changed.
pub fn set(text: &str, shown: &str, path: &str, value: &str) -> Result<String> {
    if let Some(rest) = text.strip_prefix(BOM) {
        return Ok(format!("{BOM}{}", set(rest, shown, path, value)?));
    }
    let root = parse(text, shown)?;
    let invalid = |e: Error| {
        Error::usage(format!("`{value}` is not a YAML value"))
            .because(e)
            .hint(format!("a text with such signs stands in quotes: {path}={}", quote(value)))
    };
    let mut new = parse(value, "value").map_err(invalid)?;
    let mut value = value.trim().to_owned();
    let numeric = matches!(new.value, Value::Integer(_) | Value::Float(_));
    if numeric && root.at(path).is_some_and(|old| text[old.span.clone()].starts_with(['"', '\''])) {
        new.value = Value::String(value.clone());
        value = serde_json::Value::from(value).to_string();
    }
    let edited = match entry(&root, path) {
        Some((key, old)) => replace(text, key, old, &value),
        None => insert(text, &root, shown, path, &value)?,
    };
    // Whatever the layout was, the result must differ from the old file in this value alone.
    let mut expected = root;
    put(&mut expected, path, new);
    match parse(&edited, shown) {
        Ok(landed) if landed == expected => Ok(edited),
        _ => Err(Error::usage(format!("cannot set `{path}` in {shown} without changing its layout"))
            .hint("edit the file by hand")),
    }
}

/// The key and the value at dotted `path`.
fn entry<'a>(root: &'a Node, path: &str) -> Option<(&'a Node, &'a Node)> {
    let (parent, last) = match path.rsplit_once('.') {
        Some((parent, last)) => (root.at(parent)?, last),
        None => (root, path),
    };
    parent.as_mapping()?.iter().find(|(key, _)| key.as_str() == Some(last)).map(|(key, value)| (key, value))
}

/// Puts `new` at `path` of the tree; an added key comes first, as [`insert`] writes it.
fn put(root: &mut Node, path: &str, new: Node) {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    if root.value == Value::Null {
        root.value = Value::Mapping(Vec::new());
    }
    let Value::Mapping(entries) = &mut root.value else { return };
    match (entries.iter_mut().find(|(key, _)| key.as_str() == Some(head)), rest) {
        (Some((_, child)), Some(rest)) => put(child, rest, new),
        (Some((_, child)), None) => *child = new,
        (None, _) => entries.insert(0, (Node::new(Value::String(head.to_owned())), new)),
    }
}

/// Replaces the value of `key`, which may stand on the key's own line or below it.
fn replace(text: &str, key: &Node, old: &Node, value: &str) -> String {
    let after_colon = colon(text, key);
    let end = end(text, key, old).max(after_colon);
    let between = text.get(after_colon..old.span.start).unwrap_or_default();
    let inline = old.span.start > after_colon && between.chars().all(|c| matches!(c, ' ' | '\t'));
    if inline {
        return format!("{}{value}{}", &text[..old.span.start], &text[end..]);
    }
    // A block is replaced by a value on its key's own line, before the comment that may stand there.
    let line = text[after_colon..end].lines().next().unwrap_or_default();
    let comment = if line.trim_start().starts_with('#') { line.trim_end() } else { "" };
    format!("{} {value}{comment}{}", &text[..after_colon], &text[end..])
}

/// Just behind the colon of `key`.
fn colon(text: &str, key: &Node) -> usize {
    text[key.span.end..].find(':').map_or(key.span.end, |at| key.span.end + at + 1)
}

/// Where the text of a value ends: the parser counts the comments below a block, and those behind a
/// quoted text, as its part.
fn end(text: &str, key: &Node, node: &Node) -> usize {
    let source = &text[node.span.clone()];
    let trimmed = node.span.start + source.trim_end().len();
    let child = match &node.value {
        Value::Null if source.is_empty() => return colon(text, key),
        Value::Mapping(entries) => entries.last().map(|(key, value)| (key, value)),
        Value::Sequence(items) => items.last().map(|item| (item, item)),
        _ if source.starts_with(['"', '\'']) => return node.span.start + quoted(source),
        _ => None,
    };
    match child {
        Some((key, value)) if !source.ends_with([']', '}']) && !source.starts_with('*') => end(text, key, value),
        _ => trimmed,
    }
}

/// Length of the quoted text that `source` starts with; a doubled or escaped quote does not end it.
fn quoted(source: &str) -> usize {
    let bytes = source.as_bytes();
    let quote = bytes.first().copied();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        let skips =
            (*byte == b'\\' && quote == Some(b'"')) || (Some(*byte) == quote && bytes.get(at + 1).copied() == quote);
        if Some(*byte) == quote && !skips {
            return at + 1;
        }
        at += if skips { 2 } else { 1 };
    }
    source.trim_end().len()
}

fn insert(text: &str, root: &Node, shown: &str, path: &str, value: &str) -> Result<String> {
    let (parent_path, name) = path.rsplit_once('.').unwrap_or(("", path));
    let name = quote(name);
    let parent = if parent_path.is_empty() { Some(root) } else { root.at(parent_path) };
    let unknown = || unknown_key(root, shown, path);
    let first = match parent.map(|p| &p.value) {
        Some(Value::Mapping(entries)) if !entries.is_empty() => &entries[0].0,
        Some(Value::Mapping(_) | Value::Null) => {
            let (key, old) = entry(root, parent_path).ok_or_else(unknown)?;
            return Ok(replace(text, key, old, &format!("{{{name}: {value}}}")));
        }
        _ => return Err(unknown()),
    };
    let at = first.span.start;
    if text[..at].trim_end().ends_with('{') {
        return Ok(format!("{}{name}: {value}, {}", &text[..at], &text[at..]));
    }
    let start = items::line_start(text, at);
    let indent = &text[start..at];
    if !indent.trim().is_empty() {
        return Err(unknown());
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let start = above_comments(text, start, indent);
    Ok(format!("{}{indent}{name}: {value}{newline}{}", &text[..start], &text[start..]))
}

/// The start of the comments right above a line, as far in as its key, which they belong to; but those that a file
/// begins with belong to the file.
fn above_comments(text: &str, line: usize, indent: &str) -> usize {
    let mut start = line;
    while start > 0 {
        let above = items::line_start(text, start - 1);
        let is_own = text[above..start].strip_prefix(indent).is_some_and(|rest| rest.starts_with('#'));
        match is_own {
            true if above == 0 => return line,
            true => start = above,
            false => break,
        }
    }
    start
}

fn unknown_key(root: &Node, shown: &str, path: &str) -> Error {
    let mut node = root;
    let mut known = Vec::new();
    for key in path.split('.') {
        match node.get(key) {
            Some(next) => {
                known.push(key);
                node = next;
            }
            None => {
                let keys: Vec<&str> =
                    node.as_mapping().unwrap_or_default().iter().filter_map(|(k, _)| k.as_str()).collect();
                let place =
                    if known.is_empty() { shown.to_owned() } else { format!("`{}` of {shown}", known.join(".")) };
                return Error::usage(format!("no key `{key}` in {place}")).maybe_hint(suggest(key, "keys", &keys));
            }
        }
    }
    Error::usage(format!("cannot set `{path}` in {shown}"))
}

/// How a text has to be written so that YAML reads the same text back.
pub fn quote(text: &str) -> String {
    let safe = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && matches!(plain(text), Value::String(_))
        // Other YAML readers take such text for a date.
        && !text.starts_with(|c: char| c.is_ascii_digit());
    if safe { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# head\ntrain:\n  seed: 1   # why\n  algorithms:\n    xgb: {n: 1, m: 2}\n    lr:\n  # tail\n";

    #[test]
    fn one_value_changes_and_comments_stay() {
        for (path, value, expected) in [
            ("train.seed", "42", TEXT.replace("seed: 1 ", "seed: 42 ")),
            ("train.algorithms.xgb.m", "[1, 2]", TEXT.replace("m: 2", "m: [1, 2]")),
            ("train.algorithms.lr", "{c: 1}", TEXT.replace("lr:\n", "lr: {c: 1}\n")),
            ("train.algorithms.xgb.k", "a b", TEXT.replace("{n: 1", "{k: a b, n: 1")),
            ("train.folds", "3", TEXT.replace("  seed", "  folds: 3\n  seed")),
        ] {
            assert_eq!(set(TEXT, "t.yaml", path, value).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn every_layout_keeps_what_is_around_the_value() {
        for (text, path, value, expected) in [
            ("a: {x: 1, y: 'q r'  , z: \"u\"}\n", "a.y", "new", "a: {x: 1, y: new  , z: \"u\"}\n"),
            ("a: \"20251120\" # date\n", "a", "20260101", "a: \"20260101\" # date\n"),
            ("a: 'it''s' # b\n", "a", "x", "a: x # b\n"),
            (r#"a: "\" # \\" # b"#, "a", "x", "a: x # b"),
            ("a: f1\n", "a", "0.4", "a: 0.4\n"),
            ("a: # why\n- 1\n- {k: v}\n\n# next\nb: 2\n", "a", "[3]", "a: [3] # why\n\n# next\nb: 2\n"),
            ("a:\n  b:\n    c:\n  # tail\nd: 1\n", "a.b", "1", "a:\n  b: 1\n  # tail\nd: 1\n"),
            ("a:\n  b:\n", "a.b", "1", "a:\n  b: 1\n"),
            ("a:\n  b:", "a.b", "1", "a:\n  b: 1"),
            ("a: {b, c: 1}\n", "a.c", "2", "a: {b, c: 2}\n"),
            ("a: {b: , c: 1}\n", "a.b", "2", "a: {b: 2 , c: 1}\n"),
            ("a: 1\r\nb:\r\n  c: x # d\r\n", "b.c", "y", "a: 1\r\nb:\r\n  c: y # d\r\n"),
            ("b:\r\n  c: x\r\n", "b.a", "1", "b:\r\n  a: 1\r\n  c: x\r\n"),
            ("ä: ö # ü\nb: [é, ß]\nc: 1\n", "b", "[ü]", "ä: ö # ü\nb: [ü]\nc: 1\n"),
            ("\u{feff}a: 1\n", "a", "2", "\u{feff}a: 2\n"),
            ("a: |\n  x\n  y\nb: 1\n", "a", "z", "a: z\nb: 1\n"),
            ("a: x\n  y\nb: 1\n", "a", "z", "a: z\nb: 1\n"),
            ("a: &x 5\nb: *x\n", "b", "6", "a: &x 5\nb: 6\n"),
            ("a: &x {k: 5}\nb: 1\n", "a.k", "6", "a: &x {k: 6}\nb: 1\n"),
            ("a: {}\nb:\n", "a.k", "1", "a: {k: 1}\nb:\n"),
            ("a:\nb:\n", "a.k", "1", "a: {k: 1}\nb:\n"),
            ("b: # b\n\n  # of c\n  # too\n  c: x\n", "b.a", "1", "b: # b\n\n  a: 1\n  # of c\n  # too\n  c: x\n"),
            ("b:\r\n# of b\r\n  # of c\r\n  c: x\r\n", "b.a", "1", "b:\r\n# of b\r\n  a: 1\r\n  # of c\r\n  c: x\r\n"),
            ("# head\nb: 1\n", "a", "1", "# head\na: 1\nb: 1\n"),
        ] {
            assert_eq!(set(text, "t.yaml", path, value).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn what_would_change_more_than_the_value_is_refused() {
        for (text, path) in [("a: &x 5\nb: *x\n", "a"), ("a: &x\n  k: 1\nb: *x\n", "b.k"), ("a: [1]\n", "a.k")] {
            let error = set(text, "t.yaml", path, "7").unwrap_err();
            assert!(error.message().starts_with("cannot set") || error.message().starts_with("no key"), "{error}");
        }
    }

    #[test]
    fn quoted_text_reads_back() {
        for text in ["plain", "1", "true", "2024-01-31", "a: b", "", "ü \" # x", "null", "a\nb"] {
            assert_eq!(parse(&quote(text), "t").unwrap().as_str(), Some(text));
        }
    }

    #[test]
    fn unknown_parents_are_refused_with_a_suggestion() {
        let error = set(TEXT, "t.yaml", "train.algorithm.xgb", "1").unwrap_err();
        assert_eq!(error.message(), "no key `algorithm` in `train` of t.yaml");
        assert!(error.hint_text().unwrap().starts_with("did you mean `algorithms`?"));
        assert!(set(TEXT, "t.yaml", "train.seed", "[1").is_err());
    }
}
