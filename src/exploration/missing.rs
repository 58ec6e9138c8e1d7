//! Which columns are null in the same rows.

use std::collections::HashMap;

use rayon::prelude::*;

use super::summary::MissingPattern;
use crate::data::{Column, SplitMix64};

/// Rows looked at by one thread at a time.
const CHUNK: usize = 1 << 14;

/// The `most` patterns with the most rows, ties by the first row, and how many there are beyond.
pub fn patterns(columns: &[&Column], rows: usize, most: usize) -> (Vec<MissingPattern>, u64) {
    let mut counts: HashMap<u64, (u64, usize)> = HashMap::new();
    for (row, hash) in hashes(columns, rows).into_iter().enumerate() {
        counts.entry(hash).or_insert((0, row)).0 += 1;
    }
    let mut found: Vec<(u64, usize)> = counts.into_values().collect();
    found.sort_unstable_by_key(|(count, first)| (std::cmp::Reverse(*count), *first));
    let others = found.len().saturating_sub(most) as u64;
    let pattern = |(count, first): &(u64, usize)| MissingPattern {
        columns: columns.iter().filter(|column| column.is_null(*first)).map(|column| column.name.clone()).collect(),
        rows: *count,
    };
    (found.iter().take(most).map(pattern).collect(), others)
}

/// Rows in which no column is null.
pub fn complete_rows(columns: &[&Column], rows: usize) -> u64 {
    let chunk = |start: usize| {
        let rows = start..rows.min(start + CHUNK);
        rows.filter(|row| !columns.iter().any(|column| column.is_null(*row))).count() as u64
    };
    (0..rows).step_by(CHUNK).collect::<Vec<_>>().into_par_iter().map(chunk).sum()
}

/// A hash of the columns that are null, for each row: the random keys of all of them together.
fn hashes(columns: &[&Column], rows: usize) -> Vec<u64> {
    let mut random = SplitMix64::new(0);
    let keys: Vec<u64> = columns.iter().map(|_| random.next_u64()).collect();
    let mut hashes = vec![0; rows];
    hashes.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, hashes)| {
        for (column, key) in columns.iter().zip(&keys) {
            let nulls = hashes.iter_mut().enumerate().filter(|(at, _)| column.is_null(chunk * CHUNK + at));
            nulls.for_each(|(_, hash)| *hash ^= key);
        }
    });
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_grouped_by_the_columns_they_lack() {
        let null = f64::NAN;
        let a = Column::number("a", vec![null, 1.0, null, 2.0, null]);
        let b = Column::number("b", vec![null, 1.0, null, null, 3.0]);
        let (found, others) = patterns(&[&a, &b], 5, 3);
        let told: Vec<(String, u64)> = found.iter().map(|p| (p.columns.join("+"), p.rows)).collect();
        assert_eq!(told, [("a+b".to_owned(), 2), (String::new(), 1), ("b".to_owned(), 1)]);
        assert_eq!((others, complete_rows(&[&a, &b], 5)), (1, 1));
        assert_eq!(patterns(&[], 0, 3), (vec![], 0));
    }
}
