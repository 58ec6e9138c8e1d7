//! Dataset artifacts: a CSV with its schema beside it.
//!
//! The types are known from the schema, so nothing is guessed; the checksum and the row count are
//! compared, so nothing that was cut or edited is taken for good. An empty field is a null, except
//! in the raw phase, where every value is text as found.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::column::{Categories, Column, Kind, NULL_CODE, Values};
use super::schema::{Field, Phase, Schema};
use super::strings::Strings;
use super::table::Table;
use super::{dates, number};
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
    let table = read_table(&bytes, &schema).map_err(|what| {
        Error::data(format!("`{csv}` does not fit its schema: {what}")).hint("run the stage that writes it again")
    })?;
    tracing::info!(csv, rows = table.rows(), columns = table.columns().len(), "read");
    Ok((table, schema))
}

/// The columns of a CSV by its schema; the error says what does not fit.
fn read_table(bytes: &[u8], schema: &Schema) -> Result<Table, String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(bytes);
    let header = reader.headers().map_err(|e| e.to_string())?;
    if header.iter().ne(schema.names()) {
        return Err("other columns".to_owned());
    }
    let rows = usize::try_from(schema.rows).map_err(|e| e.to_string())?.min(bytes.len());
    let mut builders: Vec<Builder> = schema.columns.iter().map(|f| Builder::new(f, schema.phase, rows)).collect();
    let mut record = csv::StringRecord::new();
    let mut found = 0u64;
    while reader.read_record(&mut record).map_err(|e| e.to_string())? {
        for ((builder, field), text) in builders.iter_mut().zip(&schema.columns).zip(&record) {
            builder.push(text).ok_or_else(|| format!("row {}, column `{}`: `{text}`", found + 1, field.name))?;
        }
        found += 1;
    }
    if found != schema.rows {
        return Err(format!("{found} rows found, {} expected", schema.rows));
    }
    let columns = schema.columns.iter().zip(builders).map(|(field, builder)| Column {
        name: field.name.clone(),
        kind: field.kind,
        values: builder.finish(field),
    });
    Ok(Table::new(columns.collect()))
}

/// A column being read.
enum Builder<'a> {
    Number(Vec<f64>),
    Bool(Vec<f64>),
    Category {
        codes: Vec<u32>,
        known: HashMap<&'a str, u32>,
    },
    /// Texts; in the raw phase an empty one is no null.
    Text(Strings, bool),
    Date(Vec<Option<i64>>),
}

impl<'a> Builder<'a> {
    fn new(field: &'a Field, phase: Phase, rows: usize) -> Self {
        match field.kind {
            _ if phase == Phase::Raw => Self::Text(Strings::with_capacity(rows, 0), true),
            Kind::Number | Kind::Integer => Self::Number(Vec::with_capacity(rows)),
            Kind::Bool => Self::Bool(Vec::with_capacity(rows)),
            // Codes in the order of the schema's levels.
            Kind::Category => Self::Category {
                codes: Vec::with_capacity(rows),
                known: field.levels.iter().map(String::as_str).zip(0..).collect(),
            },
            Kind::Text | Kind::Id => Self::Text(Strings::with_capacity(rows, 0), false),
            Kind::Date => Self::Date(Vec::with_capacity(rows)),
        }
    }

    /// Takes a field; none where it cannot be read.
    fn push(&mut self, text: &str) -> Option<()> {
        match self {
            Self::Text(values, raw) => values.push((*raw || !text.is_empty()).then_some(text)),
            Self::Number(values) if text.is_empty() => values.push(f64::NAN),
            Self::Number(values) => values.push(number(text)?),
            Self::Bool(values) => values.push(match text {
                "" => f64::NAN,
                "true" => 1.0,
                "false" => 0.0,
                _ => return None,
            }),
            Self::Category { codes, .. } if text.is_empty() => codes.push(NULL_CODE),
            Self::Category { codes, known } => codes.push(*known.get(text)?),
            Self::Date(values) if text.is_empty() => values.push(None),
            Self::Date(values) => values.push(Some(dates::parse_iso(text)?)),
        }
        Some(())
    }

    fn finish(self, field: &Field) -> Values {
        match self {
            Self::Number(values) | Self::Bool(values) => Values::Number(values),
            Self::Category { codes, .. } => Values::Category(Categories { codes, levels: field.levels.clone() }),
            Self::Text(values, _) => Values::Text(values),
            Self::Date(values) => Values::Date(values),
        }
    }
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
    tracing::info!(csv, rows = table.rows(), columns = table.columns().len(), "written");
    let schema = Schema { rows: table.rows() as u64, checksum: hex(digest.digest()), ..schema };
    let mut json =
        serde_json::to_vec_pretty(&schema).map_err(|e| Error::failure("cannot write a schema").because(e))?;
    json.push(b'\n');
    fs::atomic_write_bytes(&project.path(schema_of(csv)), &json)
}

/// Writes a table as CSV with a header; `path` is for messages.
///
/// Numbers are written in the shortest form that reads back to the same bits, nulls as empty fields.
pub fn write_csv(writer: &mut impl Write, path: &Path, table: &Table) -> Result<()> {
    let failed = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(e) => fs::write_error(path, e),
        other => Error::failure(format!("cannot write `{}`: {other:?}", path.display())),
    };
    let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(writer);
    writer.write_record(table.names()).map_err(failed)?;
    let mut text = Formatted::default();
    for row in 0..table.rows() {
        for column in table.columns() {
            writer.write_field(text.field(column, row)).map_err(failed)?;
        }
        writer.write_record(None::<&[u8]>).map_err(failed)?;
    }
    writer.flush().map_err(|e| fs::write_error(path, e))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("configs")).unwrap();
        fs::atomic_write_bytes(&folder.path().join("configs/config.yaml"), b"").unwrap();
        let project = Project::discover(folder.path()).unwrap();
        let numbers = vec![0.1 + 0.2, -0.0, f64::NAN, 1e300, 5e-324, 123_456_789.0];
        let texts = [Some("a,b"), Some("two\nlines\r"), None, Some(" \"q\" "), Some("é"), Some("NA")];
        let kinds = |kind, name: &str, values| Column { name: name.into(), kind, values };
        let table = Table::new(vec![
            kinds(Kind::Id, "id", Values::Text(texts.into_iter().collect())),
            Column::number("x", numbers.clone()),
            kinds(Kind::Integer, "n", Values::Number(vec![1.0, -2.0, f64::NAN, 9_007_199_254_740_992.0, 0.0, 7.0])),
            kinds(Kind::Bool, "b", Values::Number(vec![1.0, 0.0, f64::NAN, 1.0, 0.0, 1.0])),
            kinds(Kind::Date, "d", Values::Date(vec![Some(0), None, Some(-1), Some(86_400), Some(3), None])),
            kinds(
                Kind::Category,
                "c",
                Values::Category(Categories {
                    codes: vec![0, 1, NULL_CODE, 0, 1, 1],
                    levels: vec!["a \"b\"".into(), "z".into()],
                }),
            ),
        ]);
        write(&project, "data/t.csv", &table, Schema::of(&table, Phase::Clean)).unwrap();
        let (read_back, schema) = read(&project, "data/t.csv").unwrap();
        assert_eq!(schema.rows, 6);
        assert_eq!(format!("{table:?}"), format!("{read_back:?}"));
        let Values::Number(found) = &read_back.column("x").unwrap().values else { panic!() };
        assert!(numbers.iter().zip(found).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())));
    }
}
