//! Rows as they are read, value by value.

use std::fmt;
use std::ops::Range;

use super::problem::{shorten, shown};
use super::{Contract, Place, Problem, ProblemKind, Problems};
use crate::data::plain::Plain;
use crate::data::{Column, Kind, Table, Typed};
use crate::error::Result as OrError;
use crate::package::Violation;
use crate::serving::refusal::Refusal;

/// Names a row in messages.
pub fn row_name(row: usize) -> String {
    format!("row {}", row + 1)
}

/// Which problems refuse a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// All.
    Strict,
    /// As few as can be: the others are reported beside the answer.
    Lenient,
    /// Those that MLflow refuses: unknown fields are left aside, and what training never saw is no matter.
    Mlflow,
}

impl Policy {
    fn refuses(self, kind: ProblemKind) -> bool {
        use ProblemKind::{Duplicate, Level, Missing, Nested, Null, Range, Type, Unknown};
        match self {
            Policy::Strict => true,
            // Which of two values counts is nothing that could be guessed.
            Policy::Lenient => kind == Duplicate,
            Policy::Mlflow => match kind {
                Missing | Type | Nested | Duplicate => true,
                Unknown | Null | Level | Range => false,
            },
        }
    }
}

/// Raw rows of a request.
pub struct Rows<'a> {
    contract: &'a Contract,
    policy: Policy,
    columns: Vec<Typed<'a>>,
    rows: usize,
    /// Fields that the row at hand has so far.
    given: usize,
    /// The row that the body began with.
    first: usize,
    most: usize,
    /// Of each field the one that came after it the last time, and at the end the first: most rows are alike.
    after: Vec<usize>,
    /// Where the last name was found, the number of fields where a row begins.
    last: usize,
    buffer: String,
    /// Whether what is being read is an element of a list of rows.
    pub(super) in_list: bool,
    /// What refuses the request.
    pub refused: Problems,
    /// What is reported beside the answer.
    pub warnings: Problems,
}

/// The rows of one body, of several that are read one after the other.
pub struct Part {
    /// Which.
    pub rows: Range<usize>,
    /// What they were taken with nonetheless.
    pub warnings: Problems,
}

/// There are more rows than a request may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany(pub usize);

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "more than {} rows", self.0)
    }
}

impl<'a> Rows<'a> {
    /// None yet, and at most `most` of a body.
    pub fn new(contract: &'a Contract, policy: Policy, most: usize) -> Self {
        Self::with_capacity(contract, policy, most, 1)
    }

    /// As [`Rows::new`], with room for so many.
    pub fn with_capacity(contract: &'a Contract, policy: Policy, most: usize, capacity: usize) -> Self {
        let typed = |field: &'a crate::package::Field| Typed::new(&contract.typing, &field.column, capacity);
        Self {
            contract,
            policy,
            columns: contract.fields.iter().map(typed).collect(),
            rows: 0,
            given: 0,
            first: 0,
            most,
            after: (1..=contract.fields.len()).chain([0]).collect(),
            last: contract.fields.len(),
            buffer: String::new(),
            in_list: false,
            refused: Problems::default(),
            warnings: Problems::default(),
        }
    }

    /// How many the body has so far.
    pub fn len(&self) -> usize {
        self.rows - self.first
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A body ends, and another may follow: its problems are counted from its own first row.
    ///
    /// # Errors
    /// 422 with every field of it that does not fit; none of its rows stays then.
    pub fn part(&mut self) -> Result<Part, Refusal> {
        let warnings = std::mem::take(&mut self.warnings);
        self.last = self.columns.len();
        self.given = 0;
        self.in_list = false;
        let is_whole = self.columns.iter().all(|column| column.len() == self.rows);
        if !self.refused.is_empty() || !is_whole {
            self.columns.iter_mut().for_each(|column| column.truncate(self.first));
            self.rows = self.first;
        }
        if !self.refused.is_empty() {
            return Err(Refusal::contract(std::mem::take(&mut self.refused)));
        }
        let rows = std::mem::replace(&mut self.first, self.rows)..self.rows;
        Ok(Part { rows, warnings })
    }

    /// The places of so many values without names: of all fields in their order, or of those that a row must have.
    ///
    /// # Errors
    /// What there are in place of so many values.
    pub(super) fn in_order(&self, values: usize) -> Result<Vec<Option<usize>>, String> {
        let fields = self.contract.fields.iter().enumerate();
        let places = |required: bool| -> Vec<Option<usize>> {
            fields.clone().filter(|(_, field)| !required || field.column.required).map(|(at, _)| Some(at)).collect()
        };
        let (all, required) = (places(false), places(true));
        match values {
            _ if values == all.len() => Ok(all),
            _ if values == required.len() => Ok(required),
            _ if all.len() == required.len() => Err(format!("{} fields", all.len())),
            _ => Err(format!("{} fields, {} of them required", all.len(), required.len())),
        }
    }

    /// How many fields there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Whether a name is that of a field.
    pub(super) fn is_field(&self, name: &str) -> bool {
        matches!(self.contract.place(name.trim()), Some(Place::Field(_)))
    }

    /// Reads the elements of a list, each a row; `next` tells whether there was one more.
    pub(super) fn all<E>(&mut self, mut next: impl FnMut(&mut Self) -> Result<bool, E>) -> Result<(), E> {
        self.in_list = true;
        while next(self)? {}
        self.in_list = false;
        Ok(())
    }

    /// The next row may begin.
    pub(super) fn begin(&self) -> Result<(), TooMany> {
        if self.len() < self.most { Ok(()) } else { Err(TooMany(self.most)) }
    }

    /// The place of a name; one that is unknown is a problem of this row.
    pub(super) fn place(&mut self, name: &str) -> Option<usize> {
        let contract = self.contract;
        let next = self.after[self.last];
        if contract.fields.get(next).is_some_and(|field| field.column.name == name) {
            self.last = next;
            return Some(next);
        }
        match contract.place(name) {
            Some(Place::Field(at)) => {
                self.after[self.last] = at;
                self.last = at;
                Some(at)
            }
            Some(Place::Carried) => None,
            None => {
                let row = self.len() + 1;
                self.problem(ProblemKind::Unknown, || Problem {
                    row,
                    field: shorten(name),
                    problem: ProblemKind::Unknown,
                    found: format!("a field `{}`", shorten(name)),
                    expected: "a field of the model".to_owned(),
                    did_you_mean: contract.closest(name),
                });
                None
            }
        }
    }

    /// A value of this row, as JSON has it.
    #[inline]
    pub(super) fn set(&mut self, at: usize, value: &Plain) {
        if self.is_set(at) {
            return self.blame(at, ProblemKind::Duplicate, || "a second value".to_owned());
        }
        self.given += 1;
        let kind = self.contract.fields[at].column.kind;
        if matches!(value, Plain::List | Plain::Object) {
            self.blame(at, ProblemKind::Nested, || shown(value));
            return self.columns[at].push(None);
        }
        let is_mistyped = match value {
            Plain::Text(_) => matches!(kind, Kind::Number | Kind::Integer),
            Plain::Bool(_) => matches!(kind, Kind::Number | Kind::Integer | Kind::Date),
            _ => false,
        };
        if is_mistyped {
            self.blame(at, ProblemKind::Type, || shown(value));
        }
        let number = match *value {
            Plain::Unsigned(number) => Some(number as f64),
            Plain::Signed(number) => Some(number as f64),
            Plain::Float(number) => Some(number),
            _ => None,
        };
        if let Some((cell, violation)) = number.and_then(|number| self.contract.fields[at].look_at(number)) {
            self.columns[at].push_cell(cell, None);
            return self.judge(at, violation, || shown(value));
        }
        if let Plain::Text(text) = value {
            return self.push(at, Some(text), !is_mistyped, || shown(value));
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let text = value.text(self.contract.typing.decimal_comma, &mut buffer);
        self.push(at, text, !is_mistyped, || shown(value));
        self.buffer = buffer;
    }

    /// A value of this row, as a table has it.
    pub(super) fn set_text(&mut self, at: usize, text: Option<&str>) {
        if self.is_set(at) {
            return self.blame(at, ProblemKind::Duplicate, || "a second value".to_owned());
        }
        self.given += 1;
        self.push(at, text, true, || text.map_or("nothing".to_owned(), |text| format!("`{}`", shorten(text))));
    }

    /// This row ends; a field that it lacks is a problem.
    pub(super) fn end(&mut self) {
        let all = self.columns.len();
        // Most rows have all fields.
        let missing = if std::mem::take(&mut self.given) < all { all } else { 0 };
        for at in 0..missing {
            if !self.is_set(at) {
                if self.contract.fields[at].column.required {
                    self.blame(at, ProblemKind::Missing, || "nothing".to_owned());
                }
                self.columns[at].push(None);
            }
        }
        self.rows += 1;
        self.last = self.columns.len();
    }

    /// The rows, typed as the model's columns are, where all fit, and what they were taken with nonetheless.
    ///
    /// # Errors
    /// 422 with every field that does not fit.
    pub fn fitting(mut self) -> Result<(Table, Problems), Refusal> {
        if !self.refused.is_empty() {
            return Err(Refusal::contract(self.refused));
        }
        let warnings = std::mem::take(&mut self.warnings);
        let columns: OrError<Vec<Column>> = self.columns.into_iter().map(|column| column.finish(&row_name)).collect();
        Ok((Table::new(columns.map_err(|error| Refusal::of(&error))?), warnings))
    }

    /// What a field holds in the first row; none where it is missing.
    pub fn first(&self, field: &str) -> Option<String> {
        let Some(Place::Field(at)) = self.contract.place(field) else { return None };
        match self.columns.get(at).filter(|column| !column.is_empty())?.to_json(0) {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            other => Some(other.to_string()),
        }
    }

    fn is_set(&self, at: usize) -> bool {
        self.columns[at].len() > self.rows
    }

    /// Checks a text and keeps it; one that cannot be read is missing from here on.
    fn push(&mut self, at: usize, text: Option<&str>, tell: bool, found: impl FnOnce() -> String) {
        let column = &mut self.columns[at];
        let key = column.key(text);
        if key.is_some_and(|key| column.push_again(key)) {
            return;
        }
        let (cell, violation) = self.contract.fields[at].look(column.tidy(), text);
        // What does not fit is told of every row.
        column.push_cell(cell, key.filter(|_| violation.is_none()));
        self.judge(at, violation.filter(|_| tell), found);
    }

    fn judge(&mut self, at: usize, violation: Option<Violation>, found: impl FnOnce() -> String) {
        let kind = match violation {
            None => return,
            Some(Violation::Missing) => ProblemKind::Null,
            Some(Violation::Kind) => ProblemKind::Type,
            Some(Violation::Level) => ProblemKind::Level,
            Some(Violation::Range) => ProblemKind::Range,
        };
        self.blame(at, kind, found);
    }

    fn blame(&mut self, at: usize, kind: ProblemKind, found: impl FnOnce() -> String) {
        let (row, contract) = (self.len() + 1, self.contract);
        self.problem(kind, || {
            let field = &contract.fields[at];
            let found = found();
            let level = found.trim_matches('`');
            let did_you_mean = (kind == ProblemKind::Level)
                .then(|| crate::error::suggest_one(level, &field.levels).map(str::to_owned))
                .flatten();
            let expected = match kind {
                ProblemKind::Duplicate => "one value".to_owned(),
                _ => field.expected(),
            };
            Problem { row, field: field.column.name.clone(), problem: kind, found, expected, did_you_mean }
        });
    }

    fn problem(&mut self, kind: ProblemKind, problem: impl FnOnce() -> Problem) {
        let list = if self.policy.refuses(kind) { &mut self.refused } else { &mut self.warnings };
        list.add(kind, problem);
    }
}
