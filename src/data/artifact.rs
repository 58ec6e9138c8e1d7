//! Dataset artifacts: a CSV with its schema beside it, read and written through Polars.
//!
//! The types are known from the schema, so nothing is guessed; the checksum and the row count are
//! compared, so nothing that was cut or edited is taken for good. An empty field is a null, except
//! in the raw phase, where every value is text as found.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use polars::prelude::{
    Column as Series, CsvReadOptions, CsvWriter, DataFrame, DataType, Field as FrameField, NamedFrom,
    Schema as FrameSchema, SerReader, SerWriter, Series as NewSeries,
};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::column::{Categories, Column, Kind, NULL_CODE, Values};
use super::dates;
use super::schema::{Field, Phase, Schema};
use super::strings::Strings;
use super::table::Table;
use crate::error::{Error, Result};
use crate::fs;
use crate::project::{Project, schema_of};

/// Reads the schema beside `csv`, a path relative to the project.
///
/// # Errors
/// Exit code 1 where it is missing, 3 where it is broken or newer than this program.
pub fn read_schema(project: &Project, csv: &str) -> Result<Schema> {
    let shown = schema_of(csv);
    let path = project.path(&shown);
    if !path.exists() {
        return Err(Error::data(format!("`{csv}` or its schema `{shown}` does not exist"))
            .hint("run the stages before this one, or `mlops run-all`"));
    }
    let bytes = fs::read(&path)?;
    let broken = |e: serde_json::Error| {
        Error::data(format!("`{shown}`: not a dataset schema")).because(e).hint("run the stage that writes it again")
    };
    let version: serde_json::Value = serde_json::from_slice(&bytes).map_err(broken)?;
    if version.get("format").and_then(serde_json::Value::as_u64).is_some_and(|v| v > u64::from(Schema::FORMAT)) {
        return Err(Error::data(format!("`{shown}` was written by a newer version of mlops")).hint("update mlops"));
    }
    serde_json::from_slice(&bytes).map_err(broken)
}

/// Reads a dataset artifact; `csv` is relative to the project.
///
/// # Errors
/// Exit code 3 where file and schema disagree.
pub fn read(project: &Project, csv: &str) -> Result<(Table, Schema)> {
    let schema = read_schema(project, csv)?;
    let bytes = fs::read(&project.path(csv))?;
    if hex(xxh3_64(&bytes)) != schema.checksum {
        return Err(Error::data(format!("`{csv}` was changed after its stage wrote it"))
            .hint("run the stage that writes it again, or `mlops run-all`; make lasting changes in the source or in the configs"));
    }
    let frame = read_frame(&bytes, &schema).map_err(|e| {
        Error::data(format!("`{csv}` does not fit its schema")).because(e).hint("run the stage that writes it again")
    })?;
    drop(bytes);
    if frame.height() as u64 != schema.rows || frame.width() != schema.columns.len() {
        return Err(Error::data(format!("`{csv}`: {} rows found, {} expected", frame.height(), schema.rows))
            .hint("run the stage that writes it again"));
    }
    let columns = schema
        .columns
        .iter()
        .zip(frame.columns())
        .map(|(field, series)| from_series(field, series, schema.phase))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| Error::data(format!("`{csv}` does not fit its schema")).because(e))?;
    Ok((Table::new(columns), schema))
}

fn read_frame(bytes: &[u8], schema: &Schema) -> polars::prelude::PolarsResult<DataFrame> {
    let fields = schema.columns.iter().map(|f| FrameField::new(f.name.as_str().into(), frame_type(f.kind, schema.phase)));
    CsvReadOptions::default()
        .with_has_header(true)
        .with_schema(Some(Arc::new(FrameSchema::from_iter(fields))))
        .with_raise_if_empty(false)
        .with_rechunk(true)
        .map_parse_options(|options| options.with_missing_is_null(schema.phase != Phase::Raw))
        .into_reader_with_file_handle(Cursor::new(bytes))
        .finish()
}

fn frame_type(kind: Kind, phase: Phase) -> DataType {
    match kind {
        _ if phase == Phase::Raw => DataType::String,
        Kind::Number | Kind::Integer => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Category | Kind::Text | Kind::Date | Kind::Id => DataType::String,
    }
}

fn from_series(field: &Field, series: &Series, phase: Phase) -> polars::prelude::PolarsResult<Column> {
    let values = match field.kind {
        _ if phase == Phase::Raw => Values::Text(series.str()?.iter().collect()),
        Kind::Number | Kind::Integer => Values::Number(series.f64()?.iter().map(|v| v.unwrap_or(f64::NAN)).collect()),
        Kind::Bool => {
            Values::Number(series.bool()?.iter().map(|v| v.map_or(f64::NAN, |b| f64::from(u8::from(b)))).collect())
        }
        Kind::Category => Values::Category(categories(field, series.str()?.iter())),
        Kind::Text | Kind::Id => Values::Text(series.str()?.iter().collect::<Strings>()),
        Kind::Date => Values::Date(series.str()?.iter().map(|v| v.and_then(dates::parse_iso)).collect()),
    };
    Ok(Column { name: field.name.clone(), kind: field.kind, values })
}

/// Codes in the order of the schema's levels.
fn categories<'a>(field: &Field, values: impl Iterator<Item = Option<&'a str>>) -> Categories {
    let codes: std::collections::HashMap<&str, u32> =
        field.levels.iter().enumerate().map(|(code, level)| (level.as_str(), code as u32)).collect();
    let codes = values.map(|v| v.and_then(|level| codes.get(level).copied()).unwrap_or(NULL_CODE)).collect();
    Categories { codes, levels: field.levels.clone() }
}

/// Writes a table and its schema; row count and checksum of `schema` are filled in here.
///
/// The schema goes last, so a CSV without a fitting schema is never read.
pub fn write(project: &Project, csv: &str, table: &Table, schema: Schema) -> Result<()> {
    let path = project.path(csv);
    let mut digest = Xxh3::new();
    fs::atomic_write(&path, |file| {
        let mut hashed = Hashed { inner: file, digest: &mut digest };
        write_csv(&mut hashed, &path, table)
    })?;
    let schema = Schema { rows: table.rows() as u64, checksum: hex(digest.digest()), ..schema };
    let mut json = serde_json::to_vec_pretty(&schema).map_err(|e| Error::failure("cannot write a schema").because(e))?;
    json.push(b'\n');
    fs::atomic_write_bytes(&project.path(schema_of(csv)), &json)
}

/// Writes a table as CSV with a header; `path` is for messages.
///
/// Numbers are written in the shortest form that reads back to the same bits, nulls as empty fields.
pub fn write_csv(writer: &mut impl std::io::Write, path: &Path, table: &Table) -> Result<()> {
    let failed = |e: polars::prelude::PolarsError| Error::failure(format!("cannot write `{}`", path.display())).because(e);
    let series = table.columns().iter().map(|column| to_series(column).into()).collect();
    let mut frame = DataFrame::new(table.rows(), series).map_err(failed)?;
    CsvWriter::new(writer).include_header(true).finish(&mut frame).map_err(failed)
}

fn to_series(column: &Column) -> NewSeries {
    let name = column.name.as_str().into();
    match &column.values {
        Values::Number(values) => match column.kind {
            Kind::Integer => {
                let integers: Vec<Option<i64>> = values.iter().map(|v| (!v.is_nan()).then_some(*v as i64)).collect();
                NewSeries::new(name, integers)
            }
            Kind::Bool => {
                let flags: Vec<Option<bool>> = values.iter().map(|v| (!v.is_nan()).then_some(*v != 0.0)).collect();
                NewSeries::new(name, flags)
            }
            _ => {
                let numbers: Vec<Option<f64>> = values.iter().map(|v| (!v.is_nan()).then_some(*v)).collect();
                NewSeries::new(name, numbers)
            }
        },
        Values::Category(values) => NewSeries::new(name, values.iter().collect::<Vec<_>>()),
        Values::Text(values) => NewSeries::new(name, values.iter().collect::<Vec<_>>()),
        Values::Date(values) => {
            NewSeries::new(name, values.iter().map(|v| v.map(dates::format_iso)).collect::<Vec<_>>())
        }
    }
}

fn hex(digest: u64) -> String {
    format!("{digest:016x}")
}

struct Hashed<'a, W> {
    inner: W,
    digest: &'a mut Xxh3,
}

impl<W: std::io::Write> std::io::Write for Hashed<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
