//! ingest: sources to one raw table of text with a row id; no value is changed.

mod rows;

use std::path::PathBuf;

use rows::Rows;

use super::{Context, Report};
use crate::config::{Decimal, FileFormat as Given, Layout, Origin, Part, Source};
use crate::data::artifact;
use crate::data::sources::http::{self, Download, How};
use crate::data::sources::{self, Batches, CsvOptions, FileFormat, FileOptions, Whole, builtin, pattern};
use crate::error::{Error, Result};
use crate::project::{Side, schema_of};
use crate::yaml::Located;

/// Reads every source and writes the raw dataset, some thousand rows at a time.
///
/// # Errors
/// Exit code 1 for files that cannot be read, 3 for files that are no proper tables or do not fit together.
pub fn ingest(ctx: &Context) -> Result<Report> {
    let mut report = Report { stage: "ingest".into(), ..Report::default() };
    let csv = ctx.config.names().raw();
    let mut rows = Rows::open(ctx)?;
    let names = rows.names();
    report.rows_out = Some(artifact::write_raw(ctx.project, &csv, &names, || rows.next())?);
    rows.tell(&mut report);
    report.outputs = vec![csv.clone(), schema_of(&csv)];
    Ok(report)
}

/// What a source consists of, by the names that messages use: files, or the source itself. A file on
/// the web is fetched.
fn pieces(ctx: &Context, source: &Source, notes: &mut Vec<String>) -> Result<Vec<String>> {
    match &source.origin {
        Origin::File { file, .. } => pattern::files(ctx.project.root(), file),
        Origin::Builtin { builtin } => Ok(vec![builtin.value.clone()]),
        Origin::Url { url, file, sha256, .. } => {
            notes.extend(fetch(ctx, url, file, sha256.as_ref())?);
            Ok(vec![file.value.clone()])
        }
    }
}

fn open<'a>(ctx: &'a Context, source: &Source, piece: &str) -> Result<Box<dyn Batches + 'a>> {
    match &source.origin {
        Origin::Builtin { builtin } => Ok(Box::new(Whole::new(builtin::read(builtin)?))),
        Origin::File { layout, .. } | Origin::Url { layout, .. } => {
            let options = FileOptions { decimal_comma: has_decimal_comma(ctx), ..file_options(layout) };
            sources::open(&ctx.project.path(piece), piece, &options, ctx.observer)
        }
    }
}

/// Whether texts are read with a decimal comma, so that numbers that are no texts have to be written so.
fn has_decimal_comma(ctx: &Context) -> bool {
    ctx.config.clean.decimal == Decimal::Comma
}

/// Whether what ingest writes depends on `clean.decimal`: a file whose numbers are no texts is written with it.
pub(super) fn reads_decimal(ctx: &Context) -> bool {
    let has_numbers = |source: &Source| match &source.origin {
        Origin::File { file, layout } | Origin::Url { file, layout, .. } => {
            file_options(layout).format.unwrap_or_else(|| FileFormat::by_name(file)) != FileFormat::Csv
        }
        Origin::Builtin { .. } => false,
    };
    has_decimal_comma(ctx) && ctx.config.main.sources.iter().any(has_numbers)
}

/// Sees to it that the file of a URL is there; what was done, to be told.
fn fetch(ctx: &Context, url: &str, file: &str, sha256: Option<&Located<String>>) -> Result<Option<String>> {
    let sha256 = sha256.map(|located| located.value.as_str());
    let fetched = http::update(&Download { url, to: &ctx.project.path(file), shown: file, sha256 }, ctx.observer)?;
    let done = match fetched.how {
        How::Present if sha256.is_some() => return Ok(None),
        How::Present => "was there",
        How::Downloaded => "fetched",
        How::Resumed => "fetched in pieces",
        How::Renewed => "fetched anew, for the old one was of another address",
    };
    // What the user has not said yet is told ready to be copied.
    let to_copy = if sha256.is_none() { format!("; to pin it: sha256: {}", fetched.sha256) } else { String::new() };
    Ok(Some(format!("{file}: {done}, {} bytes{to_copy}", fetched.bytes)))
}

/// The column names of the first source, without reading its rows; none where they cannot be known yet.
///
/// # Errors
/// As for [`ingest`], for a source that is there and broken.
pub fn source_columns(ctx: &Context) -> Result<Option<Vec<String>>> {
    let Some(source) = ctx.config.main.sources.first() else { return Ok(None) };
    match &source.origin {
        Origin::Builtin { builtin: name } => builtin::columns(name).map(Some),
        Origin::File { file, layout } | Origin::Url { file, layout, .. } => {
            let Ok(files) = pattern::files(ctx.project.root(), file) else { return Ok(None) };
            let first = files.first().map(|file| (file, ctx.project.path(file)));
            match first.filter(|(_, path)| path.is_file()) {
                Some((file, path)) => sources::columns(&path, file, &file_options(layout), ctx.observer),
                None => Ok(None),
            }
        }
    }
}

/// What is wrong with the sources by their keys alone.
pub(super) fn source_problems(ctx: &Context) -> Vec<Error> {
    let mut problems = Vec::new();
    for source in ctx.config.main.sources.iter() {
        match &source.origin {
            Origin::Builtin { builtin } => problems.extend(builtin.find("builtin table", builtin::NAMES).err()),
            Origin::File { layout, .. } | Origin::Url { layout, .. } => {
                let Some(name) = &layout.encoding else { continue };
                if let Err(problem) = sources::encoding(name) {
                    let hint = problem.hint_text().map(str::to_owned);
                    problems.push(name.error(problem.message()).maybe_hint(hint));
                }
            }
        }
    }
    problems
}

/// How files like those of a source are read; none for sources that are no files of text.
pub(super) fn text_options_of(source: &Source) -> Option<FileOptions> {
    match &source.origin {
        Origin::File { file, layout } | Origin::Url { file, layout, .. } => {
            let options = file_options(layout);
            let format = options.format.unwrap_or_else(|| FileFormat::by_name(file));
            (format == FileFormat::Csv).then_some(options)
        }
        Origin::Builtin { .. } => None,
    }
}

/// The first file of a source, if it is there.
pub(super) fn first_file_of(ctx: &Context, source: &Source) -> Option<PathBuf> {
    let (Origin::File { file, .. } | Origin::Url { file, .. }) = &source.origin else { return None };
    let files = pattern::files(ctx.project.root(), file).ok()?;
    files.first().map(|file| ctx.project.path(file)).filter(|path| path.is_file())
}

fn file_options(layout: &Layout) -> FileOptions {
    FileOptions {
        format: layout.format.map(|format| match format {
            Given::Csv => FileFormat::Csv,
            Given::Json => FileFormat::Json,
            Given::Parquet => FileFormat::Parquet,
        }),
        member: layout.member.clone(),
        decimal_comma: false,
        // The marks are ASCII, as the config has checked.
        csv: CsvOptions {
            delimiter: layout.delimiter as u8,
            quote: layout.quote.map(|quote| quote as u8),
            comment: layout.comment.map(|comment| comment as u8),
            header: layout.header,
            names: (!layout.names.is_empty()).then(|| layout.names.clone()),
            skip_lines: layout.skip_lines,
            encoding: layout.encoding.as_ref().map(|name| name.value.clone()),
        },
    }
}

fn side(part: Part) -> Side {
    match part {
        Part::Train => Side::Train,
        Part::Test => Side::Test,
    }
}
