//! JSON: one object of plain values a line, or a list of them, as text columns.

use std::collections::HashMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::Whole;
use super::text::TextReader;
use crate::data::plain::{Key, Plain};
use crate::data::{Column, Strings, Table, memory};
use crate::error::{Error, Result};

/// A line longer than this is refused rather than held in memory.
const LONGEST_LINE: usize = 64 << 20;
/// Bytes read at a time.
const BLOCK: usize = 1 << 18;

const HINT: &str = "one object of plain values a line, such as {\"age\": 41, \"plan\": \"basic\"}, or a list of them";

/// Reads all objects; columns are in order of first appearance, absent keys are null. There may be no object.
///
/// JSON writes its numbers with a point. Where texts are read with a decimal comma, they get one here, so that
/// a number is the same number however the others are written.
///
/// # Errors
/// Exit code 3 with the line: not an object, or a value that is a list or an object.
pub fn read(mut text: TextReader, shown: &str, decimal_comma: bool) -> Result<Whole> {
    let mut buffer = String::new();
    while first_line(&buffer).is_none() && buffer.len() <= LONGEST_LINE && text.fill(&mut buffer, BLOCK)? {}
    let start = buffer.trim_start();
    let mut columns = Columns { decimal_comma, ..Columns::default() };
    if start.starts_with('{') && first_line(&buffer).unwrap_or(start).trim_end().ends_with('}') {
        lines(text, buffer, shown, &mut columns)?;
    } else {
        let mut growth = memory::Growth::default();
        while text.fill(&mut buffer, BLOCK)? {
            // The columns come beside the text.
            growth.check(2 * buffer.len() as u64, &format!("reading `{shown}`"))?;
        }
        whole(&buffer, &mut columns).map_err(|e| refused(&e, shown, e.line()))?;
    }
    if columns.rows > 0 && columns.names.is_empty() {
        return Err(Error::data(format!("`{shown}`: its objects hold no values")).hint(HINT));
    }
    let named = columns.names.into_iter().zip(columns.values);
    Ok(Whole::new(Table::new(named.map(|(name, values)| Column::text(name, values)).collect())))
}

/// The first line with something on it, once its end is there.
fn first_line(text: &str) -> Option<&str> {
    text.trim_start().split_once('\n').map(|(line, _)| line)
}

fn lines(mut text: TextReader, mut buffer: String, shown: &str, columns: &mut Columns) -> Result<()> {
    let (mut number, mut at, mut last) = (0, 0, false);
    let (mut seen, mut growth) = (0, memory::Growth::default());
    loop {
        let end = memchr::memchr(b'\n', &buffer.as_bytes()[at..]).map(|length| at + length);
        if end.is_none() && !last {
            buffer.drain(..at);
            at = 0;
            if buffer.len() > LONGEST_LINE {
                let most = LONGEST_LINE >> 20;
                return Err(Error::data(format!("`{shown}` line {}: longer than {most} MB", number + 1)).hint(HINT));
            }
            let wanted = buffer.len().max(BLOCK);
            last = !text.fill(&mut buffer, wanted)?;
            seen += wanted as u64;
            growth.check(seen, &format!("reading `{shown}`"))?;
            continue;
        }
        let line = buffer[at..end.unwrap_or(buffer.len())].trim();
        number += 1;
        if !line.is_empty() {
            one(line, columns).map_err(|e| refused(&e, shown, number))?;
        }
        match end {
            Some(end) => at = end + 1,
            None => return Ok(()),
        }
    }
}

fn one(line: &str, columns: &mut Columns) -> serde_json::Result<()> {
    let mut json = Deserializer::from_str(line);
    Row(columns).deserialize(&mut json)?;
    json.end()
}

/// A list of objects, or objects one after another over any number of lines.
fn whole(text: &str, columns: &mut Columns) -> serde_json::Result<()> {
    let mut json = Deserializer::from_str(text);
    if text.trim_start().starts_with('[') {
        json.deserialize_seq(Rows(columns))?;
        return json.end();
    }
    while json.end().is_err() {
        Row(columns).deserialize(&mut json)?;
    }
    Ok(())
}

fn refused(error: &serde_json::Error, shown: &str, line: usize) -> Error {
    let what = error.to_string();
    let what = what.rsplit_once(" at line ").map_or(what.as_str(), |(what, _)| what);
    let what = if error.is_data() { what.to_owned() } else { format!("not valid JSON: {}", what.to_lowercase()) };
    Error::data(format!("`{shown}` line {line}: {what}")).hint(HINT)
}

#[derive(Default)]
struct Columns {
    names: Vec<String>,
    index: HashMap<String, usize>,
    values: Vec<Strings>,
    rows: usize,
    decimal_comma: bool,
}

impl Columns {
    fn column(&mut self, name: &str) -> &mut Strings {
        let at = match self.index.get(name) {
            Some(at) => *at,
            None => {
                self.index.insert(name.to_owned(), self.names.len());
                self.names.push(name.to_owned());
                self.values.push((0..self.rows).map(|_| None::<&str>).collect());
                self.names.len() - 1
            }
        };
        &mut self.values[at]
    }

    fn end_row(&mut self) {
        self.rows += 1;
        for column in self.values.iter_mut().filter(|column| column.len() < self.rows) {
            column.push(None);
        }
    }
}

struct Rows<'a>(&'a mut Columns);

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list of objects")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Row(self.0))?.is_some() {}
        Ok(())
    }
}

/// One object, added as a row.
struct Row<'a>(&'a mut Columns);

impl<'de> DeserializeSeed<'de> for Row<'_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Row<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let rows = self.0.rows;
        let mut buffer = String::new();
        while let Some(Key(name)) = entries.next_key()? {
            let decimal_comma = self.0.decimal_comma;
            let column = self.0.column(&name);
            if column.len() > rows {
                return Err(A::Error::custom(format!("the key `{name}` stands twice")));
            }
            match entries.next_value()? {
                Plain::List | Plain::Object => {
                    return Err(A::Error::custom(format!("the value of `{name}` is a list or an object")));
                }
                value => column.push(value.text(decimal_comma, &mut buffer)),
            }
        }
        self.0.end_row();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Batches;
    use super::*;
    use crate::data::Values;

    fn read_text(text: &str) -> Result<Whole> {
        read_with(text, false)
    }

    fn read_with(text: &str, decimal_comma: bool) -> Result<Whole> {
        let reader = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        read(TextReader::open(reader, "x", None)?, "x", decimal_comma)
    }

    #[test]
    fn objects_become_text_columns() {
        for text in [
            "\u{feff}{\"a\": 1, \"b\": \"x\"}\r\n\n{\"c\": true, \"a\": null, \"b\": \"\\u00e9\"}\n",
            " [{\"a\": 1, \"b\": \"x\"},\n {\"c\": true, \"b\": \"é\"}]\n",
            "{\n\"a\": 1, \"b\": \"x\"\n}\n{\"c\": true, \"b\": \"é\"}",
        ] {
            let table = read_text(text).unwrap().next().unwrap().unwrap();
            let texts: Vec<Vec<Option<&str>>> = table
                .columns()
                .iter()
                .map(|c| match &c.values {
                    Values::Text(t) => t.iter().collect(),
                    _ => unreachable!(),
                })
                .collect();
            assert_eq!(table.names(), ["a", "b", "c"]);
            assert_eq!(texts, [[Some("1"), None], [Some("x"), Some("é")], [None, Some("true")]], "{text}");
        }
        for none in ["", "\n", "[]"] {
            assert!(read_text(none).unwrap().next().unwrap().is_none());
        }
        let numbers = read_text("{\"a\": 1.50, \"b\": -3, \"c\": 1e300, \"d\": 18446744073709551615}").unwrap();
        assert_eq!(
            format!("{:?}", numbers.table.unwrap().column("c").unwrap().values),
            format!("{:?}", Values::Text([Some("1e300")].into_iter().collect()))
        );
    }

    #[test]
    fn numbers_get_the_decimal_sign_of_the_texts_beside_them() {
        let text = "{\"a\": 9.512, \"b\": \"9.512\", \"c\": 1e3, \"d\": 9512, \"e\": -1.5e300}";
        for (decimal_comma, expected) in [
            (false, ["9.512", "9.512", "1000.0", "9512", "-1.5e300"]),
            (true, ["9,512", "9.512", "1000,0", "9512", "-1,5e300"]),
        ] {
            let table = read_with(text, decimal_comma).unwrap().next().unwrap().unwrap();
            let found = table.columns().iter().map(|c| match &c.values {
                Values::Text(texts) => texts.get(0).unwrap_or_default(),
                _ => "",
            });
            assert_eq!(found.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn other_json_is_refused_with_its_line() {
        for (text, expected) in [
            ("{\"a\": 1}\n[1]\n", "`x` line 2: invalid type: sequence, expected an object"),
            ("{\"a\": [1]}\n", "`x` line 1: the value of `a` is a list or an object"),
            ("[{\"a\": 1},\n{\"a\": {}}]", "`x` line 2: the value of `a` is a list or an object"),
            ("{\"a\": 1, \"a\": 2}\n", "`x` line 1: the key `a` stands twice"),
            ("{}\n", "`x`: its objects hold no values"),
            ("{a: 1}\n", "`x` line 1: not valid JSON: key must be a string"),
            ("[{\"a\": 1}\n", "`x` line 2: not valid JSON: eof while parsing a list"),
            ("{\"a\": 1}\n{\"a\": 1} 2\n", "`x` line 2: not valid JSON: trailing characters"),
            ("a,b\n1,2\n", "`x` line 1: not valid JSON: expected value"),
        ] {
            assert_eq!(read_text(text).map(|_| ()).unwrap_err().message(), expected);
        }
    }
}
