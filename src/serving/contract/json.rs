//! Records of JSON to rows: one object, a list of them, or one a line.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::rows::Rows;
use crate::data::plain::{Key, Plain, PlainVisitor};
use crate::serving::refusal::Refusal;

/// How records came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One object.
    One,
    /// A list, of any length.
    Many,
}

/// Reads one record or a list of them.
///
/// # Errors
/// 400 for what is no JSON, 413 for too many rows, 422 for what is neither an object nor a list of objects.
pub fn read_records(body: &[u8], rows: &mut Rows) -> Result<Shape, Refusal> {
    let text = text(body)?;
    let shape = if text.trim_start().starts_with('[') { Shape::Many } else { Shape::One };
    let mut json = Deserializer::from_str(text);
    let read = match shape {
        Shape::One => Record(rows).deserialize(&mut json),
        Shape::Many => json.deserialize_seq(Records(rows)),
    };
    read.and_then(|()| json.end()).map_err(|error| refused(&error, rows))?;
    Ok(shape)
}

/// Reads one record a line; blank lines are left aside.
///
/// # Errors
/// As of [`read_records`], with the line.
pub fn read_lines(body: &[u8], rows: &mut Rows) -> Result<(), Refusal> {
    for (at, line) in text(body)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut json = Deserializer::from_str(line);
        let read = Record(rows).deserialize(&mut json);
        read.and_then(|()| json.end()).map_err(|error| refused(&error, rows).in_line(at + 1))?;
    }
    Ok(())
}

/// The text of a body; a byte order mark is left aside.
///
/// # Errors
/// 400 for what is not UTF-8.
pub(super) fn text(body: &[u8]) -> Result<&str, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    std::str::from_utf8(body).map_err(|error| {
        Refusal::malformed(format!("the body is not valid UTF-8 at byte {}", error.valid_up_to()))
            .hint("JSON is written in UTF-8")
    })
}

/// What serde says of a body, as an answer.
pub(super) fn refused(error: &serde_json::Error, rows: &Rows) -> Refusal {
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what).to_lowercase();
    if let Err(too_many) = rows.begin()
        && what == too_many.to_string()
    {
        return Refusal::too_many_rows(too_many.0);
    }
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_data() {
        let row = if rows.in_list { format!("row {}: ", rows.len() + 1) } else { String::new() };
        return Refusal::shape(format!("{row}{what}, at {place}"))
            .hint("send one object of fields, or a list of them: GET /example_request");
    }
    Refusal::malformed(format!("the body is not valid JSON: {what}, at {place}"))
        .hint("JSON has no NaN, Infinity, leading zeros or single quotes; what is missing is `null`")
}

/// The elements of a list as rows.
pub(super) struct Records<'r, 'a>(pub &'r mut Rows<'a>);

impl<'de> Visitor<'de> for Records<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of objects")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.all(|rows| Ok(items.next_element_seed(Record(rows))?.is_some()))
    }
}

/// An object as a row.
pub(super) struct Record<'r, 'a>(pub &'r mut Rows<'a>);

impl<'de> DeserializeSeed<'de> for Record<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Record<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let rows = self.0;
        rows.begin().map_err(A::Error::custom)?;
        while let Some(Key(name)) = entries.next_key()? {
            let at = rows.place(&name);
            entries.next_value_seed(Value { rows: &mut *rows, at })?;
        }
        rows.end();
        Ok(())
    }
}

/// A value of the row at hand, kept as it is read; what belongs to no field is left aside.
pub(super) struct Value<'r, 'a> {
    pub rows: &'r mut Rows<'a>,
    /// The field.
    pub at: Option<usize>,
}

impl Value<'_, '_> {
    #[inline]
    fn put(self, value: &Plain) {
        if let Some(at) = self.at {
            self.rows.set(at, value);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();
    #[inline]
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        PlainVisitor.expecting(f)
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        PlainVisitor.visit_unit().map(|value| self.put(&value))
    }
    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        PlainVisitor.visit_bool(value).map(|value| self.put(&value))
    }
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        PlainVisitor.visit_u64(value).map(|value| self.put(&value))
    }
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        PlainVisitor.visit_i64(value).map(|value| self.put(&value))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        PlainVisitor.visit_f64(value).map(|value| self.put(&value))
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        PlainVisitor.visit_str(text).map(|value| self.put(&value))
    }
    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<(), E> {
        PlainVisitor.visit_borrowed_str(text).map(|value| self.put(&value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        PlainVisitor.visit_seq(items).map(|value| self.put(&value))
    }
    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        PlainVisitor.visit_map(entries).map(|value| self.put(&value))
    }
}
