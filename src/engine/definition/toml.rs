//! TOML as a tree of located values, in the order of the file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::values::{date, too_large};
use crate::error::{Error, Result};
use crate::yaml::{Location, Node, Value};

/// Parses a TOML document.
///
/// # Errors
/// Exit code 2 with file, line and column: bad syntax, a date or time, an integer beyond 64 bits.
pub(super) fn parse(text: &str, shown: &str) -> Result<Node> {
    let reader = Reader { text, shown };
    let table = DeTable::parse(text).map_err(|e| {
        let at = reader.location(e.span().unwrap_or_default(), "");
        Error::usage(format!("{at}: {}", e.message())).hint("the file is not valid TOML")
    })?;
    reader.table(table.get_ref(), reader.location(table.span(), ""))
}

struct Reader<'a> {
    text: &'a str,
    shown: &'a str,
}

impl Reader<'_> {
    fn location(&self, span: Range<usize>, path: &str) -> Location {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Location { file: self.shown.into(), line, column, path: path.into() }
    }

    fn table(&self, table: &DeTable, location: Location) -> Result<Node> {
        // The library sorts keys by name; DVC has them in the order of the file.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut result = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let name = key.get_ref().as_ref();
            let path = if location.path.is_empty() { name.to_owned() } else { format!("{}.{name}", location.path) };
            let key =
                Node { value: Value::String(name.to_owned()), location: self.location(key.span(), &path), span: 0..0 };
            result.push((key, self.value(value, &path)?));
        }
        Ok(Node { value: Value::Mapping(result), location, span: 0..0 })
    }

    fn value(&self, value: &Spanned<DeValue>, path: &str) -> Result<Node> {
        let location = self.location(value.span(), path);
        let value = match value.get_ref() {
            DeValue::Table(table) => return self.table(table, location),
            DeValue::Array(items) => {
                let item = |(index, item): (usize, &Spanned<DeValue>)| self.value(item, &format!("{path}[{index}]"));
                Value::Sequence(items.iter().enumerate().map(item).collect::<Result<_>>()?)
            }
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Integer(digits) => integer(digits).ok_or_else(|| too_large(&location, digits.as_str()))?,
            DeValue::Float(digits) => {
                let number = digits.as_str().replace('_', "").parse();
                Value::Float(
                    number.map_err(|_| Error::usage(format!("{location}: `{}` is no number", digits.as_str())))?,
                )
            }
            DeValue::Datetime(_) => return Err(date(&location)),
        };
        Ok(Node { value, location, span: 0..0 })
    }
}

fn integer(digits: &DeInteger) -> Option<Value> {
    i64::from_str_radix(&digits.as_str().replace('_', ""), digits.radix()).ok().map(Value::Integer)
}
