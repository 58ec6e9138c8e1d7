//! How the dates of a column are written.

use super::survey::Survey;
use crate::data::dates;

/// Days, in the order in which they are tried; of `%d/%m` and `%m/%d` both may fit.
const DAYS: [&str; 15] = [
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %B %Y",
    "%B %d, %Y",
    "%d%b%Y",
];

/// Times of the day behind a day.
const TIMES: [&str; 6] = ["", " %H:%M", " %H:%M:%S", " %H:%M:%S%.f", " %I:%M %p", " %I:%M:%S %p"];

/// ISO 8601 with an offset, which is read and not applied.
const WITH_OFFSET: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%d %H:%M:%S%.f%:z"];

/// How dates are written, and another way in which they could be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The format.
    pub format: String,
    /// The format with day and month the other way round, where it fits too.
    pub or: Option<String>,
}

/// Whether every value but those in `skip` is a date in ISO 8601.
pub fn is_iso(column: &Survey, skip: &[String]) -> bool {
    column.all(skip, |text| dates::parse_iso(text).is_some())
}

/// The format that fits every value but those in `skip`. Where day and month could be either, the day comes first
/// only if `day_first`.
pub fn format_of(column: &Survey, skip: &[String], day_first: bool) -> Option<Format> {
    let (first, _) = column.values.iter().find(|(text, _)| !skip.iter().any(|s| s == text))?;
    if !first.bytes().any(|b| b.is_ascii_digit()) || first.chars().count() > 40 {
        return None;
    }
    let candidates = DAYS.iter().flat_map(|day| TIMES.iter().map(move |time| format!("{day}{time}")));
    let candidates = candidates.chain(WITH_OFFSET.map(str::to_owned));
    let mut found: Vec<String> =
        candidates.filter(|f| is_date(first, f) && column.all(skip, |text| is_date(text, f))).take(2).collect();
    if found.len() == 2 && !day_first {
        found.reverse();
    }
    let or = found.get(1).cloned();
    found.into_iter().next().map(|format| Format { format, or })
}

/// How all values are written but those in `skip` and at most `few` distinct others, and those; no format is ISO 8601.
/// Of several formats the one that leaves the fewest.
pub fn but_few(column: &Survey, skip: &[String], day_first: bool, few: usize) -> Option<(Option<String>, Vec<String>)> {
    let values = || column.values.iter().map(|(text, _)| *text).filter(|text| !skip.iter().any(|s| s == text));
    let odd = |is_date: &dyn Fn(&str) -> bool| -> Option<Vec<String>> {
        let odd: Vec<String> = values().filter(|text| !is_date(text)).take(few + 1).map(str::to_owned).collect();
        let is_rest = || column.all(&[skip, &odd[..]].concat(), is_date);
        (odd.len() <= few && is_rest()).then_some(odd)
    };
    if let Some(odd) = odd(&|text| dates::parse_iso(text).is_some()) {
        return Some((None, odd));
    }
    // Of so many distinct values at least one is a date, or there are too many others.
    let samples: Vec<&str> =
        values().filter(|t| t.len() <= 40 && t.bytes().any(|b| b.is_ascii_digit())).take(few + 1).collect();
    let formats = DAYS.iter().flat_map(|day| TIMES.iter().map(move |time| format!("{day}{time}")));
    let fitting = formats.filter(|format| samples.iter().any(|text| is_date(text, format)));
    let mut found: Vec<(String, Vec<String>)> =
        fitting.filter_map(|format| Some((format.clone(), odd(&|text| is_date(text, &format))?))).collect();
    if !day_first {
        found.reverse();
    }
    found.into_iter().min_by_key(|(_, odd)| odd.len()).map(|(format, odd)| (Some(format), odd))
}

/// Whether whole numbers are days written `20240131`.
pub fn is_compact(column: &Survey, skip: &[String]) -> bool {
    let test = |text: &str| {
        text.len() == 8
            && text.bytes().all(|b| b.is_ascii_digit())
            && ("1900"..="2100").contains(&&text[..4])
            && is_date(text, "%Y%m%d")
    };
    column.all(skip, test)
}

/// The parts in which dates differ; the weekday always may.
pub fn parts(moments: &[Option<i64>]) -> Vec<String> {
    let parts: [(&str, std::ops::Range<usize>); 4] =
        [("year", 0..4), ("month", 5..7), ("day", 8..10), ("hour", 11..13)];
    let mut first: Option<String> = None;
    let mut differs = [false; 4];
    let mut moments: Vec<i64> = moments.iter().copied().flatten().collect();
    moments.sort_unstable();
    moments.dedup();
    for moment in moments {
        // Midnight is written without its hour.
        let text = format!("{}T00", dates::format_iso(moment));
        match &first {
            None => first = Some(text),
            Some(first) => {
                for (differs, (_, range)) in differs.iter_mut().zip(&parts) {
                    *differs |= first.get(range.clone()) != text.get(range.clone());
                }
            }
        }
    }
    let found = parts.iter().zip(differs).filter(|(_, differs)| *differs).map(|((name, _), _)| (*name).to_owned());
    let mut found: Vec<String> = found.collect();
    if differs[1] || differs[2] {
        found.push("weekday".to_owned());
    }
    found
}

fn is_date(text: &str, format: &str) -> bool {
    // `%Y` would take the 24 of 31/01/24 for a year of the Roman empire.
    let year_1000 = -30_610_224_000;
    dates::parse(text, Some(format)).is_some_and(|seconds| seconds >= year_1000)
}

#[cfg(test)]
mod tests {
    use super::super::survey::survey;
    use super::*;
    use crate::data::{Column, Table};

    fn found(values: &[&str], day_first: bool) -> Option<(String, Option<String>)> {
        let table = Table::new(vec![Column::text("d", values.iter().map(|v| Some(*v)).collect())]);
        let format = format_of(&survey(&table)[0], &["-".to_owned()], day_first)?;
        Some((format.format, format.or))
    }

    #[test]
    fn formats_are_found_from_all_values() {
        for (values, expected) in [
            (&["31/01/2024", "01/02/2024"][..], Some(("%d/%m/%Y", None))),
            (&["01/31/2024", "-", "02/01/2024"], Some(("%m/%d/%Y", None))),
            (&["1/2/2024", "02/03/2024"], Some(("%m/%d/%Y", Some("%d/%m/%Y")))),
            (&["31.01.2024 08:30"], Some(("%d.%m.%Y %H:%M", None))),
            (&["31/01/24"], Some(("%d/%m/%y", None))),
            (&["Jan 5, 2024", "December 31, 2023"], Some(("%B %d, %Y", None))),
            (&["2024-01-31T08:30:00+02:00"], Some(("%Y-%m-%dT%H:%M:%S%.f%:z", None))),
            (&["31/01/2024", "soon"], None),
            (&["a1", "b2"], None),
        ] {
            let expected = expected.map(|(f, or): (&str, Option<&str>)| (f.to_owned(), or.map(str::to_owned)));
            assert_eq!(found(values, false), expected, "{values:?}");
        }
        assert_eq!(found(&["1/2/2024"], true).unwrap().0, "%d/%m/%Y");
    }
}
