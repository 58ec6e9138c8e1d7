//! CSV texts in, tables or refusals out.

use super::*;
use crate::data::Values;
use crate::data::sources::{FileOptions, collect, open_reader};
use crate::event::Silent;

fn read(text: &[u8], csv: &CsvOptions) -> Result<Table> {
    let options = FileOptions { csv: csv.clone(), ..FileOptions::default() };
    let bytes = Box::new(std::io::Cursor::new(text.to_vec()));
    collect(open_reader(bytes, "x.csv", &options, &Silent)?.as_mut())
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    let column = |column: &'_ Column| match &column.values {
        Values::Text(texts) => texts.iter().map(|text| text.unwrap().to_owned()).collect::<Vec<_>>(),
        _ => unreachable!(),
    };
    let columns: Vec<Vec<String>> = table.columns().iter().map(column).collect();
    columns.into_iter().map(|c| c.into_iter().map(|t| &*t.leak()).collect()).collect()
}

#[test]
fn values_stay_as_they_are() {
    let table = read(b"\xef\xbb\xbfa,b\n 1 ,\"x, \"\"y\"\"\nz\"\n,NA\n", &CsvOptions::default()).unwrap();
    assert_eq!(table.names(), ["a", "b"]);
    assert_eq!(texts(&table), [[" 1 ", ""], ["x, \"y\"\nz", "NA"]]);
}

#[test]
fn dialects_are_read() {
    let own = CsvOptions::default;
    let named = || Some(vec!["a".to_owned(), "b".to_owned()]);
    let headless = CsvOptions { header: false, names: named(), ..own() };
    for (text, options) in [
        ("a,b\r\n1,x\r\n2,y", own()),
        ("a,b\r1,x\r2,y\r", own()),
        ("a\tb\n1\tx\n2\ty\n", CsvOptions { delimiter: b'\t', ..own() }),
        ("a;b;\n1;x;\n2;y\n", CsvOptions { delimiter: b';', ..own() }),
        ("|1x3 junk\n1,x\n\n   \n2,y\n\n", CsvOptions { skip_lines: 1, ..headless.clone() }),
        ("1,x,\n2,y,\n", headless.clone()),
        ("# made by hand\na,b\n#\n1,x\n2,y\n# end", CsvOptions { comment: Some(b'#'), ..own() }),
        ("q,\"r\ns\"\n1,x\n2,y\n", CsvOptions { names: named(), ..own() }),
        ("a,b\n1,'x'\n2,y\n", CsvOptions { quote: Some(b'\''), ..own() }),
        ("\"a\", \"b\"\n\"1\", \"x\"\n\"2\", \"y\"\n", own()),
        ("1,x\n2,y", headless),
    ] {
        let table = read(text.as_bytes(), &options).unwrap();
        assert_eq!(table.names(), ["a", "b"], "{text:?}");
        assert_eq!(texts(&table), [["1", "2"], ["x", "y"]], "{text:?}");
    }
    let plain = read(b"a,b\n\"1,x\"\n", &CsvOptions { quote: None, ..own() }).unwrap();
    assert_eq!(texts(&plain), [["\"1"], ["x\""]]);
}

#[test]
fn broken_files_are_refused_with_their_line() {
    for (text, expected) in [
        (&b"a,b\n1,2\n3\n"[..], "`x.csv` line 3: 1 fields found, 2 expected"),
        (b"\"\"\na\n1\n", "`x.csv` header, field 1: the name is empty"),
        (b"a,b\n\"1\n\n1\",2\n3,4,5\n", "`x.csv` line 5: 3 fields found, 2 expected"),
        (b"a,b\n1,2,\n", "`x.csv` line 2: 3 fields found, 2 expected"),
        (b"a,b,\n1,2,3\n", "`x.csv` line 2: 3 fields found, 2 expected"),
        (b"a,b,a\n1,2,3\n", "`x.csv` header, field 3: `a` stands twice, first in field 1"),
        (b"a,,c\n1,2,3\n", "`x.csv` header, field 2: the name is empty"),
        (b"a,b\n1,2\n1,\"\n", "`x.csv` line 3: a quote opens in this row and never closes"),
        (b"a;b\n1;2\n", "`x.csv` has one column: `a;b`"),
        (b"\n\n", "`x.csv` is empty"),
        (b"", "`x.csv` is empty"),
    ] {
        assert_eq!(read(text, &CsvOptions::default()).unwrap_err().message(), expected);
    }
    let utf_8 = CsvOptions { encoding: Some("utf-8".to_owned()), ..CsvOptions::default() };
    assert_eq!(read(b"a,b\n1,\xff\n", &utf_8).unwrap_err().message(), "`x.csv` line 2: not valid UTF-8");
}

#[test]
fn a_row_without_end_is_refused_before_it_fills_the_memory() {
    let text = format!("a,b\n1,2\n\"{}", "x\n".repeat(1 << 20));
    let reader = TextReader::open(Box::new(std::io::Cursor::new(text.into_bytes())), "x.csv", None).unwrap();
    let mut rows = Rows::new(reader, "x.csv", Marks { delimiter: b',', quote: Some(b'"'), comment: None });
    rows.longest = 1 << 20;
    let refused = std::iter::repeat_with(|| rows.next().map(|_| rows.consume())).find_map(Result::err).unwrap();
    assert_eq!(refused.message(), "`x.csv` line 3: more than 1 MB without the end of a row");
}

#[test]
fn batches_join_to_the_whole_whatever_their_size() {
    let wide: Vec<String> = (0..5000).map(|n| format!("c{n}")).collect();
    let row: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
    let text = format!("{}\n{}", wide.join(","), format!("{}\n", row.join(",")).repeat(150));
    let table = read(text.as_bytes(), &CsvOptions::default()).unwrap();
    assert_eq!((table.rows(), table.columns().len()), (150, 5000));
    let rows: String = (0..20_000).map(|n| format!("{n},\"é\n{n}\"\r\n")).collect();
    let table = read(format!("a,b\n{rows}").as_bytes(), &CsvOptions::default()).unwrap();
    let found = texts(&table);
    assert!((0..20_000).all(|n| found[0][n] == n.to_string() && found[1][n] == format!("é\n{n}")));
}
