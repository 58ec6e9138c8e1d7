//! `date_parts`: year, month, weekday and the like of a date, as numbers.

use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::{add_new, require, wrong_kind};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Column, Kind, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "date_parts",
    version: 1,
    summary: "year, month, weekday and other parts of a date, as numbers in UTC; null stays null",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// A date column.
    column: Located<String>,
    /// What is taken out of the date; each becomes `<column>_<part>`.
    #[schemars(length(min = 1))]
    parts: Located<Vec<Located<Part>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// Such as 2025.
    Year,
    /// From 1.
    Quarter,
    /// From 1.
    Month,
    /// Of the month, from 1.
    Day,
    /// Monday is 0.
    Weekday,
    /// From 0.
    Hour,
    /// From 1.
    DayOfYear,
    /// As ISO 8601 counts them.
    Week,
    /// 1 for Saturday and Sunday, else 0.
    IsWeekend,
    /// Seconds since 1970.
    Timestamp,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    if params.parts.is_empty() {
        return Err(params.parts.error("expected at least one part"));
    }
    for (at, part) in params.parts.iter().enumerate() {
        if params.parts[..at].iter().any(|p| p.value == part.value) {
            return Err(part.error(format!("part `{}` is listed twice", part.name())));
        }
    }
    Ok(Step::ColumnFix(Box::new(params)))
}

impl ColumnFix for Params {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.column.find("column", columns)?;
        self.parts.iter().try_for_each(|part| add_new(&self.name(**part), columns, part))
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = require(table, &self.column)?;
        let Values::Date(dates) = &column.values else {
            return Err(
                wrong_kind(&self.column, column.kind, "a date").hint("give the column the type `date` in clean.yaml")
            );
        };
        let made: Vec<Column> = self
            .parts
            .iter()
            .map(|part| {
                let values = dates.iter().map(|d| d.map_or(f64::NAN, |seconds| part.of(seconds))).collect();
                Column { kind: part.kind(), ..Column::number(self.name(**part), values) }
            })
            .collect();
        made.into_iter().for_each(|column| table.set(column));
        Ok(Vec::new())
    }
}

impl Params {
    fn name(&self, part: Part) -> String {
        format!("{}_{}", self.column.value, part.name())
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Year => "year",
            Part::Quarter => "quarter",
            Part::Month => "month",
            Part::Day => "day",
            Part::Weekday => "weekday",
            Part::Hour => "hour",
            Part::DayOfYear => "day_of_year",
            Part::Week => "week",
            Part::IsWeekend => "is_weekend",
            Part::Timestamp => "timestamp",
        }
    }

    fn kind(self) -> Kind {
        if self == Part::IsWeekend { Kind::Bool } else { Kind::Integer }
    }

    fn of(self, seconds: i64) -> f64 {
        let days = seconds.div_euclid(86_400);
        let (year, month, day) = civil(days);
        let part = match self {
            Part::Year => year,
            Part::Quarter => (month - 1) / 3 + 1,
            Part::Month => month,
            Part::Day => day,
            Part::Weekday => weekday(days),
            Part::Hour => seconds.rem_euclid(86_400) / 3_600,
            Part::DayOfYear => day_of_year(days),
            // ISO 8601: a week belongs to the year of its Thursday.
            Part::Week => (day_of_year(days - weekday(days) + 3) - 1) / 7 + 1,
            Part::IsWeekend => i64::from(weekday(days) >= 5),
            Part::Timestamp => seconds,
        };
        part as f64
    }
}

/// Monday is 0; 1970-01-01 was a Thursday.
fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

fn day_of_year(days: i64) -> i64 {
    days - days_before(civil(days).0) + 1
}

/// Year, month and day of the proleptic Gregorian calendar for days since 1970-01-01: `civil_from_days`
/// of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms". It counts years from 1 March, so
/// that a leap day comes last, in eras of 400 years, which all have 146,097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Days from 1970-01-01 to 1 January of `year`: `days_from_civil` of the same source.
fn days_before(year: i64) -> i64 {
    let shifted = year - 1;
    let era = shifted.div_euclid(400);
    let year_of_era = shifted.rem_euclid(400);
    // 1 January is day 306 of a year that starts on 1 March.
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + 306 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates_have_known_parts() {
        // Days and ISO weeks from Python's `datetime`; the years before 1 from Hinnant's own tests.
        for (days, date, weekday_, yearday, week) in [
            (0, (1970, 1, 1), 3, 1, 1),
            (-1, (1969, 12, 31), 2, 365, 1),
            (11_016, (2000, 2, 29), 1, 60, 9),
            (18_628, (2021, 1, 1), 4, 1, 53),
            (20_088, (2024, 12, 31), 1, 366, 1),
            (-25_509, (1900, 2, 28), 2, 59, 9),
            (-25_508, (1900, 3, 1), 3, 60, 9),
            (-719_162, (1, 1, 1), 0, 1, 1),
            (-719_468, (0, 3, 1), 2, 61, 9),
            (-719_528, (0, 1, 1), 5, 1, 52),
            (-719_529, (-1, 12, 31), 4, 365, 52),
        ] {
            let seconds = days * 86_400 + 5 * 3_600;
            assert_eq!(civil(days), date, "{days}");
            for (part, expected) in [
                (Part::Year, date.0),
                (Part::Weekday, weekday_),
                (Part::DayOfYear, yearday),
                (Part::Week, week),
                (Part::Quarter, (date.1 + 2) / 3),
                (Part::IsWeekend, i64::from(weekday_ > 4)),
                (Part::Hour, 5),
                (Part::Timestamp, seconds),
            ] {
                assert_eq!(part.of(seconds), expected as f64, "{date:?} {part:?}");
            }
        }
    }

    #[test]
    fn every_day_of_four_thousand_years_follows_the_one_before() {
        let (mut year, mut month, mut day) = civil(-1_100_000);
        for days in -1_099_999..400_000 {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month as usize - 1];
            (year, month, day) = match (day < length, month < 12) {
                (true, _) => (year, month, day + 1),
                (false, true) => (year, month + 1, 1),
                (false, false) => (year + 1, 1, 1),
            };
            assert_eq!(civil(days), (year, month, day));
            if (month, day) == (1, 1) {
                assert_eq!(days_before(year), days);
            }
        }
    }

    #[test]
    fn extreme_dates_do_not_overflow() {
        for seconds in [i64::MIN, i64::MAX] {
            assert!(Part::Week.of(seconds) >= 1.0);
        }
    }
}
