//! Table to CSV, with its schema beside it.

use std::io::Write;
use std::path::Path;

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::hex;
use crate::data::column::{Column, Kind, Values};
use crate::data::dates;
use crate::data::schema::{Field, Phase, Schema};
use crate::data::table::Table;
use crate::error::{Error, Result};
use crate::fs;
use crate::project::{Project, schema_of};

/// Rows that a thread formats at a time.
const ROWS: usize = 2048;

/// Writes a table and its schema; row count and checksum of `schema` are filled in here.
///
/// The schema goes last, so a CSV without a fitting schema is never read.
pub fn write(project: &Project, csv: &str, table: &Table, schema: Schema) -> Result<()> {
    let checksum = write_hashed(project, csv, |writer, path| write_csv(writer, path, table))?;
    tracing::info!(csv, rows = table.rows(), columns = table.columns().len(), "written");
    write_schema(project, csv, &Schema { rows: table.rows() as u64, checksum, ..schema })
}

/// Writes a raw dataset of text columns from tables that come one after the other, and its schema.
/// Returns the number of rows.
///
/// # Errors
/// Those of `next`, upon which no file is touched, and of writing.
pub fn write_raw(
    project: &Project,
    csv: &str,
    names: &[String],
    mut next: impl FnMut() -> Result<Option<Table>>,
) -> Result<u64> {
    let field = |name: &String| Field { name: name.clone(), kind: Kind::Text, missing: 0, levels: Vec::new() };
    let mut columns: Vec<Field> = names.iter().map(field).collect();
    let mut rows = 0;
    let checksum = write_hashed(project, csv, |writer, path| {
        write_header(writer, path, names)?;
        while let Some(table) = next()? {
            for (field, column) in columns.iter_mut().zip(table.columns()) {
                field.missing += (0..column.len()).filter(|row| column.is_null(*row)).count() as u64;
            }
            write_csv_rows(writer, path, &table)?;
            rows += table.rows() as u64;
        }
        Ok(())
    })?;
    tracing::info!(csv, rows, columns = names.len(), "written");
    let schema =
        Schema { format: Schema::FORMAT, phase: Phase::Raw, rows, checksum, columns, target: None, recipe: None };
    write_schema(project, csv, &schema)?;
    Ok(rows)
}

/// Writes the CSV whole or not at all; returns the checksum of its bytes.
fn write_hashed(
    project: &Project,
    csv: &str,
    write: impl FnOnce(&mut dyn Write, &Path) -> Result<()>,
) -> Result<String> {
    let path = project.path(csv);
    let mut digest = Xxh3::new();
    fs::atomic_write(&path, |file| write(&mut Hashed { inner: file, digest: &mut digest }, &path))?;
    Ok(hex(digest.digest()))
}

fn write_schema(project: &Project, csv: &str, schema: &Schema) -> Result<()> {
    let mut json = serde_json::to_vec_pretty(schema).map_err(|e| Error::failure("cannot write a schema").because(e))?;
    json.push(b'\n');
    fs::atomic_write_bytes(&project.path(schema_of(csv)), &json)
}

/// Writes a table as CSV with a header; `path` is for messages.
///
/// Numbers are written in the shortest form that reads back to the same bits, nulls as empty fields.
pub fn write_csv(writer: &mut dyn Write, path: &Path, table: &Table) -> Result<()> {
    write_header(writer, path, &table.names())?;
    write_csv_rows(writer, path, table)
}

fn write_header<S: AsRef<[u8]>>(writer: &mut dyn Write, path: &Path, names: &[S]) -> Result<()> {
    let mut header = csv::WriterBuilder::new().from_writer(Vec::new());
    header.write_record(names).map_err(|e| failed(path, e))?;
    write_block(writer, path, header)
}

/// The rows of [`write_csv`] without the header, for a table written piece by piece.
///
/// Blocks of rows are formatted in parallel and written in order.
pub fn write_csv_rows(writer: &mut dyn Write, path: &Path, table: &Table) -> Result<()> {
    let at_once = ROWS * rayon::current_num_threads();
    for start in (0..table.rows()).step_by(at_once) {
        let starts: Vec<usize> = (start..table.rows().min(start + at_once)).step_by(ROWS).collect();
        let format = |from: &usize| format_rows(table, *from..table.rows().min(from + ROWS));
        let blocks = starts.par_iter().map(format).collect::<Result<Vec<_>, csv::Error>>();
        for block in blocks.map_err(|e| failed(path, e))? {
            write_block(writer, path, block)?;
        }
    }
    Ok(())
}

fn format_rows(table: &Table, rows: std::ops::Range<usize>) -> Result<csv::Writer<Vec<u8>>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(Vec::new());
    let mut text = Formatted::default();
    for row in rows {
        for column in table.columns() {
            writer.write_field(text.field(column, row))?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    Ok(writer)
}

fn write_block(writer: &mut dyn Write, path: &Path, block: csv::Writer<Vec<u8>>) -> Result<()> {
    let bytes = block.into_inner().map_err(|e| failed(path, e.into_error().into()))?;
    writer.write_all(&bytes).map_err(|e| fs::write_error(path, e))
}

fn failed(path: &Path, error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => fs::write_error(path, e),
        other => Error::failure(format!("cannot write `{}`: {other:?}", path.display())),
    }
}

/// The text of one value at a time, without an allocation each.
#[derive(Default)]
struct Formatted {
    float: Option<ryu::Buffer>,
    text: String,
}

impl Formatted {
    fn field<'a>(&'a mut self, column: &'a Column, row: usize) -> &'a str {
        match &column.values {
            Values::Number(values) if values[row].is_nan() => "",
            Values::Number(values) if column.kind == Kind::Bool => {
                if values[row] == 0.0 {
                    "false"
                } else {
                    "true"
                }
            }
            Values::Number(values) if column.kind == Kind::Integer && values[row].fract() == 0.0 => {
                self.text.clear();
                // Whole numbers of at most 2^53; a `String` takes every write.
                std::fmt::Write::write_fmt(&mut self.text, format_args!("{}", values[row] as i64)).ok();
                &self.text
            }
            Values::Number(values) => self.float.get_or_insert_with(ryu::Buffer::new).format_finite(values[row]),
            Values::Category(values) => values.get(row).unwrap_or_default(),
            Values::Text(values) => values.get(row).unwrap_or_default(),
            Values::Date(values) => {
                self.text = values[row].map(dates::format_iso).unwrap_or_default();
                &self.text
            }
        }
    }
}

struct Hashed<'a, W> {
    inner: W,
    digest: &'a mut Xxh3,
}

impl<W: Write> Write for Hashed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
