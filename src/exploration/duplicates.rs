//! Rows that say the same.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use crate::data::{Column, Kind, PART, ROW_ID, Table, Values};

/// A hash of the values of each row, keys and ids left aside. It has 128 bits: two different rows with the same hash are
/// not to be expected in any table.
pub fn row_hashes(table: &Table) -> Vec<u128> {
    let columns = compared(table);
    let hash = |bytes: &mut Vec<u8>, row| {
        bytes.clear();
        columns.iter().for_each(|column| push(bytes, column, row));
        xxh3_128(bytes)
    };
    (0..table.rows()).into_par_iter().map_init(Vec::new, hash).collect()
}

fn compared(table: &Table) -> Vec<&Column> {
    table.columns().iter().filter(|c| c.name != ROW_ID && c.name != PART && c.kind != Kind::Id).collect()
}

/// Rows that repeat an earlier one; none where all columns are keys.
pub fn count_duplicates(table: &Table) -> u64 {
    if compared(table).is_empty() {
        return 0;
    }
    let mut hashes = row_hashes(table);
    hashes.par_sort_unstable();
    hashes.windows(2).filter(|pair| pair.first() == pair.last()).count() as u64
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
    fn repeated_rows_count_once_each_and_keys_do_not() {
        let ids = Column { kind: Kind::Id, ..Column::text("key", (0..5).map(|i| Some(i.to_string())).collect()) };
        let x = Column::number("x", vec![1.0, f64::NAN, 1.0, f64::NAN, 1.0]);
        assert_eq!(count_duplicates(&Table::new(vec![ids.clone(), x])), 3);
        assert_eq!(count_duplicates(&Table::new(vec![ids])), 0);
        assert_eq!(count_duplicates(&Table::new(vec![])), 0);
    }
}
