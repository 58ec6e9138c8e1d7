//! YAML in blocks, laid out as ruamel.yaml lays it out, whatever that looks like: DVC compares bytes
//! with nobody, but people and git do.
//!
//! The layout of a value depends on the column it starts at and on what was written last, so both are
//! kept as ruamel.yaml keeps them.

use super::anchors::{Anchors, Mark};
use super::python;
use super::scalar;
use crate::yaml::{Node, Value};

/// Spaces that a level adds.
pub(super) const STEP: usize = 2;

/// Columns after which text folds.
pub(super) const WIDTH: usize = 80;

/// A key this long, its tag counted, is written as `? key`.
const LONGEST_KEY: usize = 128;

/// A mapping as a document of its own.
pub(super) fn document(node: &Node) -> String {
    let mut emitter = Emitter::new(0, Anchors::of(node, 0));
    node.as_mapping().unwrap_or_default().iter().for_each(|(key, value)| emitter.pair(key, value));
    emitter.finish()
}

/// One `key: value` of a mapping whose keys stand at column `indent`, with its last line break; before it,
/// `before` anchors were written. The number is that of its own ones.
pub(super) fn entry(indent: usize, key: &Node, value: &Node, before: usize) -> (String, usize) {
    let anchors = Anchors::of(value, before);
    let count = anchors.count();
    let mut emitter = Emitter::new(indent, anchors);
    emitter.pair(key, value);
    (emitter.finish(), count)
}

/// A block or scalar that is open.
struct Level {
    /// Indentation outside.
    before: usize,
    list: bool,
}

pub(super) struct Emitter<'a> {
    anchors: Anchors<'a>,
    text: String,
    pub(super) column: usize,
    /// Whether a blank or an indicator that needs none behind it was written last.
    whitespace: bool,
    /// Whether the line holds nothing but blanks and `-`, `?`, `:` so far.
    indention: bool,
    pub(super) indent: usize,
    levels: Vec<Level>,
}

/// Where a scalar stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Key,
    Value,
    Item,
}

impl<'a> Emitter<'a> {
    fn new(indent: usize, anchors: Anchors<'a>) -> Self {
        Self {
            anchors,
            text: String::new(),
            column: 0,
            whitespace: true,
            indention: true,
            indent,
            levels: vec![Level { before: indent.saturating_sub(STEP), list: false }],
        }
    }

    fn finish(mut self) -> String {
        if self.column > 0 {
            self.line_break();
        }
        self.text
    }

    fn pair(&mut self, key: &Node, value: &'a Node) {
        self.write_indent();
        let (text, is_text) = scalar_text(&key.key());
        if text.chars().count() + "!!str".len() < LONGEST_KEY && !scalar::is_multiline(&text) {
            // Nothing at all would be no key.
            self.scalar(if text.is_empty() && !is_text { "null" } else { &text }, is_text, Place::Key);
            self.indicator(":", false, false);
        } else {
            self.indicator("?", true, true);
            self.scalar(&text, is_text, Place::Value);
            self.write_indent();
            self.indicator(":", true, true);
        }
        self.node(value, Place::Value);
    }

    fn node(&mut self, node: &'a Node, place: Place) {
        match self.anchors.mark(node) {
            Mark::None => {}
            Mark::Anchor(name) => self.indicator(&name, true, false),
            Mark::Alias(name) => return self.indicator(&name, true, false),
        }
        match &node.value {
            Value::Sequence(items) if items.is_empty() => self.empty("[", "]"),
            Value::Mapping(entries) if entries.is_empty() => self.empty("{", "}"),
            Value::Sequence(items) => {
                // A list below a key needs no deeper level than the key.
                self.open(true, place == Place::Value && !self.indention);
                for item in items {
                    self.write_indent();
                    self.indicator("-", true, true);
                    self.node(item, Place::Item);
                }
                self.close();
            }
            Value::Mapping(entries) => {
                self.open(false, false);
                for (key, value) in entries {
                    self.pair(key, value);
                }
                self.close();
            }
            other => {
                let (text, is_text) = scalar_text(other);
                self.scalar(&text, is_text, place);
            }
        }
    }

    fn scalar(&mut self, text: &str, is_text: bool, place: Place) {
        self.open(false, false);
        if place == Place::Item {
            self.write_indent();
        }
        scalar::write(self, text, is_text, place);
        self.close();
    }

    fn empty(&mut self, opening: &str, closing: &str) {
        let gap = match self.levels.last() {
            Some(level) if level.list => (level.before + STEP).saturating_sub(self.column + 1),
            _ => 0,
        };
        self.indicator(&format!("{}{opening}", " ".repeat(gap)), true, false);
        self.indicator(closing, false, false);
        self.line_break();
    }

    fn open(&mut self, list: bool, indentless: bool) {
        let nested = list && self.levels.last().is_some_and(|level| level.list);
        self.levels.push(Level { before: self.indent, list });
        if !indentless {
            self.indent += STEP;
        }
        if nested {
            self.indention = true;
        }
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.indent = level.before;
        }
    }

    /// Writes `-`, `?`, `:`, a quote or a bracket.
    pub(super) fn indicator(&mut self, indicator: &str, needs_space: bool, indention: bool) {
        if needs_space && !self.whitespace {
            self.put(" ");
        }
        self.put(indicator);
        self.whitespace = false;
        self.indention = self.indention && indention;
    }

    /// Goes to the column of the level, on a new line where this one holds something.
    pub(super) fn write_indent(&mut self) {
        if !self.indention || self.column > self.indent || (self.column == self.indent && !self.whitespace) {
            self.line_break();
        }
        if self.column < self.indent {
            self.whitespace = true;
            self.put(&" ".repeat(self.indent - self.column));
        }
    }

    pub(super) fn line_break(&mut self) {
        self.break_with('\n');
    }

    /// Ends the line with a break that may be one of Unicode's others.
    pub(super) fn break_with(&mut self, line_break: char) {
        self.text.push(line_break);
        self.whitespace = true;
        self.indention = true;
        self.column = 0;
    }

    pub(super) fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.chars().count();
    }

    pub(super) fn put_all(&mut self, text: &[char]) {
        self.text.extend(text);
        self.column += text.len();
    }

    /// Puts a blank before a plain scalar where none is.
    pub(super) fn separate(&mut self) {
        if !self.whitespace {
            self.put(" ");
        }
        self.inside();
    }

    /// Neither a blank nor an indicator stands last any more.
    pub(super) fn inside(&mut self) {
        self.whitespace = false;
        self.indention = false;
    }
}

/// A scalar's text, and whether it is text and no number, truth or nothing.
fn scalar_text(value: &Value) -> (String, bool) {
    match value {
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => (String::new(), false),
        Value::Bool(truth) => (truth.to_string(), false),
        Value::Integer(number) => (number.to_string(), false),
        Value::Float(number) if number.is_finite() => (python::float(*number), false),
        Value::Float(number) => (python::float(*number).replace("inf", ".inf").replace("nan", ".nan"), false),
        Value::String(text) => (text.clone(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases are made by tests/peers/yaml_cases.py with DVC's own serializer.
    #[test]
    #[ignore = "needs the file of cases named by MLOPS_YAML_CASES"]
    fn random_structures_are_written_as_dvc_writes_them() {
        let cases = crate::fs::read_to_string(std::env::var_os("MLOPS_YAML_CASES").unwrap().as_ref()).unwrap();
        let (mut wrong, mut total) = (Vec::new(), 0);
        for line in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let node = Node::from_json(&case["data"]);
            let (text, expected) = (document(&node), case["text"].as_str().unwrap());
            total += 1;
            if text != expected && case["lossless"] == true {
                wrong.push(format!("{text:?}\n{expected:?}"));
            }
            // ruamel.yaml takes Unicode's line breaks for some, as YAML 1.1 did.
            let breaks = text.contains(['\u{85}', '\u{2028}', '\u{2029}']);
            if !breaks && !crate::yaml::parse(&text, "t").is_ok_and(|back| back == node) {
                wrong.push(format!("read as something else: {text:?}"));
            }
            let hash = python::sha256(&node, &[]);
            assert_eq!(hash, case["sha256"].as_str().unwrap(), "{}", python::json(&node, &[]));
        }
        assert!(
            total > 0 && wrong.is_empty(),
            "{} of {total}\n{}",
            wrong.len(),
            wrong[..wrong.len().min(10)].join("\n\n")
        );
    }
}
