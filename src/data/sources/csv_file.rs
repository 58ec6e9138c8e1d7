//! CSV texts, checked row by row: a ragged row or a duplicate header is refused with its line, since
//! data-frame readers fill and rename in silence.

use std::cell::Cell;
use std::rc::Rc;

use super::Batches;
use super::compressed::Opened;
use super::scan::{Field, Marks, Scan, line_end, lines_of};
use super::text::TextReader;
use crate::data::{Column, Strings, Table};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};

/// How a CSV file is written.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields that hold a delimiter or a line break; doubled inside.
    pub quote: Option<u8>,
    /// First in lines that are no data.
    pub comment: Option<u8>,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Column names, where there is no header or in its place.
    pub names: Option<Vec<String>>,
    /// Lines before the header or the first row that are skipped.
    pub skip_lines: usize,
    /// Name of the encoding; found out where absent.
    pub encoding: Option<String>,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            comment: None,
            header: true,
            names: None,
            skip_lines: 0,
            encoding: None,
        }
    }
}

/// Rows in a batch, fewer where they are wide: bounds memory.
const BATCH_ROWS: usize = 8192;
const BATCH_CELLS: usize = 1 << 18;
const BATCH_BYTES: usize = 8 << 20;
/// Bytes read at a time.
const BLOCK: usize = 1 << 18;
/// A record longer than this is refused: it is a file without line ends, or a quote that never closes.
const LONGEST_RECORD: usize = 64 << 20;

/// A CSV file being read.
pub struct CsvFile<'a> {
    rows: Rows,
    names: Vec<String>,
    /// Whether every line ends in a delimiter that begins no field.
    trailing: bool,
    done: Rc<Cell<u64>>,
    size: u64,
    observer: &'a dyn Observer,
}

impl<'a> CsvFile<'a> {
    /// Reads up to the first row.
    ///
    /// # Errors
    /// Exit code 3 with the line: empty or duplicate header names, bytes that are no text, no line at all.
    pub fn open(opened: Opened, shown: &str, options: &CsvOptions, observer: &'a dyn Observer) -> Result<Self> {
        let (done, size) = (Rc::clone(&opened.done), opened.size);
        let (mut rows, first) = start(opened, shown, options)?;
        let (names, trailing) = name_columns(&first, options);
        check_names(&names, shown)?;
        if options.names.is_none() {
            check_delimiter(&names, shown, options.delimiter)?;
        }
        if options.header {
            rows.check_width(names.len(), trailing)?;
            rows.consume();
        }
        Ok(Self { rows, names, trailing, done, size, observer })
    }
}

/// The first row of a file, be it header or data.
///
/// # Errors
/// As for [`CsvFile::open`].
pub fn first_row(opened: Opened, shown: &str, options: &CsvOptions) -> Result<Vec<String>> {
    let (_, first) = start(opened, shown, options)?;
    Ok(first.iter().map(|text| column_name(text).to_owned()).collect())
}

/// The records of a file, of which the first is at hand.
fn start(opened: Opened, shown: &str, options: &CsvOptions) -> Result<(Rows, Vec<String>)> {
    let text = TextReader::open(opened.reader, shown, options.encoding.as_deref())?;
    let marks = Marks { delimiter: options.delimiter, quote: options.quote, comment: options.comment };
    let mut rows = Rows::new(text, shown, marks);
    rows.skip_lines(options.skip_lines)?;
    while rows.next()? && rows.is_empty_line() {
        rows.consume();
    }
    if rows.fields.is_empty() {
        return Err(Error::data(format!("`{shown}` is empty")).hint("check that it is the right file"));
    }
    let first = rows.texts();
    check_is_table(&first, shown)?;
    Ok((rows, first))
}

impl Batches for CsvFile<'_> {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn next(&mut self) -> Result<Option<Table>> {
        let width = self.names.len();
        let most = (BATCH_CELLS / width.max(1)).clamp(32, BATCH_ROWS);
        let mut columns: Vec<Strings> = self.names.iter().map(|_| Strings::with_capacity(most, 0)).collect();
        let (mut rows, mut bytes) = (0, 0);
        while rows < most && bytes < BATCH_BYTES && self.rows.next()? {
            if self.rows.is_blank(width) {
                self.rows.consume();
                continue;
            }
            self.rows.check_width(width, self.trailing)?;
            bytes += self.rows.push(&mut columns);
            self.rows.consume();
            rows += 1;
        }
        let task = format!("read {}", self.rows.shown);
        if rows == 0 {
            self.observer.event(Event::Finished { task });
            return Ok(None);
        }
        self.observer.event(Event::Progress { task, done: self.done.get(), total: self.size });
        let named = self.names.iter().zip(columns);
        Ok(Some(Table::new(named.map(|(name, values)| Column::text(name.as_str(), values)).collect())))
    }

    fn notes(&self) -> Vec<String> {
        self.rows.text.note().map(str::to_owned).into_iter().collect()
    }
}

/// A page to sign in on, saved or fetched in place of the table, would else be a table of odd names.
fn check_is_table(first: &[String], shown: &str) -> Result<()> {
    if first.first().is_some_and(|text| looks_like_web_page(text)) {
        return Err(Error::data(format!("`{shown}` is a web page, not a table"))
            .hint("open it in a browser to see what it says; perhaps the address wants credentials"));
    }
    Ok(())
}

/// Whether a text begins as web pages do.
pub fn looks_like_web_page(text: &str) -> bool {
    let start = column_name(text);
    ["<!doctype html", "<html"].iter().any(|mark| start.get(..mark.len()).is_some_and(|s| s.eq_ignore_ascii_case(mark)))
}

/// The names of the columns by the first row, and whether a delimiter at the end of every row begins none.
fn name_columns(first: &[String], options: &CsvOptions) -> (Vec<String>, bool) {
    let ends_empty = first.len() > 1 && first.last().is_some_and(|text| text.trim().is_empty());
    match &options.names {
        Some(names) => (names.clone(), ends_empty && first.len() == names.len() + 1),
        None if options.header => {
            let kept = &first[..first.len() - usize::from(ends_empty)];
            (kept.iter().map(|name| column_name(name).to_owned()).collect(), ends_empty)
        }
        None => ((1..=first.len()).map(|n| format!("column_{n}")).collect(), false),
    }
}

/// A name as it stands in a header: without space around it, nor the byte order marks of joined files.
pub fn column_name(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

fn check_names(names: &[String], shown: &str) -> Result<()> {
    let mut seen = std::collections::HashMap::new();
    for (at, name) in names.iter().enumerate() {
        let refuse = |what: &str| {
            Err(Error::data(format!("`{shown}` header, field {}: {what}", at + 1))
                .hint("give every column a name of its own, in the file or with `names:` in configs/config.yaml"))
        };
        if name.is_empty() {
            return refuse("the name is empty");
        }
        if let Some(first) = seen.insert(name, at) {
            return refuse(&format!("`{name}` stands twice, first in field {}", first + 1));
        }
    }
    Ok(())
}

/// One column whose name holds a delimiter is several, as a rule.
fn check_delimiter(names: &[String], shown: &str, delimiter: u8) -> Result<()> {
    let [only] = names else { return Ok(()) };
    let others = [(';', ";"), ('\t', "tab"), ('|', "|"), (',', ",")];
    match others.iter().find(|(other, _)| *other != char::from(delimiter) && only.contains(*other)) {
        Some((_, key)) => Err(Error::data(format!("`{shown}` has one column: `{only}`"))
            .hint(format!("if `{key}` stands between its values, say so: `--delimiter` of `mlops init`, `delimiter: \"{key}\"` beside the file in configs/config.yaml"))),
        None => Ok(()),
    }
}

/// Records of a text that is read as it is needed.
struct Rows {
    text: TextReader,
    shown: String,
    marks: Marks,
    buffer: String,
    /// Whether all text is in the buffer.
    last: bool,
    /// Where the current record begins, and the one after it.
    at: usize,
    next: usize,
    /// Line of the current record, and of the one after it.
    line: u64,
    next_line: u64,
    fields: Vec<Field>,
    scratch: String,
    longest: usize,
}

impl Rows {
    fn new(text: TextReader, shown: &str, marks: Marks) -> Self {
        Self {
            text,
            shown: shown.to_owned(),
            marks,
            buffer: String::new(),
            last: false,
            at: 0,
            next: 0,
            line: 1,
            next_line: 1,
            fields: Vec::new(),
            scratch: String::new(),
            longest: LONGEST_RECORD,
        }
    }

    /// Passes over lines, whatever is in them.
    fn skip_lines(&mut self, lines: usize) -> Result<()> {
        for _ in 0..lines {
            loop {
                let bytes = &self.buffer.as_bytes()[self.at..];
                let end = memchr::memchr2(b'\n', b'\r', bytes).and_then(|at| line_end(bytes, at, self.last));
                if let Some(end) = end {
                    self.at += end;
                    break;
                }
                if self.last {
                    self.at = self.buffer.len();
                    return Ok(());
                }
                self.fill()?;
            }
            self.line += 1;
        }
        Ok(())
    }

    /// Finds the record at this place, behind empty lines and comments; false at the end.
    fn next(&mut self) -> Result<bool> {
        loop {
            match self.marks.scan(self.buffer.as_bytes(), self.at, self.last, &mut self.fields) {
                Scan::Record { next, quoted } => {
                    let lines = if quoted { lines_of(&self.buffer.as_bytes()[self.at..next]) } else { 1 };
                    self.next = next;
                    self.next_line = self.line + lines;
                    return Ok(true);
                }
                Scan::Skip(next) => {
                    self.at = next;
                    self.line += 1;
                }
                Scan::More => self.fill()?,
                Scan::End => return Ok(false),
                Scan::Unclosed => return Err(self.unclosed()),
            }
        }
    }

    /// Goes on behind the record that [`Rows::next`] found.
    fn consume(&mut self) {
        self.at = self.next;
        self.line = self.next_line;
    }

    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.at);
        self.at = 0;
        if self.buffer.len() > self.longest {
            return Err(Error::data(format!(
                "`{}` line {}: more than {} MB without the end of a row",
                self.shown,
                self.line,
                self.longest >> 20
            ))
            .hint("is it a table? a quote that never closes takes in all that follows; in a project, `quote: null` beside the file makes quotes plain characters"));
        }
        // Twice as much each time, so that a long record is not scanned over and over.
        let wanted = self.buffer.len().max(BLOCK);
        self.last = !self.text.fill(&mut self.buffer, wanted)?;
        Ok(())
    }

    fn texts(&mut self) -> Vec<String> {
        let (marks, buffer, scratch) = (self.marks, &self.buffer, &mut self.scratch);
        self.fields.iter().map(|field| marks.field(buffer, *field, scratch).to_owned()).collect()
    }

    /// Appends each field to its column; the sum of their lengths.
    fn push(&mut self, columns: &mut [Strings]) -> usize {
        for (column, field) in columns.iter_mut().zip(&self.fields) {
            column.push(Some(self.marks.field(&self.buffer, *field, &mut self.scratch)));
        }
        self.next - self.at
    }

    /// Whether nothing but spaces stands before the end of the line; an empty name or value in quotes does.
    fn is_empty_line(&self) -> bool {
        let line = &self.buffer[self.at..self.next];
        self.fields.len() == 1 && line.bytes().all(|byte| matches!(byte, b' ' | b'\r' | b'\n'))
    }

    /// Whether the line is empty to the eye; one column may well hold spaces.
    fn is_blank(&self, width: usize) -> bool {
        width > 1 && self.fields.len() == 1 && self.fields[0].is_blank(self.buffer.as_bytes())
    }

    fn check_width(&self, width: usize, trailing: bool) -> Result<()> {
        let found = self.fields.len();
        let ends_empty = || self.fields.last().is_some_and(|field| field.is_blank(self.buffer.as_bytes()));
        if found == width || (trailing && found == width + 1 && ends_empty()) {
            return Ok(());
        }
        Err(Error::data(format!("`{}` line {}: {found} fields found, {width} expected", self.shown, self.line))
            .hint("a delimiter or a line break inside a value must stand in double quotes; is the delimiter right?"))
    }

    fn unclosed(&self) -> Error {
        Error::data(format!("`{}` line {}: a quote opens in this row and never closes", self.shown, self.line))
            .hint("double a quote inside a quoted value; in a project, `quote: null` beside the file makes quotes plain characters")
    }
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
