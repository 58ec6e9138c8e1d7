//! Raw text to typed columns: kinds are decided once, from all rows, and applied ever after.

mod convert;
mod decide;
mod memo;
mod tidy;

use std::collections::BTreeMap;

use rayon::prelude::*;

pub use convert::{Cell, Typed};
pub use decide::Tally;
pub use memo::Memo;
pub use tidy::Tidy;

use super::column::{Column, Kind, Values};
use super::schema::{TypedColumn, Typing};
use super::strings::Strings;
use super::table::Table;
use crate::error::{Error, Result, suggest};

/// Rows that one thread types.
const SOME: usize = 256;

/// Whole numbers beyond this lose digits as floating point numbers.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What the user has decided about types; the rest is decided from the rows.
#[derive(Debug, Clone, Default)]
pub struct TypeChoices {
    /// Column → kind.
    pub kinds: BTreeMap<String, Kind>,
    /// Column → date format.
    pub formats: BTreeMap<String, String>,
}

impl Typing {
    /// Decides the kind of every column of `texts` from all its rows; returns warnings too.
    ///
    /// `self.columns` is replaced; trimming, missing markers and values are used as they stand.
    pub fn decide(&mut self, texts: &Table, choices: &TypeChoices) -> Vec<String> {
        let tallies: Vec<Tally> = texts
            .columns()
            .par_iter()
            .map(|column| {
                let tidy = Tidy::new(self, &column.name);
                let mut tally = Tally::new(true);
                if let Values::Text(texts) = &column.values {
                    texts.iter().for_each(|text| tally.see(&tidy, text));
                }
                tally
            })
            .collect();
        let names: Vec<&str> = texts.names();
        self.settle(&names, &tallies, choices)
    }

    /// Takes the kinds that were chosen or follow from the tallies, one a column; returns warnings.
    pub fn settle(&mut self, names: &[&str], tallies: &[Tally], choices: &TypeChoices) -> Vec<String> {
        let mut warnings = Vec::new();
        self.columns.clear();
        for (name, tally) in names.iter().zip(tallies) {
            let format = choices.formats.get(*name).cloned();
            let kind = match (choices.kinds.get(*name), &format) {
                (Some(kind), _) => *kind,
                (None, Some(_)) => Kind::Date,
                (None, None) => {
                    let (kind, warning) = tally.decide(name);
                    warnings.extend(warning);
                    kind
                }
            };
            self.columns.push(TypedColumn { name: (*name).to_owned(), kind, format, required: true });
        }
        warnings
    }

    /// Types the columns of `texts`; columns that are not known are left out.
    ///
    /// `row_name` names a row in messages.
    ///
    /// # Errors
    /// Exit code 3: a required column that is not there, or values that do not fit their kind,
    /// named with row and column.
    pub fn apply(&self, texts: &Table, row_name: &(dyn Fn(usize) -> String + Sync)) -> Result<Table> {
        self.require(texts)?;
        let typed = |typed: &TypedColumn| match texts.column(&typed.name).map(|c| &c.values) {
            Some(Values::Text(texts)) => {
                let mut column = Typed::new(self, typed, texts.len());
                texts.iter().for_each(|text| column.push(text));
                column.finish(row_name)
            }
            _ => Ok(nulls(typed, texts.rows())),
        };
        // To wake other threads takes longer than to type some rows.
        let columns: Result<Vec<Column>> = match texts.rows() < SOME {
            true => self.columns.iter().map(typed).collect(),
            false => self.columns.par_iter().map(typed).collect(),
        };
        Ok(Table::new(columns?))
    }

    fn require(&self, texts: &Table) -> Result<()> {
        let missing: Vec<&str> = self
            .columns
            .iter()
            .filter(|c| c.required && texts.column(&c.name).is_none())
            .map(|c| c.name.as_str())
            .collect();
        let Some(first) = missing.first() else { return Ok(()) };
        let names: Vec<String> = missing.iter().map(|n| format!("`{n}`")).collect();
        let plural = if names.len() == 1 { "column" } else { "columns" };
        let error = Error::data(format!("required {plural} {} not found", names.join(", ")));
        let required = self.columns.iter().filter(|c| c.required).count();
        Err(match texts.names()[..] {
            [only] if required > 1 && only.contains(|c: char| !c.is_alphanumeric() && c != '_') => error.hint(format!(
                "one column found: `{only}`; if it is several, write `,`, `;`, `|` or a tab between them, in UTF-8"
            )),
            _ => error.maybe_hint(suggest(first, "columns found", &texts.names())),
        })
    }

    /// The texts of a target column as labels are made of them: tidy, and numbers with a decimal point.
    pub fn target_texts(&self, column: &Column) -> Strings {
        let Values::Text(texts) = &column.values else { return Strings::default() };
        let tidy = Tidy::new(self, &column.name);
        texts.iter().map(|text| Some(tidy.canonical(tidy.value(text?)?))).collect()
    }
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn nulls(typed: &TypedColumn, rows: usize) -> Column {
    let values = match typed.kind {
        Kind::Number | Kind::Integer | Kind::Bool => Values::Number(vec![f64::NAN; rows]),
        Kind::Category => Values::Category((0..rows).map(|_| None).collect()),
        Kind::Text | Kind::Id => Values::Text((0..rows).map(|_| None::<&str>).collect()),
        Kind::Date => Values::Date(vec![None; rows]),
    };
    Column { name: typed.name.clone(), kind: typed.kind, values }
}

/// A finite number in plain or scientific notation; no `inf`, no `nan`, no digit groups.
pub fn number(text: &str) -> Option<f64> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return None;
    }
    let last = text.bytes().next_back()?;
    if !(last.is_ascii_digit() || last == b'.') {
        return None;
    }
    // Short whole numbers, which most are, need no general parser.
    if text.len() < 16 && first.is_ascii_digit() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.bytes().fold(0u64, |value, digit| value * 10 + u64::from(digit - b'0')) as f64);
    }
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

fn boolean(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(1.0),
        "false" | "f" | "no" | "n" | "0" => Some(0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> Kind {
        let typing = Typing { trim: true, missing: vec!["NA".into()], ..Typing::default() };
        let tidy = Tidy::new(&typing, "x");
        let (mut first, mut later) = (Tally::new(false), Tally::new(true));
        let (head, tail) = values.split_at(values.len() / 2);
        head.iter().for_each(|v| first.see(&tidy, Some(*v)));
        tail.iter().for_each(|v| later.see(&tidy, Some(*v)));
        first.join(later);
        if !first.is_enough() {
            first = Tally::new(true);
            values.iter().for_each(|v| first.see(&tidy, Some(*v)));
        }
        first.decide("x").0
    }

    #[test]
    fn kinds_are_decided_from_all_rows() {
        for (values, expected) in [
            (&["1", " 2 ", "NA", "-3"][..], Kind::Integer),
            (&["1", "2.5"], Kind::Number),
            (&["1", "1e3"], Kind::Number),
            (&["007", "012"], Kind::Category),
            (&["1", "1e999"], Kind::Category),
            (&["inf", "nan"], Kind::Category),
            (&["True", "false", ""], Kind::Bool),
            (&["2024-01-31", "NA"], Kind::Date),
            (&["2024-01-31", "soon"], Kind::Category),
            (&["99999999999999999999"], Kind::Number),
        ] {
            assert_eq!(kind(values), expected, "{values:?}");
        }
        let ids: Vec<String> = (0..60).map(|i| format!("k{i:03}")).collect();
        assert_eq!(kind(&ids.iter().map(String::as_str).collect::<Vec<_>>()), Kind::Id);
        let texts: Vec<String> = (0..60).map(|i| format!("a text of several words number {i}")).collect();
        assert_eq!(kind(&texts.iter().map(String::as_str).collect::<Vec<_>>()), Kind::Text);
    }

    #[test]
    fn a_few_odd_texts_among_numbers_or_dates_are_named() {
        let mut typing = Typing { trim: true, ..Typing::default() };
        for (most, odd, expected) in [
            ("1.5", "x", Some("is a number in all but 1 of 20 values (such as `x`)")),
            ("2024-01-31", "2024-02-30", Some("is a date in all but 1 of 20 values (such as `2024-02-30`)")),
            ("2024-01-31", "7", Some("is a date in all but 1 of 20 values")),
            ("red", "7", None),
        ] {
            let values = (0..20).map(|i| Some(if i == 7 { odd } else { most })).collect();
            let warnings = typing.decide(&Table::new(vec![Column::text("d", values)]), &TypeChoices::default());
            assert_eq!(warnings.len(), usize::from(expected.is_some()), "{warnings:?}");
            assert!(warnings.iter().zip(expected).all(|(w, e)| w.contains(e)), "{warnings:?}");
        }
    }

    #[test]
    fn unreadable_values_are_named_with_row_and_column() {
        let mut typing = Typing { trim: true, ..Typing::default() };
        let first = Table::new(vec![Column::text("age", [Some("1"), Some("2")].into_iter().collect())]);
        assert!(typing.decide(&first, &TypeChoices::default()).is_empty());
        let next = Table::new(vec![Column::text("age", [Some("3"), Some("x")].into_iter().collect())]);
        let error = typing.apply(&next, &|row| format!("row {}", row + 1)).unwrap_err();
        assert_eq!(error.message(), "column `age`: expected a whole number, found `x` in row 2");
        let error =
            typing.apply(&Table::new(vec![Column::text("agee", Strings::default())]), &|_| String::new()).unwrap_err();
        assert_eq!(error.message(), "required column `age` not found");
    }
}
