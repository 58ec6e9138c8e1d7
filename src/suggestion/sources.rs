//! The columns that others can be made of.

use std::collections::BTreeSet;

use crate::data::{Column, Kind, PART, ROW_ID, Table, Values};
use crate::exploration::is_constant;

/// Columns of the training rows by what can be made of them, in the order of the table.
#[derive(Default)]
pub struct Sources<'t> {
    pub numbers: Vec<&'t Column>,
    pub flags: Vec<&'t Column>,
    pub categories: Vec<&'t Column>,
    pub dates: Vec<&'t Column>,
    pub texts: Vec<&'t Column>,
}

impl<'t> Sources<'t> {
    /// All columns but keys, those in `excluded`, and those of one value or none.
    pub fn of(table: &'t Table, excluded: &BTreeSet<String>) -> Self {
        let mut sources = Self::default();
        let is_source = |c: &&Column| c.name != ROW_ID && c.name != PART && !excluded.contains(&c.name);
        for column in table.columns().iter().filter(is_source).filter(|column| !is_constant(column)) {
            match column.kind {
                Kind::Number | Kind::Integer => sources.numbers.push(column),
                Kind::Bool => sources.flags.push(column),
                Kind::Category => sources.categories.push(column),
                Kind::Date => sources.dates.push(column),
                Kind::Text => sources.texts.push(column),
                Kind::Id => {}
            }
        }
        sources
    }
}

/// The numbers of a column that are not missing.
pub fn present(column: &Column) -> Vec<f64> {
    match &column.values {
        Values::Number(values) => values.iter().copied().filter(|value| !value.is_nan()).collect(),
        _ => Vec::new(),
    }
}

/// Whether some value is missing.
pub fn has_missing(column: &Column) -> bool {
    (0..column.len()).any(|row| column.is_null(row))
}

/// The rows of each level that occurs.
pub fn counts(column: &Column) -> Vec<usize> {
    let Values::Category(values) = &column.values else { return Vec::new() };
    let mut counts = vec![0; values.levels.len()];
    values.codes.iter().for_each(|code| counts.iter_mut().skip(*code as usize).take(1).for_each(|count| *count += 1));
    counts.retain(|count| *count > 0);
    counts
}
