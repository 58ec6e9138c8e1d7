//! Columns that say which row it is, and columns that say nothing.

use std::collections::HashSet;

use super::Finding;
use super::bins::by_level;
use crate::data::{Column, Kind, NULL_CODE, Strings, Values};

/// Rows below which nearly one value a row is nothing to remark on.
const ROWS: usize = 50;
/// Distinct values among 100 that make a column of texts id-like.
const DISTINCT: usize = 95;
/// Characters a text and words a text from which on it is prose.
const CHARACTERS: usize = 40;
const WORDS: usize = 4;

/// Whether all rows have the same value, or none has any; a null is a value like others.
pub fn is_constant(column: &Column) -> bool {
    fn alike<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
        let first = values.next();
        values.all(|value| Some(value) == first)
    }
    match &column.values {
        Values::Number(values) => alike(values.iter().map(|x| (!x.is_nan()).then_some(*x))),
        Values::Date(values) => alike(values.iter()),
        Values::Category(values) => alike(values.codes.iter()),
        Values::Text(values) => alike(values.iter()),
    }
}

/// Whether nearly every row has a value of its own, as a key has. Dates, fractions and prose are none.
pub fn id_like(column: &Column) -> Option<Finding> {
    let found = |distinct: usize, rows: usize| Finding::IdLike { distinct: distinct as u64, rows: rows as u64 };
    let nearly_all = |distinct: usize, rows: usize| rows >= ROWS && distinct * 100 >= rows * DISTINCT;
    match (&column.values, column.kind) {
        (Values::Category(values), _) => {
            let rows = values.codes.iter().filter(|code| **code != NULL_CODE).count();
            let mut used = vec![false; values.levels.len()];
            values.codes.iter().for_each(|code| used.iter_mut().skip(*code as usize).take(1).for_each(|u| *u = true));
            let distinct = used.iter().filter(|used| **used).count();
            nearly_all(distinct, rows).then(|| found(distinct, rows))
        }
        (Values::Text(values), kind) => {
            let rows = values.iter().flatten().count();
            if rows < ROWS || (kind != Kind::Id && is_prose(values, rows)) {
                return None;
            }
            let distinct = by_level(column).levels - 1;
            nearly_all(distinct, rows).then(|| found(distinct, rows))
        }
        (Values::Number(values), Kind::Integer) => {
            let values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
            let rows = values.len();
            (rows >= ROWS && all_distinct(&values) && is_numbering(&column.name, &values)).then(|| found(rows, rows))
        }
        _ => None,
    }
}

fn is_prose(values: &Strings, rows: usize) -> bool {
    let characters: usize = values.iter().flatten().map(|t| t.chars().count()).sum();
    let words: usize = values.iter().flatten().map(|t| t.split_whitespace().count()).sum();
    characters >= CHARACTERS * rows || words >= WORDS * rows
}

/// Stops at the first value that comes back, so an ordinary column costs nothing.
fn all_distinct(values: &[f64]) -> bool {
    let mut seen = HashSet::new();
    values.iter().all(|value| seen.insert(value.to_bits()))
}

/// Whether distinct whole numbers are a numbering rather than amounts that happen to differ: they surely are, or they all
/// have the same six digits or more, as keys often have.
fn is_numbering(name: &str, values: &[f64]) -> bool {
    let (low, high) = range(values);
    let same_digits = low >= 100_000.0 && (low as u64).ilog10() == (high as u64).ilog10();
    same_digits || is_surely_numbering(name, values)
}

/// Whether a column of distinct whole numbers is a key by more than their length, which amounts may have as well.
pub fn is_key(column: &Column) -> bool {
    let Values::Number(values) = &column.values else { return true };
    let values: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    is_surely_numbering(&column.name, &values)
}

fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

/// Whether distinct whole numbers rise or fall with the rows, lie so close that amounts of that range would not all
/// differ, or have the name of a key.
fn is_surely_numbering(name: &str, values: &[f64]) -> bool {
    let (low, high) = range(values);
    let rows = values.len() as f64;
    let ordered = values.is_sorted() || values.iter().rev().is_sorted();
    // So many pairs of equal values would be expected among amounts spread evenly over the range; skew makes it more.
    let expected_pairs = rows * rows / (2.0 * (high - low + 1.0));
    ordered || expected_pairs >= 5.0 || is_key_name(name)
}

/// Whether `id`, `key` or the like is a word of the name: `customer_id`, `customerId`, `Row ID`.
fn is_key_name(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && previous_lower) {
            words.push(String::new());
        }
        previous_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.iter().any(|word| ["id", "key", "uid", "uuid", "guid", "index"].contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SplitMix64;

    fn integer(name: &str, values: Vec<f64>) -> Column {
        Column { kind: Kind::Integer, ..Column::number(name, values) }
    }

    #[test]
    fn numberings_are_told_from_amounts() {
        let mut random = SplitMix64::new(1);
        let mut shuffled: Vec<f64> = (0..500).map(f64::from).collect();
        random.shuffle(&mut shuffled);
        // 499 steps of at least 1 in no order: distinct for certain, and spread thin.
        let mut amounts: Vec<f64> = (0..100).map(|i| f64::from(i * i * 7 + 900)).collect();
        random.shuffle(&mut amounts);
        let long: Vec<f64> = amounts.iter().map(|a| 2_000_000.0 + a * 61.0).collect();
        let mut twice = shuffled.clone();
        twice[3] = twice[4];
        for (column, expected) in [
            (integer("n", (0..500).map(|i| f64::from(i * 1000)).collect()), true),
            (integer("n", (0..500).rev().map(|i| f64::from(i * 1000)).collect()), true),
            (integer("n", shuffled.clone()), true),
            (integer("n", twice), false),
            (integer("n", amounts.clone()), false),
            (integer("n", long.clone()), true),
            (integer("CustomerId", amounts.clone()), true),
            (integer("paid", amounts.clone()), false),
            (Column::number("customer_id", amounts), false),
            (integer("n", (0..40).map(f64::from).collect()), false),
            (integer("n", vec![f64::NAN; 100]), false),
        ] {
            assert_eq!(id_like(&column).is_some(), expected, "{} {:?}", column.name, &column.kind);
        }
        // Six digits alone may be amounts.
        for (name, values, expected) in [("n", shuffled, true), ("n", long.clone(), false), ("order key", long, true)] {
            assert_eq!(is_key(&integer(name, values)), expected, "{name}");
        }
    }

    #[test]
    fn texts_are_ids_when_short_and_distinct() {
        let words = |make: fn(usize) -> String, kind| {
            let texts: Strings = (0..100).map(|i| (i % 10 > 0).then(|| make(i))).collect();
            Column { kind, ..Column::text("t", texts) }
        };
        let expected = Some(Finding::IdLike { distinct: 90, rows: 90 });
        assert_eq!(id_like(&words(|i| format!("a-{i}"), Kind::Id)), expected);
        assert_eq!(id_like(&words(|i| format!("Mr Fox {i}"), Kind::Text)), expected);
        assert_eq!(id_like(&words(|i| format!("the quick brown fox {i}"), Kind::Text)), None);
        assert_eq!(id_like(&words(|i| format!("level {}", i / 2), Kind::Text)), None);
        let names: Vec<String> = (0..100).map(|i| format!("Fox {}", i.min(97))).collect();
        let category = Column::category("c", names.iter().map(|n| Some(n.as_str())));
        assert_eq!(id_like(&category), Some(Finding::IdLike { distinct: 98, rows: 100 }));
        assert_eq!(id_like(&Column::category("c", [None; 100])), None);
    }
}
