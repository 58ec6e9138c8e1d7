//! What stands between `${` and `}`, and what a value becomes inside a text.

use crate::engine::lockfile::python::float;
use crate::error::Result;
use crate::yaml::{self, Node, Value};

/// How a mapping in `cmd` becomes options: `parsing` of `.dvc/config`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parsing {
    /// `parsing.bool`
    pub bools: BoolOptions,
    /// `parsing.list`
    pub lists: ListOptions,
}

/// How a truth value becomes an option.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BoolOptions {
    /// `store_true`: `--flag`, or nothing.
    #[default]
    StoreTrue,
    /// `boolean_optional`: `--flag` or `--no-flag`.
    BooleanOptional,
}

/// How a list becomes an option.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ListOptions {
    /// `nargs`: `--x 1 2`.
    #[default]
    Nargs,
    /// `append`: `--x 1 --x 2`.
    Append,
}

/// The keys of an expression such as `train.layers[0].size`; none where it is not one.
pub(super) fn keys(expression: &str) -> Option<Vec<&str>> {
    let mut keys = Vec::new();
    let mut rest = expression;
    loop {
        let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() {
            return None;
        }
        keys.push(key.trim());
        rest = after;
        while let Some(indexed) = rest.strip_prefix('[') {
            let (index, after) = indexed.split_once(']')?;
            if index.is_empty() || index.contains(['.', '[']) {
                return None;
            }
            keys.push(index.trim());
            rest = after.trim_start();
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return rest.is_empty().then_some(keys),
        }
    }
}

/// The value under `key` of a mapping, or at that place of a list; from the end where it is negative.
pub(super) fn step<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Sequence(items) => {
            let index: isize = key.parse().ok()?;
            items.get(if index < 0 { items.len().checked_add_signed(index)? } else { index.unsigned_abs() })
        }
        // DVC knows no keys but texts here.
        Value::Mapping(entries) => entries.iter().find(|(k, _)| k.as_str() == Some(key) && is_text(k)).map(|(_, v)| v),
        _ => None,
    }
}

/// Whether a key is a text, not a number or the like without quotes.
pub(super) fn is_text(key: &Node) -> bool {
    let text = key.as_str().unwrap_or_default();
    // What begins with a letter is text as it stands, without a parser; quotes make the span longer than the text.
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && yaml::kind(text) == yaml::Kind::Text;
    is_word || key.span.len() != text.len() || !matches!(yaml::parse(text, "key"), Ok(node) if node.as_str().is_none())
}

/// A scalar as Python prints it, since DVC does; truth values as in YAML.
pub(super) fn scalar(node: &Node) -> Option<String> {
    Some(match &node.value {
        Value::Null => "None".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Integer(i) => i.to_string(),
        Value::Float(x) => float(*x),
        Value::String(text) => text.clone(),
        Value::Sequence(_) | Value::Mapping(_) => return None,
    })
}

/// A scalar as Python's `str` has it.
pub(super) fn python(node: &Node) -> Option<String> {
    match node.value {
        Value::Bool(true) => Some("True".to_owned()),
        Value::Bool(false) => Some("False".to_owned()),
        _ => scalar(node),
    }
}

/// A mapping as command-line options: `{x: 1, flag: true}` is `--x 1 --flag`, nested keys are dotted.
///
/// # Errors
/// Exit code 2, pointing at `at`: a list or mapping in a list.
pub(super) fn options(at: &Node, node: &Node, parsing: Parsing) -> Result<String> {
    let mut words = Vec::new();
    collect("", at, node, parsing, &mut words)?;
    Ok(words.join(" "))
}

fn collect(name: &str, at: &Node, node: &Node, parsing: Parsing, words: &mut Vec<String>) -> Result<()> {
    let word = |node: &Node| match &node.value {
        Value::String(text) => Ok(quote(text)),
        _ => python(node).ok_or_else(|| at.error(format!("`{name}` is a list that holds {}", node.describe()))),
    };
    match &node.value {
        Value::Mapping(entries) => {
            for (key, value) in entries.iter().filter(|(key, _)| is_text(key)) {
                let key = key.as_str().unwrap_or_default();
                let name = if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
                collect(&name, at, value, parsing, words)?;
            }
        }
        Value::Bool(true) => words.push(format!("--{name}")),
        Value::Bool(false) if parsing.bools == BoolOptions::BooleanOptional => words.push(format!("--no-{name}")),
        Value::Bool(false) => {}
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                if index == 0 || parsing.lists == ListOptions::Append {
                    words.push(format!("--{name}"));
                }
                words.push(word(item)?);
            }
        }
        _ => words.extend([format!("--{name}"), word(node)?]),
    }
    Ok(())
}

/// A word for the shell, as Python's `shlex.quote` has it.
fn quote(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !word.is_empty() && word.chars().all(safe) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\"'\"'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_keys_and_indices() {
        for (text, expected) in [
            ("a", Some(vec!["a"])),
            (" a . b[ 1 ].c", Some(vec!["a", "b", "1", "c"])),
            (" a[ 0 ] [-1] ", Some(vec!["a", "0", "-1"])),
            ("", None),
            ("a..b", None),
            ("[0]", None),
            ("a[0", None),
            ("a]", None),
            ("a[]", None),
            ("a[0]b", None),
        ] {
            assert_eq!(keys(text), expected, "{text}");
        }
    }

    #[test]
    fn mappings_become_options() {
        // `echo ${n}` under `dvc repro --dry` of DVC 3.67.1.
        let text = "{x: {y: [1, true, q r, 2.5], z: null, e: {}, el: [], s: ''}, t: true, f: false, 7: x}";
        let node = yaml::parse(text, "v").unwrap();
        let plain = options(&node, &node, Parsing::default()).unwrap();
        assert_eq!(plain, "--x.y 1 True 'q r' 2.5 --x.z None --x.s '' --t");
        let other = Parsing { bools: BoolOptions::BooleanOptional, lists: ListOptions::Append };
        let node = yaml::parse("{l: [1, a], f: false}", "v").unwrap();
        assert_eq!(options(&node, &node, other).unwrap(), "--l 1 --l a --no-f");
        let nested = yaml::parse("l: [[1]]", "v").unwrap();
        assert_eq!(options(&nested, &nested, other).unwrap_err().message(), "v:1:1: `l` is a list that holds a list");
    }
}
