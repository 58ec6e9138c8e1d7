//! Texts that mean "missing", numbers that may mean it, and the decimal sign.

use std::cmp::Ordering;

use super::findings::{Comment, Marker};
use super::survey::Survey;
use crate::data::schema::Typing;
use crate::data::{Tidy, number};
use crate::scaffold::write::text::some;

/// Texts that mean missing wherever they stand.
const MARKERS: [&str; 16] = [
    "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "Null", "\\N", "<NA>", "NaT", "#NULL!",
    "(null)",
];
/// Words that mean missing among numbers or dates, and may be a level of their own elsewhere; in lower case.
const WORDS: [&str; 20] = [
    "-",
    "--",
    "---",
    ".",
    "..",
    "none",
    "unknown",
    "missing",
    "undefined",
    "nil",
    "n.a.",
    "na",
    "not available",
    "#div/0!",
    "#value!",
    "inf",
    "-inf",
    "+inf",
    "infinity",
    "-infinity",
];
/// Columns named in a comment.
const NAMED: usize = 4;
/// Numbers that often stand for missing.
const SENTINELS: [f64; 11] =
    [-9.0, -99.0, -999.0, -9999.0, -99_999.0, 999.0, 9999.0, 99_999.0, 999_999.0, 9_999_999.0, -1.0];

/// Whether a text means missing among numbers or dates.
pub fn is_word(text: &str) -> bool {
    WORDS.contains(&text.to_lowercase().as_str())
}

/// The markers that stand in any column. Those without which the target would not have two values are labels.
pub fn found(columns: &[Survey], target: usize) -> Vec<Marker> {
    let labels = columns.get(target).map_or(0, |t| t.values.iter().filter(|(v, _)| !MARKERS.contains(v)).count());
    let counted = |text: &str| {
        let rows = columns.iter().enumerate().filter(|(at, _)| labels > 1 || *at != target);
        let rows = rows.map(|(_, column)| (column.name.to_owned(), column.count(text)));
        Marker { text: text.to_owned(), columns: rows.filter(|(_, rows)| *rows > 0).collect() }
    };
    let is_label = |text: &str| labels < 2 && columns.get(target).is_some_and(|t| t.count(text) > 0);
    MARKERS.iter().filter(|text| !is_label(text)).map(|text| counted(text)).filter(|m| !m.columns.is_empty()).collect()
}

/// The sign before the decimals of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decimal {
    /// Whether it is a comma.
    pub comma: bool,
    /// Columns that are numbers with a comma alone, and columns that are numbers with a point: both only where there
    /// are both, so that no sign is right for all.
    pub mixed: Option<(Vec<String>, Vec<String>)>,
}

impl Decimal {
    /// What there is to decide where no sign is right for all columns.
    pub fn comment(&self) -> Option<Comment> {
        let (commas, points) = self.mixed.as_ref()?;
        let sign = if self.comma { ',' } else { '.' };
        let text = format!(
            "some numbers have a decimal comma ({}), some a point ({}); `decimal: \"{sign}\"` is taken, so the others \
             are read as texts: write one sign in the file",
            some(commas, NAMED),
            some(points, NAMED)
        );
        Some(Comment { column: None, text, drop: Vec::new() })
    }
}

/// The decimal sign: a comma where more columns are numbers so than are with a point, and none that both signs fit
/// looks like one with a point, since its numbers would be a thousand times too large; but where one number has both
/// signs, as in `1.234,5`, the points stand between thousands. A few odd texts among the numbers of a column, which
/// may mean missing, do not count.
pub fn decimal(columns: &[Survey], markers: &[String], delimiter: Option<u8>) -> Decimal {
    let comma = Typing { trim: true, decimal_comma: true, ..Typing::default() };
    let comma = Tidy::new(&comma, "");
    let with_comma = |text: &str| comma.number(text).is_some();
    let with_point = |text: &str| number(text).is_some();
    let ignored = |text: &str| markers.iter().any(|m| m == text) || is_word(text);
    let (mut only_comma, mut only_point, mut perhaps) = (Vec::new(), Vec::new(), Vec::new());
    let mut is_proven = false;
    for column in columns {
        let values = || column.values.iter().filter(|(text, _)| !ignored(text));
        let rows = |test: &dyn Fn(&str) -> bool| -> usize {
            values().filter(|(text, _)| test(text)).map(|(_, rows)| rows).sum()
        };
        let (comma, point) = (rows(&with_comma), rows(&with_point));
        if comma.max(point) * 10 < rows(&|_| true) * 9 {
            continue;
        }
        match comma.cmp(&point) {
            Ordering::Greater if values().any(|(text, _)| with_comma(text) && is_fraction(text, delimiter)) => {
                // `1.234,5`: points stand between thousands.
                is_proven |= values().any(|(text, _)| with_comma(text) && text.contains('.') && text.contains(','));
                only_comma.push(column.name.to_owned());
            }
            Ordering::Greater => {}
            // Outside of CSV these are numbers and no texts, whatever the sign of the texts beside them.
            Ordering::Less if delimiter.is_some() => only_point.push(column.name.to_owned()),
            Ordering::Less => {}
            Ordering::Equal if delimiter.is_some() && are_fractions(values().map(|(text, _)| *text)) => {
                perhaps.push(column.name.to_owned());
            }
            Ordering::Equal => {}
        }
    }
    let comma = only_comma.len() > only_point.len() && (is_proven || perhaps.is_empty());
    if !is_proven {
        only_point.extend(perhaps);
    }
    let mixed = !only_comma.is_empty() && !only_point.is_empty();
    Decimal { comma, mixed: mixed.then_some((only_comma, only_point)) }
}

/// Whether a column may hold numbers with a decimal comma beside others that are written with a point only since JSON
/// has them as numbers: then a reading that writes those with a comma tells more.
pub fn may_be_comma(columns: &[Survey], delimiter: Option<u8>) -> bool {
    let comma = Typing { trim: true, decimal_comma: true, ..Typing::default() };
    let comma = Tidy::new(&comma, "");
    let is_either = |text: &str| number(text).is_some() || comma.number(text).is_some();
    columns.iter().any(|column| {
        let rows = |test: &dyn Fn(&str) -> bool| -> usize {
            column.values.iter().filter(|(text, _)| test(text)).map(|(_, rows)| rows).sum()
        };
        let fractions =
            rows(&|text| number(text).is_none() && comma.number(text).is_some() && is_fraction(text, delimiter));
        fractions > 0 && rows(&is_either) * 10 >= rows(&|text| !is_word(text)) * 9
    })
}

/// Whether the comma of a number is a decimal one: `1,234` may as well be a thousand, but not where a semicolon parts
/// the values, with another number of digits behind it, behind a zero or behind a point.
fn is_fraction(text: &str, delimiter: Option<u8>) -> bool {
    text.split_once(',').is_some_and(|(whole, rest)| {
        let starts_with_zero = whole.trim_start_matches(['-', '+']).starts_with('0');
        delimiter == Some(b';') || rest.len() != 3 || starts_with_zero || whole.contains('.')
    })
}

/// Whether points before three digits, as in `46.489`, are decimal ones rather than between thousands: no thousand
/// begins with a zero, and columns of thousands hold numbers below, or round ones.
fn are_fractions<'a>(values: impl Iterator<Item = &'a str>) -> bool {
    let (mut all, mut pointed, mut round) = (0, 0, 0);
    for text in values {
        let Some((whole, rest)) = text.split_once('.') else {
            all += 1;
            continue;
        };
        if whole.trim_start_matches(['-', '+']).starts_with('0') {
            return true;
        }
        (all, pointed) = (all + 1, pointed + 1);
        round += usize::from(rest.ends_with('0'));
    }
    pointed > 0 && pointed == all && round * 2 < pointed
}

/// Whether a text is a number but for a sign of money, a percent sign, or groups of three digits.
pub fn is_dressed(text: &str) -> bool {
    const SIGNS: [char; 6] = ['€', '$', '£', '¥', '%', '\u{a0}'];
    const CODES: [&str; 4] = ["EUR", "USD", "GBP", "CHF"];
    const GROUPS: [char; 7] = [',', '.', ' ', '\'', '’', '\u{a0}', '\u{202f}'];
    let bare = |text: &str| text.trim_matches(|c: char| c.is_whitespace() || SIGNS.contains(&c)).to_owned();
    let text = CODES.iter().fold(bare(text), |text, code| {
        bare(text.strip_suffix(code).or_else(|| text.strip_prefix(code)).unwrap_or(&text))
    });
    let text = bare(text.strip_prefix('-').unwrap_or(&text));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = |text: &str, group: char| {
        let mut parts = text.split(group);
        let first = parts.next().unwrap_or_default();
        digits(first) && (first == text || first.len() <= 3) && parts.all(|part| part.len() == 3 && digits(part))
    };
    ['.', ','].into_iter().any(|decimal| {
        let (before, after) = text.split_once(decimal).unwrap_or((&text, "0"));
        digits(after) && GROUPS.into_iter().any(|group| whole(before, group))
    })
}

/// A number that may stand for missing: far off from all the others, and in several rows.
pub fn sentinel(column: &Survey, read: impl Fn(&str) -> Option<f64>) -> Option<(String, usize)> {
    let mut numbers: Vec<(f64, &str, usize)> =
        column.values.iter().filter_map(|(text, rows)| Some((read(text)?, *text, *rows))).collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (low, second) = (numbers.first()?, numbers.get(1)?);
    let (high, before) = (numbers.last()?, numbers.get(numbers.len() - 2)?);
    let is_sentinel = |x: f64| SENTINELS.contains(&x);
    if is_sentinel(low.0) && low.0 < 0.0 && second.0 >= 0.0 && low.2 >= 2 {
        return Some((low.1.to_owned(), low.2));
    }
    (is_sentinel(high.0) && high.2 >= 3 && before.0 * 2.0 < high.0).then(|| (high.1.to_owned(), high.2))
}

#[cfg(test)]
mod tests {
    use super::super::survey::survey;
    use super::*;
    use crate::data::{Column, Table};

    fn table(columns: &[(&str, &[&str])]) -> Table {
        let column = |(name, values): &(&str, &[&str])| Column::text(*name, values.iter().map(|v| Some(*v)).collect());
        Table::new(columns.iter().map(column).collect())
    }

    #[test]
    fn markers_are_found_with_their_columns_and_labels_are_kept() {
        let table = table(&[("a", &["?", "1", " NA "]), ("b", &["NA", "x", "NA"]), ("y", &["NA", "EU", "NA"])]);
        let columns = survey(&table);
        let texts = |target| found(&columns, target).iter().map(|m| m.text.clone()).collect::<Vec<_>>();
        // No column is the target, or one whose only other value is a label.
        assert_eq!(texts(usize::MAX), ["?", "NA"]);
        assert_eq!(texts(2), ["?"]);
        assert_eq!(found(&columns, usize::MAX)[1].columns, [("a".into(), 1), ("b".into(), 2), ("y".into(), 2)]);
    }

    #[test]
    fn the_decimal_sign_is_the_one_that_makes_numbers() {
        for (columns, delimiter, expected) in [
            (&[("a", &["1,5", "2,25", "-"][..])][..], b';', true),
            (&[("a", &["1.5", "2.25"])], b',', false),
            (&[("a", &["1,234", "2,500"])], b'\t', false),
            (&[("a", &["1,234", "2,500"])], b';', true),
            (&[("a", &["1,5", "x"])], b';', false),
            (&[("a", &["1,5", "2,5", "3,5", "4,5", "5,5", "6,5", "7,5", "8,5", "9,5", "k.A."])], b';', true),
            (&[("a", &["1.5", "2.5", "3.5", "4.5", "5.5", "6.5", "7.5", "8.5", "9.5", "1,5"])], b';', false),
            (&[("a", &["1,5"]), ("b", &["1.25"])], b';', false),
            (&[("a", &["0,725", "1,397"])], b'\t', true),
            (&[("a", &["1.234,567"])], b'\t', true),
        ] {
            assert_eq!(decimal(&survey(&table(columns)), &[], Some(delimiter)).comma, expected, "{columns:?}");
        }
    }

    #[test]
    fn points_before_three_digits_are_decimal_ones_where_they_must_be() {
        for (columns, comma, mixed) in [
            (&[("lat", &["46.489", "2.006"][..]), ("price", &["70,81", "5,5"])][..], false, true),
            (&[("p", &["0.125", "1.250"]), ("price", &["70,81", "5,5"])], false, true),
            (&[("salary", &["35.500", "2.000"]), ("price", &["70,81", "5,5"])], true, false),
            (&[("people", &["1.234", "812"]), ("price", &["70,81", "5,5"])], true, false),
            (&[("x", &["1.25", "2.5"]), ("a", &["70,81"]), ("b", &["1,5"])], true, true),
            (&[("lat", &["46.489", "2.006"])], false, false),
            (&[("net", &["7.950,73", "4,30"]), ("people", &["4.528", "8.737"])], true, false),
            (&[("net", &["7.950,73"]), ("people", &["4.528", "8.737"]), ("x", &["1.25"])], false, true),
        ] {
            let found = decimal(&survey(&table(columns)), &[], Some(b';'));
            assert_eq!((found.comma, found.mixed.is_some()), (comma, mixed), "{columns:?}");
        }
    }

    #[test]
    fn numbers_are_seen_through_signs_and_groups() {
        for text in ["111,68 €", "$111.68", "0,5 %", "1,234.56", "1 234,56", "EUR 5", "1'234"] {
            assert!(is_dressed(text), "{text}");
        }
        for text in ["k.A.", "10+", "2024-01-31", "a 1", "", "1.2.2024", "192.168.1.10", "12 Main St", "+49 170 123"] {
            assert!(!is_dressed(text), "{text}");
        }
    }

    #[test]
    fn sentinels_stand_apart_from_the_other_numbers() {
        for (values, expected) in [
            (&["-999", "-999", "1", "5"][..], Some("-999")),
            (&["-999", "-999", "-1000"], None),
            (&["99999", "99999", "99999", "10"], Some("99999")),
            (&["999", "999", "999", "998"], None),
        ] {
            let table = table(&[("a", values)]);
            let found = sentinel(&survey(&table)[0], number).map(|(text, _)| text);
            assert_eq!(found.as_deref(), expected, "{values:?}");
        }
    }
}
