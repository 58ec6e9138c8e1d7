//! What `init` reads out of a table, and what it leaves to decide: the numbers that are there, and no column lost in
//! silence.

use std::process::Command;

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

#[test]
fn a_target_in_the_first_line_proves_a_header() {
    let letters = |i: usize, n: usize| ["a", "b", "c"][mixed(i, n) % 3];
    for (header, target, row) in [
        (
            "a,b,y",
            "y",
            &(|i| format!("{},{},{}", letters(i, 997), letters(i, 991), letters(i, 983))) as &dyn Fn(usize) -> String,
        ),
        ("low,mid,high,class", "class", &|i| {
            format!("low,{},high,{}", ["mid", "low"][i % 2], ["high", "mid"][mixed(i, 7) % 2])
        }),
        ("2019,2020,2021", "2021", &|i| format!("{},{},{}", mixed(i, 997), mixed(i, 991), mixed(i, 983))),
    ] {
        let (sandbox, told) = init(&table(header, 90, row), &["--target", target]);
        assert!(told.contains("t: 90 rows") && told.contains(&format!("target      {target}: ")), "{told}");
        assert!(!sandbox.read("p/configs/config.yaml").contains("header: false"), "{told}");
    }
    // A place is a place, and the user's word counts.
    let bare = table("1,2,x", 90, |i| format!("{},{},{}", mixed(i, 997), mixed(i, 991), ["x", "z"][i % 2]));
    assert!(init(&bare, &["--target", "3"]).1.contains("target      column_3: "));
    let (sandbox, told) = init(&bare, &["--target", "x", "--header"]);
    assert!(told.contains("target      x: "), "{told}");
    sandbox
        .run(&["init", "q", "--data", "t.csv", "--target", "none"])
        .refused(3, "if its first line names them: `--header`");
}

#[test]
fn encodings_are_taken_as_given() {
    let sandbox = Sandbox::empty();
    let csv = table("straße,y", 90, |i| format!("{},{}", ["Mühle", "See"][mixed(i, 7) % 2], answer(i)));
    std::fs::write(sandbox.path("t.csv"), csv.chars().map(|c| c as u8).collect::<Vec<_>>()).unwrap();
    sandbox.ok(&["init", "p", "--data", "t.csv", "--target", "y", "--encoding", "iso-8859-15"]);
    assert!(sandbox.read("p/configs/config.yaml").contains("encoding: iso-8859-15"));
    let raw = sandbox.ok(&["-C", "p", "ingest"]);
    assert!(raw.stdout.contains("90 rows"), "{}", raw.stdout);
    sandbox.run(&["init", "q", "--data", "t.csv", "--target", "y", "--encoding", "latin"]).refused(2, "latin");
    sandbox.run(&["init", "q", "--data", "t.csv", "--target", "y", "--member", "a.csv"]).refused(2, "no zip archive");
}

#[test]
fn a_test_part_has_the_columns_of_training_in_any_order() {
    let (csv, other) = (
        table("x,c,y", 90, |i| format!("{},{},{}", mixed(i, 997), ["a", "b"][i % 2], answer(i))),
        table("y,x,c", 60, |i| format!("{},{},{}", answer(i), mixed(i, 983), ["a", "b"][i % 2])),
    );
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &csv);
    sandbox.write("test.csv", &other);
    let init: &[&str] = &["init", "p", "--data", "t.csv", "--test", "test.csv", "--target", "y"];
    let told = sandbox.ok(init).stdout;
    assert!(told.contains("numbers     x\n") && told.contains("categories  c (2)"), "{told}");
    run_all(&sandbox);
    sandbox.write("test.csv", &other.replace("y,x,c", "y,x,d"));
    sandbox.run(init).refused(3, "has other columns than the training file: it lacks c, it adds d");
}

#[test]
fn what_a_repository_has_already_stays() {
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &table("x,y", 90, |i| format!("{},{}", mixed(i, 97), answer(i))));
    sandbox.write("p/.gitignore", "*.pyc\n/data/raw/*\n");
    sandbox.write("p/Makefile", "all:\n");
    let init: &[&str] = &["init", "p", "--data", "t.csv", "--target", "y"];
    let told = sandbox.ok(init).stdout;
    assert!(told.contains("yours stay as they are: Makefile"), "{told}");
    let ignored = sandbox.read("p/.gitignore");
    assert!(ignored.starts_with("*.pyc\n/data/raw/*\n") && ignored.contains("\n/models/*\n"), "{ignored}");
    assert_eq!(ignored.matches("/data/raw/*").count(), 1, "{ignored}");
    assert_eq!(sandbox.read("p/Makefile"), "all:\n");
    assert!(sandbox.ok(init).stdout.contains("wrote 0 files"));
    sandbox.ok(&[init, &["--force"]].concat());
    assert_eq!(sandbox.read("p/.gitignore"), ignored);
    assert_ne!(sandbox.read("p/Makefile"), "all:\n");
}

#[test]
fn what_there_is_to_decide_stands_in_the_configs_and_the_cure_cures() {
    let day = |i: usize| format!("{:02}/{:02}/2020", i % 12 + 1, mixed(i, 11) + 1);
    let csv = table("d,n,void,y", 200, |i| {
        format!("{},{},,{}", day(i), if i % 20 == 3 { -999 } else { mixed(i, 97) as i64 }, answer(i))
    });
    let (sandbox, told) = init(&csv, &["--target", "y"]);
    let clean = sandbox.read("p/configs/clean.yaml");
    for said in ["To decide: `d`: its dates fit `%m/%d/%Y` as well as", "To decide: `n`: `-999` stands in 10 rows"] {
        assert!(clean.contains(said), "{said}: {clean}\n{told}");
    }
    // A column without a value is no matter of encoding.
    sandbox.write("p/configs/features.yaml", "features: {drop: [d], learned: []}\n");
    let ran = sandbox.run(&["-C", "p", "run-all"]);
    assert_ne!(ran.code, 0);
    assert!(
        ran.stderr.contains("column `void` has no value at all") && ran.stderr.contains("features.drop"),
        "{}",
        ran.stderr
    );
}

/// An out that is `cache: false` is kept by git or by nobody.
#[test]
fn git_keeps_the_outs_that_dvc_does_not() {
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &table("x,y", 90, |i| format!("{},{}", mixed(i, 97), answer(i))));
    sandbox.ok(&["init", "own", "--data", "t.csv", "--target", "y"]);
    for name in ["wine", "adult", "hotel"] {
        sandbox.ok(&["init", name, "--template", name]);
    }
    for project in ["own", "wine", "adult", "hotel"] {
        git(&sandbox, &["init", "-q", project]);
        let names = [("config.dataset", project), ("config.date", "20260131"), ("config.version", "12"), ("key", "rf")];
        let mut count = [0, 0];
        for line in
            sandbox.read(&format!("{project}/dvc.yaml")).lines().map(|line| line.trim().trim_start_matches("- "))
        {
            let path = line.strip_suffix(": {cache: false}").unwrap_or(line);
            if !["data/", "models/", "reports/"].iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            let path =
                names.iter().fold(path.to_owned(), |path, (name, value)| path.replace(&format!("${{{name}}}"), value));
            let cached = !line.ends_with("{cache: false}");
            assert_eq!(git(&sandbox, &["-C", project, "check-ignore", "-q", &path]), cached, "{project}: {path}");
            count[usize::from(cached)] += 1;
        }
        assert!(count[0] >= 3 && count[1] >= 20, "{project}: {count:?}");
    }
}

fn git(sandbox: &Sandbox, arguments: &[&str]) -> bool {
    Command::new("git").current_dir(sandbox.path("")).args(arguments).status().unwrap().success()
}
