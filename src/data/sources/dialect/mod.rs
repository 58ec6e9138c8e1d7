//! How a file is written, found out by looking at it: for the configuration of a new project.

mod header;
mod marks;

use std::io::Read;
use std::path::Path;

use super::compressed::{self, Compression, Opened};
use super::csv_file::CsvOptions;
use super::file::{self, FileFormat, FileOptions};
use super::text::TextReader;
use crate::error::Result;
use crate::event::Silent;
use crate::fs;
pub use header::repaired;
use marks::Found;

/// Text that delimiter, quotes, header and decimal sign are told from.
const SAMPLE: usize = 1 << 20;
/// Bytes read at a time.
const BLOCK: usize = 1 << 18;

/// How a file is written, as far as it can be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// How it is compressed; readers find out by themselves.
    pub compression: Option<Compression>,
    /// What it holds.
    pub format: FileFormat,
    /// Name of its encoding, such as `utf-8`; from all of its bytes, but for Parquet.
    pub encoding: String,
    /// Between values.
    pub delimiter: char,
    /// Around values; none where quotes are plain characters.
    pub quote: Option<char>,
    /// First in lines without data, where there are such lines.
    pub comment: Option<char>,
    /// Lines before the header or the first row that are no data.
    pub skip_lines: usize,
    /// Whether the first line holds column names.
    pub header: bool,
    /// Column names: the header's, made unique, or `column_1`, `column_2`, … where there is none.
    pub names: Vec<String>,
    /// Whether the names have to be given, since the file has none, or an empty one, or one twice.
    pub needs_names: bool,
    /// `,` where numbers are written `1,5`, else `.`.
    pub decimal: char,
    /// The file inside a zip archive, as given.
    pub member: Option<String>,
    /// What is odd about its quotes.
    pub remarks: Vec<String>,
}

/// What is known beforehand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The file inside a zip archive of several.
    pub member: Option<String>,
    /// Name of the encoding.
    pub encoding: Option<String>,
}

impl Detected {
    /// Nothing but this is known yet.
    fn new(format: FileFormat, known: &Known) -> Self {
        Self {
            compression: None,
            format,
            encoding: "utf-8".to_owned(),
            delimiter: ',',
            quote: Some('"'),
            comment: None,
            skip_lines: 0,
            header: true,
            names: Vec::new(),
            needs_names: false,
            decimal: '.',
            member: known.member.clone(),
            remarks: Vec::new(),
        }
    }

    /// Looks at text, and leaves the names of JSON to its reader.
    fn look(&mut self, opened: Opened, shown: &str, known: &Known) -> Result<()> {
        self.compression = opened.compression;
        let mut text = TextReader::open(opened.reader, shown, known.encoding.as_deref())?;
        let sample = sample(&mut text)?;
        self.encoding = text.encoding();
        if self.format == FileFormat::Json || sample.text.trim_start().starts_with(['{', '[']) {
            self.format = FileFormat::Json;
            return Ok(());
        }
        let by_name = if shown.to_ascii_lowercase().contains(".tsv") { '\t' } else { ',' };
        let Found { marks, skip_lines, records, remarks } = marks::find(&sample, by_name);
        self.delimiter = char::from(marks.delimiter);
        self.quote = marks.quote.map(char::from);
        self.comment = marks.comment.map(char::from);
        self.skip_lines = skip_lines;
        self.remarks = remarks;
        self.decimal = header::decimal(&records, self.delimiter);
        self.header = header::is_there(&records, self.decimal);
        (self.names, self.needs_names) = header::names(&records, self.header);
        Ok(())
    }

    /// What reads the file as it was found to be.
    pub fn options(&self) -> FileOptions {
        FileOptions {
            format: Some(self.format),
            member: self.member.clone(),
            decimal_comma: false,
            csv: CsvOptions {
                delimiter: self.delimiter as u8,
                quote: self.quote.map(|quote| quote as u8),
                comment: self.comment.map(|comment| comment as u8),
                header: self.header,
                names: self.needs_names.then(|| self.names.clone()),
                skip_lines: self.skip_lines,
                encoding: (self.format != FileFormat::Parquet).then(|| self.encoding.clone()),
            },
        }
    }
}

/// Looks at a file of which nothing is known; `shown` names it in messages.
///
/// # Errors
/// As for [`detect_knowing`].
pub fn detect(path: &Path, shown: &str) -> Result<Detected> {
    detect_knowing(path, shown, &Known::default())
}

/// Looks at a file of which something is known.
///
/// # Errors
/// Exit code 1 where it cannot be read, 2 where what is known does not fit, 3 where it is no table of text.
pub fn detect_knowing(path: &Path, shown: &str, known: &Known) -> Result<Detected> {
    let mut detected = Detected::new(FileFormat::by_name(shown), known);
    if detected.format == FileFormat::Parquet || is_parquet(path)? {
        detected.format = FileFormat::Parquet;
        detected.names = names(path, shown, &detected)?;
        return Ok(detected);
    }
    detected.look(compressed::open(path, shown, known.member.as_deref())?, shown, known)?;
    if detected.format == FileFormat::Json {
        detected.names = names(path, shown, &detected)?;
    }
    Ok(detected)
}

/// Looks at what comes from no file; the names of JSON stay unknown.
///
/// # Errors
/// As for [`detect`].
pub fn detect_reader(reader: Box<dyn Read>, shown: &str) -> Result<Detected> {
    let known = Known::default();
    let mut detected = Detected::new(FileFormat::Csv, &known);
    detected.look(compressed::unpack(reader, shown, None)?, shown, &known)?;
    Ok(detected)
}

fn is_parquet(path: &Path) -> Result<bool> {
    let mut first = Vec::new();
    fs::open(path)?.take(4).read_to_end(&mut first).map_err(|e| fs::read_error(path, e))?;
    Ok(first == b"PAR1")
}

fn names(path: &Path, shown: &str, detected: &Detected) -> Result<Vec<String>> {
    Ok(file::open(path, shown, &detected.options(), &Silent)?.names().to_vec())
}

/// The first lines of a file.
struct Sample {
    text: String,
    /// Whether there are no others.
    is_whole: bool,
}

/// The first lines; what follows is read too, since any byte may tell the encoding.
fn sample(text: &mut TextReader) -> Result<Sample> {
    let mut sample = String::new();
    while sample.len() < SAMPLE {
        if !text.fill(&mut sample, BLOCK)? {
            return Ok(Sample { text: sample, is_whole: true });
        }
    }
    let mut rest = String::new();
    let mut is_whole = true;
    while text.fill(&mut rest, BLOCK)? {
        is_whole &= rest.is_empty();
        rest.clear();
    }
    if !is_whole && let Some(end) = sample.rfind(['\n', '\r']) {
        sample.truncate(end + 1);
    }
    Ok(Sample { text: sample, is_whole })
}

#[cfg(test)]
mod tests;
