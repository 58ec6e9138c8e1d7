//! Texts to the values of one kind.

use std::collections::HashMap;

use super::memo::{Key, Memo};
use super::tidy::Tidy;
use super::{EXACT, boolean, number, shorten};
use crate::data::column::{Categories, Column, Kind, NULL_CODE, Values};
use crate::data::dates;
use crate::data::schema::{TypedColumn, Typing};
use crate::data::strings::Strings;
use crate::error::{Error, Result};

/// Unreadable values listed in an error.
const LISTED: usize = 5;

/// A text as its column's kind has it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'t> {
    /// Nothing.
    Missing,
    /// Of a number, a whole number or a bool.
    Number(f64),
    /// Seconds since 1970-01-01 UTC.
    Date(i64),
    /// Of a category, a text or an id.
    Text(&'t str),
    /// Not of this kind.
    Unreadable,
}

impl<'t> Cell<'t> {
    /// Reads a raw text.
    pub fn of(tidy: &Tidy<'t>, column: &TypedColumn, text: Option<&'t str>) -> Self {
        let Some(text) = text.and_then(|text| tidy.value(text)) else { return Cell::Missing };
        let number = match column.kind {
            Kind::Category | Kind::Text | Kind::Id => return Cell::Text(text),
            Kind::Date => {
                return dates::parse(text, column.format.as_deref()).map_or(Cell::Unreadable, Cell::Date);
            }
            Kind::Bool => boolean(text),
            Kind::Integer | Kind::Number => match tidy.number(text) {
                Some(number) => return Cell::of_number(column.kind, number),
                None => None,
            },
        };
        number.map_or(Cell::Unreadable, Cell::Number)
    }

    /// A finite number in a column of numbers or of whole ones.
    pub fn of_number(kind: Kind, number: f64) -> Self {
        let fits = kind != Kind::Integer || (number.fract() == 0.0 && number.abs() <= EXACT);
        if fits { Cell::Number(number) } else { Cell::Unreadable }
    }
}

/// A column being typed. Blocks of rows are typed apart and joined.
pub struct Typed<'a> {
    tidy: Tidy<'a>,
    column: &'a TypedColumn,
    values: Values,
    /// Level → code; for categories.
    codes: HashMap<String, u32>,
    /// What short texts were read as; of texts and ids nothing is kept.
    memo: Memo<Kept>,
    /// The first values that do not fit, with their rows.
    bad: Vec<(usize, String)>,
    bad_count: usize,
}

/// A value that came before.
#[derive(Debug, Clone, Copy)]
enum Kept {
    Number(f64),
    Date(Option<i64>),
    Code(u32),
}

impl<'a> Typed<'a> {
    /// No row yet; room for `rows`.
    pub fn new(typing: &'a Typing, column: &'a TypedColumn, rows: usize) -> Self {
        let values = match column.kind {
            Kind::Category => Values::Category(Categories { codes: Vec::with_capacity(rows), levels: Vec::new() }),
            Kind::Text | Kind::Id => Values::Text(Strings::with_capacity(rows, 0)),
            Kind::Date => Values::Date(Vec::with_capacity(rows)),
            Kind::Number | Kind::Integer | Kind::Bool => Values::Number(Vec::with_capacity(rows)),
        };
        let tidy = Tidy::new(typing, &column.name);
        Self { tidy, column, values, codes: HashMap::new(), memo: Memo::default(), bad: Vec::new(), bad_count: 0 }
    }

    /// Adds a row, as found.
    pub fn push(&mut self, text: Option<&str>) {
        let key = self.key(text);
        if !key.is_some_and(|key| self.push_again(key)) {
            self.read(text, key);
        }
    }

    /// The key under which a text is kept; none for one that is not.
    pub fn key(&mut self, text: Option<&str>) -> Option<Key> {
        match &self.values {
            Values::Text(_) => None,
            _ => self.memo.key(text?),
        }
    }

    /// Adds a row whose text was kept; tells whether it was.
    pub fn push_again(&mut self, key: Key) -> bool {
        match (self.memo.get(key), &mut self.values) {
            (Some(Kept::Number(number)), Values::Number(values)) => values.push(number),
            (Some(Kept::Date(date)), Values::Date(values)) => values.push(date),
            (Some(Kept::Code(code)), Values::Category(values)) => values.codes.push(code),
            _ => return false,
        }
        true
    }

    fn read(&mut self, text: Option<&str>, key: Option<Key>) {
        let cell = Cell::of(&self.tidy, self.column, text);
        if cell == Cell::Unreadable {
            // Every one of them counts, and the first are told.
            self.bad_count += 1;
            if self.bad.len() < LISTED {
                let text = text.and_then(|text| self.tidy.value(text));
                self.bad.push((self.len(), shorten(text.unwrap_or_default())));
            }
            self.add(Cell::Missing);
        } else {
            self.push_cell(cell, key);
        }
    }

    /// Adds a row, as read, and keeps it where there is a key; what could not be read is missing.
    pub fn push_cell(&mut self, cell: Cell, key: Option<Key>) {
        let kept = self.add(cell);
        if let (Some(key), Some(kept)) = (key, kept) {
            self.memo.put(key, kept);
        }
    }

    /// Adds a row; tells what to keep of it.
    fn add(&mut self, cell: Cell) -> Option<Kept> {
        match &mut self.values {
            Values::Category(values) => {
                let code = match cell {
                    Cell::Text(text) => code_of(text, &mut self.codes, &mut values.levels),
                    _ => NULL_CODE,
                };
                values.codes.push(code);
                Some(Kept::Code(code))
            }
            Values::Text(values) => {
                values.push(if let Cell::Text(text) = cell { Some(text) } else { None });
                None
            }
            Values::Date(values) => {
                let date = if let Cell::Date(date) = cell { Some(date) } else { None };
                values.push(date);
                Some(Kept::Date(date))
            }
            Values::Number(values) => {
                let number = if let Cell::Number(number) = cell { number } else { f64::NAN };
                values.push(number);
                Some(Kept::Number(number))
            }
        }
    }

    /// Leaves the rows from `len` on out; they were added as read.
    pub fn truncate(&mut self, len: usize) {
        self.values.truncate(len);
    }

    /// Adds the rows of a later block.
    pub fn join(&mut self, later: Typed) {
        let before = self.len();
        self.bad_count += later.bad_count;
        let free = LISTED.saturating_sub(self.bad.len());
        self.bad.extend(later.bad.into_iter().take(free).map(|(row, text)| (before + row, text)));
        match (&mut self.values, later.values) {
            (Values::Category(all), Values::Category(more)) => {
                // Every block has its own codes; levels keep the order of their first row.
                let known = more.levels.iter().map(|level| code_of(level, &mut self.codes, &mut all.levels));
                let known: Vec<u32> = known.collect();
                all.codes.extend(more.codes.iter().map(|code| known.get(*code as usize).copied().unwrap_or(NULL_CODE)));
            }
            (all, more) => all.append(more),
        }
    }

    /// Rows added.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value at `row` as JSON; null where it is missing.
    pub fn to_json(&self, row: usize) -> serde_json::Value {
        self.values.to_json(self.column.kind, row)
    }

    /// What makes its texts tidy.
    pub fn tidy(&self) -> &Tidy<'a> {
        &self.tidy
    }

    /// The column.
    ///
    /// # Errors
    /// Exit code 3: values that do not fit the kind, named with `row_name`.
    pub fn finish(self, row_name: &dyn Fn(usize) -> String) -> Result<Column> {
        if self.bad_count > 0 {
            return Err(self.unreadable(row_name));
        }
        Ok(Column { name: self.column.name.clone(), kind: self.column.kind, values: self.values })
    }

    fn unreadable(&self, row_name: &dyn Fn(usize) -> String) -> Error {
        let listed: Vec<String> =
            self.bad.iter().map(|(row, text)| format!("`{text}` in {}", row_name(*row))).collect();
        let more =
            if self.bad_count > LISTED { format!(" and {} more", self.bad_count - LISTED) } else { String::new() };
        let expected = self.column.expected();
        let name = &self.column.name;
        Error::data(format!("column `{name}`: expected {expected}, found {}{more}", listed.join(", "))).hint(format!(
            "{}mark such texts under `clean.missing`, replace them under `clean.values`, or set the column's kind under `clean.types`",
            self.way_out()
        ))
    }

    /// What most likely makes the first of the values fit.
    fn way_out(&self) -> &'static str {
        let text = self.bad.first().map_or("", |(_, text)| text.as_str());
        match self.column.kind {
            Kind::Date => "say how dates are written under `clean.date_formats`, such as `\"%d.%m.%Y\"`; ",
            Kind::Number | Kind::Integer
                if text.contains(',') && number(&text.replace('.', "").replace(',', ".")).is_some() =>
            {
                "if numbers are written so, set `clean.decimal` to `\",\"`; "
            }
            _ => "",
        }
    }
}

impl TypedColumn {
    /// What its texts must be, in words.
    pub fn expected(&self) -> String {
        match (self.kind, &self.format) {
            (Kind::Date, Some(format)) => format!("a date written as `{format}`"),
            (Kind::Date, None) => "a date such as 2024-01-31".to_owned(),
            (Kind::Integer, _) => "a whole number".to_owned(),
            (Kind::Bool, _) => "true or false".to_owned(),
            (Kind::Number, _) => "a finite number".to_owned(),
            (Kind::Category | Kind::Text | Kind::Id, _) => "a text".to_owned(),
        }
    }
}

/// The code of a level, a new one where it comes first. Few levels are looked through, more are looked up.
fn code_of(level: &str, codes: &mut HashMap<String, u32>, levels: &mut Vec<String>) -> u32 {
    const FEW: usize = 8;
    let known = match levels.len() <= FEW {
        true => levels.iter().position(|known| known == level).map(|at| at as u32),
        false => codes.get(level).copied(),
    };
    known.unwrap_or_else(|| {
        levels.push(level.to_owned());
        let code = |at: usize| at as u32;
        match levels.len() {
            count if count == FEW + 1 => codes.extend(levels.iter().cloned().zip(0..)),
            count if count > FEW => _ = codes.insert(level.to_owned(), code(count - 1)),
            _ => {}
        }
        code(levels.len() - 1)
    })
}
