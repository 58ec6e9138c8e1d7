//! Changing one value in YAML text; comments, order and layout of everything else stay.

use super::node::{Node, Value};
use super::parse::{parse, plain};
use crate::error::{Error, Result, suggest};

/// Sets the value at dotted `path` to `value`, a YAML scalar or flow collection as typed.
///
/// A missing last key is added where its parent mapping exists.
///
/// # Errors
/// Exit code 2: a parent key that does not exist, or a value that is not valid YAML.
pub fn set(text: &str, shown: &str, path: &str, value: &str) -> Result<String> {
    let root = parse(text, shown)?;
    parse(value, "value").map_err(|e| Error::usage(format!("`{value}` is not a YAML value")).because(e))?;
    let edited = match root.at(path) {
        Some(node) => replace(text, node, value),
        None => insert(text, &root, shown, path, value)?,
    };
    let landed = parse(&edited, shown)?;
    let expected = parse(value, "value")?;
    match landed.at(path) {
        Some(node) if *node == expected => Ok(edited),
        _ => Err(Error::usage(format!("cannot set `{path}` in {shown} without changing its layout")).hint("edit the file by hand")),
    }
}

fn replace(text: &str, node: &Node, value: &str) -> String {
    let mut range = node.span.clone();
    if node.value == Value::Null && range.is_empty() {
        // `key:` with nothing after it: the parser puts the empty value behind the colon or later.
        let before = &text[..range.start];
        let colon = before.rfind(':').map_or(range.start, |at| at + 1);
        return format!("{} {value}{}", &text[..colon], &text[colon..]);
    }
    let source = &text[range.clone()];
    range.end = range.start + source.trim_end().len();
    let block = matches!(node.value, Value::Mapping(_) | Value::Sequence(_)) && !source.starts_with(['{', '[']);
    if !block {
        return format!("{}{value}{}", &text[..range.start], &text[range.end..]);
    }
    // A block collection is replaced by a value on its key's own line.
    let colon = text[..range.start].rfind(':').map_or(range.start, |at| at + 1);
    format!("{} {value}{}", &text[..colon], &text[range.end..])
}

fn insert(text: &str, root: &Node, shown: &str, path: &str, value: &str) -> Result<String> {
    let (parent_path, key) = path.rsplit_once('.').unwrap_or(("", path));
    let parent = if parent_path.is_empty() { Some(root) } else { root.at(parent_path) };
    let entries = parent.and_then(Node::as_mapping).filter(|e| !e.is_empty()).ok_or_else(|| unknown_key(root, shown, path))?;
    let (first, _) = &entries[0];
    let source = &text[first.span.start..];
    let flow = text[..first.span.start].trim_end().ends_with('{');
    debug_assert!(source.starts_with(first.as_str().unwrap_or_default()) || source.starts_with(['"', '\'']));
    if flow {
        return Ok(format!("{}{key}: {value}, {}", &text[..first.span.start], source));
    }
    let line_start = text[..first.span.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line_start..first.span.start];
    if !indent.trim().is_empty() {
        return Err(unknown_key(root, shown, path));
    }
    Ok(format!("{}{indent}{key}: {value}\n{}", &text[..line_start], &text[line_start..]))
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
                let keys: Vec<&str> = node.as_mapping().unwrap_or_default().iter().filter_map(|(k, _)| k.as_str()).collect();
                let place = if known.is_empty() { shown.to_owned() } else { format!("`{}` of {shown}", known.join(".")) };
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
    fn unknown_parents_are_refused_with_a_suggestion() {
        let error = set(TEXT, "t.yaml", "train.algorithm.xgb", "1").unwrap_err();
        assert_eq!(error.message(), "no key `algorithm` in `train` of t.yaml");
        assert!(error.hint_text().unwrap().starts_with("did you mean `algorithms`?"));
        assert!(set(TEXT, "t.yaml", "train.seed", "[1").is_err());
    }
}
