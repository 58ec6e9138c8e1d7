//! One text at a time: trimmed, replaced, and missing or not; and as a number in the table's notation.

use super::number;
use crate::data::schema::Typing;

/// The rules of [`Typing`] for one column.
pub struct Tidy<'a> {
    trim: bool,
    decimal_comma: bool,
    missing: &'a [String],
    /// Lengths that a missing marker has, as bits; most values have another.
    lengths: u64,
    replaced: Option<&'a [(String, Option<String>)]>,
}

impl<'a> Tidy<'a> {
    /// The rules for the column of that name.
    pub fn new(typing: &'a Typing, column: &str) -> Self {
        let lengths = typing.missing.iter().fold(0, |bits, m| bits | 1u64 << m.len().min(63));
        Self {
            trim: typing.trim,
            decimal_comma: typing.decimal_comma,
            missing: &typing.missing,
            lengths,
            replaced: typing.values.get(column).map(Vec::as_slice),
        }
    }

    /// The text that counts; none where it means missing.
    pub fn value<'t>(&self, text: &'t str) -> Option<&'t str>
    where
        'a: 't,
    {
        let mut text = if self.trim { text.trim() } else { text };
        if let Some((_, to)) = self.replaced.and_then(|list| list.iter().find(|(from, _)| from == text)) {
            text = to.as_deref()?;
        }
        let suspect = self.lengths >> text.len().min(63) & 1 == 1;
        let missing = text.is_empty() || (suspect && self.missing.iter().any(|m| m == text));
        (!missing).then_some(text)
    }

    /// Whether a number counts as it is, however it is written: none is replaced, or means missing.
    pub fn keeps_numbers(&self) -> bool {
        let is_number = |text: &String| self.number(text.trim()).is_some();
        self.replaced.is_none() && !self.missing.iter().any(is_number)
    }

    /// A tidy text as a finite number.
    pub fn number(&self, text: &str) -> Option<f64> {
        if self.decimal_comma { number(&point_notation(text)?) } else { number(text) }
    }

    /// A tidy text as it is compared: a number with a decimal comma in the notation with a point.
    pub fn canonical<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        match self.decimal_comma.then(|| point_notation(text)).flatten() {
            Some(point) if number(&point).is_some() => point.into(),
            _ => text.into(),
        }
    }
}

/// `1.234,5` or `1234,5` as `1234.5`; none where points do not stand between groups of three digits.
fn point_notation(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once(',').map_or((text, None), |(w, f)| (w, Some(f)));
    let mut groups = whole.split('.');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let first = first.trim_start_matches(['-', '+']);
    for group in groups {
        if group.len() != 3 || !group.bytes().all(|b| b.is_ascii_digit()) || !(1..=3).contains(&first.len()) {
            return None;
        }
        digits.push_str(group);
    }
    if let Some(fraction) = fraction {
        if fraction.contains('.') {
            return None;
        }
        digits.push('.');
        digits.push_str(fraction);
    }
    Some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_commas_and_groups_of_digits() {
        let typing = Typing { trim: true, decimal_comma: true, ..Typing::default() };
        let tidy = Tidy::new(&typing, "x");
        for (text, expected) in [
            ("1,5", Some(1.5)),
            ("-0,25", Some(-0.25)),
            ("1.234,5", Some(1234.5)),
            ("1.234.567", Some(1_234_567.0)),
            ("12", Some(12.0)),
            ("1,5e-3", Some(0.0015)),
            ("1.5", None),
            ("1234.567", None),
            ("1,2,3", None),
            ("1,234.5", None),
            ("x", None),
        ] {
            assert_eq!(tidy.number(text), expected, "{text}");
        }
        assert_eq!(tidy.canonical("1.234,5"), "1234.5");
        assert_eq!(tidy.canonical("a, b"), "a, b");
    }

    #[test]
    fn markers_replacements_and_blanks() {
        let typing = Typing {
            trim: true,
            missing: vec!["NA".into(), "a long marker of more than sixty-three bytes, which is a lot of text".into()],
            values: [("x".to_owned(), vec![("one".to_owned(), Some("1".to_owned())), ("gone".to_owned(), None)])]
                .into(),
            ..Typing::default()
        };
        let tidy = Tidy::new(&typing, "x");
        for (text, expected) in [(" NA ", None), ("NAN", Some("NAN")), ("", None), ("one", Some("1")), ("gone", None)] {
            assert_eq!(tidy.value(text), expected, "{text}");
        }
        assert_eq!(tidy.value(&typing.missing[1]), None);
        assert_eq!(Tidy::new(&typing, "y").value("one"), Some("one"));
    }
}
