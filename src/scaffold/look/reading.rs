//! The files as text, and how they are written.

use std::path::Path;

use super::findings::{Comment, Part, Source};
use super::{Placement, Request, names};
use crate::data::sources::{self, FileFormat, FileOptions, dialect};
use crate::data::{Column, PART, ROW_ID, Table, Values, memory};
use crate::error::{Error, Result, suggest};
use crate::event::Observer;
use crate::fs;
use crate::scaffold::place;
use crate::scaffold::write::text;

/// First rows kept where a file has no header.
const SHOWN: usize = 3;
/// Columns named in an error.
const SHOWN_NAMES: usize = 6;
/// Bytes of memory a byte of text takes, as measured.
const MEMORY: u64 = 5;
/// Bytes of text a compressed byte stands for, as a rule.
const PACKED: u64 = 5;

/// The rows of all files, those of the training file first.
pub struct Tables {
    /// All rows.
    pub table: Table,
    /// How many of them are to learn from.
    pub train: usize,
    /// The files.
    pub sources: Vec<Source>,
    /// The sign between values, where there is one.
    pub delimiter: Option<u8>,
    /// What is to be decided about the files themselves.
    pub comments: Vec<Comment>,
}

/// Reads the table, and the one to test on; numbers that are no texts get the decimal sign asked for.
///
/// # Errors
/// As for reading a source; exit code 3 where the two files have other columns.
pub fn read(request: &Request, decimal_comma: bool, observer: &dyn Observer) -> Result<Tables> {
    let One { mut source, mut table, mut delimiter, mut comments } =
        read_one(request, &request.data, None, decimal_comma, observer)?;
    source.url.clone_from(&request.url);
    let train = table.rows();
    let mut sources = Vec::new();
    if let Some(test) = &request.test {
        let names: Vec<String> = table.names().into_iter().map(str::to_owned).collect();
        let other = read_one(request, test, Some(&names), decimal_comma, observer)?;
        let mut part = other.source;
        if part.file == source.file {
            return Err(Error::usage(format!(
                "`{}` and `{}` have the same name",
                request.data.display(),
                test.display()
            ))
            .hint("rename one of them, since both go to data/external/"));
        }
        (source.part, part.part) = (Some(Part::Train), Some(Part::Test));
        table = below(table, other.table);
        delimiter = delimiter.or(other.delimiter);
        comments.extend(other.comments);
        sources.push(part);
    }
    sources.insert(0, source);
    Ok(Tables { table, train, sources, delimiter, comments })
}

/// One file.
struct One {
    source: Source,
    table: Table,
    delimiter: Option<u8>,
    comments: Vec<Comment>,
}

fn read_one(
    request: &Request,
    path: &Path,
    expected: Option<&[String]>,
    decimal_comma: bool,
    observer: &dyn Observer,
) -> Result<One> {
    let shown = path.display().to_string();
    let detected = dialect::detect_knowing(path, &shown, &request.known)?;
    let mut options = FileOptions { decimal_comma, ..detected.options() };
    if detected.encoding == "utf-8" && request.known.encoding.is_none() {
        options.csv.encoding = None;
    }
    let file = match request.placement {
        Placement::InPlace => place::inside(&request.folder, path)?,
        _ => format!("data/external/{}", names::stored(path)),
    };
    let (mut why_names, mut first_rows) = (String::new(), Vec::new());
    if options.format == Some(FileFormat::Csv) {
        let redo = request.delimiter.is_some_and(|d| d != options.csv.delimiter);
        options.csv.delimiter = request.delimiter.unwrap_or(options.csv.delimiter);
        let rows = head(path, &shown, &options, observer)?;
        let first = rows.first().cloned().unwrap_or_default();
        let header = request.header.or(names_target(request, &first, expected).then_some(true));
        options.csv.header = header.unwrap_or(options.csv.header || redo);
        let (found, changed) = match options.csv.header {
            false => ((1..=first.len()).map(|n| format!("column_{n}")).collect(), Vec::new()),
            true => dialect::repaired(&first),
        };
        (why_names, options.csv.names) = match (options.csv.header, expected) {
            // A test file without a header has the columns of the training file.
            (false, Some(names)) if names.len() == found.len() => {
                ("as the training file's".to_owned(), Some(names.to_vec()))
            }
            (false, _) => ("the file has no header: name them here, and everywhere else".to_owned(), Some(found)),
            (true, _) if !changed.is_empty() => (text::some(&changed, 3), Some(found)),
            (true, _) => (String::new(), None),
        };
        if !options.csv.header {
            first_rows = rows.into_iter().take(SHOWN).collect();
        }
    }
    // Text, its typed values and what is counted of them stand side by side.
    let packed = if detected.compression.is_some() { PACKED } else { 1 };
    memory::check(fs::size(path)?.saturating_mul(MEMORY * packed), &format!("looking at `{shown}`"))?;
    let mut batches = sources::open(path, &shown, &options, observer)?;
    let table = ordered(sources::collect(batches.as_mut())?, &shown, expected)?;
    let notes = detected.compression.iter().map(|c| format!("{c:?}").to_lowercase()).chain(batches.notes()).collect();
    drop(batches);
    let why_encoding = if request.known.encoding.is_some() { "as asked for" } else { "found from the bytes" };
    let layout = layout(&file, &options, &why_names, why_encoding);
    let source = Source {
        found: path.to_path_buf(),
        file,
        url: None,
        part: None,
        rows: table.rows(),
        has_numbers: options.format.is_some_and(|format| format != FileFormat::Csv),
        layout,
        first_rows,
        notes,
    };
    let about = |remark: &String| Comment { column: None, text: format!("`{shown}`: {remark}"), drop: Vec::new() };
    Ok(One {
        source,
        table,
        delimiter: (options.format == Some(FileFormat::Csv)).then_some(options.csv.delimiter),
        comments: detected.remarks.iter().map(about).collect(),
    })
}

/// Whether the first row holds the name of the target, which no row of data does; or most names of the training file.
/// A number is a column's place first.
fn names_target(request: &Request, first: &[String], expected: Option<&[String]>) -> bool {
    if let Some(expected) = expected {
        let (names, _) = dialect::repaired(first);
        return expected.iter().filter(|name| names.contains(name)).count() * 2 > expected.len();
    }
    let is_place = |target: &str| target.parse::<usize>().is_ok_and(|place| (1..=first.len()).contains(&place));
    request.target.as_ref().is_some_and(|target| !is_place(target) && first.contains(target))
}

/// Refuses columns with names that the pipeline gives to its own.
///
/// # Errors
/// Exit code 3 with the name.
pub fn refuse_own_names(table: &Table, file: &Path) -> Result<()> {
    match table.names().into_iter().find(|name| *name == ROW_ID || *name == PART) {
        None => Ok(()),
        Some(taken) => {
            Err(Error::data(format!("`{}` has a column `{taken}`, which mlops adds itself", file.display()))
                .hint("give the column another name in the file"))
        }
    }
}

/// The table with its columns in the order of the training file.
fn ordered(table: Table, shown: &str, expected: Option<&[String]>) -> Result<Table> {
    if table.rows() == 0 {
        return Err(Error::data(format!("`{shown}` has no rows")).hint("check that it is the right file"));
    }
    let names = table.names();
    let Some(expected) = expected.filter(|expected| *expected != names) else { return Ok(table) };
    let odd: Vec<String> =
        names.iter().filter(|n| !expected.iter().any(|e| e == *n)).map(|n| (*n).to_owned()).collect();
    let lost: Vec<String> = expected.iter().filter(|e| !names.contains(&e.as_str())).cloned().collect();
    if !odd.is_empty() || !lost.is_empty() {
        let list = |what: &str, names: &[String]| match names.len() {
            0 => None,
            _ => Some(format!("{what} {}", text::some(names, SHOWN_NAMES))),
        };
        let what: Vec<String> = [list("it lacks", &lost), list("it adds", &odd)].into_iter().flatten().collect();
        let error = Error::data(format!("`{shown}` has other columns than the training file: {}", what.join(", ")));
        return Err(
            error.maybe_hint(odd.first().and_then(|odd| suggest(odd, "columns of the training file", expected)))
        );
    }
    let place = |column: &Column| expected.iter().position(|e| *e == column.name);
    let mut columns = table.into_columns();
    columns.sort_by_key(place);
    Ok(Table::new(columns))
}

/// The first rows, the header among them.
fn head(path: &Path, shown: &str, options: &FileOptions, observer: &dyn Observer) -> Result<Vec<Vec<String>>> {
    let mut options = options.clone();
    (options.csv.header, options.csv.names) = (false, None);
    let first = sources::open(path, shown, &options, observer)?.next()?.unwrap_or_default();
    let row = |row: usize| {
        let texts = first.columns().iter().map(|column| match &column.values {
            Values::Text(texts) => texts.get(row).unwrap_or_default().trim().to_owned(),
            _ => String::new(),
        });
        texts.collect()
    };
    Ok((0..first.rows().min(SHOWN + 1)).map(row).collect())
}

/// The rows of one table below those of another with the same columns.
fn below(table: Table, rows: Table) -> Table {
    let pairs = table.into_columns().into_iter().zip(rows.into_columns());
    let joined = pairs.map(|(mut all, more)| {
        if let (Values::Text(all), Values::Text(more)) = (&mut all.values, &more.values) {
            all.append(more);
        }
        all
    });
    Table::new(joined.collect::<Vec<Column>>())
}

/// The keys that a source needs to be read so: key, YAML, and why.
fn layout(file: &str, options: &FileOptions, why_names: &str, why_encoding: &str) -> Vec<(String, String, String)> {
    let mut keys = Vec::new();
    let mut key = |name: &str, value: String, why: &str| keys.push((name.to_owned(), value, why.to_owned()));
    let by_name = FileFormat::by_name(file);
    let format = options.format.unwrap_or(by_name);
    if format != by_name {
        let name = match format {
            FileFormat::Csv => "csv",
            FileFormat::Json => "json",
            FileFormat::Parquet => "parquet",
        };
        key("format", name.to_owned(), "the name does not tell");
    }
    let csv = &options.csv;
    if let Some(member) = &options.member {
        key("member", text::scalar(member), "the file inside the archive");
    }
    if let Some(encoding) = &csv.encoding {
        key("encoding", text::scalar(encoding), why_encoding);
    }
    if format != FileFormat::Csv {
        return keys;
    }
    let sign = |byte: u8| text::scalar(&char::from(byte).to_string());
    match csv.delimiter {
        b',' if !is_tsv(file) => {}
        b'\t' if is_tsv(file) => {}
        b'\t' => key("delimiter", "tab".to_owned(), ""),
        other => key("delimiter", sign(other), ""),
    }
    match csv.quote {
        Some(b'"') => {}
        Some(other) => key("quote", sign(other), ""),
        None => key("quote", "null".to_owned(), "quotes are plain characters"),
    }
    if let Some(comment) = csv.comment {
        key("comment", sign(comment), "begins lines without data");
    }
    if csv.skip_lines > 0 {
        key("skip_lines", csv.skip_lines.to_string(), "lines before the table");
    }
    if !csv.header {
        key("header", "false".to_owned(), "the first line is data");
    }
    if let Some(names) = &csv.names {
        key("names", text::list(names), why_names);
    }
    keys
}

/// Whether the ending of the name alone means tabs.
fn is_tsv(file: &str) -> bool {
    let name = file.to_ascii_lowercase();
    [".gz", ".zst", ".zip"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name).ends_with(".tsv")
}
