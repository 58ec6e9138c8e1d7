//! The CSV reader. The first byte of an input chooses the options, the rest is the file.

use std::path::Path;

use mlops::data::artifact::write_csv;
use mlops::data::sources::{self, CsvOptions, FileFormat, FileOptions};
use mlops::data::{Table, Values};
use mlops::error::Result;
use mlops::event::Silent;

/// What is read holds no more than the file did, and reads back as it was once it is written.
pub fn csv(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let Ok(table) = read(bytes, &options(*choice)) else { return };
    assert!(!table.columns().is_empty());
    let mut held = 0;
    for column in table.columns() {
        assert_eq!(column.len(), table.rows());
        let Values::Text(texts) = &column.values else { panic!("`{}` is not text", column.name) };
        held += texts.iter().flatten().map(str::len).sum::<usize>();
    }
    assert!(held <= bytes.len(), "{held} bytes out of {}", bytes.len());
    let mut written = Vec::new();
    write_csv(&mut written, Path::new("x.csv"), &table).unwrap_or_else(|e| panic!("cannot write: {e}"));
    match read(&written, &CsvOptions::default()) {
        Ok(again) => assert_eq!(table, again),
        Err(e) => panic!("what was written cannot be read: {e}"),
    }
}

fn read(bytes: &[u8], options: &CsvOptions) -> Result<Table> {
    let options = FileOptions { format: Some(FileFormat::Csv), member: None, csv: options.clone() };
    let reader = Box::new(std::io::Cursor::new(bytes.to_vec()));
    sources::collect(sources::open_reader(reader, "x.csv", &options, &Silent)?.as_mut())
}

fn options(choice: u8) -> CsvOptions {
    let named = choice & 8 != 0;
    CsvOptions {
        delimiter: [b',', b';', b'\t', b' '][usize::from(choice & 3)],
        header: choice & 4 == 0,
        names: named.then(|| vec!["a".to_owned(), "b".to_owned()]),
        skip_lines: usize::from(choice >> 4 & 3),
        comment: (choice & 64 != 0).then_some(b'#'),
        quote: (choice & 128 == 0).then_some(b'"'),
        encoding: Some("utf-8".to_owned()),
    }
}
