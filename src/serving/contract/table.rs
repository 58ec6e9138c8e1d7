//! CSV to rows: by the names of its header, or in the order of the fields.

use std::io::Cursor;

use super::rows::{Rows, TooMany};
use crate::data::sources::{self, CsvOptions, FileOptions};
use crate::data::{Strings, Values};
use crate::event::Silent;
use crate::serving::refusal::Refusal;

/// Columns that may be no fields of the model.
const UNKNOWN: usize = 1000;

/// Reads comma-separated values. The first line names the columns where it holds the name of a field; else there are
/// as many values in a line as the model has fields, or requires, in their order.
///
/// # Errors
/// 400 for what cannot be read, 413 for too many rows.
pub fn read_csv(body: &[u8], rows: &mut Rows) -> Result<(), Refusal> {
    let text = super::json::text(body)?;
    let (values, most) = (values_of_first(text), rows.width() + UNKNOWN);
    if values > most {
        return Err(Refusal::shape(format!("the first line has {values} values, and no more than {most} are read"))
            .hint("let the first line name the columns"));
    }
    let csv = CsvOptions { header: false, ..CsvOptions::default() };
    let options = FileOptions { format: Some(sources::FileFormat::Csv), csv, ..FileOptions::default() };
    // Whoever reads the source owns what it reads.
    let reader = Box::new(Cursor::new(text.as_bytes().to_vec()));
    let lines = sources::open_reader(reader, "the body", &options, &Silent)
        .and_then(|mut batches| sources::collect(batches.as_mut()))
        .map_err(|error| Refusal::malformed(error.message().to_owned()))?;
    let columns: Vec<&Strings> = lines.columns().iter().filter_map(|column| texts(&column.values)).collect();
    let header: Vec<&str> = columns.iter().filter_map(|column| column.iter().next().flatten()).collect();
    let is_header = header.iter().any(|name| rows.is_field(name));
    let places = if is_header {
        header.iter().map(|name| rows.place(name.trim())).collect()
    } else {
        rows.in_order(columns.len()).map_err(|fields| {
            let count = columns.len();
            Refusal::shape(format!(
                "the first line names no field, and there are {count} values in it where the model has {fields}"
            ))
            .hint("let the first line name the columns")
        })?
    };
    for line in usize::from(is_header)..lines.rows() {
        rows.begin().map_err(|TooMany(most)| Refusal::too_many_rows(most))?;
        for (column, place) in columns.iter().zip(&places) {
            if let Some(at) = place {
                rows.set_text(*at, column.get(line));
            }
        }
        rows.end();
    }
    Ok(())
}

/// About how many values the first line has: what each costs is to be known before it is paid.
fn values_of_first(text: &str) -> usize {
    let (mut values, mut is_quoted) = (1, false);
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            b',' if !is_quoted => values += 1,
            _ => {}
        }
    }
    values
}

fn texts(values: &Values) -> Option<&Strings> {
    if let Values::Text(texts) = values { Some(texts) } else { None }
}
