//! Rows that stand on both sides.

use std::collections::HashSet;

use crate::data::Table;
use crate::exploration::row_hashes;

/// Test rows whose every value, target included, stands in a training row; keys and ids are left aside.
pub(super) fn count_shared(table: &Table, held_out: &[bool]) -> usize {
    let hashes = row_hashes(table);
    let side = |test: bool| hashes.iter().zip(held_out).filter(move |(_, held)| **held == test).map(|(hash, _)| *hash);
    let seen: HashSet<u128> = side(false).collect();
    side(true).filter(|hash| seen.contains(hash)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, Kind, ROW_ID};

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
