//! CSV to table, by the schema.

use std::collections::HashMap;
use std::path::PathBuf;

use super::blocks::{self, Block};
use super::{checked_schema, unfit};
use crate::data::column::{Categories, Column, Kind, NULL_CODE, Values};
use crate::data::schema::{Field, Phase, Schema};
use crate::data::strings::Strings;
use crate::data::table::Table;
use crate::data::{dates, number};
use crate::error::Result;
use crate::fs;
use crate::project::Project;

/// Reads a dataset artifact; `csv` is relative to the project.
///
/// # Errors
/// Exit code 3 where file and schema disagree.
pub fn read(project: &Project, csv: &str) -> Result<(Table, Schema)> {
    let schema = checked_schema(project, csv)?;
    let rows = schema.rows.min(fs::size(&project.path(csv))?) as usize;
    let mut columns: Vec<Values> =
        schema.columns.iter().map(|f| Builder::new(f, schema.phase, rows).finish(f)).collect();
    let parse = |block: Block| parse_block(&block, &schema).map_err(|what| unfit(csv, what));
    blocks::for_each(&project.path(csv), parse, |pieces| {
        for (column, piece) in columns.iter_mut().zip(pieces) {
            column.append(piece);
        }
        Ok(())
    })?;
    let columns = schema.columns.iter().zip(columns).map(|(field, values)| Column {
        name: field.name.clone(),
        kind: field.kind,
        values,
    });
    let table = Table::new(columns.collect());
    if table.rows() as u64 != schema.rows {
        return Err(unfit(csv, format!("{} rows found, {} expected", table.rows(), schema.rows)));
    }
    tracing::info!(csv, rows = table.rows(), columns = table.columns().len(), "read");
    Ok((table, schema))
}

/// A raw dataset whose rows are looked at as text, block by block, without holding them all.
pub struct RawRows {
    path: PathBuf,
    csv: String,
    schema: Schema,
}

impl RawRows {
    /// Checks that the dataset is whole and raw.
    ///
    /// # Errors
    /// Exit code 3 where file and schema disagree.
    pub fn open(project: &Project, csv: &str) -> Result<Self> {
        let schema = checked_schema(project, csv)?;
        Ok(Self { path: project.path(csv), csv: csv.to_owned(), schema })
    }

    /// Column names in file order.
    pub fn names(&self) -> Vec<&str> {
        self.schema.names()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        usize::try_from(self.schema.rows).unwrap_or(usize::MAX)
    }

    /// Looks at all rows: `start` makes what a block is gathered into, `see` adds a row, and `take` gets the
    /// blocks in order. Blocks are cut anywhere and run in parallel.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be read, 3 where it is no CSV, and those of `take`.
    pub fn fold<T: Send>(
        &self,
        start: impl Fn() -> T + Sync,
        see: impl Fn(&mut T, &csv::StringRecord) + Sync,
        take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let parse = |block: Block| {
            let (mut gathered, mut reader, mut record) = (start(), block.records(), csv::StringRecord::new());
            while reader.read_record(&mut record).map_err(|e| unfit(&self.csv, e))? {
                see(&mut gathered, &record);
            }
            Ok(gathered)
        };
        blocks::for_each(&self.path, parse, take)
    }
}

/// The columns of some records; the error says what does not fit.
fn parse_block(block: &Block, schema: &Schema) -> Result<Vec<Values>, String> {
    let mut reader = block.records();
    if block.header && reader.headers().map_err(|e| e.to_string())?.iter().ne(schema.names()) {
        return Err("other columns".to_owned());
    }
    // A record has a comma less than fields, and a line break.
    let rows = block.bytes.len() / (2 * schema.columns.len().max(1));
    let mut builders: Vec<Builder> = schema.columns.iter().map(|f| Builder::new(f, schema.phase, rows)).collect();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| e.to_string())? {
        for ((builder, field), text) in builders.iter_mut().zip(&schema.columns).zip(&record) {
            builder.push(text).ok_or_else(|| format!("column `{}`: `{text}`", field.name))?;
        }
    }
    Ok(schema.columns.iter().zip(builders).map(|(field, builder)| builder.finish(field)).collect())
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
