//! Dates as seconds since 1970-01-01 UTC; calendar arithmetic by chrono.

use std::fmt::Write;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// Reads ISO 8601: `2024-01-31`, `2024-01-31T08:30:00` or with a space; seconds may have a fraction,
/// which is cut, and a trailing `Z` is taken.
pub fn parse_iso(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let dashes = bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-';
    if !dashes {
        return None;
    }
    if bytes.len() == 10 {
        return NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(midnight).filter(in_range);
    }
    let text = text.strip_suffix('Z').unwrap_or(text);
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|t| t.and_utc().timestamp())
        .filter(in_range)
}

/// Whether the year has four digits, without which no date is written back.
fn in_range(seconds: &i64) -> bool {
    const YEAR_0: i64 = -62_167_219_200;
    const YEAR_10000: i64 = 253_402_300_800;
    (YEAR_0..YEAR_10000).contains(seconds)
}

/// Reads a date or time in a strftime-like `format`; years 0 to 9999.
pub fn parse(text: &str, format: Option<&str>) -> Option<i64> {
    let Some(format) = format else { return parse_iso(text) };
    let seconds = match NaiveDateTime::parse_from_str(text, format) {
        Ok(time) => Some(time.and_utc().timestamp()),
        Err(_) => NaiveDate::parse_from_str(text, format).ok().map(midnight),
    };
    seconds.filter(in_range)
}

/// Whether a format tells one day, so that dates written in it can be read back.
pub fn is_format(format: &str) -> bool {
    let items: Vec<Item> = StrftimeItems::new(format).collect();
    let sample = DateTime::from_timestamp(981_173_106, 0);
    let mut text = String::new();
    let is_written = sample.is_some_and(|time| write!(text, "{}", time.format_with_items(items.iter())).is_ok());
    !items.contains(&Item::Error) && is_written && parse(&text, Some(format)).is_some()
}

/// `2024-01-31`, with the time of day where there is one.
pub fn format_iso(seconds: i64) -> String {
    match DateTime::from_timestamp(seconds, 0) {
        Some(time) if time.time() == NaiveTime::MIN => time.format("%Y-%m-%d").to_string(),
        Some(time) => time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        None => String::new(),
    }
}

/// As a strftime-like `format` has it; ISO 8601 where that cannot be written.
pub fn format(seconds: i64, format: &str) -> String {
    let mut text = String::new();
    let time = DateTime::from_timestamp(seconds, 0);
    let is_written = time.is_some_and(|time| write!(text, "{}", time.format(format)).is_ok());
    if is_written { text } else { format_iso(seconds) }
}

fn midnight(date: NaiveDate) -> i64 {
    date.and_time(NaiveTime::MIN).and_utc().timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written_back() {
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("2024-02-29", 1_709_164_800),
            ("1969-12-31T23:59:59", -1),
            ("2024-01-31T08:30:00", 1_706_689_800),
        ] {
            assert_eq!(parse_iso(text), Some(seconds), "{text}");
            assert_eq!(format_iso(seconds), text);
        }
        for wrong in ["2023-02-29", "2024-1-1", "20240101", "2024-01-31T25:00:00", "", "2024-01-3é"] {
            assert_eq!(parse_iso(wrong), None, "{wrong}");
        }
        for format in
            ["%d/%m/%Y", "%d.%m.%y", "%B %d, %Y", "%Y%m%d", "%I:%M:%S %p %d%b%Y", "%Y-%m-%dT%H:%M:%S%.f%:z", "%s"]
        {
            assert!(is_format(format), "{format}");
        }
        for format in ["%Q", "%d", "%m/%Y", "%H:%M", "%", "d/m/Y", "%d/%m/%Y %Q", ""] {
            assert!(!is_format(format), "{format}");
        }
        assert_eq!(parse("31/01/2024", Some("%d/%m/%Y")), parse_iso("2024-01-31"));
    }
}
