//! ingest: sources to one raw table of text with a row id; no value is changed.

use super::{Context, Report};
use crate::config::{Origin, Part, Source};
use crate::data::schema::Phase;
use crate::data::sources::{builtin, csv_file};
use crate::data::{Column, PART, ROW_ID, Schema, Strings, Table, Values, artifact};
use crate::error::{Error, Result};
use crate::project::{Side, schema_of};

/// Reads every source and writes the raw dataset.
///
/// # Errors
/// Exit code 1 for files that cannot be read, 3 for files that are no proper tables or do not fit together.
pub fn ingest(ctx: &Context) -> Result<Report> {
    let mut report = Report { stage: "ingest".into(), ..Report::default() };
    let mut tables = Vec::new();
    for source in ctx.config.main.sources.iter() {
        let table = read_source(ctx, source)?;
        let part = source.part.map(|p| format!(" as {} part", side(p).name())).unwrap_or_default();
        report.notes.push(format!(
            "{}: {} rows, {} columns{part}",
            source.name().value,
            table.rows(),
            table.columns().len()
        ));
        tables.push((source, table));
    }
    let table = join(tables)?;
    let csv = ctx.config.names().raw();
    artifact::write(ctx.project, &csv, &table, Schema::of(&table, Phase::Raw))?;
    report.rows_out = Some(table.rows() as u64);
    report.outputs = vec![csv.clone(), schema_of(&csv)];
    Ok(report)
}

/// The column names of the first source, without reading its rows; none where it cannot be opened yet.
///
/// # Errors
/// As for [`ingest`], for a source that is there and broken.
pub fn source_columns(ctx: &Context) -> Result<Option<Vec<String>>> {
    let Some(source) = ctx.config.main.sources.first() else { return Ok(None) };
    match &source.origin {
        Origin::Builtin { builtin: name } => builtin::columns(name).map(Some),
        Origin::File { file, .. } => {
            let path = ctx.project.path(&file.value);
            // The columns of a Parquet file are checked when it is read.
            if path.is_file() && !is_parquet(file) {
                csv_file::columns(&path, file, &csv_options(&source.origin)).map(Some)
            } else {
                Ok(None)
            }
        }
    }
}

fn read_source(ctx: &Context, source: &Source) -> Result<Table> {
    match &source.origin {
        Origin::Builtin { builtin: name } => builtin::read(name),
        Origin::File { file, .. } if is_parquet(file) => read_parquet(ctx, file),
        Origin::File { file, .. } => {
            csv_file::read(&ctx.project.path(&file.value), file, &csv_options(&source.origin), ctx.observer)
        }
    }
}

fn is_parquet(file: &str) -> bool {
    file.ends_with(".parquet")
}

#[cfg(feature = "parquet")]
fn read_parquet(ctx: &Context, file: &str) -> Result<Table> {
    crate::data::sources::parquet_file::read(&ctx.project.path(file), file)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(_: &Context, file: &str) -> Result<Table> {
    Err(Error::usage(format!("`{file}`: this build of mlops reads no Parquet"))
        .hint("build it with `cargo build --release --features parquet`, or save the table as CSV"))
}

/// How a CSV source is written; none for other sources.
pub(super) fn csv_options_of(source: &Source) -> Option<csv_file::CsvOptions> {
    match &source.origin {
        Origin::File { file, .. } if !is_parquet(file) => Some(csv_options(&source.origin)),
        _ => None,
    }
}

fn csv_options(origin: &Origin) -> csv_file::CsvOptions {
    match origin {
        Origin::Builtin { .. } => csv_file::CsvOptions::default(),
        Origin::File { delimiter, header, names, skip_lines, .. } => csv_file::CsvOptions {
            delimiter: *delimiter as u8,
            header: *header,
            names: (!names.is_empty()).then(|| names.clone()),
            skip_lines: *skip_lines,
        },
    }
}

fn side(part: Part) -> Side {
    match part {
        Part::Train => Side::Train,
        Part::Test => Side::Test,
    }
}

/// All sources below one another, with their row ids first and their parts second.
fn join(tables: Vec<(&Source, Table)>) -> Result<Table> {
    let Some((first, first_table)) = tables.first() else { return Err(Error::usage("no source")) };
    let names: Vec<String> = first_table.names().into_iter().map(str::to_owned).collect();
    if names.iter().any(|n| n == ROW_ID || n == PART) {
        return Err(Error::data(format!(
            "`{}` has a column `{ROW_ID}` or `{PART}`, which mlops adds itself",
            first.name().value
        ))
        .hint("rename it with `names:` in configs/config.yaml"));
    }
    let rows: usize = tables.iter().map(|(_, t)| t.rows()).sum();
    let mut parts = Strings::with_capacity(rows, rows * 5);
    let mut values: Vec<Strings> = Vec::new();
    let has_parts = tables.iter().any(|(s, _)| s.part.is_some());
    for (source, table) in tables {
        if table.names() != names {
            return Err(Error::data(format!("`{}` has other columns than the first source", source.name().value))
                .hint(format!("expected: {}", names.join(", "))));
        }
        let part = source.part.map(|p| side(p).name());
        (0..table.rows()).for_each(|_| parts.push(part));
        let columns = table.into_columns().into_iter().map(|c| match c.values {
            Values::Text(texts) => texts,
            _ => Strings::default(),
        });
        if values.is_empty() {
            values = columns.collect();
        } else {
            for (all, more) in values.iter_mut().zip(columns) {
                more.iter().for_each(|v| all.push(v));
            }
        }
    }
    let ids: Strings = (1..=rows).map(|id| Some(id.to_string())).collect();
    let mut columns = vec![Column::text(ROW_ID, ids)];
    if has_parts {
        columns.push(Column::text(PART, parts));
    }
    columns.extend(names.into_iter().zip(values).map(|(name, texts)| Column::text(name, texts)));
    Ok(Table::new(columns))
}
