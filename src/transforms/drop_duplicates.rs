//! `drop_duplicates`: keeps the first of rows with equal values.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::hash::BuildHasherDefault;

use schemars::JsonSchema;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use super::columns::{Names, ROW_ID, check_list, find_all, require};
use super::{Entry, Kept, Phase, RowFilter, Step};
use crate::data::{AsIs, Column, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "drop_duplicates",
    version: 1,
    summary: "keeps the first of rows whose values are all equal, nulls included; `row_id` never counts",
    phases: &[Phase::RowFilter],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The columns whose values are compared; all of them where none are given.
    #[schemars(length(min = 1))]
    columns: Option<Names>,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    if let Some(columns) = &params.columns {
        check_list(columns)?;
        if let Some(name) = columns.iter().find(|name| name.value == ROW_ID) {
            return Err(name.error(format!("every `{ROW_ID}` is unique, so it cannot tell duplicates")));
        }
    }
    Ok(Step::RowFilter(Box::new(params)))
}

impl RowFilter for Params {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.columns.as_ref().map_or(Ok(()), |names| find_all(names, columns))
    }

    fn keep(&self, table: &Table) -> Result<Kept> {
        let (compared, reason) = match &self.columns {
            Some(names) => {
                let compared = names.iter().map(|n| require(table, n)).collect::<Result<Vec<_>>>()?;
                let names: Vec<&str> = names.iter().map(|n| n.value.as_str()).collect();
                (compared, format!("duplicate of {}", names.join(", ")))
            }
            None => (table.columns().iter().filter(|c| c.name != ROW_ID).collect(), "exact duplicate".to_owned()),
        };
        Ok(Kept { keep: firsts(&compared, table.rows()), reason })
    }
}

/// Which rows are the first with their values. Rows are grouped by a hash of their values, and
/// rows of one hash are compared value by value.
fn firsts(columns: &[&Column], rows: usize) -> Vec<bool> {
    if columns.is_empty() {
        return vec![true; rows];
    }
    const NONE: usize = usize::MAX;
    let hashes = row_hashes(columns, rows);
    let mut heads: HashMap<u64, usize, BuildHasherDefault<AsIs>> =
        HashMap::with_capacity_and_hasher(rows, Default::default());
    // The kept row of the same hash that came before, so that unequal rows of one hash form a chain.
    let mut earlier = vec![NONE; rows];
    let mut keep = vec![true; rows];
    for (row, hash) in hashes.into_iter().enumerate() {
        match heads.entry(hash) {
            Slot::Vacant(slot) => {
                slot.insert(row);
            }
            Slot::Occupied(mut slot) => {
                let mut other = *slot.get();
                while other != NONE && !columns.iter().all(|c| same(c, row, other)) {
                    other = earlier[other];
                }
                if other == NONE {
                    earlier[row] = slot.insert(row);
                } else {
                    keep[row] = false;
                }
            }
        }
    }
    keep
}

fn row_hashes(columns: &[&Column], rows: usize) -> Vec<u64> {
    const NULL: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut hashes = vec![0u64; rows];
    let mut add = |row: usize, value: u64| {
        let mixed = (hashes[row].rotate_left(5) ^ value).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        hashes[row] = mixed ^ (mixed >> 32);
    };
    for column in columns {
        match &column.values {
            Values::Number(v) => v.iter().enumerate().for_each(|(row, x)| add(row, number_bits(*x))),
            Values::Category(v) => v.codes.iter().enumerate().for_each(|(row, code)| add(row, u64::from(*code))),
            Values::Text(v) => {
                v.iter().enumerate().for_each(|(row, t)| add(row, t.map_or(NULL, |t| xxh3_64(t.as_bytes()))));
            }
            Values::Date(v) => v.iter().enumerate().for_each(|(row, d)| add(row, d.map_or(NULL, |d| d as u64))),
        }
    }
    hashes
}

/// Equal numbers have equal bits: all nulls alike, and zero without its sign.
fn number_bits(x: f64) -> u64 {
    if x.is_nan() {
        f64::NAN.to_bits()
    } else if x == 0.0 {
        0
    } else {
        x.to_bits()
    }
}

fn same(column: &Column, a: usize, b: usize) -> bool {
    match &column.values {
        Values::Number(v) => number_bits(v[a]) == number_bits(v[b]),
        Values::Category(v) => v.codes[a] == v.codes[b],
        Values::Text(v) => v.get(a) == v.get(b),
        Values::Date(v) => v[a] == v[b],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_rows_stays() {
        let x = Column::number("x", vec![1.0, 1.0, f64::NAN, 0.0, -0.0, f64::NAN, 1.0]);
        let plan = Column::category("plan", [Some("a"), Some("a"), None, Some("b"), Some("b"), None, None]);
        assert_eq!(firsts(&[&x, &plan], 7), [true, false, true, true, false, false, true]);
        assert_eq!(firsts(&[&x], 7), [true, false, true, true, false, false, false]);
        assert_eq!(firsts(&[], 7), [true; 7]);
    }
}
