//! Text to [`Node`], through the events of `saphyr-parser`.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::node::{Location, Node, Value};
use crate::error::{Error, Result};
use crate::fs;

/// Aliases may not blow a small file up into a huge tree.
const MAX_NODES: usize = 1_000_000;
const MAX_DEPTH: usize = 64;

/// Reads and parses a file; `shown` is its name in messages.
pub fn read(path: &Path, shown: &str) -> Result<Node> {
    parse(&fs::read_to_string(path)?, shown)
}

/// Parses one YAML document; an empty one is null.
///
/// # Errors
/// Exit code 2 with file, line and column: bad syntax, duplicate keys, keys that are not plain
/// scalars, more than one document.
pub fn parse(text: &str, shown: &str) -> Result<Node> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file: Arc<str> = shown.into();
    let mut builder = Builder {
        parser: Parser::new_from_str(text),
        bytes: byte_offsets(text),
        file,
        anchors: HashMap::new(),
        nodes: 0,
    };
    builder.document()
}

/// Byte offset of each character, since the parser counts characters; none for plain ASCII.
fn byte_offsets(text: &str) -> Option<Vec<usize>> {
    (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
}

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    bytes: Option<Vec<usize>>,
    file: Arc<str>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span)> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(e)) => Err(self.syntax(&e)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn syntax(&self, error: &ScanError) -> Error {
        let at = error.marker();
        Error::usage(format!("{}:{}:{}: {}", self.file, at.line(), at.col() + 1, error.info())).hint(
            "the file is not valid YAML; look at the indentation, quotes and tabs of that line and the one before",
        )
    }

    fn document(&mut self) -> Result<Node> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                other => {
                    let node = self.node(other, span, "", 0)?;
                    if root.is_some() {
                        return Err(node.error("a second YAML document; one is expected"));
                    }
                    root = Some(node);
                }
            }
        }
        Ok(root.unwrap_or_else(|| {
            let location = Location { file: self.file.clone(), line: 1, column: 1, path: "".into() };
            Node { value: Value::Null, location, span: 0..0 }
        }))
    }

    fn node(&mut self, event: Event<'a>, span: Span, path: &str, depth: usize) -> Result<Node> {
        let location = Location {
            file: self.file.clone(),
            line: span.start.line(),
            column: span.start.col() + 1,
            path: path.into(),
        };
        let mut node =
            Node { value: Value::Null, location, span: self.byte(span.start.index())..self.byte(span.end.index()) };
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return Err(node.error("too large or too deeply nested for a configuration file"));
        }
        let anchor = match event {
            Event::Alias(id) => {
                let target = self.anchors.get(&id).cloned().ok_or_else(|| node.error("unknown alias"))?;
                self.nodes += count(&target);
                return Ok(Node { location: node.location, span: node.span, ..target });
            }
            Event::Scalar(text, style, anchor, tag) => {
                refuse_tag(&node, tag.as_deref(), "str")?;
                node.value = match style {
                    ScalarStyle::Plain => plain(&text),
                    _ => Value::String(text.into_owned()),
                };
                anchor
            }
            Event::SequenceStart(anchor, tag) => {
                refuse_tag(&node, tag.as_deref(), "seq")?;
                node.value = Value::Sequence(self.sequence(&mut node, path, depth)?);
                anchor
            }
            Event::MappingStart(anchor, tag) => {
                refuse_tag(&node, tag.as_deref(), "map")?;
                node.value = Value::Mapping(self.mapping(&mut node, path, depth)?);
                anchor
            }
            _ => return Err(node.error("unexpected end of the document")),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, parent: &mut Node, path: &str, depth: usize) -> Result<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                parent.span.end = parent.span.end.max(self.byte(span.end.index()));
                return Ok(items);
            }
            let item = self.node(event, span, &format!("{path}[{}]", items.len()), depth + 1)?;
            items.push(item);
        }
    }

    fn mapping(&mut self, parent: &mut Node, path: &str, depth: usize) -> Result<Vec<(Node, Node)>> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                parent.span.end = parent.span.end.max(self.byte(span.end.index()));
                return Ok(entries);
            }
            let source = match &event {
                Event::Scalar(text, ..) => text.to_string(),
                _ => return Err(self.node(event, span, path, depth + 1)?.error("a key must be plain text")),
            };
            let mut key = self.node(event, span, path, depth + 1)?;
            // `1:` and `true:` are keys by their text, as DVC's dotted parameters have it.
            key.value = Value::String(source.clone());
            let child = if path.is_empty() { source.clone() } else { format!("{path}.{source}") };
            key.location.path = child.as_str().into();
            if let Some((first, _)) = entries.iter().find(|(k, _)| k.as_str() == Some(&source)) {
                return Err(key
                    .error(format!("the key stands twice, first at line {}", first.location.line))
                    .hint("keep one of the two"));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, &child, depth + 1)?;
            entries.push((key, value));
        }
    }

    fn byte(&self, character: usize) -> usize {
        match &self.bytes {
            None => character,
            Some(bytes) => bytes.get(character).or(bytes.last()).copied().unwrap_or(character),
        }
    }
}

/// A tag may say what stands there anyway; others would make something else of it.
fn refuse_tag(node: &Node, tag: Option<&Tag>, plain: &str) -> Result<()> {
    match tag.filter(|tag| !(tag.is_yaml_core_schema() && tag.suffix == plain)) {
        Some(tag) => Err(node.error(format!("the tag `{tag}` is not supported"))),
        None => Ok(()),
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.value {
        Value::Sequence(items) => items.iter().map(count).sum(),
        Value::Mapping(entries) => entries.iter().map(|(_, v)| 1 + count(v)).sum::<usize>(),
        _ => 0,
    }
}

/// A plain scalar by the YAML 1.2 core schema, as DVC's reader has it: `yes` and `on` are text,
/// `012` is 12, `1_000` is 1000, `1e-5` is a number.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    number(text).unwrap_or_else(|| Value::String(text.to_owned()))
}

fn number(text: &str) -> Option<Value> {
    let first = text.trim_start_matches(['+', '-']).chars().next()?;
    if !(first.is_ascii_digit() || first == '.') || !text.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Value::Integer);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Value::Integer);
    }
    let digits = text.replace('_', "");
    if let Ok(integer) = digits.parse() {
        return Some(Value::Integer(integer));
    }
    let numeric = digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'));
    digits.parse().ok().filter(|_| numeric).map(Value::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_yaml_1_2() {
        for (text, value) in [
            ("12", Value::Integer(12)),
            ("012", Value::Integer(12)),
            ("1_000", Value::Integer(1000)),
            ("-3", Value::Integer(-3)),
            ("1e-5", Value::Float(1e-5)),
            (".5", Value::Float(0.5)),
            ("-.inf", Value::Float(f64::NEG_INFINITY)),
            ("yes", Value::String("yes".into())),
            ("2024-01-31", Value::String("2024-01-31".into())),
            ("1.2.3", Value::String("1.2.3".into())),
            (".", Value::String(".".into())),
            ("~", Value::Null),
        ] {
            assert_eq!(plain(text), value, "{text}");
        }
    }

    #[test]
    fn values_know_their_place() {
        let node = parse("train:\n  größe: 1 # ü\n  algorithms:\n    xgb: {depth: 6}\n", "t.yaml").unwrap();
        let depth = node.at("train.algorithms.xgb.depth").unwrap();
        assert_eq!(depth.location.to_string(), "t.yaml:4:18: `train.algorithms.xgb.depth`");
        let text = "train:\n  größe: 1 # ü\n  algorithms:\n    xgb: {depth: 6}\n";
        assert_eq!(&text[depth.span.clone()], "6");
    }

    #[test]
    fn broken_files_are_refused_with_their_line() {
        for (text, expected) in [
            ("a: 1\na: 2\n", "t.yaml:2:1: `a`: the key stands twice, first at line 1"),
            ("a: [1, 2\nb: 3\n", "t.yaml:2"),
            ("a: 1\n---\nb: 2\n", "t.yaml:3:1: a second YAML document"),
        ] {
            let message = parse(text, "t.yaml").unwrap_err().message().to_owned();
            assert!(message.starts_with(expected), "{message}");
        }
    }

    #[test]
    fn alias_bombs_are_refused() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..9 {
            let previous = format!("*a{}", level - 1);
            text.push_str(&format!("a{level}: &a{level} [{}]\n", vec![previous; 10].join(",")));
        }
        assert!(parse(&text, "t.yaml").is_err());
    }
}
