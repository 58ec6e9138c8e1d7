//! Raw text to typed columns: kinds are decided once, from all rows, and applied ever after.

use std::collections::{BTreeMap, HashSet};

use rayon::prelude::*;

use super::column::{Categories, Column, Kind, Values};
use super::dates;
use super::schema::{TypedColumn, Typing};
use super::strings::Strings;
use super::table::Table;
use crate::error::{Error, Result, suggest};

/// Whole numbers beyond this lose digits as floating point numbers.
const EXACT: f64 = 9_007_199_254_740_992.0;
/// Unreadable values listed in an error.
const LISTED: usize = 5;

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
        let decided: Vec<(TypedColumn, Option<String>)> = texts
            .columns()
            .par_iter()
            .map(|column| {
                let format = choices.formats.get(&column.name).cloned();
                let (kind, warning) = match (choices.kinds.get(&column.name), &format) {
                    (Some(kind), _) => (*kind, None),
                    (None, Some(_)) => (Kind::Date, None),
                    (None, None) => decide(&column.name, &self.tidy(column)),
                };
                (TypedColumn { name: column.name.clone(), kind, format, required: true }, warning)
            })
            .collect();
        let (columns, warnings): (Vec<_>, Vec<_>) = decided.into_iter().unzip();
        self.columns = columns;
        warnings.into_iter().flatten().collect()
    }

    /// Types the columns of `texts`; columns that are not known are left out.
    ///
    /// `row_name` names a row in messages.
    ///
    /// # Errors
    /// Exit code 3: a required column that is not there, or values that do not fit their kind,
    /// named with row and column.
    pub fn apply(&self, texts: &Table, row_name: &(dyn Fn(usize) -> String + Sync)) -> Result<Table> {
        let missing: Vec<&str> = self
            .columns
            .iter()
            .filter(|c| c.required && texts.column(&c.name).is_none())
            .map(|c| c.name.as_str())
            .collect();
        if let Some(first) = missing.first() {
            let names: Vec<String> = missing.iter().map(|n| format!("`{n}`")).collect();
            let plural = if names.len() == 1 { "column" } else { "columns" };
            return Err(Error::data(format!("required {plural} {} not found", names.join(", "))).maybe_hint(suggest(
                first,
                "columns found",
                &texts.names(),
            )));
        }
        let columns = self
            .columns
            .par_iter()
            .map(|typed| match texts.column(&typed.name) {
                Some(column) => self.convert(typed, column, row_name),
                None => Ok(nulls(typed, texts.rows())),
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Table::new(columns))
    }

    /// Trimmed texts with missing markers and replaced values settled.
    pub fn tidy(&self, column: &Column) -> Strings {
        let Values::Text(texts) = &column.values else { return Strings::default() };
        let replaced = self.values.get(&column.name);
        texts
            .iter()
            .map(|value| {
                let mut text = value?;
                if self.trim {
                    text = text.trim();
                }
                if let Some((_, to)) = replaced.and_then(|list| list.iter().find(|(from, _)| from == text)) {
                    text = to.as_deref()?;
                }
                (!text.is_empty() && !self.missing.iter().any(|m| m == text)).then_some(text)
            })
            .collect()
    }

    fn convert(&self, typed: &TypedColumn, column: &Column, row_name: &dyn Fn(usize) -> String) -> Result<Column> {
        let texts = self.tidy(column);
        let mut bad = Vec::new();
        let values = match typed.kind {
            Kind::Category => Values::Category(texts.iter().collect::<Categories>()),
            Kind::Text | Kind::Id => Values::Text(texts.clone()),
            Kind::Date => {
                Values::Date(read_all(&texts, None, &mut bad, |t| dates::parse(t, typed.format.as_deref()).map(Some)))
            }
            Kind::Number => Values::Number(read_all(&texts, f64::NAN, &mut bad, number)),
            Kind::Integer => Values::Number(read_all(&texts, f64::NAN, &mut bad, |t| {
                number(t).filter(|v| v.fract() == 0.0 && v.abs() <= EXACT)
            })),
            Kind::Bool => Values::Number(read_all(&texts, f64::NAN, &mut bad, boolean)),
        };
        match bad.first() {
            None => Ok(Column { name: typed.name.clone(), kind: typed.kind, values }),
            Some(_) => Err(unreadable(typed, &texts, &bad, row_name)),
        }
    }
}

fn unreadable(typed: &TypedColumn, texts: &Strings, bad: &[usize], row_name: &dyn Fn(usize) -> String) -> Error {
    let listed: Vec<String> = bad
        .iter()
        .take(LISTED)
        .map(|row| format!("`{}` in {}", shorten(texts.get(*row).unwrap_or_default()), row_name(*row)))
        .collect();
    let more = if bad.len() > LISTED { format!(" and {} more", bad.len() - LISTED) } else { String::new() };
    let expected = match (typed.kind, &typed.format) {
        (Kind::Date, Some(format)) => format!("a date written as `{format}`"),
        (Kind::Date, None) => "a date such as 2024-01-31".to_owned(),
        (Kind::Integer, _) => "a whole number".to_owned(),
        (Kind::Bool, _) => "true or false".to_owned(),
        _ => "a finite number".to_owned(),
    };
    Error::data(format!("column `{}`: expected {expected}, found {}{more}", typed.name, listed.join(", "))).hint(
        "mark such texts under `clean.missing`, replace them under `clean.values`, or set the column's kind under `clean.types`",
    )
}

fn shorten(text: &str) -> String {
    const SHOWN: usize = 40;
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn read_all<T: Copy>(texts: &Strings, null: T, bad: &mut Vec<usize>, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    texts
        .iter()
        .enumerate()
        .map(|(row, text)| match text {
            None => null,
            Some(text) => read(text).unwrap_or_else(|| {
                bad.push(row);
                null
            }),
        })
        .collect()
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
    text.parse().ok().filter(|v: &f64| v.is_finite())
}

fn boolean(text: &str) -> Option<f64> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" => Some(1.0),
        "false" | "f" | "no" | "n" | "0" => Some(0.0),
        _ => None,
    }
}

/// A leading zero marks a code such as a postal code, not a number.
fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit()
}

/// The kind of a column, from all its values.
fn decide(name: &str, texts: &Strings) -> (Kind, Option<String>) {
    let (mut integers, mut numbers, mut bools, mut dates, mut present) = (0usize, 0usize, 0usize, 0usize, 0usize);
    let mut odd = None;
    for text in texts.iter().flatten() {
        present += 1;
        match number(text).filter(|_| !has_leading_zero(text)) {
            Some(value) => {
                numbers += 1;
                integers +=
                    usize::from(value.fract() == 0.0 && value.abs() <= EXACT && !text.contains(['.', 'e', 'E']));
            }
            None => {
                odd = odd.or(Some(text));
                bools += usize::from(text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false"));
                dates += usize::from(dates::parse_iso(text).is_some());
            }
        }
    }
    if present == 0 {
        return (Kind::Category, Some(format!("column `{name}` has no value at all")));
    }
    match present {
        n if integers == n => (Kind::Integer, None),
        n if numbers == n => (Kind::Number, None),
        n if bools == n => (Kind::Bool, None),
        n if dates == n => (Kind::Date, None),
        n => {
            let almost = (numbers * 10 >= n * 9).then(|| {
                let odd = shorten(odd.unwrap_or_default());
                format!(
                    "column `{name}` is a number in all but {} of {n} values (such as `{odd}`), so it is taken as text levels; \
                     add those texts to `clean.missing` or set `clean.types`",
                    n - numbers
                )
            });
            (decide_text(texts, present), almost)
        }
    }
}

fn decide_text(texts: &Strings, present: usize) -> Kind {
    let distinct = texts.iter().flatten().collect::<HashSet<_>>().len();
    let characters: usize = texts.iter().flatten().map(|t| t.chars().count()).sum();
    let words: usize = texts.iter().flatten().map(|t| t.split_whitespace().count()).sum();
    let mostly_distinct = distinct * 2 > present;
    if mostly_distinct && (characters >= 40 * present || words >= 4 * present) {
        Kind::Text
    } else if present >= 50 && distinct * 10 > present * 9 && words < 2 * present {
        Kind::Id
    } else {
        Kind::Category
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[&str]) -> Kind {
        let typing = Typing { trim: true, missing: vec!["NA".into()], ..Typing::default() };
        let column = Column::text("x", values.iter().map(|v| Some(*v)).collect());
        decide("x", &typing.tidy(&column)).0
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
