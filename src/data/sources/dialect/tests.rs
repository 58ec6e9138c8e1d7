//! Files in, what they are found to be out.

use super::*;
use crate::data::sources::{collect, open};

fn look(name: &str, bytes: &[u8]) -> (Detected, Result<crate::data::Table>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::atomic_write_bytes(&path, bytes).unwrap();
    let detected = detect(&path, name).unwrap();
    let table = open(&path, name, &detected.options(), &Silent).and_then(|mut batches| collect(batches.as_mut()));
    (detected, table)
}

/// `delimiter quote comment skip header decimal`, rows, names.
fn found(text: &str) -> (String, usize, String) {
    let (d, table) = look("x.csv", text.as_bytes());
    let sign = |c: Option<char>| c.map_or("-".to_owned(), |c| c.escape_default().to_string());
    let header = if d.header { "header" } else { "none" };
    let shown = format!(
        "{} {} {} {} {header} {}",
        d.delimiter.escape_default(),
        sign(d.quote),
        sign(d.comment),
        d.skip_lines,
        d.decimal
    );
    let table = table.unwrap_or_else(|e| panic!("{text}: {shown}: {e}"));
    assert_eq!(table.names(), d.names, "{text}");
    (shown, table.rows(), d.names.join(" "))
}

#[test]
fn dialects_are_told_from_the_text() {
    for (text, dialect, rows, names) in [
        ("a,b\n1,x\n2,y\n", r#", \" - 0 header ."#, 2, "a b"),
        ("a;b\n1,5;x\n2;y\n", r#"; \" - 0 header ,"#, 2, "a b"),
        ("1,5;2,5\n1,25;3\n", r#"; \" - 0 none ,"#, 2, "column_1 column_2"),
        ("a\tb\n1.234,5\tx\n2,5\ty, z\n", r#"\t \" - 0 header ,"#, 2, "a b"),
        // No row is as wide as the last fields, which may be cut off, make them seem.
        ("a\tªªªªªªª0œÿ{ \"Öàt,Bÿ,\nÿaBtàÖ, \n", r#", \" - 0 header ."#, 1, "a\tªªªªªªª0œÿ{ \"Öàt Bÿ"),
        ("a|b|c\n1|12:30|x\n2|13:15|y\n", r#"| \" - 0 header ."#, 2, "a b c"),
        ("at,n\n12:30,5\n13:15,6\n", r#", \" - 0 header ."#, 2, "at n"),
        ("a:b\n1:x\n2:y\n", r#": \" - 0 header ."#, 2, "a b"),
        (
            "|1x3 Cross validator\n25, Private, 226802, <=50K.\n38, ?, 89814, <=50K.\n\n",
            r#", \" - 1 none ."#,
            2,
            "column_1 column_2 column_3 column_4",
        ),
        ("# made, by, hand\n#\na,b\n1,x\n# more\n2,y\n", r##", \" # 0 header ."##, 2, "a b"),
        ("#a,b\n1,x\n2,y\n", r#", \" - 0 header ."#, 2, "#a b"),
        ("Report\nof 2024\n\na;b\n1;x\n2;y\n", r#"; \" - 3 header ."#, 2, "a b"),
        (",a,a\n0,1,x\n1,2,y\n", r#", \" - 0 header ."#, 2, "index a a_2"),
        ("name,says\na,\"x, \"\"y\"\"\nz\"\nb,\"\"\n", r#", \" - 0 header ."#, 2, "name says"),
        ("a,b\n'1, 2',x\n'3, 4, 5',y\n'6, 7',y\n", r#", \' - 0 header ."#, 3, "a b"),
        ("size,n\n5\" disk,1\n3\" disk,2\n\"odd,3\nx,4\n", r#", - - 0 header ."#, 4, "size n"),
        (
            "red,big,yes\nblue,small,no\nred,small,yes\nblue,big,no\n",
            r#", \" - 0 none ."#,
            4,
            "column_1 column_2 column_3",
        ),
        ("color,size,buys\nblue,small,no\nred,small,yes\nblue,big,no\n", r#", \" - 0 header ."#, 3, "color size buys"),
        ("a,b,\n1,x,\n2,y,\n", r#", \" - 0 header ."#, 2, "a b"),
        ("größe;ort\n1,5;köln\n", r#"; \" - 0 header ,"#, 1, "größe ort"),
        ("a\n1\n2\n", r#", \" - 0 header ."#, 2, "a"),
        ("x,y\n?,1\nNA,2\n3,4\n5,6\n7,8\n9,1\n2,2\n4,4\n3,3\n1,1\n", r#", \" - 0 header ."#, 10, "x y"),
    ] {
        assert_eq!(found(text), (dialect.to_owned(), rows, names.to_owned()), "{text}");
    }
}

#[test]
fn formats_and_encodings_are_told_from_the_bytes() {
    let long = format!("name;price\n{}größe;1,5\n", "plain;2,5\n".repeat(150_000));
    let (western, _, _) = encoding_rs::WINDOWS_1252.encode(&long);
    let (detected, table) = look("x.csv.zst", &zstd::encode_all(&western[..], 1).unwrap());
    assert_eq!(
        (detected.compression, detected.encoding.as_str(), detected.delimiter, detected.decimal),
        (Some(Compression::Zstandard), "windows-1252", ';', ',')
    );
    assert_eq!(table.unwrap().rows(), 150_001);
    let (detected, table) = look("x.txt", b" [{\"a\": 1}, {\"b\": 2}]");
    assert_eq!((detected.format, detected.names), (FileFormat::Json, vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(table.unwrap().rows(), 2);
    let folder = tempfile::tempdir().unwrap();
    assert!(detect(&folder.path().join("none.csv"), "none.csv").is_err());
    let empty = folder.path().join("x.csv");
    fs::atomic_write_bytes(&empty, b"").unwrap();
    assert!(detect(&empty, "x.csv").unwrap().names.is_empty());
}

#[test]
fn headers_are_repaired_where_they_must_be() {
    let repair = |header: &[&str]| repaired(&header.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
    let (names, changed) = repair(&["", "a", "row_id", "a", "part", "a_2"]);
    assert_eq!(names, ["index", "a", "source_row_id", "a_3", "source_part", "a_2"]);
    assert_eq!(changed.len(), 4);
    assert!(repair(&["größe in cm", "x: \"y\" # z"]).1.is_empty());
}

#[test]
fn quotes_that_may_be_left_open_are_told() {
    let remarks =
        |rows: &str| look("x.csv", format!("n,t\n1,\"b\"\n{rows}{}", "2,c\n".repeat(60)).as_bytes()).0.remarks;
    assert!(remarks("1,\"odd\n")[0].contains("values such as `\"b\"` keep theirs"));
    let long = format!("1,\"{}\"\n", "line\n".repeat(30));
    assert!(remarks(&long)[0].starts_with("the row in line 3 spans 31 lines"));
    assert_eq!(remarks("1,\"two\nlines\"\n"), Vec::<String>::new());
}
