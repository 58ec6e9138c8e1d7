//! One line of a comparison.

use serde_json::{Number, Value as Json};

use super::direction::Verdict;
use crate::engine::diff::{Change, python};
use crate::visualization::markdown::code;
use crate::yaml::Value;

/// A value at two revisions, judged.
pub struct Row {
    /// Both values.
    pub change: Change,
    /// Whether they differ, by more than the tolerance.
    pub changed: bool,
    /// What the change means, where it means something.
    pub verdict: Option<Verdict>,
}

impl Row {
    /// The cells for a terminal; the change where there is a precision.
    pub fn cells(&self, precision: Option<usize>) -> Vec<String> {
        let Change { path, key, old, new } = &self.change;
        let mut cells = vec![path.clone(), key.clone(), value(old, precision), value(new, precision)];
        if precision.is_some() {
            let verdict = self.verdict.map_or("", Verdict::word);
            cells.push(format!("{}  {verdict:6}", self.difference(precision)));
        }
        cells
    }

    /// The cells for Markdown.
    pub fn markdown(&self, precision: Option<usize>) -> Vec<String> {
        let Change { path, key, old, new } = &self.change;
        let shown = |found: &Value| if *found == Value::Null { String::new() } else { code(&value(found, precision)) };
        let mut cells = vec![code(path), code(key), shown(old), shown(new)];
        if precision.is_some() {
            let rose = self.change.difference().filter(|_| self.changed).map(|d| d.value() > 0.0);
            let arrow = rose.map_or("", |rose| if rose { "↑" } else { "↓" });
            let verdict = self.verdict.map_or(String::new(), |verdict| format!("**{}**", verdict.word()));
            cells.push([arrow.to_owned(), self.difference(precision), verdict].join(" "));
        }
        cells
    }

    /// `f1 of reports/m.json (0.9 → 0.8)`
    pub fn described(&self) -> String {
        let Change { path, key, old, new } = &self.change;
        format!("`{key}` of {path} ({} → {})", value(old, Some(5)), value(new, Some(5)))
    }

    fn difference(&self, precision: Option<usize>) -> String {
        let Some(difference) = self.change.difference() else { return String::new() };
        let number = difference.value();
        format!("{}{}", if number > 0.0 { "+" } else { "" }, rounded(number, precision))
    }
}

/// A value for people; what is not there is `-`.
pub fn value(value: &Value, precision: Option<usize>) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => rounded(*number, precision),
        Value::String(text) => visible(text),
        Value::Sequence(_) | Value::Mapping(_) => String::new(),
    }
}

/// A text on one line, which moves no cursor.
fn visible(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// Digits behind the point as wanted, none of them idle; what would vanish keeps two digits.
fn rounded(number: f64, precision: Option<usize>) -> String {
    let Some(precision) = precision.map(|digits| digits.min(17)) else { return python(number) };
    let text = format!("{number:.precision$}");
    if number != 0.0 && text.bytes().all(|b| matches!(b, b'0' | b'.' | b'-')) {
        return format!("{number:.1e}");
    }
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A value as JSON; a number that JSON does not know is a text.
pub fn json(value: &Value) -> Json {
    match value {
        Value::Bool(truth) => Json::from(*truth),
        Value::Integer(number) => Json::from(*number),
        Value::Float(number) => Number::from_f64(*number).map_or_else(|| Json::from(number.to_string()), Json::Number),
        Value::String(text) => Json::from(text.as_str()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => Json::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_but_do_not_vanish() {
        for (number, expected) in
            [(0.123_456_7, "0.12346"), (0.5, "0.5"), (2.0, "2"), (-1e-9, "-1.0e-9"), (1e6, "1000000"), (0.0, "0")]
        {
            assert_eq!(rounded(number, Some(5)), expected);
        }
        assert_eq!(value(&Value::String("a\n\u{1b}[2Jé".into()), None), "a\\n\\u{1b}[2Jé");
        assert_eq!(rounded(2.5, Some(0)), "2");
        assert_eq!(rounded(1e-5, None), "1e-05");
    }
}
