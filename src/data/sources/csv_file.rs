//! Local CSV files, read and checked row by row by the `csv` crate: a ragged row or a duplicate
//! header is refused with its line, since data-frame readers fill and rename in silence.

use std::io::Read;
use std::path::Path;

use super::compressed;
use crate::data::{Column, Strings, Table};
use crate::error::{Error, Result};
use crate::event::{Event, Observer};
use crate::fs;

/// How a CSV file is written.
#[derive(Debug, Clone)]
pub struct CsvOptions {
    /// Between fields.
    pub delimiter: u8,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Column names, where there is no header or in its place.
    pub names: Option<Vec<String>>,
    /// Lines before the header or the first row that are skipped.
    pub skip_lines: usize,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { delimiter: b',', header: true, names: None, skip_lines: 0 }
    }
}

/// A file being read, with its name for messages.
pub struct Input<'a, R> {
    /// The bytes.
    pub reader: R,
    /// Name for messages.
    pub shown: &'a str,
    /// Size in bytes, 0 where unknown.
    pub size: u64,
}

/// Reads a whole CSV file as text.
///
/// # Errors
/// Exit code 3 with the line: ragged rows, empty or duplicate header names, bytes that are not UTF-8,
/// no rows at all.
pub fn read(path: &Path, shown: &str, options: &CsvOptions, observer: &dyn Observer) -> Result<Table> {
    let reader = compressed::open(path)?;
    let size = fs::size(path)?;
    read_from(Input { reader, shown, size }, options, observer)
}

/// [`read`] of any reader.
pub fn read_from<R: Read>(input: Input<R>, options: &CsvOptions, observer: &dyn Observer) -> Result<Table> {
    let Input { reader, shown, size } = input;
    let mut source = SkipLines::new(reader, options.skip_lines);
    source.skip().map_err(|e| fs::read_error(Path::new(shown), e))?;
    let mut rows = Rows::open(source, shown, options)?;
    let task = format!("read {shown}");
    let mut columns: Vec<Strings> = rows.names.iter().map(|_| Strings::default()).collect();
    let mut record = csv::ByteRecord::new();
    let mut seen = 0u64;
    while rows.next(&mut record)? {
        for (column, field) in columns.iter_mut().zip(&record) {
            let text = std::str::from_utf8(field).map_err(|_| rows.not_utf8(&record))?;
            column.push(Some(text));
        }
        seen += 1;
        if seen.is_multiple_of(65_536) {
            let done = record.position().map_or(0, csv::Position::byte);
            observer.event(Event::Progress { task: task.clone(), done, total: size });
        }
    }
    observer.event(Event::Finished { task });
    if seen == 0 {
        return Err(Error::data(format!("`{shown}` has a header and no rows")).hint("check that it is the right file"));
    }
    Ok(Table::new(rows.names.into_iter().zip(columns).map(|(name, values)| Column::text(name, values)).collect()))
}

/// The column names of a file, from its header or as given.
pub fn columns(path: &Path, shown: &str, options: &CsvOptions) -> Result<Vec<String>> {
    let mut source = SkipLines::new(compressed::open(path)?, options.skip_lines);
    source.skip().map_err(|e| fs::read_error(path, e))?;
    Ok(Rows::open(source, shown, options)?.names)
}

struct Rows<'a, R> {
    reader: csv::Reader<SkipLines<R>>,
    shown: &'a str,
    names: Vec<String>,
    skipped: u64,
    pending: Option<csv::ByteRecord>,
}

impl<'a, R: Read> Rows<'a, R> {
    fn open(source: SkipLines<R>, shown: &'a str, options: &CsvOptions) -> Result<Self> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(options.delimiter)
            .buffer_capacity(1 << 16)
            .from_reader(source);
        let mut rows = Self { reader, shown, names: Vec::new(), skipped: options.skip_lines as u64, pending: None };
        let mut first = csv::ByteRecord::new();
        if !rows.read(&mut first)? {
            return Err(Error::data(format!("`{shown}` is empty")).hint("check that it is the right file"));
        }
        rows.names = match (&options.names, options.header) {
            (Some(names), _) => names.clone(),
            (None, true) => rows.header(&first)?,
            (None, false) => (1..=first.len()).map(|n| format!("column_{n}")).collect(),
        };
        rows.check_names()?;
        if !options.header {
            rows.pending = Some(first);
        } else if first.len() != rows.names.len() {
            return Err(rows.ragged(&first));
        }
        Ok(rows)
    }

    fn read(&mut self, record: &mut csv::ByteRecord) -> Result<bool> {
        self.reader
            .read_byte_record(record)
            .map_err(|e| Error::failure(format!("cannot read `{}`", self.shown)).because(e))
    }

    /// The next row that is not an empty line; its length is that of the header.
    fn next(&mut self, record: &mut csv::ByteRecord) -> Result<bool> {
        if let Some(first) = self.pending.take() {
            *record = first;
        } else if !self.read(record)? {
            return Ok(false);
        }
        if record.len() != self.names.len() {
            return Err(self.ragged(record));
        }
        Ok(true)
    }

    fn line(&self, record: &csv::ByteRecord) -> u64 {
        self.skipped + record.position().map_or(0, csv::Position::line)
    }

    fn ragged(&self, record: &csv::ByteRecord) -> Error {
        Error::data(format!(
            "`{}` line {}: {} fields found, {} expected",
            self.shown,
            self.line(record),
            record.len(),
            self.names.len()
        ))
        .hint("a delimiter or a line break inside a value must stand in double quotes; is the delimiter right?")
    }

    fn not_utf8(&self, record: &csv::ByteRecord) -> Error {
        let bad = |field: &&[u8]| std::str::from_utf8(field).is_err();
        let column = record.iter().position(|f| bad(&f)).and_then(|at| self.names.get(at)).cloned().unwrap_or_default();
        Error::data(format!("`{}` line {}, column `{column}`: not valid UTF-8", self.shown, self.line(record)))
            .hint("save the file as UTF-8")
    }

    fn header(&self, record: &csv::ByteRecord) -> Result<Vec<String>> {
        let names = record.iter().map(|field| std::str::from_utf8(field).map(|t| t.trim().to_owned()));
        let mut names = names.collect::<Result<Vec<_>, _>>().map_err(|_| self.not_utf8(record))?;
        if let Some(first) = names.first_mut() {
            *first = first.trim_start_matches('\u{feff}').to_owned();
        }
        Ok(names)
    }

    fn check_names(&self) -> Result<()> {
        for (at, name) in self.names.iter().enumerate() {
            let refuse = |what: &str| {
                Err(Error::data(format!("`{}` header, field {}: {what}", self.shown, at + 1))
                    .hint("give every column a name of its own, in the file or with `names:` in configs/config.yaml"))
            };
            if name.is_empty() {
                return refuse("the name is empty");
            }
            if let Some(first) = self.names[..at].iter().position(|n| n == name) {
                return refuse(&format!("`{name}` stands twice, first in field {}", first + 1));
            }
        }
        Ok(())
    }
}

/// Passes a reader on after its first `lines` lines.
struct SkipLines<R> {
    reader: R,
    lines: usize,
    rest: std::io::Cursor<Vec<u8>>,
}

impl<R: Read> SkipLines<R> {
    fn new(reader: R, lines: usize) -> Self {
        Self { reader, lines, rest: std::io::Cursor::new(Vec::new()) }
    }

    fn skip(&mut self) -> std::io::Result<()> {
        let mut buffer = vec![0; 1 << 14];
        while self.lines > 0 {
            let read = self.reader.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            for at in 0..read {
                self.lines -= usize::from(buffer[at] == b'\n');
                if self.lines == 0 {
                    self.rest = std::io::Cursor::new(buffer[at + 1..read].to_vec());
                    break;
                }
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for SkipLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.rest.read(buffer)? {
            0 => self.reader.read(buffer),
            n => Ok(n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Silent;

    fn read_text(text: &[u8], options: &CsvOptions) -> Result<Table> {
        read_from(Input { reader: text, shown: "x.csv", size: 0 }, options, &Silent)
    }

    #[test]
    fn values_stay_as_they_are() {
        let table = read_text(b"\xef\xbb\xbfa,b\n 1 ,\"x, \"\"y\"\"\nz\"\n,NA\n", &CsvOptions::default()).unwrap();
        assert_eq!(table.names(), ["a", "b"]);
        let texts = |name: &str| match &table.column(name).unwrap().values {
            crate::data::Values::Text(t) => t.iter().map(|v| v.unwrap().to_owned()).collect::<Vec<_>>(),
            _ => unreachable!(),
        };
        assert_eq!(texts("a"), [" 1 ", ""]);
        assert_eq!(texts("b"), ["x, \"y\"\nz", "NA"]);
    }

    #[test]
    fn files_without_a_header_and_with_junk_lines() {
        let options = CsvOptions {
            header: false,
            names: Some(vec!["a".into(), "b".into()]),
            skip_lines: 1,
            ..CsvOptions::default()
        };
        let table = read_text(b"|1x3 junk\n25,x\n38,y\n\n", &options).unwrap();
        assert_eq!((table.rows(), table.names()), (2, vec!["a", "b"]));
        assert_eq!(
            table.column("b").unwrap().values,
            Column::text("b", [Some("x"), Some("y")].into_iter().collect()).values
        );
    }

    #[test]
    fn broken_files_are_refused_with_their_line() {
        for (text, expected) in [
            (&b"a,b\n1,2\n3\n"[..], "`x.csv` line 3: 1 fields found, 2 expected"),
            (b"a,b,a\n1,2,3\n", "`x.csv` header, field 3: `a` stands twice, first in field 1"),
            (b"a,,c\n1,2,3\n", "`x.csv` header, field 2: the name is empty"),
            (b"a,b\n1,\xff\n", "`x.csv` line 2, column `b`: not valid UTF-8"),
            (b"a,b\n", "`x.csv` has a header and no rows"),
            (b"", "`x.csv` is empty"),
        ] {
            assert_eq!(read_text(text, &CsvOptions::default()).unwrap_err().message(), expected);
        }
    }
}
