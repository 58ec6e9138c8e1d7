//! Header or not, names, decimal sign: what the values of a column have in common.

use crate::data::sources::csv_file::column_name;
use crate::data::{PART, ROW_ID, number};

/// The sign before the decimals of numbers, by the columns whose values are numbers either way.
pub fn decimal(records: &[Vec<String>], delimiter: char) -> char {
    let width = records.first().map_or(0, Vec::len);
    let (mut commas, mut points) = (0, 0);
    for column in 0..width {
        // The first may be a header.
        let values =
            || records.iter().skip(1).filter_map(|r| r.get(column)).map(|t| t.trim()).filter(|t| !t.is_empty());
        let (all, numeric) = (values().count(), values().filter(|t| is_number(t, ',') || is_number(t, '.')).count());
        if numeric * 10 < all * 8 {
            continue;
        }
        commas += values().filter(|t| t.contains(',') && is_number(t, ',')).count();
        points += values().filter(|t| t.contains('.') && is_number(t, '.')).count();
    }
    // Between commas, only quoted values could hold one, and 1,000 is a thousand as a rule.
    if commas > points && delimiter != ',' { ',' } else { '.' }
}

/// Whether a text is a number; points may group the digits before a decimal comma.
fn is_number(text: &str, decimal: char) -> bool {
    if decimal == '.' {
        return number(text).is_some();
    }
    let mut parts = text.splitn(2, ',');
    let (whole, decimals) = (parts.next().unwrap_or_default(), parts.next().unwrap_or("0"));
    let whole = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let mut groups = whole.split('.');
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    groups.next().is_some_and(digits)
        && groups.all(|g| g.len() == 3 && digits(g))
        && number(&format!("0.{decimals}")).is_some()
}

/// Whether the first row names the columns rather than being one of the rows.
pub fn is_there(records: &[Vec<String>], decimal: char) -> bool {
    let Some((first, rows)) = records.split_first() else { return true };
    let (mut header, mut row) = (0, 0);
    let mut repeated = 0;
    for (at, text) in first.iter().map(|text| text.trim()).enumerate() {
        let values: Vec<&str> =
            rows.iter().filter_map(|r| r.get(at)).map(|t| t.trim()).filter(|t| !t.is_empty()).collect();
        let numbers = values.iter().filter(|value| is_number(value, decimal)).count();
        let is_numeric = !values.is_empty() && numbers * 10 >= values.len() * 8;
        match (is_numeric, is_number(text, decimal)) {
            (true, true) => row += 1,
            (true, false) if !text.is_empty() && text.chars().any(char::is_alphabetic) && !is_marker(text) => {
                header += 1
            }
            // Names are no numbers.
            (false, true) => row += usize::from(values.is_empty()),
            (false, false) => repeated += usize::from(values.contains(&text) && !text.is_empty()),
            (true, false) => {}
        }
    }
    if header != row { header > row } else { repeated == 0 }
}

/// Whether a text may stand for a missing number.
fn is_marker(text: &str) -> bool {
    matches!(text.to_ascii_lowercase().as_str(), "na" | "n/a" | "nan" | "null" | "none" | "nil" | "missing")
}

/// Names for all columns, and whether they have to be given.
pub fn names(records: &[Vec<String>], header: bool) -> (Vec<String>, bool) {
    let Some(first) = records.first() else { return (Vec::new(), false) };
    if !header {
        return ((1..=width(records)).map(|n| format!("column_{n}")).collect(), true);
    }
    let (names, changed) = repaired(&first[..width(records)]);
    (names, !changed.is_empty())
}

/// The header's names with those replaced that cannot stand, and what was replaced; empty where all can.
pub fn repaired(header: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut names, mut changed): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (at, found) in header.iter().enumerate() {
        let found = column_name(found);
        let mut name = match found {
            "" if at == 0 => "index".to_owned(),
            "" => format!("column_{}", at + 1),
            ROW_ID | PART => format!("source_{found}"),
            _ => found.to_owned(),
        };
        let taken = |name: &str, names: &[String]| {
            names.iter().any(|n| n == name) || (name != found && header.iter().any(|h| column_name(h) == name))
        };
        let wanted = name.clone();
        let mut next = 2;
        while taken(&name, &names) {
            name = format!("{wanted}_{next}");
            next += 1;
        }
        if name != found {
            changed.push(match found {
                "" => format!("field {} has no name: `{name}`", at + 1),
                ROW_ID | PART => format!("`{found}` is mlops' own: `{name}`"),
                _ => format!("`{found}` stands twice: `{name}`"),
            });
        }
        names.push(name);
    }
    (names, changed)
}

/// Number of columns: a delimiter at the end of every row begins none.
fn width(records: &[Vec<String>]) -> usize {
    let width = records.first().map_or(0, Vec::len);
    let trailing = width > 1 && records.iter().all(|r| r.last().is_some_and(|text| text.trim().is_empty()));
    width - usize::from(trailing)
}
