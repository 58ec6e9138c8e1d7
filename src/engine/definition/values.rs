//! Files of variables and parameters: TOML and JSON by their names, else YAML.

use std::path::Path;

use super::{json, toml};
use crate::error::{Error, Result};
use crate::fs;
use crate::yaml::{self, Kind, Location, Node, Value};

/// Reads the file `path`, shown as `shown`; an empty one is an empty mapping.
///
/// # Errors
/// Exit code 2 with file and line: bad syntax, or something that dvc.lock cannot hold.
pub(super) fn read(path: &Path, shown: &str) -> Result<Node> {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let text = fs::read_to_string(path)?;
    let mut node = match extension.as_str() {
        "toml" => toml::parse(&text, shown)?,
        "json" => json::parse(&text, shown)?,
        "py" => {
            return Err(Error::usage(format!("{shown}:1:1: parameters in Python are not supported"))
                .hint("move them to a YAML, JSON or TOML file"));
        }
        _ => self::yaml(&text, shown)?,
    };
    // What Python takes for nothing is nothing, as DVC has it.
    let nothing = match &node.value {
        Value::Null | Value::Bool(false) | Value::Integer(0) => true,
        Value::Float(x) => *x == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        _ => false,
    };
    if nothing {
        node.value = Value::Mapping(Vec::new());
    }
    Ok(node)
}

/// YAML as DVC reads it, without a number that would lose digits.
pub(super) fn yaml(text: &str, shown: &str) -> Result<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = yaml::parse(text, shown)?;
    check_integers(&node, text)?;
    Ok(node)
}

fn check_integers(node: &Node, text: &str) -> Result<()> {
    match &node.value {
        Value::Sequence(items) => items.iter().try_for_each(|item| check_integers(item, text)),
        Value::Mapping(entries) => entries.iter().try_for_each(|(_, value)| check_integers(value, text)),
        // What is too large for an integer has been read as another number or a text.
        Value::Float(_) | Value::String(_) => {
            let source = text.get(node.span.clone()).unwrap_or_default();
            let digits = source.trim_start_matches(['+', '-']);
            let radix = match digits.get(..2) {
                Some("0x") => 16,
                Some("0o") => 8,
                _ => 10,
            };
            let digits = if radix == 10 { digits } else { &digits[2..] };
            let whole = digits.starts_with(|c: char| c.is_digit(radix))
                && digits.chars().all(|c| c.is_digit(radix) || c == '_');
            if whole { Err(too_large(&node.location, source)) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

/// Refuses dates and times without quotes in what is used: DVC reads no text there, and fails on them. What nobody
/// uses may be one.
///
/// # Errors
/// Exit code 2 with file, line and column.
pub(super) fn check_dates(node: &Node) -> Result<()> {
    match &node.value {
        Value::Sequence(items) => items.iter().try_for_each(check_dates),
        Value::Mapping(entries) => entries.iter().try_for_each(|(_, value)| check_dates(value)),
        Value::String(_) if kind(node) == Kind::Timestamp => Err(date(&node.location)),
        _ => Ok(()),
    }
}

/// What DVC takes a text, such as a key, for; those of JSON and TOML are texts.
pub(super) fn kind(node: &Node) -> Kind {
    match &node.value {
        // Quotes make the span longer than the text.
        Value::String(text) if !text.is_empty() && node.span.len() == text.len() => yaml::kind(text),
        _ => Kind::Text,
    }
}

/// A date where a text is wanted.
pub(super) fn date(location: &Location) -> Error {
    Error::usage(format!("{location}: dates are not supported"))
        .hint("write it as a text, in quotes; DVC fails on them as well")
}

/// An integer that is none of ours.
pub(super) fn too_large(location: &Location, source: &str) -> Error {
    Error::usage(format!("{location}: the integer `{source}` does not fit into 64 bits"))
        .hint("write it as a text, in quotes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(node: &Node) -> String {
        serde_json::to_string(node).unwrap()
    }

    #[test]
    fn merged_mappings_stand_as_in_ruamel() {
        // The order is that of `dvc.utils.serialize.load_yaml` of DVC 3.67.1.
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc: {q: 0, <<: [*a, *b], z: 9}\nd: {\"<<\": 1}\n";
        let node = yaml(text, "v").unwrap();
        assert_eq!(json(node.get("c").unwrap()), r#"{"y":2,"z":9,"x":1,"q":0}"#);
        assert_eq!(json(node.get("d").unwrap()), r#"{"<<":1}"#);
        assert_eq!(
            yaml("a: {<<: 1}", "v").unwrap_err().message(),
            "v:1:9: `a.<<`: `<<` takes a mapping or a list of mappings, found the integer `1`"
        );
    }

    #[test]
    fn files_of_all_kinds_are_read_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text, expected) in [
            ("a.yaml", "b: 1\na: {z: 1, y: 2}", r#"{"b":1,"a":{"z":1,"y":2}}"#),
            ("a.cfg", "k: 1", r#"{"k":1}"#),
            ("b.yaml", "", "{}"),
            ("c.yaml", "[]", "{}"),
            (
                "a.json",
                r#"{"b": [1, {"c": null}], "a": {"z": 1.0, "y": 1e5, "u": "\ud83d\ude00"}}"#,
                r#"{"b":[1,{"c":null}],"a":{"z":1.0,"y":100000.0,"u":"😀"}}"#,
            ),
            (
                "a.TOML",
                "t = \"x\"\n[b.c]\nv = 1_000\nw = 1e3\n[a]\ni = 0x10\narr = [1, 2.0, {q = 1}]\n[b.a]\nn = -1\n",
                r#"{"t":"x","b":{"c":{"v":1000,"w":1000.0},"a":{"n":-1}},"a":{"i":16,"arr":[1,2.0,{"q":1}]}}"#,
            ),
        ] {
            fs::atomic_write_bytes(&folder.path().join(name), text.as_bytes()).unwrap();
            assert_eq!(json(&read(&folder.path().join(name), name).unwrap()), expected, "{name}");
        }
    }

    #[test]
    fn what_dvc_lock_cannot_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text, expected) in [
            (
                "a.yaml",
                "a: 1\nb: 123456789012345678901",
                "a.yaml:2:4: `b`: the integer `123456789012345678901` does not",
            ),
            ("b.yaml", "a: -0xFFFFFFFFFFFFFFFFF", "b.yaml:1:4: `a`: the integer"),
            ("a.json", "{\n\"a\": 123456789012345678901}", "a.json:2:6: the integer `123456789012345678901` does not"),
            ("b.json", "{\"a\": 1,\n\"a\": 2}", "b.json:2:3: the key `a` stands twice"),
            ("c.json", "{\"a\": }", "c.json:1:7: "),
            ("a.toml", "d = 2024-01-31", "a.toml:1:5: `d`: dates are not supported"),
            ("b.toml", "\nd = 99999999999999999999", "b.toml:2:5: `d`: the integer"),
            ("c.toml", "\na = [1, 2\n", "c.toml:"),
            ("a.py", "x = 1", "a.py:1:1: parameters in Python are not supported"),
        ] {
            fs::atomic_write_bytes(&folder.path().join(name), text.as_bytes()).unwrap();
            let message = read(&folder.path().join(name), name).unwrap_err().message().to_owned();
            assert!(message.starts_with(expected), "{expected}\n{message}");
        }
        for (text, hint) in [
            ("{\"a\": NaN}", "only Python"),
            ("{\n \"a\": [1, -Infinity]}", "only Python"),
            ("{\"a\": 1e400}", "Python takes it for infinity"),
            ("{\"a\": Nan}", "the file is not valid JSON"),
        ] {
            let error = json::parse(text, "f").unwrap_err();
            assert!(error.hint_text().unwrap().starts_with(hint), "{text}: {error}");
        }
        let fine =
            "{\"a\": \"123456789012345678901\", \"b\": 1.23456789012345678901, \"c\": \"\\\"9223372036854775808\"}";
        assert!(json::parse(fine, "f").is_ok());
    }
}
