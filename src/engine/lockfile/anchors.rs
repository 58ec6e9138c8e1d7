//! `&id001` and `*id001`: a list or mapping that stands in several places is written once.
//!
//! In DVC a parameter below another one that is tracked too, or an alias of the parameter file, is the same object
//! in memory, and ruamel.yaml writes an object once. Here they are copies, told by where they were read.

use std::collections::{HashMap, HashSet};

use crate::yaml::{Node, Value};

/// A list or mapping, by the place of its first value, which an alias leaves as it is.
type Origin<'a> = (&'a str, usize, usize, bool);

/// The lists and mappings of one entry that stand in several places, with their numbers.
#[derive(Default)]
pub(super) struct Anchors<'a> {
    numbers: HashMap<Origin<'a>, usize>,
    written: HashSet<Origin<'a>>,
}

/// What to write at a list or mapping.
pub(super) enum Mark {
    /// Nothing but itself.
    None,
    /// The name under which it comes again, and itself.
    Anchor(String),
    /// Its name alone.
    Alias(String),
}

impl<'a> Anchors<'a> {
    /// Finds what stands in several places; the first gets the number behind `before`.
    pub(super) fn of(node: &'a Node, before: usize) -> Self {
        let mut anchors = Self::default();
        let mut seen = HashSet::new();
        anchors.find(node, before, &mut seen);
        anchors
    }

    fn find(&mut self, node: &'a Node, before: usize, seen: &mut HashSet<Origin<'a>>) {
        if let Some(origin) = origin(node)
            && !seen.insert(origin)
        {
            let next = before + self.numbers.len() + 1;
            self.numbers.entry(origin).or_insert(next);
            return;
        }
        match &node.value {
            Value::Sequence(items) => items.iter().for_each(|item| self.find(item, before, seen)),
            Value::Mapping(entries) => entries.iter().for_each(|(_, value)| self.find(value, before, seen)),
            _ => {}
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }

    /// What to write at the next place.
    pub(super) fn mark(&mut self, node: &'a Node) -> Mark {
        let Some((origin, number)) = origin(node).and_then(|origin| Some((origin, self.numbers.get(&origin)?))) else {
            return Mark::None;
        };
        match self.written.insert(origin) {
            true => Mark::Anchor(format!("&id{number:03}")),
            false => Mark::Alias(format!("*id{number:03}")),
        }
    }
}

fn origin(node: &Node) -> Option<Origin<'_>> {
    let (first, list) = match &node.value {
        Value::Sequence(items) => (items.first()?, true),
        Value::Mapping(entries) => (&entries.first()?.0, false),
        _ => return None,
    };
    let place = &first.location;
    // Values of JSON know their file alone.
    (place.line > 0 && first.span != (0..0)).then_some((&place.file, place.line, place.column, list))
}
