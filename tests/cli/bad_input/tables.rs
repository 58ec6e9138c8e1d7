//! What stands in the source.

use super::{CONFIG, Case, SOURCE, case, check};
use crate::sandbox::Sandbox;

const HEADER: &str = "key,a,b,color,count,y\n";
const GOOD: &str = "k1,1,2,red,3,yes\n";
const STAGES: [&str; 5] = ["ingest", "clean", "features", "split", "train"];

/// The source holds `bytes`; the stages before `stage` work, and that one tells.
fn table(name: &str, bytes: impl AsRef<[u8]> + 'static, stage: &'static str, code: i32, says: &'static str) -> Case {
    case(name, move |p| before(p, bytes.as_ref(), stage), stage, code, says)
}

fn before(project: &Sandbox, source: &[u8], stage: &str) {
    project.write("configs/features.yaml", "features: {}\n");
    project.write_bytes(SOURCE, source);
    STAGES.iter().take_while(|name| **name != stage).for_each(|name| drop(project.ok(&[name])));
}

/// Forty rows made of one, whose target is `yes` and `no` in turn.
fn rows(row: &str) -> String {
    (0..40).map(|at| row.replace("yes", if at % 2 == 0 { "yes" } else { "no" })).collect()
}

#[test]
fn files_that_are_no_table() {
    check(vec![
        table("empty", "", "ingest", 3, "is empty"),
        table("blank lines alone", "\n\n\r\n\n", "ingest", 3, "is empty"),
        table("a header alone", HEADER, "ingest", 3, "has a header and no rows"),
        table("delimiters alone", ",,,,,\n".repeat(3), "ingest", 3, "header, field 1: the name is empty"),
        table("a short row", format!("{HEADER}{GOOD}k2,1\n"), "ingest", 3, "line 3: 2 fields found, 6 expected"),
        table(
            "a long row",
            format!("{HEADER}{GOOD}k2,1,2,red,3,no,9\n"),
            "ingest",
            3,
            "line 3: 7 fields found, 6 expected",
        ),
        table("a quote without end", format!("{HEADER}{GOOD}k2,\"1,2,red,3,no\n{GOOD}"), "ingest", 3, "line 3: "),
        table("a name twice", format!("key,a,a,color,count,y\n{GOOD}"), "ingest", 3, "`a` stands twice"),
        table(
            "a name that is empty",
            format!("key,,b,color,count,y\n{GOOD}"),
            "ingest",
            3,
            "field 2: the name is empty",
        ),
        table("our own names", format!("row_id,a,b,color,count,y\n{GOOD}"), "ingest", 3, "which mlops adds itself"),
        table("our own names too", format!("key,a,b,part,count,y\n{GOOD}"), "ingest", 3, "which mlops adds itself"),
        table(
            "another delimiter",
            format!("{HEADER}{GOOD}").replace(',', ";"),
            "ingest",
            3,
            "has one column: `key;a;b",
        ),
        table("no target", format!("{HEADER}{GOOD}").replace(",y", ",z"), "ingest", 2, "column `y` not found"),
        table(
            "a web page",
            "<!DOCTYPE html>\n<html><body>404</body></html>\n",
            "ingest",
            3,
            "is a web page, not a table",
        ),
        table(
            "a picture",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89",
            "ingest",
            3,
            "table.csv",
        ),
        table("zero bytes", vec![0; 4096], "ingest", 3, "line 1: a NUL byte"),
        table("a zero byte", format!("{HEADER}{}", GOOD.replace("red", "r\0d")), "ingest", 3, "line 2: a NUL byte"),
        table("a workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ingest", 3, "is an Excel workbook"),
        table("a document", "%PDF-1.7\n", "ingest", 3, "is a PDF document"),
        table("bzip2", b"BZh91AY&SY", "ingest", 3, "is compressed with bzip2"),
        case(
            "a field of 100 MB",
            |p| before(p, format!("{HEADER}k1,1,2,{},3,yes\n", "x".repeat(100_000_000)).as_bytes(), "ingest"),
            "ingest",
            3,
            "line 2: more than 64 MB without the end of a row",
        ),
        table(
            "bytes of no encoding",
            [HEADER.as_bytes(), b"k1,1,2,r\xc3\x28\x81,3,yes\n"].concat(),
            "ingest",
            3,
            "line 2",
        ),
        table(
            "a broken gzip",
            b"\x1f\x8b\x08\0\0\0\0\0\0\x03abc",
            "ingest",
            3,
            "`data/external/table.csv` is damaged or cut short",
        ),
    ]);
}

#[test]
fn json_that_is_no_table() {
    let json = |name: &str, text: &'static str, says: &'static str| {
        let set_up = move |p: &Sandbox| {
            p.edit(CONFIG, "table.csv", "table.json");
            p.write("data/external/table.json", text);
        };
        case(name, set_up, "ingest", 3, says)
    };
    check(vec![
        json("empty", "", "`data/external/table.json` has no rows"),
        json("a list of nothing", "[]", "has no rows"),
        json("a number", "5\n", "expected an object"),
        json("a list of lists", "[[1, 2], [3, 4]]", "expected an object"),
        json("half an object", "{\"a\": 1, \"y\": \"yes\"}\n{\"a\": 2, \"y\"", "line 2: not valid JSON"),
        json("a list in a value", "{\"a\": [1], \"y\": \"yes\"}\n", "line 1: the value of `a` is a list or an object"),
        json("a key twice", "{\"y\": 1, \"y\": 2}\n", "line 1: the key `y` stands twice"),
        json("our own name", "{\"row_id\": 1, \"y\": \"yes\"}\n", "which mlops adds itself"),
        json("a number that overflows", "{\"a\": 1e999, \"y\": \"yes\"}\n", "number out of range"),
        json("half a character", "{\"a\": \"\\ud800\", \"y\": \"yes\"}\n", "line 1: not valid JSON"),
    ]);
}

#[test]
fn values_that_make_no_model() {
    let one = GOOD.repeat(40);
    let typed = |name: &str, config: &'static str, row: &'static str, says: &'static str| {
        let set_up = move |p: &Sandbox| {
            p.write("configs/clean.yaml", config);
            before(p, format!("{HEADER}{}", rows(row)).as_bytes(), "clean");
        };
        case(name, set_up, "clean", 3, says)
    };
    check(vec![
        table("one class", format!("{HEADER}{one}"), "clean", 3, "one class"),
        table("a constant number", format!("{HEADER}{}", one.replace("yes", "7")), "clean", 3, "one class, `7`"),
        table("a target without a value", format!("{HEADER}{}", one.replace("yes", "")), "clean", 3, "no value at all"),
        table(
            "a class of one row",
            format!("{HEADER}{one}{}", GOOD.replace("yes", "no")),
            "split",
            3,
            "no row of the class `no`",
        ),
        table(
            "a class of two rows",
            format!("{HEADER}{one}{}", GOOD.replace("yes", "no").repeat(2)),
            "split",
            3,
            "no row of the class `no`",
        ),
        table("two rows", format!("{HEADER}{GOOD}{}", GOOD.replace("yes", "no")), "split", 3, "row"),
        typed(
            "a number that overflows",
            "clean: {types: {a: number}}\n",
            "k1,1e999,2,red,3,yes\n",
            "column `a`: expected a finite number, found `1e999` in row_id 1",
        ),
        typed(
            "infinity",
            "clean: {types: {a: number}}\n",
            "k1,-inf,2,red,3,yes\n",
            "expected a finite number, found `-inf`",
        ),
        typed(
            "a decimal comma",
            "clean: {types: {a: number}}\n",
            "k1,\"111,68\",2,red,3,yes\n",
            "if numbers are written so, set `clean.decimal` to `\",\"`",
        ),
        typed(
            "another way of writing dates",
            "clean: {types: {a: date}}\n",
            "k1,31.01.2024,2,red,3,yes\n",
            "hint: say how dates are written under `clean.date_formats`",
        ),
        typed(
            "half a whole number",
            "clean: {types: {a: integer}}\n",
            "k1,1.5,2,red,3,yes\n",
            "expected a whole number",
        ),
        typed(
            "a date that is none",
            "clean: {types: {a: date}}\n",
            "k1,2023-02-29,2,red,3,yes\n",
            "expected a date such as 2024-01-31",
        ),
        typed(
            "a date beyond the year 9999",
            "clean: {date_formats: {a: \"%d/%m/%Y\"}}\n",
            "k1,01/01/12024,2,red,3,yes\n",
            "found `01/01/12024`",
        ),
        typed(
            "maybe",
            "clean: {types: {a: bool}}\n",
            "k1,maybe,2,red,3,yes\n",
            "expected true or false, found `maybe`",
        ),
        case(
            "values whose squares overflow",
            |p| {
                p.write("configs/train.yaml", "train: {folds: 3, algorithms: {elasticnet: {}}}\n");
                let value = |at: usize| if at.is_multiple_of(10) { "1e308".to_owned() } else { format!("0.{at}") };
                let row = |at: usize| format!("k{at},{},{},red,3,{}.5\n", value(at), at % 7, at * 3 % 11);
                before(p, format!("{HEADER}{}", (0..40).map(row).collect::<String>()).as_bytes(), "train");
            },
            "train",
            3,
            "column `a`: `1e308` in row_id ",
        ),
        typed("every row dropped", "clean: {steps: [filter: {where: \"a > 5\"}]}\n", GOOD, "row"),
    ]);
}

#[test]
fn odd_tables_that_work() {
    let odd = "key,a b,`b`,\"c\"\"d\",\u{202e}\u{200b}é😀,y\n";
    let (wide, row) = (names(5_000), |at: usize| format!("{}{}\n", "1,2,3,4,5,".repeat(1_000), ["no", "yes"][at % 2]));
    let wide = format!("{wide}y\n{}", (0..30).map(row).collect::<String>());
    check(vec![
        table("names of any signs", format!("{odd}{}", rows(GOOD)), "train", 0, "xgb"),
        table("a column without a value", format!("{HEADER}{}", rows("k1,,2,red,3,yes\n")), "train", 0, "xgb"),
        table("a value that overflows", format!("{HEADER}{}k2,1e999,2,red,3,no\n", rows(GOOD)), "clean", 0, "`1e999`"),
        table(
            "Windows-1252",
            [HEADER.as_bytes(), b"k1,1,2,r\xe9d,3,yes\n"].concat(),
            "ingest",
            0,
            "encoding windows-1252",
        ),
        table("UTF-16", utf_16(&format!("{HEADER}{GOOD}")), "ingest", 0, "encoding utf-16le"),
        table("5,000 columns", wide, "features", 0, ""),
        table(
            "a long line",
            format!("{HEADER}{}", rows(&format!("k1,1,2,{},3,yes\n", "x".repeat(100_000)))),
            "split",
            0,
            "",
        ),
        case(
            "names that differ in case and in width",
            |p| {
                p.edit(CONFIG, "{column: y}", "{column: y, positive: \"yes\"}");
                before(p, format!("Key,key,ｋｅｙ,KEY,Y,y\n{}", rows(GOOD)).as_bytes(), "train");
            },
            "train",
            0,
            "xgb",
        ),
    ]);
}

fn utf_16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn names(count: usize) -> String {
    (0..count).map(|at| format!("c{at},")).collect()
}
