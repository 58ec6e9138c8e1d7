//! JSON Lines: one object of plain values a line, as text columns.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde_json::Value as Json;

use crate::data::{Column, Strings, Table};
use crate::error::{Error, Result};
use crate::fs;

/// A line longer than this is refused rather than held in memory.
const LONGEST_LINE: u64 = 64 << 20;

/// Reads objects line by line; columns are in order of first appearance, absent keys are null.
///
/// # Errors
/// Exit code 3 with the line: not an object, or a value that is a list or an object.
pub fn read_from(reader: impl Read, shown: &str) -> Result<Table> {
    let mut reader = BufReader::new(reader);
    let mut columns = Columns::default();
    let mut line = String::new();
    for number in 1usize.. {
        line.clear();
        let read =
            reader.by_ref().take(LONGEST_LINE).read_line(&mut line).map_err(|e| fs::read_error(Path::new(shown), e))?;
        if read == 0 {
            break;
        }
        if read as u64 == LONGEST_LINE {
            return Err(Error::data(format!("`{shown}` line {number}: longer than {LONGEST_LINE} bytes")));
        }
        let text = line.trim().trim_start_matches('\u{feff}');
        if !text.is_empty() {
            columns.push(text).map_err(|e| e.context(format!("`{shown}` line {number}")))?;
        }
    }
    if columns.rows == 0 {
        return Err(Error::data(format!("`{shown}` has no rows")).hint("check that it is the right file"));
    }
    Ok(Table::new(columns.names.into_iter().zip(columns.values).map(|(n, v)| Column::text(n, v)).collect()))
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    index: HashMap<String, usize>,
    values: Vec<Strings>,
    rows: usize,
}

impl Columns {
    fn push(&mut self, text: &str) -> Result<()> {
        let hint = "each line is one object of plain values, such as {\"age\": 41, \"plan\": \"basic\"}";
        let json: Json = serde_json::from_str(text).map_err(|e| Error::data("not valid JSON").because(e).hint(hint))?;
        let Json::Object(object) = json else { return Err(Error::data("expected an object").hint(hint)) };
        for (name, value) in object {
            let text = plain_text(&value)
                .ok_or_else(|| Error::data(format!("the value of `{name}` is a list or an object")).hint(hint))?;
            let at = *self.index.entry(name).or_insert_with_key(|name| {
                self.names.push(name.clone());
                self.values.push((0..self.rows).map(|_| None::<&str>).collect());
                self.values.len() - 1
            });
            self.values[at].push(text.as_deref());
        }
        self.rows += 1;
        for column in self.values.iter_mut().filter(|c| c.len() < self.rows) {
            column.push(None);
        }
        Ok(())
    }
}

/// The text of a plain JSON value; the inner none is null, the outer a list or an object.
pub fn plain_text(value: &Json) -> Option<Option<String>> {
    match value {
        Json::Null => Some(None),
        Json::Bool(b) => Some(Some(b.to_string())),
        Json::Number(n) => Some(Some(n.to_string())),
        Json::String(s) => Some(Some(s.clone())),
        Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Values;

    #[test]
    fn objects_become_text_columns() {
        let table = read_from(&b"{\"a\": 1, \"b\": \"x\"}\n\n{\"c\": true, \"a\": null}\n"[..], "x").unwrap();
        let texts: Vec<Vec<Option<String>>> = table
            .columns()
            .iter()
            .map(|c| match &c.values {
                Values::Text(t) => t.iter().map(|v| v.map(str::to_owned)).collect(),
                _ => unreachable!(),
            })
            .collect();
        assert_eq!(table.names(), ["a", "b", "c"]);
        assert_eq!(texts, [[Some("1".into()), None], [Some("x".into()), None], [None, Some("true".to_owned())]]);
        for (text, expected) in [
            (&b"{\"a\": 1}\n[1]\n"[..], "`x` line 2: expected an object"),
            (b"{\"a\": [1]}\n", "`x` line 1: the value of `a` is a list or an object"),
            (b"{a: 1}\n", "`x` line 1: not valid JSON"),
            (b"\n", "`x` has no rows"),
        ] {
            assert_eq!(read_from(text, "x").unwrap_err().message(), expected);
        }
    }
}
