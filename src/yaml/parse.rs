//! Text to [`Node`], through the events of `saphyr-parser`.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::node::{Location, Node, Value};
use super::plain::{Kind, kind, plain};
use crate::error::{Error, Result};
use crate::fs;

/// Aliases may not blow a small file up into a huge tree.
const MAX_COPIES: usize = 1_000_000;
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
        copies: 0,
        path: String::new(),
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
    /// Nodes that aliases stand for.
    copies: usize,
    /// Where the path of a value is put together.
    path: String,
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
                    let node = self.node(other, span, &"".into(), 0)?;
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

    /// A null where an event stands.
    fn place(&self, span: &Span, path: &Arc<str>) -> Node {
        let location = Location {
            file: Arc::clone(&self.file),
            line: span.start.line(),
            column: span.start.col() + 1,
            path: Arc::clone(path),
        };
        Node { value: Value::Null, location, span: self.byte(span.start.index())..self.byte(span.end.index()) }
    }

    fn node(&mut self, event: Event<'a>, span: Span, path: &Arc<str>, depth: usize) -> Result<Node> {
        let mut node = self.place(&span, path);
        if self.copies > MAX_COPIES || depth > MAX_DEPTH {
            return Err(node.error("too large or too deeply nested for a configuration file"));
        }
        let anchor = match event {
            Event::Alias(id) => {
                let target = self.anchors.get(&id).cloned().ok_or_else(|| node.error("unknown alias"))?;
                self.copies += count(&target);
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

    fn sequence(&mut self, parent: &mut Node, path: &Arc<str>, depth: usize) -> Result<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                parent.span.end = parent.span.end.max(self.byte(span.end.index()));
                return Ok(items);
            }
            let below = self.below(format_args!("{path}[{}]", items.len()));
            let item = self.node(event, span, &below, depth + 1)?;
            items.push(item);
        }
    }

    fn mapping(&mut self, parent: &mut Node, path: &Arc<str>, depth: usize) -> Result<Vec<(Node, Node)>> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut merged = Vec::new();
        let mut lines = HashMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                parent.span.end = parent.span.end.max(self.byte(span.end.index()));
                if merged.is_empty() {
                    return Ok(entries);
                }
                entries.into_iter().for_each(|entry| put(&mut merged, entry));
                return Ok(merged);
            }
            let (key, is_plain) = self.key(event, span, path, depth)?;
            let child = Arc::clone(&key.location.path);
            if let Some(first) = lines.insert(Arc::clone(&child), key.location.line) {
                return Err(key
                    .error(format!("the key stands twice, first at line {first}"))
                    .hint("keep one of the two"));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, &child, depth + 1)?;
            match is_plain && kind(key.as_str().unwrap_or_default()) == Kind::Merge {
                true => merged = merge(&value)?,
                false => entries.push((key, value)),
            }
        }
    }

    /// A key, which is text whatever it looks like, and whether it stands without quotes.
    fn key(&mut self, event: Event<'a>, span: Span, path: &Arc<str>, depth: usize) -> Result<(Node, bool)> {
        let Event::Scalar(text, style, anchor, tag) = event else {
            return Err(self.node(event, span, path, depth + 1)?.error("a key must be plain text"));
        };
        let mut key = self.place(&span, path);
        refuse_tag(&key, tag.as_deref(), "str")?;
        let is_plain = style == ScalarStyle::Plain;
        if anchor != 0 {
            let value = if is_plain { plain(&text) } else { Value::String(text.to_string()) };
            self.anchors.insert(anchor, key.with(value));
        }
        key.location.path = match path.is_empty() {
            true => text.as_ref().into(),
            false => self.below(format_args!("{path}.{text}")),
        };
        // `1:` and `true:` are keys by their text, as DVC's dotted parameters have it.
        key.value = Value::String(text.into_owned());
        Ok((key, is_plain))
    }

    fn below(&mut self, path: fmt::Arguments) -> Arc<str> {
        self.path.clear();
        // A text takes all that is written to it.
        self.path.write_fmt(path).ok();
        self.path.as_str().into()
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

/// The entries that `<<` adds: those of a mapping, or of a list of mappings, of which the first one counts.
fn merge(node: &Node) -> Result<Vec<(Node, Node)>> {
    let mut merged = Vec::new();
    for mapping in node.as_sequence().unwrap_or(std::slice::from_ref(node)).iter().rev() {
        let Some(entries) = mapping.as_mapping() else {
            return Err(
                mapping.error(format!("`<<` takes a mapping or a list of mappings, found {}", mapping.describe()))
            );
        };
        entries.iter().for_each(|entry| put(&mut merged, entry.clone()));
    }
    Ok(merged)
}

/// Adds an entry, or replaces the value of that key where it stands.
fn put(entries: &mut Vec<(Node, Node)>, (key, value): (Node, Node)) {
    match entries.iter_mut().find(|(other, _)| other == &key) {
        Some(entry) => *entry = (key, value),
        None => entries.push((key, value)),
    }
}

fn count(node: &Node) -> usize {
    1 + match &node.value {
        Value::Sequence(items) => items.iter().map(count).sum(),
        Value::Mapping(entries) => entries.iter().map(|(_, v)| 1 + count(v)).sum::<usize>(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_place() {
        let node = parse("train:\n  größe: 1 # ü\n  algorithms:\n    xgb: {depth: 6}\n", "t.yaml").unwrap();
        let depth = node.at("train.algorithms.xgb.depth").unwrap();
        assert_eq!(depth.location.to_string(), "t.yaml:4:18: `train.algorithms.xgb.depth`");
        let text = "train:\n  größe: 1 # ü\n  algorithms:\n    xgb: {depth: 6}\n";
        assert_eq!(&text[depth.span.clone()], "6");
    }

    /// The right sides are what ruamel.yaml reads.
    #[test]
    fn merge_keys_bring_the_entries_of_other_mappings() {
        let shared = "b: &b {x: 1, y: 2}\nc: &c {y: 7, w: 1}\n";
        for (text, expected) in [
            ("a: {y: 5, <<: *b, z: 3}", r#"{"x":1,"y":5,"z":3}"#),
            ("a: {<<: [*b, *c], x: 9}", r#"{"y":2,"w":1,"x":9}"#),
            ("a: {'<<': 1}", r#"{"<<":1}"#),
        ] {
            let node = parse(&format!("{shared}{text}\n"), "t").unwrap();
            let entries = node.get("a").unwrap().as_mapping().unwrap().iter();
            let entries: Vec<String> =
                entries.map(|(k, v)| format!("\"{}\":{}", k.as_str().unwrap(), v.to_json())).collect();
            assert_eq!(format!("{{{}}}", entries.join(",")), expected);
        }
        let message = parse("a: {<<: 1}", "t.yaml").unwrap_err().message().to_owned();
        assert_eq!(message, "t.yaml:1:9: `a.<<`: `<<` takes a mapping or a list of mappings, found the integer `1`");
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
