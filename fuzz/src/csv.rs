//! The readers of text sources. Two bytes of an input choose the options, the rest is the file.

use std::io::Cursor;
use std::path::Path;
use std::sync::LazyLock;

use mlops::data::artifact::write_csv;
use mlops::data::sources::{CsvOptions, FileFormat, FileOptions, collect, dialect, open_reader};
use mlops::data::{Table, Values};
use mlops::error::Result;
use mlops::event::Silent;
use tempfile::TempDir;

/// What is read holds no more than the file did, is what the `csv` crate reads, and reads back as it was
/// once it is written.
pub fn csv(data: &[u8]) {
    let [first, second, bytes @ ..] = data else { return };
    let options = if first & 0x80 == 0 { Some(options(*first, *second)) } else { detect(bytes) };
    let Some(options) = options else { return };
    let Ok(table) = read(bytes, &options) else { return };
    let held: usize = table.columns().iter().flat_map(texts).map(|text| text.unwrap_or_default().len()).sum();
    assert!(table.columns().iter().all(|column| column.len() == table.rows()));
    if table.rows() == 0 {
        return;
    }
    assert!(!table.columns().is_empty());
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(
            options.csv.encoding.is_some() || text.contains('\0') || held <= bytes.len(),
            "{held} bytes out of {}",
            bytes.len()
        );
        if options.format == Some(FileFormat::Csv) && plain(&options.csv, text) {
            let mut expected = reference(text);
            // A line of nothing is no row of several columns, even in quotes.
            expected
                .retain(|row| table.columns().len() == 1 || row.iter().any(|field| !field.is_empty()) || row.len() > 1);
            assert_eq!(expected, rows(&table));
        }
    }
    round_trip(&table);
}

fn texts(column: &mlops::data::Column) -> Vec<Option<&str>> {
    let Values::Text(texts) = &column.values else { panic!("`{}` is not text", column.name) };
    texts.iter().collect()
}

fn rows(table: &Table) -> Vec<Vec<String>> {
    let columns: Vec<Vec<Option<&str>>> = table.columns().iter().map(texts).collect();
    (0..table.rows()).map(|row| columns.iter().map(|c| c[row].unwrap_or_default().to_owned()).collect()).collect()
}

fn read(bytes: &[u8], options: &FileOptions) -> Result<Table> {
    let reader = Box::new(Cursor::new(bytes.to_vec()));
    collect(open_reader(reader, "x.csv", options, &Silent)?.as_mut())
}

/// What is found out about a file; its names are those that the reader finds.
fn detect(bytes: &[u8]) -> Option<FileOptions> {
    static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    // One file a thread: tests share the process.
    let path = FOLDER.path().join(format!("{:?}", std::thread::current().id()));
    std::fs::write(&path, bytes).unwrap();
    let found = dialect::detect(&path, "x.csv").ok()?;
    let options = found.options();
    if let Ok(table) = read(bytes, &options) {
        assert_eq!(table.names(), found.names);
    }
    Some(options)
}

fn options(first: u8, second: u8) -> FileOptions {
    let encodings = [None, Some("utf-8"), Some("utf-16"), Some("windows-1252"), Some("shift_jis"), Some("gb18030")];
    FileOptions {
        format: Some(if second & 0x80 != 0 { FileFormat::Json } else { FileFormat::Csv }),
        member: None,
        decimal_comma: second & 0x40 != 0,
        csv: CsvOptions {
            delimiter: [b',', b';', b'\t', b' '][usize::from(first & 3)],
            quote: [Some(b'"'), None, Some(b'\'')][usize::from(second >> 4 & 7) % 3],
            comment: (first & 0x40 != 0).then_some(b'#'),
            header: first & 4 == 0,
            names: (first & 8 != 0).then(|| vec!["a".to_owned(), "b".to_owned()]),
            skip_lines: usize::from(first >> 4 & 3),
            encoding: encodings[usize::from(second & 15) % encodings.len()].map(str::to_owned),
        },
    }
}

/// Whether the `csv` crate reads the same: no dialect, and nothing that we take and it does not.
fn plain(options: &CsvOptions, text: &str) -> bool {
    let default = CsvOptions::default();
    let same = options.delimiter == default.delimiter
        && options.quote == default.quote
        && options.comment.is_none()
        && options.encoding.is_none()
        && options.names.is_none()
        && options.header
        && options.skip_lines == 0;
    // UTF-16, spaces around quotes, lines of spaces, and a last delimiter that begins no field.
    same && !text.contains(['\0', ' ', '\u{feff}'])
        && !text.contains(",\n")
        && !text.contains(",\r")
        && !text.ends_with(',')
}

fn reference(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn round_trip(table: &Table) {
    // Keys of JSON may be what no header holds.
    let in_a_header = |name: &&str| !name.is_empty() && name.trim() == *name && !name.contains('\u{feff}');
    if !table.names().iter().all(in_a_header) {
        return;
    }
    // Read back from nothing but its bytes, a table of such a name would be an archive.
    if table.names().first().is_some_and(|name| name.starts_with("PK")) {
        return;
    }
    // A single name with another delimiter inside looks like one row of several, and is refused as that.
    if let [name] = table.names()[..]
        && name.contains([';', '\t', '|', ','])
    {
        return;
    }
    let mut written = Vec::new();
    write_csv(&mut written, Path::new("x.csv"), table).unwrap_or_else(|e| panic!("cannot write: {e}"));
    let options = FileOptions { format: Some(FileFormat::Csv), ..FileOptions::default() };
    match read(&written, &options) {
        Ok(again) => assert_eq!((table.names(), rows(table)), (again.names(), rows(&again))),
        Err(e) => panic!("what was written cannot be read: {e}"),
    }
}
