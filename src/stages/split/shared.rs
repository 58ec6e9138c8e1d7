//! Rows that stand on both sides.

use std::collections::HashSet;

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use crate::data::{Column, Kind, PART, ROW_ID, Table, Values};

/// Test rows whose every value, target included, stands in a training row; keys and ids are left aside.
pub(super) fn count_shared(table: &Table, held_out: &[bool]) -> usize {
    let hashes = row_hashes(table);
    let side = |test: bool| hashes.iter().zip(held_out).filter(move |(_, held)| **held == test).map(|(hash, _)| *hash);
    let seen: HashSet<u128> = side(false).collect();
    side(true).filter(|hash| seen.contains(hash)).count()
}

/// 128 bits a row: two different rows with the same hash are not to be expected in any table.
fn row_hashes(table: &Table) -> Vec<u128> {
    let compared = |c: &&Column| c.name != ROW_ID && c.name != PART && c.kind != Kind::Id;
    let columns: Vec<&Column> = table.columns().iter().filter(compared).collect();
    let hash = |bytes: &mut Vec<u8>, row| {
        bytes.clear();
        columns.iter().for_each(|column| push(bytes, column, row));
        xxh3_128(bytes)
    };
    (0..table.rows()).into_par_iter().map_init(Vec::new, hash).collect()
}

/// The value at `row`, so that different values, nulls among them, never give the same bytes.
fn push(bytes: &mut Vec<u8>, column: &Column, row: usize) {
    match &column.values {
        Values::Number(v) => bytes.extend(v[row].to_bits().to_le_bytes()),
        // Dates end long before.
        Values::Date(v) => bytes.extend(v[row].unwrap_or(i64::MIN).to_le_bytes()),
        // All rows are of one table, so the same code is the same level.
        Values::Category(v) => bytes.extend(v.codes[row].to_le_bytes()),
        Values::Text(v) => match v.get(row) {
            Some(text) => {
                bytes.extend((text.len() as u64).to_le_bytes());
                bytes.extend(text.as_bytes());
            }
            None => bytes.extend(u64::MAX.to_le_bytes()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_on_both_sides_are_counted() {
        let ids = Column { kind: Kind::Id, ..Column::text(ROW_ID, (0..8).map(|i| Some(i.to_string())).collect()) };
        let x = Column::number("x", vec![1.0, f64::NAN, 2.0, 2.0, 1.0, 3.0, f64::NAN, 2.0]);
        let c = Column::category("c", ["a", "a", "b", "b", "a", "a", "a", "a"].map(Some));
        let t =
            ["p", "q", "rs", "r", "p", "p", "q", "r"].into_iter().enumerate().map(|(row, t)| (row != 6).then_some(t));
        let table = |columns: Vec<Column>| Table::new(std::iter::once(ids.clone()).chain(columns).collect());
        let held_out: Vec<bool> = (0..8).map(|row| row >= 4).collect();
        for (columns, expected) in
            [(vec![x.clone()], 3), (vec![x.clone(), c.clone()], 2), (vec![x, c, Column::text("t", t.collect())], 1)]
        {
            assert_eq!(count_shared(&table(columns), &held_out), expected);
        }
    }
}
