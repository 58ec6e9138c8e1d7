//! How a given test part differs from the training part, column by column.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bins::numbers;
use crate::data::{Column, Kind, Values, dates};

/// How far the share of missing values may move, in points of 1, before it is told.
const MISSING: f64 = 0.1;
/// Levels named in a finding.
const NAMED: usize = 3;
/// Characters of a level that are shown.
const SHOWN: usize = 30;

/// One difference of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Column name.
    pub column: String,
    /// What is different.
    #[serde(flatten)]
    pub change: Change,
    /// Share of the rows it concerns: test rows, or training rows for [`Change::AbsentLevels`].
    pub share: f64,
}

/// A difference between test and training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Test rows have levels that no training row has.
    NewLevels {
        /// Number of such levels.
        levels: u64,
        /// Test rows that have one.
        rows: u64,
        /// The first of them, in order of text.
        examples: Vec<String>,
    },
    /// Test rows lie outside the range of the training rows.
    OutOfRange {
        /// Test rows below the least training value.
        below: u64,
        /// Test rows above the greatest.
        above: u64,
        /// Least and greatest training value, as read.
        range: [String; 2],
    },
    /// The share of missing values has moved.
    Missing {
        /// Share among the training rows.
        train: f64,
        /// Share among the test rows.
        test: f64,
    },
    /// Training rows have levels that no test row has.
    AbsentLevels {
        /// Number of such levels.
        levels: u64,
        /// Training rows that have one.
        rows: u64,
        /// The first of them, in order of text.
        examples: Vec<String>,
    },
}

impl fmt::Display for Shift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column `{}`: ", self.column)?;
        match &self.change {
            Change::NewLevels { levels, rows: count, examples } => {
                let (rows, have) = rows(*count, "test");
                write!(f, "{rows} ({}) {have} {}", percent(self.share, 2), named(*levels, examples))?;
                f.write_str(" that no training row has")
            }
            Change::AbsentLevels { levels, rows: count, examples } => {
                let (rows, have) = rows(*count, "training");
                write!(f, "no test row has {}", named(*levels, examples))?;
                write!(f, " that {rows} ({}) {have}", percent(self.share, 2))
            }
            Change::OutOfRange { below, above, range: [low, high] } => {
                let sides = [(below, "below", low), (above, "above", high)];
                let told = sides.iter().filter(|(rows, ..)| **rows > 0);
                let told: Vec<String> = told.map(|(rows, side, bound)| format!("{rows} {side} {bound}")).collect();
                let (rows, _) = rows(below + above, "test");
                write!(f, "{rows} ({}) outside the training range: {}", percent(self.share, 2), told.join(", "))
            }
            Change::Missing { train, test } => {
                let (train, test) = (percent(*train, 1), percent(*test, 1));
                write!(f, "{test} of the test rows have no value, {train} of the training rows")
            }
        }
    }
}

/// `12.50 %`; what rounds to nothing is not shown as nothing.
fn percent(share: f64, digits: usize) -> String {
    if share > 0.0 && share < 0.0001 { "< 0.01 %".to_owned() } else { format!("{:.digits$} %", 100.0 * share) }
}

fn rows(count: u64, side: &str) -> (String, &'static str) {
    if count == 1 { (format!("1 {side} row"), "has") } else { (format!("{count} {side} rows"), "have") }
}

/// `the level `a``, or `12 levels (`a`, `b`, `c`, …)`.
fn named(levels: u64, examples: &[String]) -> String {
    let names: Vec<String> = examples.iter().map(|level| format!("`{level}`")).collect();
    match (levels, names.as_slice()) {
        (1, [only]) => format!("the level {only}"),
        _ if (names.len() as u64) < levels => format!("{levels} levels ({}, …)", names.join(", ")),
        _ => format!("{levels} levels ({})", names.join(", ")),
    }
}

/// Every difference of the columns in `pairs` (training rows, test rows), those of the most rows first; levels that
/// the test part lacks come last, since no answer depends on them.
pub fn drift(pairs: &[(&Column, &Column)]) -> Vec<Shift> {
    let found: Vec<Vec<Shift>> = pairs.par_iter().map(|(train, test)| compare(train, test)).collect();
    let mut found: Vec<Shift> = found.into_iter().flatten().collect();
    let absent = |shift: &Shift| matches!(shift.change, Change::AbsentLevels { .. });
    // A stable sort: equal ones stay in the order of the columns.
    found.sort_by(|a, b| match absent(a).cmp(&absent(b)) {
        Ordering::Equal => b.share.total_cmp(&a.share),
        order => order,
    });
    found
}

fn compare(train: &Column, test: &Column) -> Vec<Shift> {
    if train.is_empty() || test.is_empty() {
        return Vec::new();
    }
    let changes = [missing(train, test), levels(train, test), levels(test, train).map(absent), range(train, test)];
    let shift = |(change, share)| Shift { column: train.name.clone(), change, share };
    changes.into_iter().flatten().map(shift).collect()
}

fn missing(train: &Column, test: &Column) -> Option<(Change, f64)> {
    let share =
        |column: &Column| (0..column.len()).filter(|row| column.is_null(*row)).count() as f64 / column.len() as f64;
    let (train, test) = (share(train), share(test));
    ((test - train).abs() > MISSING).then_some((Change::Missing { train, test }, (test - train).abs()))
}

/// Rows by level, of the levels in use.
fn used(column: &Column) -> Option<HashMap<&str, u64>> {
    let Values::Category(values) = &column.values else { return None };
    let mut counts = vec![0; values.levels.len()];
    values.codes.iter().for_each(|code| counts.iter_mut().skip(*code as usize).take(1).for_each(|n| *n += 1));
    Some(values.levels.iter().map(String::as_str).zip(counts).filter(|(_, rows)| *rows > 0).collect())
}

/// The levels of `other` that no row of `known` has.
fn levels(known: &Column, other: &Column) -> Option<(Change, f64)> {
    let (known, found) = (used(known)?, used(other)?);
    let mut new: Vec<(&str, u64)> = found.into_iter().filter(|(level, _)| !known.contains_key(level)).collect();
    new.sort_unstable();
    let rows: u64 = new.iter().map(|(_, rows)| rows).sum();
    let examples = new.iter().take(NAMED).map(|(level, _)| shorten(level)).collect();
    let change = Change::NewLevels { levels: new.len() as u64, rows, examples };
    (!new.is_empty()).then(|| (change, rows as f64 / other.len() as f64))
}

fn absent((change, share): (Change, f64)) -> (Change, f64) {
    match change {
        Change::NewLevels { levels, rows, examples } => (Change::AbsentLevels { levels, rows, examples }, share),
        other => (other, share),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn range(train: &Column, test: &Column) -> Option<(Change, f64)> {
    let (known, found) = (numbers(train)?, numbers(test)?);
    let low = known.iter().copied().reduce(f64::min).filter(|x| !x.is_nan())?;
    let high = known.iter().copied().reduce(f64::max).filter(|x| !x.is_nan())?;
    let below = found.iter().filter(|x| **x < low).count() as u64;
    let above = found.iter().filter(|x| **x > high).count() as u64;
    let text = |x: f64| match train.kind {
        Kind::Date => dates::format_iso(x as i64),
        _ if x.abs() < 1e15 => x.to_string(),
        _ => format!("{x:e}"),
    };
    let change = Change::OutOfRange { below, above, range: [text(low), text(high)] };
    (below + above > 0).then(|| (change, (below + above) as f64 / found.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_levels_ranges_and_gaps_are_told_those_of_most_rows_first() {
        let age = |values: &[f64]| Column::number("age", values.to_vec());
        let plan =
            |values: &[&'static str]| Column::category("plan", values.iter().map(|v| (!v.is_empty()).then_some(*v)));
        let day = |days: [i64; 4]| Column {
            name: "day".into(),
            kind: Kind::Date,
            values: Values::Date(days.iter().map(|d| (*d > 0).then_some(d * 86_400)).collect()),
        };
        let train = [age(&[18.0, 70.0, f64::NAN, 30.0]), plan(&["a", "b", "c", "a"]), day([1, 2, 3, 4])];
        let test = [age(&[17.5, 99.0, 18.0, 70.0]), plan(&["a", "d", "", "e"]), day([2, 3, 3, 5])];
        let pairs: Vec<(&Column, &Column)> = train.iter().zip(&test).collect();
        let told: Vec<String> = drift(&pairs).iter().map(Shift::to_string).collect();
        assert_eq!(
            told,
            [
                "column `age`: 2 test rows (50.00 %) outside the training range: 1 below 18, 1 above 70",
                "column `plan`: 2 test rows (50.00 %) have 2 levels (`d`, `e`) that no training row has",
                "column `age`: 0.0 % of the test rows have no value, 25.0 % of the training rows",
                "column `plan`: 25.0 % of the test rows have no value, 0.0 % of the training rows",
                "column `day`: 1 test row (25.00 %) outside the training range: 1 above 1970-01-05",
                "column `plan`: no test row has 2 levels (`b`, `c`) that 2 training rows (50.00 %) have",
            ]
        );
        assert_eq!(drift(&train.iter().zip(&train).collect::<Vec<_>>()), []);
        let none = age(&[f64::NAN; 4]);
        assert_eq!(drift(&[(&none, &none)]), []);
    }

    #[test]
    fn levels_are_compared_by_text_and_unused_ones_do_not_count() {
        let train = Column::category("c", [Some("a"), Some("b"), Some("gone")]).select(&[0, 1]);
        let test = Column::category("c", [Some("b"), Some("a"), Some("gone")]).select(&[0, 1]);
        assert_eq!(drift(&[(&train, &test)]), []);
        let many: Vec<String> = (0..9).map(|i| format!("{i}{}", "é".repeat(40))).collect();
        let test = Column::category("c", many.iter().map(|l| Some(l.as_str())));
        let found = drift(&[(&train, &test)]);
        let Change::NewLevels { levels: 9, rows: 9, examples } = &found[0].change else { panic!("{found:?}") };
        assert_eq!(examples.len(), 3);
        assert_eq!(examples[0].chars().count(), SHOWN + 1);
    }
}
