//! What a column is, before any type is decided: the types that are written down, and what is to be decided.

use super::dates;
use super::findings::Comment;
use super::markers;
use super::survey::Survey;
use crate::data::{Kind, Tidy};

/// Texts among numbers that are taken for missing values, where they are few.
const FEW: usize = 5;
/// Levels from which on a code is worth keeping as a category only where it comes back often.
const LEVELS: usize = 50;
/// Rows a value of a code that comes back often.
const OFTEN: usize = 20;
/// Distinct values and words a value of free text that comes back now and then.
const TEXTS: usize = 200;
const WORDS: usize = 3;

/// Last words of names of keys and codes.
const KEYS: [&str; 14] =
    ["id", "ids", "uuid", "guid", "key", "code", "zip", "zipcode", "postcode", "postal", "plz", "sku", "isbn", "ean"];
/// Whole names of things that are numbered, never counted.
const THINGS: [&str; 20] = [
    "agent",
    "company",
    "customer",
    "client",
    "user",
    "store",
    "shop",
    "seller",
    "vendor",
    "supplier",
    "employee",
    "product",
    "item",
    "branch",
    "department",
    "station",
    "campaign",
    "device",
    "session",
    "merchant",
];

/// What is written down about a column.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Its type, where it is not left to the rows.
    pub kind: Option<Kind>,
    /// Why.
    pub why: Option<String>,
    /// How its dates are written.
    pub format: Option<String>,
    /// Texts that mean missing in this column.
    pub nulls: Vec<String>,
    /// What only the user can decide.
    pub comments: Vec<Comment>,
}

/// What is common to all columns.
pub struct Reading<'a> {
    /// Reads numbers.
    pub tidy: Tidy<'a>,
    /// Texts that mean missing in every column.
    pub markers: Vec<String>,
    /// Whether the day comes before the month where either could be.
    pub day_first: bool,
}

impl Reading<'_> {
    fn number(&self, text: &str) -> Option<f64> {
        self.tidy.number(text).filter(|_| !has_leading_zero(text))
    }

    /// Chooses what is written down about a column.
    pub fn choose(&self, column: &Survey) -> Choice {
        let mut choice = Choice::default();
        let present: usize = column.present() - self.markers.iter().map(|m| column.count(m)).sum::<usize>();
        if present == 0 {
            return choice;
        }
        choice.nulls = self.odd(column, present);
        let skip = [&self.markers[..], &choice.nulls].concat();
        if column.all(&skip, |text| self.number(text).is_some()) {
            self.numeric(column, present, &skip, &mut choice);
        } else if dates::is_iso(column, &skip) {
            choice.pin(Kind::Date, "ISO 8601");
        } else if let Some(found) = dates::format_of(column, &skip, self.day_first) {
            if let Some(or) = found.or {
                choice.comments.push(note(column, format!("its dates fit `{}` as well as `{or}`", found.format)));
            }
            choice.format = Some(found.format);
        } else if !self.dates_but_few(column, present, &mut choice) {
            choice.nulls.clear();
            self.text(column, present, &mut choice);
        }
        let odd: Vec<String> = choice.nulls.iter().filter(|text| !markers::is_word(text)).cloned().collect();
        if !odd.is_empty() {
            let what = if choice.kind == Some(Kind::Date) || choice.format.is_some() { "date" } else { "number" };
            choice.comments.push(note(
                column,
                format!(
                    "`{}` is no {what} as the others are, and taken as missing: see `values` in configs/clean.yaml",
                    odd.join("`, `")
                ),
            ));
        }
        choice
    }

    /// Dates but for a few texts, which are taken for missing values as they are among numbers.
    fn dates_but_few(&self, column: &Survey, present: usize, choice: &mut Choice) -> bool {
        let Some((found, odd)) = dates::but_few(column, &self.markers, self.day_first, FEW) else { return false };
        let rows: usize = odd.iter().map(|text| column.count(text)).sum();
        if rows * 10 > present || column.values.len() <= 2 * FEW {
            return false;
        }
        choice.nulls = odd;
        match found {
            None => choice.pin(Kind::Date, "ISO 8601"),
            Some(format) => choice.format = Some(format),
        }
        true
    }

    /// Texts among numbers or dates that stand for missing values.
    fn odd(&self, column: &Survey, present: usize) -> Vec<String> {
        let values = || column.values.iter().filter(|(text, _)| !self.markers.iter().any(|m| m == text));
        if values().any(|(text, _)| has_leading_zero(text)) {
            return Vec::new();
        }
        let odd: Vec<(&str, usize)> = values().filter(|(text, _)| self.number(text).is_none()).copied().collect();
        let numbers = present - odd.iter().map(|(_, rows)| rows).sum::<usize>().min(present);
        let few = odd.len() <= FEW && numbers * 10 >= present * 9 && column.values.len() > 2 * FEW;
        let words = || odd.iter().filter(|(text, _)| markers::is_word(text));
        if numbers > 0 && (few || words().count() == odd.len()) {
            return odd.iter().map(|(text, _)| (*text).to_owned()).collect();
        }
        // Among dates; whether the others are dates is seen next.
        if numbers == 0 && words().count() < odd.len() {
            words().map(|(text, _)| (*text).to_owned()).collect()
        } else {
            Vec::new()
        }
    }

    fn numeric(&self, column: &Survey, present: usize, skip: &[String], choice: &mut Choice) {
        let distinct = column.values.len();
        if dates::is_compact(column, skip) && (distinct >= 10 || has_word(column.name, &["date", "day", "dt"])) {
            choice.format = Some("%Y%m%d".to_owned());
            return;
        }
        let whole = |text: &str| self.number(text).is_some_and(|x| x.fract() == 0.0);
        if is_code(column.name) && column.all(skip, whole) {
            match self.code(column, present) {
                Kind::Id => choice.pin(Kind::Id, "a key, by its name"),
                _ => choice.pin(Kind::Category, "numbers that are codes, by the name"),
            }
            self.group(column, present, choice);
        } else if let Some((text, rows)) = markers::sentinel(column, |text| self.number(text)) {
            choice.comments.push(note(
                column,
                format!("`{text}` stands in {rows} rows; if it means missing: `values: {{{}: {{\"{text}\": null}}}}` in configs/clean.yaml", crate::yaml::edit::quote(column.name)),
            ));
        }
    }

    fn text(&self, column: &Survey, present: usize, choice: &mut Choice) {
        let almost = self.almost(column, present);
        let is_quantity = almost.is_some() && !is_code(column.name);
        choice.comments.extend(almost);
        let distinct = column.values.len();
        let words: usize = column.values.iter().map(|(text, rows)| text.split_whitespace().count() * rows).sum();
        if distinct > TEXTS && words >= WORDS * present {
            choice.pin(Kind::Text, "free text");
        } else if is_code(column.name) && (column.more || self.code(column, present) == Kind::Id) {
            choice.pin(Kind::Id, "a key, by its name");
            self.group(column, present, choice);
        } else if is_quantity {
            // Many distinct amounts would look like a key.
            choice.pin(Kind::Category, "numbers written in a way that is no number here");
        }
    }

    /// What keeps a column of texts from being one of numbers, where nearly all of them are or hold one.
    fn almost(&self, column: &Survey, present: usize) -> Option<Comment> {
        let values = || column.values.iter().filter(|(text, _)| !self.markers.iter().any(|m| m == text));
        if column.more && values().count() * 10 < present || values().any(|(text, _)| has_leading_zero(text)) {
            return None;
        }
        let rows = |test: &dyn Fn(&str) -> bool| -> usize {
            values().filter(|(text, _)| test(text)).map(|(_, rows)| rows).sum()
        };
        let nearly = |count: usize| count * 10 >= rows(&|_| true) * 9;
        let is_number = |text: &str| self.number(text).is_some();
        let first = |test: &dyn Fn(&str) -> bool| values().map(|(text, _)| *text).find(|text| test(text));
        let (what, example) = if nearly(rows(&is_number)) {
            ("is a number but for some texts", first(&|text| !is_number(text))?)
        } else if nearly(rows(&|text| markers::is_dressed(text))) {
            ("holds numbers with a unit, another decimal sign or groups of digits", first(&|text| !is_number(text))?)
        } else {
            return None;
        };
        Some(note(
            column,
            format!(
                "{what}, such as `{example}`, and is read as text; plain numbers in the file would be numbers here"
            ),
        ))
    }

    /// Whether codes tell rows apart, or put them into groups that come back.
    fn code(&self, column: &Survey, present: usize) -> Kind {
        let distinct = column.values.len();
        let thing = has_word(column.name, &THINGS);
        if distinct <= LEVELS.min(present / 2) || distinct * if thing { 2 } else { OFTEN } <= present {
            Kind::Category
        } else {
            Kind::Id
        }
    }

    fn group(&self, column: &Survey, present: usize, choice: &mut Choice) {
        if choice.kind == Some(Kind::Id) && column.values.len() * 2 <= present {
            choice.comments.push(note(
                column,
                format!(
                    "several rows a value; to keep them on one side: `method: group` and `column: {}` in configs/split.yaml",
                    crate::yaml::edit::quote(column.name)
                ),
            ));
        }
    }
}

impl Choice {
    /// Writes the type down.
    pub fn pin(&mut self, kind: Kind, why: &str) {
        self.kind = Some(kind);
        self.why = Some(why.to_owned());
    }
}

fn note(column: &Survey, text: String) -> Comment {
    Comment { column: Some(column.name.to_owned()), text, drop: Vec::new() }
}

fn is_code(name: &str) -> bool {
    let words = words(name);
    words.last().is_some_and(|word| KEYS.contains(&word.as_str())) || has_word(name, &THINGS)
}

/// Whether the whole name is one of the words.
fn has_word(name: &str, list: &[&str]) -> bool {
    let words = words(name);
    words.len() == 1 && list.contains(&words[0].as_str())
        || (list.contains(&"date") && words.iter().any(|w| list.contains(&w.as_str())))
}

/// The words of a name: `customerId`, `customer-id` and `CUSTOMER_ID` have two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A leading zero marks a code such as a postal code, not a number.
fn has_leading_zero(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']).as_bytes();
    digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::super::survey::survey;
    use super::*;
    use crate::data::schema::Typing;
    use crate::data::{Column, Table};

    fn choose(name: &str, values: &[String]) -> Choice {
        let table = Table::new(vec![Column::text(name, values.iter().map(|v| Some(v.as_str())).collect())]);
        let typing = Typing { trim: true, ..Typing::default() };
        let reading = Reading { tidy: Tidy::new(&typing, ""), markers: vec!["NA".into()], day_first: false };
        reading.choose(&survey(&table)[0])
    }

    #[test]
    fn types_are_written_down_where_the_rows_do_not_tell() {
        let each = |of: &dyn Fn(usize) -> String| (0..400).map(of).collect::<Vec<_>>();
        for (name, values, kind, nulls) in [
            ("x", each(&|i| i.to_string()), None, &[][..]),
            ("customerId", each(&|i| (i * 7 + 1).to_string()), Some(Kind::Id), &[]),
            ("agent", each(&|i| (i % 60).to_string()), Some(Kind::Category), &[]),
            ("zip", each(&|i| format!("1{:03}", i % 9)), Some(Kind::Category), &[]),
            ("week_number", each(&|i| (i % 52).to_string()), None, &[]),
            ("day", each(&|i| format!("2024-01-{:02}", i % 28 + 1)), Some(Kind::Date), &[]),
            (
                "day",
                each(&|i| if i % 9 == 0 { "unknown".into() } else { format!("2024-01-{:02}", i % 28 + 1) }),
                Some(Kind::Date),
                &["unknown"],
            ),
            ("x", each(&|i| if i % 3 == 0 { "-".into() } else { i.to_string() }), None, &["-"]),
            ("x", each(&|i| if i == 3 { "10+".into() } else { i.to_string() }), None, &["10+"]),
            ("x", each(&|i| if i % 3 == 0 { "none".into() } else { "some".into() }), None, &[]),
            ("remark", each(&|i| format!("this is remark number {i}")), Some(Kind::Text), &[]),
            ("order_key", each(&|i| format!("k{i}")), Some(Kind::Id), &[]),
            ("paid", each(&|i| format!("{},{:03}", i + 1, i)), Some(Kind::Category), &[]),
            ("share", each(&|i| format!("0,{i} %")), Some(Kind::Category), &[]),
            (
                "d",
                each(&|i| if i == 9 { "2024-02-30".into() } else { format!("2024-01-{:02}", i % 28 + 1) }),
                Some(Kind::Date),
                &["2024-02-30"],
            ),
            ("d", each(&|i| if i % 3 == 0 { "soon".into() } else { format!("2024-01-{:02}", i % 28 + 1) }), None, &[]),
        ] {
            let choice = choose(name, &values);
            assert_eq!(
                (choice.kind, choice.nulls.as_slice()),
                (kind, &nulls.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()[..]),
                "{name}"
            );
        }
        let compact = choose("booked", &each(&|i| format!("202401{:02}", i % 28 + 1)));
        assert_eq!(compact.format.as_deref(), Some("%Y%m%d"));
        let odd =
            choose("d", &each(&|i| if i == 9 { "31/02/2024".into() } else { format!("{:02}/01/2024", i % 28 + 1) }));
        assert_eq!(
            (odd.format.as_deref(), odd.nulls, odd.comments.len()),
            (Some("%d/%m/%Y"), vec!["31/02/2024".to_owned()], 1)
        );
        assert_eq!(words("customerId v2-OF Store"), ["customer", "id", "v2", "of", "store"]);
    }
}
