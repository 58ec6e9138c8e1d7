//! What does not fit, field by field.

use serde::Serialize;

use crate::data::plain::Plain;

/// A value that does not fit its field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// The row, from 1 on.
    pub row: usize,
    /// The field.
    pub field: String,
    /// What is wrong.
    pub problem: ProblemKind,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
    /// What it was most likely meant as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub did_you_mean: Option<String>,
}

/// What can be wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// The model has no such field.
    Unknown,
    /// The row lacks a required field.
    Missing,
    /// It is null where the training rows never lacked a value.
    Null,
    /// It is of another type.
    Type,
    /// It is a text that training never saw.
    Level,
    /// It is beyond the least or the greatest value of the training rows.
    Range,
    /// It is a list or an object.
    Nested,
    /// It stands twice in its row.
    Duplicate,
}

impl ProblemKind {
    /// Every kind, in the order of [`ProblemKind::place`].
    pub const ALL: [ProblemKind; 8] = [
        ProblemKind::Unknown,
        ProblemKind::Missing,
        ProblemKind::Null,
        ProblemKind::Type,
        ProblemKind::Level,
        ProblemKind::Range,
        ProblemKind::Nested,
        ProblemKind::Duplicate,
    ];

    /// Its name in answers and metrics.
    pub fn name(self) -> &'static str {
        match self {
            ProblemKind::Unknown => "unknown",
            ProblemKind::Missing => "missing",
            ProblemKind::Null => "null",
            ProblemKind::Type => "type",
            ProblemKind::Level => "level",
            ProblemKind::Range => "range",
            ProblemKind::Nested => "nested",
            ProblemKind::Duplicate => "duplicate",
        }
    }

    /// Where it is counted.
    pub fn place(self) -> usize {
        self as usize
    }
}

/// All problems of a request, of which so many are listed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Problems {
    /// The first ones.
    pub listed: Vec<Problem>,
    /// How many there are, by kind.
    pub counts: [usize; ProblemKind::ALL.len()],
}

impl Problems {
    /// Problems that an answer lists.
    pub const LISTED: usize = 100;

    /// Adds a problem, which is put into words only where it is listed.
    pub fn add(&mut self, kind: ProblemKind, problem: impl FnOnce() -> Problem) {
        self.counts[kind.place()] += 1;
        if self.listed.len() < Self::LISTED {
            self.listed.push(problem());
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// How many are not listed.
    pub fn more(&self) -> usize {
        self.len() - self.listed.len()
    }
}

/// A value as a problem tells it.
pub fn shown(value: &Plain) -> String {
    match value {
        Plain::Null => "null".to_owned(),
        Plain::Bool(value) => value.to_string(),
        Plain::Unsigned(value) => value.to_string(),
        Plain::Signed(value) => value.to_string(),
        Plain::Float(value) => format!("{value:?}"),
        Plain::Text(text) => format!("`{}`", shorten(text)),
        Plain::List => "a list".to_owned(),
        Plain::Object => "an object".to_owned(),
    }
}

/// A text that is cut where it is long.
pub fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
