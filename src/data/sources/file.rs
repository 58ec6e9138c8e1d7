//! Files of any kind that can be read: compression by the first bytes, format by name or as given.

use std::io::Read;
use std::path::Path;

use super::compressed::{self, Opened};
use super::csv_file::{self, CsvFile, CsvOptions};
use super::text::TextReader;
use super::{Batches, Whole, json_lines};

use crate::data::memory;
use crate::error::Result;
use crate::event::Observer;
use crate::fs;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Values between delimiters.
    Csv,
    /// One object a line, or a list of objects.
    Json,
    /// Columns, as data-frame libraries write them.
    Parquet,
}

/// How a file is read; what is absent is told by the file.
#[derive(Debug, Clone, Default)]
pub struct FileOptions {
    /// What it holds; by its name where absent.
    pub format: Option<FileFormat>,
    /// The file inside a zip archive of several.
    pub member: Option<String>,
    /// How it is written, where it is CSV; the encoding also where it is JSON.
    pub csv: CsvOptions,
    /// Whether its texts are read with a decimal comma later on; numbers that are no texts are written so too.
    pub decimal_comma: bool,
}

impl FileFormat {
    /// By the ending of a file name, those of compression left aside.
    pub fn by_name(name: &str) -> Self {
        let mut name = name.to_ascii_lowercase();
        for ending in [".gz", ".zst", ".zip"] {
            name.truncate(name.strip_suffix(ending).map_or(name.len(), str::len));
        }
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("json" | "jsonl" | "ndjson") => Self::Json,
            Some("parquet") => Self::Parquet,
            _ => Self::Csv,
        }
    }
}

/// Opens a file; `shown` names it in messages.
///
/// # Errors
/// Exit code 1 where it cannot be opened, 3 where it is not what it should be.
pub fn open<'a>(
    path: &Path,
    shown: &str,
    options: &FileOptions,
    observer: &'a dyn Observer,
) -> Result<Box<dyn Batches + 'a>> {
    match options.format.unwrap_or_else(|| FileFormat::by_name(shown)) {
        FileFormat::Parquet => {
            read_parquet(path, shown, options.decimal_comma).map(|whole| Box::new(whole) as Box<dyn Batches>)
        }
        format => {
            text_file(compressed::open(path, shown, options.member.as_deref())?, shown, format, options, observer)
        }
    }
}

/// Opens what comes from no file, such as standard input; plain or compressed.
///
/// # Errors
/// As for [`open`]; exit code 3 for Parquet, which needs a file.
pub fn open_reader<'a>(
    reader: Box<dyn Read>,
    shown: &str,
    options: &FileOptions,
    observer: &'a dyn Observer,
) -> Result<Box<dyn Batches + 'a>> {
    let opened = compressed::unpack(reader, shown, None)?;
    text_file(opened, shown, options.format.unwrap_or(FileFormat::Csv), options, observer)
}

fn text_file<'a>(
    opened: Opened,
    shown: &str,
    format: FileFormat,
    options: &FileOptions,
    observer: &'a dyn Observer,
) -> Result<Box<dyn Batches + 'a>> {
    if format == FileFormat::Json {
        // Read whole, since a column may appear in the last row: as text and as columns.
        if opened.compression.is_none() {
            memory::check(opened.size.saturating_mul(3), &format!("reading `{shown}`"))?;
        }
        let text = TextReader::open(opened.reader, shown, options.csv.encoding.as_deref())?;
        return Ok(Box::new(json_lines::read(text, shown, options.decimal_comma)?));
    }
    Ok(Box::new(CsvFile::open(opened, shown, &options.csv, observer)?))
}

/// The column names of a file without reading its rows; none where they are known only at its end.
///
/// # Errors
/// As for [`open`].
pub fn columns(
    path: &Path,
    shown: &str,
    options: &FileOptions,
    observer: &dyn Observer,
) -> Result<Option<Vec<String>>> {
    match options.format.unwrap_or_else(|| FileFormat::by_name(shown)) {
        FileFormat::Csv => Ok(Some(open(path, shown, options, observer)?.names().to_vec())),
        FileFormat::Json | FileFormat::Parquet => fs::size(path).map(|_| None),
    }
}

/// The first row of a CSV file, be it header or data.
///
/// # Errors
/// As for [`open`].
pub fn first_row(path: &Path, shown: &str, options: &FileOptions) -> Result<Vec<String>> {
    csv_file::first_row(compressed::open(path, shown, options.member.as_deref())?, shown, &options.csv)
}

/// [`first_row`] of what comes from no file.
///
/// # Errors
/// As for [`open_reader`].
pub fn first_row_of(reader: Box<dyn Read>, shown: &str, options: &FileOptions) -> Result<Vec<String>> {
    csv_file::first_row(compressed::unpack(reader, shown, None)?, shown, &options.csv)
}

#[cfg(feature = "parquet")]
fn read_parquet(path: &Path, shown: &str, decimal_comma: bool) -> Result<Whole> {
    super::parquet_file::read(path, shown, decimal_comma).map(Whole::new)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(_: &Path, shown: &str, _: bool) -> Result<Whole> {
    Err(crate::error::Error::usage(format!("`{shown}`: this build of mlops reads no Parquet"))
        .hint("build it with `cargo build --release --features parquet`, or save the table as CSV"))
}
