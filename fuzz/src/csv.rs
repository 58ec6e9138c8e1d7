//! The CSV reader. The first byte of an input chooses the options, the rest is the file.

use std::path::Path;

use mlops::data::artifact::write_csv;
use mlops::data::sources::{CsvOptions, FileOptions, collect, open_reader};
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
    // One byte of another encoding is at most three of UTF-8; what is packed may be any size.
    let is_packed = bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    assert!(is_packed || held <= 3 * bytes.len(), "{held} bytes out of {}", bytes.len());
    let mut written = Vec::new();
    write_csv(&mut written, Path::new("x.csv"), &table).unwrap_or_else(|e| panic!("cannot write: {e}"));
    // One column may be named `a;b`, which looks like the wrong delimiter where the name is not given.
    let names = (table.columns().len() == 1).then(|| table.names().into_iter().map(str::to_owned).collect());
    match read(&written, &CsvOptions { names, ..CsvOptions::default() }) {
        Ok(again) => assert_eq!(table, again),
        Err(e) => panic!("what was written cannot be read: {e}"),
    }
}

fn read(bytes: &[u8], csv: &CsvOptions) -> Result<Table> {
    let options = FileOptions { csv: csv.clone(), ..FileOptions::default() };
    let bytes = Box::new(std::io::Cursor::new(bytes.to_vec()));
    collect(open_reader(bytes, "x.csv", &options, &Silent)?.as_mut())
}

fn options(choice: u8) -> CsvOptions {
    let named = choice & 8 != 0;
    CsvOptions {
        delimiter: [b',', b';', b'\t', b' '][usize::from(choice & 3)],
        quote: [Some(b'"'), Some(b'\''), None, Some(b'"')][usize::from(choice >> 6)],
        comment: (choice >> 6 == 3).then_some(b'#'),
        header: choice & 4 == 0,
        names: named.then(|| vec!["a".to_owned(), "b".to_owned()]),
        skip_lines: usize::from(choice >> 4 & 3),
        encoding: None,
    }
}
