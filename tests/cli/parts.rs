//! `init` of files that do not write alike, and of test parts that cannot test.

use crate::sandbox::Sandbox;

fn rows(header: &str, rows: impl Iterator<Item = String>) -> String {
    std::iter::once(header.to_owned()).chain(rows).map(|line| line + "\n").collect()
}

/// Quantities in hundredths, without order.
fn hundredths(at: usize) -> usize {
    (at + 1) * 7919 % 997
}

fn answer(at: usize) -> &'static str {
    if hundredths(at) > 400 { "ja" } else { "nein" }
}

/// Numbers of JSON, and text of CSV or JSON that has a sign of its own.
fn json(at: usize) -> String {
    format!("{{\"x\": {}, \"y\": \"{}\"}}", hundredths(at) as f64 / 100.0, answer(at))
}

fn text(at: usize, sign: char) -> String {
    format!("{}{sign}{:02}", hundredths(at) / 100, hundredths(at) % 100)
}

#[test]
fn a_decimal_comma_is_seen_beside_numbers_of_json() {
    let csv = |sign: char| rows("x;y", (0..80).map(|at| format!("{};{}", text(at, sign), answer(at))));
    let numbers = rows("", (0..80).map(json));
    let either = |at: usize| match at % 2 {
        0 => json(at),
        _ => format!("{{\"x\": \"{}\", \"y\": \"{}\"}}", text(at, ','), answer(at)),
    };
    for (data, train, test, comma) in [
        ("t.csv", csv(','), Some(("u.jsonl", numbers.clone())), true),
        ("t.jsonl", numbers.clone(), Some(("u.csv", csv(','))), true),
        ("t.jsonl", rows("", (0..80).map(either)), None, true),
        ("t.csv", csv('.'), Some(("u.jsonl", numbers.clone())), false),
        ("t.jsonl", numbers.clone(), None, false),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write(data, &train);
        let mut arguments = vec!["init", "p", "--data", data, "--target", "y"];
        if let Some((name, text)) = &test {
            sandbox.write(name, text);
            arguments.extend(["--test", name]);
        }
        let told = sandbox.ok(&arguments).stdout;
        assert!(told.contains("numbers     x\n"), "{told}");
        assert_eq!(told.contains("behind a comma"), comma, "{told}");
        sandbox.ok(&["-C", "p", "ingest"]);
        sandbox.ok(&["-C", "p", "clean"]);
        let interim = sandbox.files("p/data/interim");
        let (_, csv) = interim.iter().find(|(name, _)| name.ends_with(".csv")).unwrap();
        let (header, cleaned) = crate::sandbox::from_csv(std::str::from_utf8(csv).unwrap());
        let x = header.iter().position(|name| name == "x").unwrap();
        for (at, row) in cleaned.iter().enumerate() {
            assert_eq!(row[x].parse::<f64>().unwrap(), hundredths(at % 80) as f64 / 100.0, "{data} {row:?}");
        }
    }
}

#[test]
fn a_test_part_on_which_nothing_can_be_measured_is_refused() {
    let part = |header: &str, count: usize, answer: &dyn Fn(usize) -> String| {
        rows(header, (0..count).map(|at| format!("{};{}", text(at, ','), answer(at))))
    };
    let known = |at: usize| answer(at).to_owned();
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &part("x;y", 80, &known));
    for (test, says) in [
        (part("x;y", 1, &known), "the test part `u.csv` has no row of the class `nein`"),
        (part("x;y", 40, &|_| String::new()), "the test part `u.csv` has no value of the target `y`"),
        (
            part("x;y", 40, &|at| if at == 7 { "vielleicht".to_owned() } else { known(at) }),
            "the test part `u.csv` has the class `vielleicht` (1 row), which the training file lacks",
        ),
        (
            part("x;y;z", 40, &|at| format!("{};1", known(at))),
            "`u.csv` has other columns than the training file: it adds z",
        ),
    ] {
        sandbox.write("u.csv", &test);
        sandbox.run(&["init", "p", "--data", "t.csv", "--test", "u.csv", "--target", "y"]).refused(3, says);
        assert!(!sandbox.path("p").exists(), "{says}");
    }
}

#[test]
fn many_rare_classes_are_dropped_in_steps_of_their_own() {
    let class = |at: usize| if at < 300 { format!("big{}", at % 2) } else { format!("rare{at}") };
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &rows("x,y", (0..450).map(|at| format!("{},{}", hundredths(at), class(at)))));
    sandbox.ok(&["init", "p", "--data", "t.csv", "--target", "y"]);
    sandbox.ok(&["-C", "p", "validate"]);
    sandbox.ok(&["-C", "p", "ingest"]);
    let cleaned = sandbox.ok(&["-C", "p", "clean"]);
    assert!(cleaned.stdout.contains("450 → 300 rows"), "{}", cleaned.stdout);
}

#[test]
fn a_table_where_the_project_writes_its_own_cannot_stay_there() {
    let sandbox = Sandbox::empty();
    let csv = rows("x,y", (0..80).map(|at| format!("{},{}", hundredths(at), answer(at))));
    sandbox.write("t.csv", &csv);
    sandbox.ok(&["init", "p", "--data", "t.csv", "--target", "y"]);
    sandbox.ok(&["-C", "p", "ingest"]);
    let raw = sandbox.files("p/data/raw").into_iter().find(|(name, _)| name.ends_with(".csv")).unwrap().0;
    let table = raw.replacen("p/", "q/", 1);
    sandbox.write(&table, &csv);
    let init = ["init", "q", "--data", &table, "--target", "y", "--in-place"];
    sandbox.run(&[&init[..], &["--name", "t"]].concat()).refused(2, "is a file that the new project writes itself");
    sandbox.ok(&[&init[..], &["--name", "other"]].concat());
}
