//! Row keys: how rows are named in messages and matched between artifacts.

use std::collections::HashMap;

use crate::data::{Column, PART, ROW_ID, Strings, Table, Values};
use crate::project::Side;

/// The texts of the row-id column, where there is one.
pub fn ids(table: &Table) -> Option<&Strings> {
    match table.column(ROW_ID) {
        Some(Column { values: Values::Text(ids), .. }) => Some(ids),
        _ => None,
    }
}

/// Names a row by its id, or by its number.
pub fn namer(table: &Table) -> impl Fn(usize) -> String + Sync + '_ {
    let ids = ids(table);
    move |row| match ids.and_then(|ids| ids.get(row)) {
        Some(id) => format!("{ROW_ID} {id}"),
        None => format!("row {}", row + 1),
    }
}

/// Which rows belong to the given test part.
pub fn in_test_part(table: &Table) -> Vec<bool> {
    let test = Some(Side::Test.name());
    match table.column(PART).map(|c| &c.values) {
        Some(Values::Category(parts)) => parts.iter().map(|p| p == test).collect(),
        Some(Values::Text(parts)) => parts.iter().map(|p| p == test).collect(),
        _ => vec![false; table.rows()],
    }
}

/// Row id → position.
pub fn index(table: &Table) -> HashMap<&str, usize> {
    ids(table).map(|ids| ids.iter().enumerate().filter_map(|(row, id)| Some((id?, row))).collect()).unwrap_or_default()
}
