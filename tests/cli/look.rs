//! What `init` reads out of a table, and what it leaves to decide: the numbers that are there, and no column lost in
//! silence.

use crate::sandbox::Sandbox;

/// Few small models, since only the way of the values is looked at.
const QUICK: [&str; 4] =
    ["--set", "train.algorithms.rf.n_estimators=5", "--set", "train.algorithms.xgb.n_estimators=5"];

fn table(header: &str, rows: usize, row: impl Fn(usize) -> String) -> String {
    std::iter::once(header.to_owned()).chain((0..rows).map(row)).map(|line| line + "\n").collect()
}

/// Whole numbers below `most` without order; distinct where `most` is a prime above the rows.
fn mixed(at: usize, most: usize) -> usize {
    (at + 1) * 7919 % most
}

fn answer(at: usize) -> &'static str {
    if mixed(at, 911) > 400 { "yes" } else { "no" }
}

/// `init` of a table; the sandbox with the project `p`, and the account.
fn init(text: &str, extra: &[&str]) -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", text);
    let made = sandbox.ok(&[&["init", "p", "--data", "t.csv"][..], extra].concat());
    (sandbox, made.stdout)
}

fn run_all(sandbox: &Sandbox) {
    sandbox.ok(&[&["-C", "p"], &QUICK[..], &["--quiet", "run-all"]].concat());
}

/// The table as `clean` wrote it, without row ids.
fn cleaned(sandbox: &Sandbox) -> Vec<String> {
    sandbox.ok(&["-C", "p", "ingest"]);
    sandbox.ok(&["-C", "p", "clean"]);
    let interim = sandbox.files("p/data/interim");
    let (_, csv) = interim.iter().find(|(name, _)| name.ends_with(".csv")).unwrap();
    let lines = std::str::from_utf8(csv).unwrap().lines().skip(1);
    lines.map(|line| line.split_once(',').unwrap().1.to_owned()).collect()
}

#[test]
fn a_decimal_comma_in_one_column_leaves_the_points_of_others_alone() {
    let csv = table("lat;lon;price;y", 200, |i| {
        let (a, b) = (mixed(i, 997), mixed(i, 983));
        format!("{}.{:03};{}.{:03};{},{:02};{}", 40 + i % 9, a, 2 + i % 5, b, 10 + i % 80, b % 100, answer(i))
    });
    let (sandbox, told) = init(&csv, &["--target", "y"]);
    let decide = told.split("To decide").nth(1).unwrap_or_default();
    assert!(decide.contains("some numbers have a decimal comma (price), some a point (lat, lon)"), "{told}");
    assert!(sandbox.read("p/configs/clean.yaml").contains("# To decide: some numbers have a decimal comma (price)"));
    for (found, wanted) in cleaned(&sandbox).iter().zip(csv.lines().skip(1)) {
        let number = |text: &str| text.parse::<f64>().unwrap();
        let (found, wanted): (Vec<&str>, Vec<&str>) = (found.split(',').collect(), wanted.split(';').collect());
        assert_eq!((number(found[0]), number(found[1])), (number(wanted[0]), number(wanted[1])), "{found:?}");
    }
    run_all(&sandbox);
    let plain = csv.replace('.', ",");
    assert!(init(&plain, &["--target", "y"]).1.contains("decimals    behind a comma"), "{plain}");
}

#[test]
fn one_bad_date_leaves_a_column_of_dates() {
    let day =
        |i: usize| if i == 70 { "2020-02-30".to_owned() } else { format!("2020-{:02}-{:02}", i % 12 + 1, i % 28 + 1) };
    let csv = table("d,x,y", 200, |i| format!("{},{},{}", day(i), mixed(i, 91), answer(i)));
    let (sandbox, told) = init(&csv, &["--target", "y"]);
    assert!(
        told.contains("dates       d\n") && told.contains("d: `2020-02-30` is no date as the others are"),
        "{told}"
    );
    run_all(&sandbox);
    // By hand, clean says what keeps the column from being dates.
    sandbox.write("p/configs/clean.yaml", "clean: {}\n");
    let ran = sandbox.run(&["-C", "p", "clean"]);
    assert!(
        ran.stderr.contains("column `d` is a date in all but 1 of 200 values (such as `2020-02-30`)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn amounts_that_differ_in_every_row_are_no_keys() {
    let grouped = |n: usize| format!("\"{},{:03}\"", n / 1000, n % 1000);
    let csv = table("population,amount,share,order_id,y", 300, |i| {
        let n = 100_000 + mixed(i, 799_999);
        format!("{n},{},\"{},{} %\",{},{}", grouped(n), i % 90, mixed(i, 997), mixed(i, 99_991), answer(i))
    });
    let (sandbox, told) = init(&csv, &["--target", "y"]);
    assert!(told.contains("ids         order_id\n"), "{told}");
    let decide = told.split("To decide").nth(1).unwrap_or_default();
    for said in
        ["population: a value of its own in every row", "amount: holds numbers with", "share: holds numbers with"]
    {
        assert!(decide.contains(said), "{said}: {told}");
    }
    assert!(sandbox.read("p/configs/features.yaml").contains("# - population "), "{told}");
    run_all(&sandbox);
}
