//! Numbers as people write them, and texts among them: the same numbers everywhere, and nothing lost in silence.

use crate::sandbox::Sandbox;

/// Few small models, since only the way of the values is looked at.
const QUICK: [&str; 4] =
    ["--set", "train.algorithms.rf.n_estimators=5", "--set", "train.algorithms.xgb.n_estimators=5"];

fn table(header: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    std::iter::once(header.to_owned()).chain((0..rows).map(row)).map(|line| line + "\n").collect()
}

/// Amounts between 1 and 9.999 with three decimals, without order.
fn amount(at: usize) -> String {
    format!("{:.3}", 1.0 + (at * 7919 % 9000) as f64 / 1000.0)
}

fn answer(at: usize) -> &'static str {
    if amount(at).starts_with(['6', '7', '8', '9']) { "yes" } else { "no" }
}

/// `init` of a table.
fn init(file: &str, text: &str, extra: &[&str]) -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.write(file, text);
    let made = sandbox.ok(&[&["init", "p", "--data", file][..], extra].concat());
    (sandbox, made.stdout)
}

fn run_all(sandbox: &Sandbox) {
    sandbox.ok(&[&["-C", "p"], &QUICK[..], &["--quiet", "run-all"]].concat());
}

#[test]
fn a_number_in_json_is_the_same_number_whatever_the_decimal_sign_of_the_table() {
    let csv =
        table("umsatz;ort;y", 200, |i| format!("{};{};{}", amount(i).replace('.', ","), ["a", "b"][i % 2], answer(i)));
    let (sandbox, _) = init("t.csv", &csv, &["--target", "y"]);
    run_all(&sandbox);
    let probability = |value: &str| {
        let ran = sandbox
            .pipe(&["-C", "p", "predict", "--input", "-"], &format!("{{\"umsatz\": {value}, \"ort\": \"a\"}}\n"));
        assert_eq!(ran.code, 0, "{value}: {}", ran.stderr);
        ran.stdout
    };
    for (number, text) in [("9.512", "9,512"), ("1.0", "1"), ("8.5", "8,5"), ("1e3", "1.000"), ("-2.5e0", "-2,5")] {
        assert_eq!(probability(number), probability(&format!("\"{text}\"")), "{number}");
    }
    assert_ne!(probability("9.512"), probability("1.512"));
}

#[test]
fn numbers_of_a_json_source_stand_beside_texts_with_a_decimal_comma() {
    let rows: String = (0..200)
        .map(|i| {
            let (amount, y) = (amount(i), answer(i));
            format!(
                "{{\"preis\": {amount}, \"umsatz\": \"{}\", \"rest\": \"1,5\", \"y\": \"{y}\"}}\n",
                amount.replace('.', ",")
            )
        })
        .collect();
    let (sandbox, _) = init("t.jsonl", &rows, &["--target", "y"]);
    run_all(&sandbox);
    let interim = sandbox.files("p/data/interim");
    let (_, csv) = interim.iter().find(|(name, _)| name.contains("t_interim_") && name.ends_with(".csv")).unwrap();
    for line in std::str::from_utf8(csv).unwrap().lines().skip(1) {
        let values: Vec<&str> = line.split(',').collect();
        assert_eq!(values[1], values[2], "{line}");
    }
    // The sign changes what ingest writes, so DVC has to watch it.
    let dvc = sandbox.read("p/dvc.yaml");
    sandbox.write("p/dvc.yaml", &dvc.replacen("      - configs/clean.yaml: [clean.decimal]\n", "", 1));
    sandbox.run(&["-C", "p", "validate"]).refused(2, "`clean.decimal` of configs/clean.yaml is not among the params");
}

#[test]
fn odd_texts_do_not_hide_the_decimal_comma() {
    for (odd, every) in [("k.A.", 3000), ("unbekannt", 30), ("-", 40), ("n/a", 50)] {
        let csv = table("Umsatz (EUR);ort;y", 600, |i| {
            let value = if i % every == 7 { odd.to_owned() } else { amount(i).replace('.', ",") };
            format!("{value};{};{}", ["a", "b"][i % 2], answer(i))
        });
        let (sandbox, told) = init("t.csv", &csv, &["--target", "y"]);
        assert!(told.contains("numbers     Umsatz (EUR)\n"), "{odd}: {told}");
        assert!(sandbox.read("p/configs/clean.yaml").contains("decimal: \",\""), "{odd}");
        sandbox.ok(&["-C", "p", "ingest"]);
        sandbox.ok(&["-C", "p", "clean"]);
    }
}

#[test]
fn numbers_that_are_read_as_text_are_named() {
    for (write, example) in [
        (&(|n: &str| format!("{} €", n.replace('.', ","))) as &dyn Fn(&str) -> String, " €`"),
        (&|n: &str| format!("${n}"), "such as `$"),
        (&|n: &str| format!("{} %", n.replace('.', ",")), " %`"),
        (&|n: &str| format!("\"1,{}.5\"", &n[2..]), "such as `1,"),
    ] {
        let csv = table("umsatz;ort;y", 300, |i| format!("{};{};{}", write(&amount(i)), ["a", "b"][i % 2], answer(i)));
        let (_, told) = init("t.csv", &csv, &["--target", "y"]);
        let decide = told.split("To decide").nth(1).unwrap_or_default();
        assert!(decide.contains("umsatz: holds numbers with") && decide.contains(example), "{told}");
    }
}

#[test]
fn a_quantity_is_predicted_whatever_stands_for_missing() {
    for (odd, task, comma) in
        [("-", &[][..], false), ("-", &["--task", "regression"], false), ("k.A.", &[], true), ("unbekannt", &[], true)]
    {
        let sign = if comma { "," } else { "." };
        let csv = table("x;ort;alter", 300, |i| {
            let value = if i % 40 == 7 { odd.to_owned() } else { amount(i).replace('.', sign) };
            format!("{i};{};{value}", ["a", "b"][i % 2])
        });
        let (sandbox, told) = init("t.csv", &csv, &[&["--target", "alter"], task].concat());
        assert!(told.contains("alter: regression") && told.contains("8 rows without a target go"), "{odd}: {told}");
        let values = sandbox.read("p/configs/clean.yaml").replace('"', "");
        assert!(values.contains(&format!("alter: {{{odd}: null}}")), "{values}");
        sandbox.ok(&["-C", "p", "ingest"]);
        let cleaned = sandbox.ok(&["-C", "p", "--json", "clean"]).stdout;
        assert!(cleaned.contains("\"rows_out\":292"), "{cleaned}");
        // By hand, the text that stands in the way is named.
        let clean = sandbox.read("p/configs/clean.yaml");
        let without: String = clean.lines().filter(|line| !line.contains("alter:")).map(|l| format!("{l}\n")).collect();
        sandbox.write("p/configs/clean.yaml", &without);
        let ran = sandbox.run(&["-C", "p", "clean"]);
        assert!(ran.stderr.contains(&format!("target `alter` holds `{odd}`, which is no number")), "{}", ran.stderr);
    }
}

#[test]
fn new_rows_may_have_another_delimiter_and_warnings_are_told_in_json_too() {
    let csv =
        table("umsatz;ort;y", 200, |i| format!("{};{};{}", i * 7 % 31, ["a", "b"][i % 2], u8::from(i * 7 % 31 > 15)));
    let (sandbox, _) = init("t.csv", &csv, &["--target", "y"]);
    run_all(&sandbox);
    let answers = |delimiter: &str| {
        let rows = "umsatz;ort\n3;a\n30;new\n".replace(';', delimiter);
        sandbox.write("new.csv", &rows);
        let file = sandbox.ok(&["-C", "p", "predict", "--input", "../new.csv"]).stdout;
        let stream = sandbox.pipe(&["-C", "p", "predict", "--input", "-"], &rows);
        assert_eq!(stream.stdout, file, "{delimiter}: {}", stream.stderr);
        file
    };
    let usual = answers(";");
    assert_eq!(usual.lines().count(), 3);
    for delimiter in [",", "\t", "|"] {
        assert_eq!(answers(delimiter), usual);
    }
    let ran = sandbox.ok(&["-C", "p", "--json", "predict", "--input", "../new.csv"]);
    let told: serde_json::Value = serde_json::from_str(ran.stderr.trim()).unwrap();
    assert!(told["warning"].as_str().unwrap().contains("a level of `ort` that training never saw"), "{}", ran.stderr);
    let shown = sandbox.ok(&["-C", "p", "show", "models/lr_t_v1.bin"]).stdout;
    assert!(shown.contains("\nrows need   umsatz, ort\n"), "{shown}");
}
