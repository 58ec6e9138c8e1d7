//! Sources of every kind give the same raw table, and say what they found out.

use std::io::Write;

use crate::sandbox::{Ran, Sandbox, from_csv, generated_project, test_data};

const RAW: &str = "data/raw/table_raw_20240131.csv";

/// A project whose sources are the given YAML list items.
fn project(sources: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty();
    let items: String = sources.iter().map(|source| format!("    - {source}\n")).collect();
    sandbox.write(
        "configs/config.yaml",
        &format!(
            "config:\n  dataset: table\n  date: \"20240131\"\n  version: 1\n  sources:\n{items}  target: {{column: b}}\n"
        ),
    );
    sandbox
}

fn write(project: &Sandbox, name: &str, bytes: &[u8]) {
    let path = project.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The raw dataset after ingest of one file.
fn ingested(keys: &str, name: &str, bytes: &[u8]) -> (String, Ran) {
    let project = project(&[&format!("{{file: data/external/{name}{keys}}}")]);
    write(&project, &format!("data/external/{name}"), bytes);
    let ran = project.ok(&["ingest"]);
    (project.read(RAW), ran)
}

fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn one_table_in_many_guises() {
    let csv = "a,b\n1,\"x, é\"\n2,y\n";
    let expected = "row_id,a,b\n1,1,\"x, é\"\n2,2,y\n";
    let utf_16: Vec<u8> = format!("\u{feff}{csv}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = csv.chars().map(|c| c as u8).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    for (keys, name, bytes, note) in [
        ("", "x.csv", csv.as_bytes().to_vec(), "2 rows, 2 columns\n"),
        ("", "x.csv", csv.replace('\n', "\r\n").into_bytes(), ""),
        ("", "x.csv", format!("\u{feff}{csv}").into_bytes(), ""),
        ("", "x.csv", utf_16, "encoding utf-16le, by its byte order mark"),
        ("", "x.csv", latin.clone(), "encoding windows-1252, being no UTF-8 in line 2"),
        (", encoding: latin-1", "x.csv", latin, "2 rows, 2 columns\n"),
        ("", "x.tsv", csv.replace("1,", "1\t").replace("2,", "2\t").replace("a,", "a\t").into_bytes(), ""),
        (", delimiter: \";\", quote: \"'\"", "x.csv", "a;b\n1;'x, é'\n2;y".into(), ""),
        (
            ", comment: \"#\", skip_lines: 1, header: false, names: [a, b]",
            "x.data",
            "junk\n#\n1,\"x, é\"\n\n2,y\n".into(),
            "",
        ),
        ("", "x.csv.gz", gzip.finish().unwrap(), ""),
        ("", "x.csv.zst", zstd::encode_all(csv.as_bytes(), 1).unwrap(), ""),
        ("", "x.zip", zipped("in.csv", csv.as_bytes()), ""),
        ("", "x.jsonl", "{\"a\": 1, \"b\": \"x, é\"}\n{\"b\": \"y\", \"a\": 2}\n".into(), ""),
        ("", "x.json", "[{\"a\": 1, \"b\": \"x, \\u00e9\"}, {\"a\": 2, \"b\": \"y\"}]".into(), ""),
        (
            ", format: json",
            "x.txt.zip",
            zipped("x", "[{\"a\": 1, \"b\": \"x, é\"},\n{\"a\": 2, \"b\": \"y\"}]".as_bytes()),
            "",
        ),
    ] {
        let (raw, ran) = ingested(keys, name, &bytes);
        assert_eq!(raw, expected, "{name}{keys}");
        assert!(ran.stderr.contains(note) || ran.stdout.contains(note), "{note}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_pattern_reads_its_files_in_order() {
    let project =
        project(&["{file: \"data/external/2024-*.csv\", part: train}", "{file: data/external/new.csv, part: test}"]);
    project.run(&["ingest"]).refused(1, "no file matches `data/external/2024-*.csv`");
    for (name, text) in [("2024-02.csv", "b,a\nz,3\n"), ("2024-01.csv", "a,b\n1,x\n2,y\n"), ("new.csv", "a,b\n4,x\n")] {
        write(&project, &format!("data/external/{name}"), text.as_bytes());
    }
    project.ok(&["ingest"]);
    assert_eq!(project.read(RAW), "row_id,part,a,b\n1,train,1,x\n2,train,2,y\n3,train,3,z\n4,test,4,x\n");
    write(&project, "data/external/2024-03.csv", b"a,c\n1,x\n");
    let before = project.files("data");
    project
        .run(&["ingest"])
        .refused(3, "`data/external/2024-03.csv` has other columns than `data/external/2024-01.csv`: `c`, and no `b`");
    assert!(before == project.files("data"));
}

#[test]
fn dvc_yaml_names_every_file_of_a_pattern() {
    let project = generated_project("binary");
    let csv = project.read("data/external/table.csv");
    write(&project, "data/external/other.csv", csv.as_bytes());
    project.ok(&["validate"]);
    project.edit("configs/config.yaml", "data/external/table.csv", "data/external/*.csv");
    project.run(&["validate"]).refused(2, "`data/external/other.csv` is not among the deps");
    project.edit("dvc.yaml", "[data/external/table.csv]", "[data/external/other.csv, data/external/table.csv]");
    project.ok(&["validate"]);
    project.ok(&["ingest"]);
    assert_eq!(project.read(RAW).lines().count(), 801);
}

#[test]
fn what_is_wrong_with_a_source_is_said_before_anything_runs() {
    for (source, code, message) in [
        ("{file: data/external/x.csv, encoding: utf-9}", 2, "`config.sources[0].encoding`: unknown encoding `utf-9`"),
        ("builtin: wine", 2, "`config.sources[0].builtin`: builtin table `wine` not found"),
        ("{file: data/external/x.csv, member: a}", 2, "`data/external/x.csv` is no zip archive"),
        ("{url: \"https://me:pw@example.org/x.csv\"}", 2, "the address holds credentials"),
        ("{file: data/external/x.csv, delimiter: \";\"}", 3, "`data/external/x.csv` has one column: `a,b`"),
    ] {
        let project = project(&[source]);
        write(&project, "data/external/x.csv", b"a,b\n1,x\n2,y\n");
        project.run(&["validate"]).refused(code, message);
        project.run(&["ingest"]).refused(code, message);
    }
}

#[test]
fn a_url_that_was_fetched_is_read_where_it_is_kept() {
    let project = project(&["url: \"https://example.invalid/d/x.tsv\""]);
    write(&project, "data/external/x.tsv", b"a\tb\n1\tx\n");
    project.ok(&["ingest"]);
    assert_eq!(project.read(RAW), "row_id,a,b\n1,1,x\n");
}

#[test]
fn builtin_tables_run_to_the_end() {
    for (name, target, rows) in [("iris", "species", 150), ("diabetes", "progression", 441)] {
        let project = project(&[&format!("builtin: {name}")]);
        project.edit("configs/config.yaml", "column: b", &format!("column: {target}"));
        let algorithm = if name == "iris" { "lr" } else { "ridge" };
        project.write("configs/train.yaml", &format!("train: {{folds: 3, algorithms: {{{algorithm}: {{}}}}}}\n"));
        project.stages("predict");
        let (_, found) = from_csv(&project.read("data/processed/table-predictions_processed_20240131.csv"));
        assert_eq!(found.len(), rows, "{name}");
    }
}

#[test]
fn rows_in_are_rows_out_at_prediction_too() {
    let project = generated_project("binary");
    project.write("configs/train.yaml", "train: {folds: 3, algorithms: {lr: {}, dt: {}}}\n");
    project.stages("evaluate");
    let (header, rows) = from_csv(&project.read("data/external/table.csv"));
    let json: Vec<serde_json::Value> = rows
        .iter()
        .take(3)
        .map(|row| {
            header
                .iter()
                .cloned()
                .zip(row.iter().cloned().map(serde_json::Value::from))
                .collect::<serde_json::Map<_, _>>()
                .into()
        })
        .collect();
    let lines: String = json.iter().map(|row| format!("{row}\n")).collect();
    let list = serde_json::to_string_pretty(&json).unwrap();
    let answers = project.pipe(&["predict", "--input", "-"], &lines).stdout;
    assert_eq!(answers.lines().count(), 3);
    assert_eq!(project.pipe(&["predict", "--input", "-"], &list).stdout, answers);
    project.write("new.json", &list);
    assert_eq!(project.ok(&["predict", "--input", "new.json", "--output", "-"]).stdout, answers);
    // No row is no error: a day without new rows is a day without answers.
    let none = project.pipe(&["predict", "--input", "-"], &format!("{}\n", header.join(",")));
    assert_eq!((none.code, none.stdout.lines().count()), (0, 1), "{}", none.stderr);
    for empty in ["[]", "[\n]\n"] {
        let none = project.pipe(&["predict", "--input", "-"], empty);
        assert_eq!((none.code, none.stdout.as_str()), (0, ""), "{}", none.stderr);
    }
}

#[test]
fn real_files_are_found_to_be_what_they_are() {
    let Some(data) = test_data() else {
        eprintln!("SKIPPED: real_files_are_found_to_be_what_they_are needs MLOPS_TEST_DATA");
        return;
    };
    use mlops::data::sources::dialect::detect;
    for (file, delimiter, header, skip_lines, columns) in [
        ("adult.data.gz", ',', false, 0, 15),
        ("adult.test", ',', false, 1, 15),
        ("hotel_bookings.csv.gz", ',', true, 0, 32),
        ("reviews.csv.gz", ',', true, 0, 10),
    ] {
        let found = detect(&data.join(file), file).unwrap();
        assert_eq!(
            (found.delimiter, found.header, found.skip_lines, found.names.len()),
            (delimiter, header, skip_lines, columns),
            "{file}"
        );
        assert_eq!((found.encoding.as_str(), found.decimal, found.quote), ("utf-8", '.', Some('"')), "{file}");
    }
}

#[test]
fn what_cannot_fit_into_memory_is_refused_with_the_figures() {
    let project = project(&["{file: data/external/x.json}"]);
    let rows: Vec<String> = (0..20_000).map(|n| format!("{{\"a\": {n}, \"b\": \"x\"}}")).collect();
    write(&project, "data/external/x.json", format!("[{}]", rows.join(",")).as_bytes());
    let run = |limit: &str| Ran::from(project.command(&["ingest"]).env("MLOPS_MEMORY_LIMIT", limit).output().unwrap());
    run("500KB").refused(1, "reading `data/external/x.json` needs about 1 MB of memory, 500 KB are free");
    run("much").refused(2, "`MLOPS_MEMORY_LIMIT` is `much`, which is no size");
    assert_eq!(run("100MB").code, 0);
}
