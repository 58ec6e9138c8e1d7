//! `mlops init`: whatever the table, the project it makes runs at once and without editing.

use std::path::Path;

use serde_json::Value as Json;

use crate::json_schema;
use crate::sandbox::{Sandbox, test_data};
use crate::server::{Reply, TestServer};

/// Fewer and smaller models, so that many tables can be tried.
const QUICK: [&str; 4] =
    ["--set", "train.algorithms.rf.n_estimators=5", "--set", "train.algorithms.xgb.n_estimators=5"];

/// Numbers without pattern.
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    }
}

/// A table of `rows` rows under a header.
fn table(header: &str, rows: usize, row: impl Fn(usize, &mut dyn FnMut() -> f64) -> String) -> String {
    let mut random = random(7);
    let mut text = format!("{header}\n");
    for at in 0..rows {
        text.push_str(&row(at, &mut random));
        text.push('\n');
    }
    text
}

fn day(at: usize) -> String {
    format!("2023-{:02}-{:02}", at / 28 % 12 + 1, at % 28 + 1)
}

/// What `init` is given and what it must find.
struct Case {
    name: &'static str,
    file: &'static str,
    bytes: Vec<u8>,
    target: &'static str,
    /// JSON pointers into the account, with what must stand there.
    found: Vec<(&'static str, Json)>,
}

fn case(
    name: &'static str,
    file: &'static str,
    text: impl Into<Vec<u8>>,
    target: &'static str,
    found: &[(&'static str, &str)],
) -> Case {
    let found = found.iter().map(|(at, value)| (*at, serde_json::from_str(value).unwrap())).collect();
    Case { name, file, bytes: text.into(), target, found }
}

const AWKWARD: &str =
    "\"größe in \"\"cm\"\"\",\"a: b # c\",yes,1e3,row_id,`back`tick,part,{x},${y},- z,null,Ziel: ja/nein?";

fn shapes() -> Vec<Case> {
    let words = ["red", "green", "blue", "black"];
    let word = |x: f64| words[(x * 3.99) as usize];
    vec![
        case(
            "text target",
            "t.csv",
            table("x,colour,answer", 90, |_, r| {
                format!("{:.2},{},{}", r(), word(r()), if r() > 0.4 { "will stay" } else { "will go" })
            }),
            "answer",
            &[("/target/task", "\"binary\""), ("/target/positive", "\"will go\"")],
        ),
        case(
            "23 classes",
            "t.csv",
            table("x,y,class", 230, |i, r| format!("{:.2},{},c{}", r() + (i % 23) as f64, i % 7, i % 23)),
            "class",
            &[("/target/task", "\"multiclass\""), ("/split/folds", "5")],
        ),
        case(
            "dates as index",
            "t.csv",
            table(",x,y", 120, |i, r| format!("{},{:.2},{:.2}", day(i), r(), r() + i as f64)),
            "y",
            &[("/columns/0/name", "\"index\""), ("/columns/0/role", "\"date\""), ("/target/task", "\"regression\"")],
        ),
        case(
            "all numeric",
            "t.csv",
            table("a,b,c,y", 100, |_, r| format!("{:.3},{:.3},{},{:.3}", r(), r() * 1e6, (r() * 9.0) as i64, r())),
            "y",
            &[("/target/task", "\"regression\"")],
        ),
        case(
            "all categorical",
            "t.csv",
            table("a,b,y", 100, |_, r| format!("{},{},{}", word(r()), word(r()), word(r()))),
            "y",
            &[("/target/task", "\"multiclass\"")],
        ),
        case(
            "one feature",
            "t.csv",
            table("x,y", 80, |i, r| format!("{i},{}", if r() * 80.0 > i as f64 { "no" } else { "yes" })),
            "y",
            &[("/target/positive", "\"yes\"")],
        ),
        case(
            "half missing",
            "t.csv",
            table("a,b,c,y", 120, |_, r| {
                let mut gap = |text: String| if r() < 0.5 { String::new() } else { text };
                let (a, b, c) = (gap("1.5".into()), gap("blue".into()), gap("7".into()));
                format!("{a},{b},{c}{},{}", if c.is_empty() { "" } else { "3" }, if r() < 0.3 { 1 } else { 0 })
            }),
            "y",
            &[("/target/positive", "\"1\"")],
        ),
        case(
            "awkward names",
            "Größen & mehr (final) $1.csv",
            table(AWKWARD, 100, |i, r| {
                format!(
                    "{:.1},{},{:.2},{},{i},{},{},{:.2},{:.2},{},{},{}",
                    r() * 200.0,
                    word(r()),
                    r(),
                    i % 9,
                    word(r()),
                    word(r()),
                    r(),
                    r(),
                    day(i),
                    r(),
                    if r() > 0.5 { "ja" } else { "nein" }
                )
            }),
            "Ziel: ja/nein?",
            &[
                ("/dataset", "\"groessen-mehr-final-1\""),
                ("/columns/4/name", "\"source_row_id\""),
                ("/columns/6/name", "\"source_part\""),
            ],
        ),
        case(
            "2 rows a class",
            "t.csv",
            table("x,y", 20, |i, r| format!("{:.2},class {}", r() + (i / 2) as f64, i / 2)),
            "y",
            &[("/split/test_size", "0.5"), ("/split/folds", "3")],
        ),
        case(
            "2 rows of one of two classes",
            "t.csv",
            table("x,y", 40, |i, r| format!("{:.2},{}", r() + i as f64, if i < 2 { "rare" } else { "usual" })),
            "y",
            &[("/split/test_size", "0.5")],
        ),
        case(
            "2 rows of each of two classes",
            "t.csv",
            "x,z,y\n1,a,no\n2,b,no\n11,a,yes\n12,c,yes\n",
            "y",
            &[("/split/test_size", "0.5"), ("/split/folds", "2")],
        ),
        case(
            "decimal commas",
            "t.csv",
            table("maß;preis;ort;y", 80, |_, r| {
                let comma = |x: f64| format!("{x:.2}").replace('.', ",");
                format!("{};1.{:03},5;{};{}", comma(r()), (r() * 999.0) as i64, word(r()), comma(r() * 10.0))
            }),
            "y",
            &[
                ("/decimal_comma", "true"),
                ("/columns/0/kind", "\"number\""),
                ("/columns/1/kind", "\"number\""),
                ("/target/task", "\"regression\""),
            ],
        ),
        case(
            "tabs in UTF-16",
            "t.txt",
            utf_16(&table("straße\tx\ty", 80, |i, r| format!("{}\t{i}.5\t{}", word(r()), word(r())))),
            "y",
            &[("/columns/0/name", "\"straße\"")],
        ),
        case(
            "no header",
            "t.data",
            table("0.5,red,no", 80, |_, r| {
                format!("{:.2},{},{}", r(), word(r()), if r() > 0.5 { "no" } else { "yes" })
            }),
            "3",
            &[("/target/column", "\"column_3\""), ("/rows", "81")],
        ),
        case(
            "few distinct numbers",
            "t.csv",
            table("x,c,y", 90, |i, r| format!("{:.2},{},{}", r(), word(r()), [1.5, 2.0, 2.5][i % 3])),
            "y",
            &[("/target/task", "\"regression\"")],
        ),
        case(
            "duplicates but one",
            "t.csv",
            table("x,c,y", 61, |i, _| {
                match i {
                    60 => "9,green,no",
                    i if i % 2 == 0 => "1,red,yes",
                    _ => "2,blue,no",
                }
                .to_owned()
            }),
            "y",
            &[("/duplicates/rows", "58"), ("/duplicates/dropped", "false")],
        ),
        case(
            "rare classes",
            "t.csv",
            table("x,y", 300, |i, r| {
                format!(
                    "{:.2},{}",
                    r(),
                    match i {
                        3 => "it's one",
                        4 | 5 => "two",
                        _ => ["a", "b"][i % 2],
                    }
                )
            }),
            "y",
            &[
                ("/split/dropped/0/0", "\"two\""),
                ("/split/dropped/1/0", "\"it's one\""),
                ("/target/task", "\"binary\""),
            ],
        ),
        case(
            "every kind",
            "t.csv",
            table("customer_id,name,remark,empty,same,when,city,x,y", 200, |i, r| {
                format!(
                    "C-{i:04},{i}th person,this is the {i}th remark of all of them,,7,{:02}/{:02}/2023,town {},{},{:.1}",
                    i % 28 + 1,
                    i % 12 + 1,
                    i % 60,
                    if i % 5 == 0 { "unknown".to_owned() } else { format!("{:.2}", r()) },
                    r()
                )
            }),
            "y",
            &[
                ("/columns/0/role", "\"id\""),
                ("/columns/3/role", "\"constant\""),
                ("/columns/4/role", "\"constant\""),
                ("/columns/5/format", "\"%d/%m/%Y\""),
                ("/columns/6/role", "\"levels\""),
                ("/columns/7/kind", "\"number\""),
            ],
        ),
        case(
            "junk and pipes",
            "t.csv",
            format!(
                "# made by hand\n{}",
                table("a|b|y", 70, |_, r| format!("{:.2}|{}|{}", r(), word(r()), (r() * 2.0) as i64))
            ),
            "y",
            &[("/target/positive", "\"1\"")],
        ),
        case(
            "Windows-1252",
            "t.csv",
            table("stra\u{df}e;y", 70, |_, r| {
                format!("{};{}", if r() > 0.5 { "M\u{fc}hle" } else { "See" }, (r() * 2.0) as i64)
            })
            .chars()
            .map(|c| c as u8)
            .collect::<Vec<_>>(),
            "y",
            &[("/columns/0/name", "\"straße\"")],
        ),
        case(
            "JSON lines",
            "t.jsonl",
            table("", 70, |_, r| format!("{{\"a\": {:.2}, \"b\": \"{}\", \"y\": {}}}", r(), word(r()), r() > 0.4))
                .trim_start()
                .to_owned(),
            "y",
            &[("/target/positive", "\"true\"")],
        ),
        case(
            "7 rows",
            "t.csv",
            table("x,y", 7, |i, r| format!("{:.2},{}", r(), i % 2)),
            "y",
            &[("/target/task", "\"binary\"")],
        ),
        case(
            "None is a class",
            "t.csv",
            table("x,y", 60, |i, r| format!("{:.2},{}", r(), ["None", "mild", "severe"][i % 3])),
            "y",
            &[("/target/classes/0/1", "20"), ("/target/classes/2/1", "20")],
        ),
        case(
            "levels and classes",
            "t.csv",
            table("place,x,y", 360, |i, r| format!("p{},{:.2},k{}", i % 80, r(), i % 12)),
            "y",
            &[("/columns/0/role", "\"levels\"")],
        ),
    ]
}

fn utf_16(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

fn write(sandbox: &Sandbox, name: &str, bytes: &[u8]) {
    std::fs::write(sandbox.path(name), bytes).unwrap();
}

/// `run-all` in a project below the sandbox.
fn run_all(sandbox: &Sandbox, folder: &str, what: &str, extra: &[&str]) {
    let ran = sandbox.run(&[&["-C", folder], extra, &["--quiet", "run-all"][..]].concat());
    let configs = sandbox.read(&format!("{folder}/configs/clean.yaml"))
        + &sandbox.read(&format!("{folder}/configs/features.yaml"));
    assert_eq!(ran.code, 0, "{what}:\n{}\n{}\n{configs}", ran.stdout, ran.stderr);
}

#[test]
fn every_shape_of_table_runs_without_editing() {
    let schema = |name: &&'static str| {
        let text = Sandbox::empty().ok(&["docs", "--schema", *name]).stdout;
        (*name, serde_json::from_str::<Json>(&text).unwrap())
    };
    let schemas: Vec<(&str, Json)> =
        ["config", "clean", "features", "split", "train", "evaluate"].iter().map(schema).collect();
    for case in shapes() {
        let sandbox = Sandbox::empty();
        write(&sandbox, case.file, &case.bytes);
        let made = sandbox.run(&["--json", "init", "p", "--data", case.file, "--target", case.target]);
        assert_eq!(made.code, 0, "{}: {}", case.name, made.stderr);
        let account: Json = serde_json::from_str(&made.stdout).unwrap();
        for (at, expected) in &case.found {
            assert_eq!(account["found"].pointer(at), Some(expected), "{} {at}\n{}", case.name, made.stdout);
        }
        for (name, schema) in &schemas {
            let written = mlops::yaml::parse(&sandbox.read(&format!("p/configs/{name}.yaml")), name).unwrap();
            json_schema::check(schema, &written.to_json())
                .unwrap_or_else(|wrong| panic!("{} {name}: {wrong}", case.name));
        }
        let valid = sandbox.run(&["-C", "p", "validate"]);
        assert_eq!(valid.code, 0, "{}: {}", case.name, valid.stderr);
        run_all(&sandbox, "p", case.name, &QUICK);
    }
}

#[test]
fn a_test_part_keeps_its_rows_and_gets_the_labels_of_training() {
    let sandbox = Sandbox::empty();
    let rows = |end: &str| {
        table("x,c,y", 80, |i, r| {
            format!("{:.2},{},{}{end}", r(), ["a", "b"][i % 2], if r() > 0.3 { "<=50K" } else { ">50K" })
        })
    };
    sandbox.write("train.csv", &rows(""));
    sandbox.write("test.csv", &rows("."));
    let made = sandbox.ok(&["init", "p", "--data", "train.csv", "--test", "test.csv", "--target", "y"]);
    assert!(made.stdout.contains("positive >50K (the rarer one)"), "{}", made.stdout);
    run_all(&sandbox, "p", "given", &QUICK);
    assert!(sandbox.read("p/reports/metrics/evaluation_train_v1.json").contains("\"rows\": 80"));
}

#[test]
fn leaks_are_listed_and_kept_ids_and_constants_go() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "t.csv",
        &table("id,x,outcome,same,y", 400, |i, r| {
            let y = r() > 0.6;
            format!("{},{:.2},{},1,{}", 1000 + i, r(), if y { "done" } else { "open" }, u8::from(y))
        }),
    );
    let made = sandbox.ok(&["init", "p", "-d", "t.csv", "-t", "y"]);
    assert!(made.stdout.contains("outcome: roc_auc 1.000 alone"), "{}", made.stdout);
    let features = sandbox.read("p/configs/features.yaml");
    assert!(
        features.contains("\n    - same ") && features.contains("\n    # - outcome   # roc_auc 1.000 alone"),
        "{features}"
    );
    assert!(sandbox.read("p/configs/clean.yaml").contains("id: id "));
    // As the comment says: uncommented, the column is out.
    sandbox.edit("p/configs/features.yaml", "# - outcome ", "- outcome ");
    run_all(&sandbox, "p", "leak", &QUICK);
}

#[test]
fn what_is_offered_as_a_comment_needs_its_sign_taken_away_alone() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "t.csv",
        &table("x,outcome,y", 400, |i, _| {
            let y = i % 5 > 2;
            format!("{},{},{}", i % 7, if y { "done" } else { "open" }, u8::from(y))
        }),
    );
    sandbox.ok(&["init", "p", "-d", "t.csv", "-t", "y"]);
    sandbox.ok(&["-C", "p", "validate"]);
    sandbox.edit("p/configs/features.yaml", "# - outcome ", "- outcome ");
    sandbox.edit("p/configs/clean.yaml", "# - drop_duplicates", "- drop_duplicates");
    assert!(sandbox.ok(&["-C", "p", "validate"]).stdout.contains("valid: "));
    let shown = sandbox.ok(&["-C", "p", "--json", "show", "configs"]).stdout;
    assert!(shown.contains("\"outcome\"") && shown.contains("drop_duplicates"), "{shown}");
}

#[test]
fn nothing_is_overwritten_in_silence() {
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &table("x,y", 60, |i, r| format!("{:.2},{}", r(), i % 2)));
    let init: &[&str] = &["init", "p", "--data", "t.csv", "--target", "y"];
    sandbox.ok(init);
    assert!(sandbox.ok(init).stdout.contains("wrote 0 files"));
    sandbox.edit("p/configs/train.yaml", "lr: {}", "lr: {c: 2.0}");
    std::fs::remove_file(sandbox.path("p/Makefile")).unwrap();
    sandbox.run(init).refused(2, "1 file is in `p` already and differs: configs/train.yaml");
    assert!(!sandbox.path("p/Makefile").exists());
    sandbox.write("p/data/external/t.csv", "x,y\n1,2\n");
    sandbox.run(init).refused(2, "configs/train.yaml, data/external/t.csv");
    sandbox.ok(&[init, &["--force"]].concat());
    assert!(sandbox.path("p/Makefile").exists() && sandbox.read("p/configs/train.yaml").contains("lr: {}"));
    assert_eq!(sandbox.read("p/data/external/t.csv"), sandbox.read("t.csv"));
}

#[test]
fn tables_are_linked_or_left_in_place() {
    let sandbox = Sandbox::empty();
    sandbox.write("p/sub/t.csv", &table("x,y", 60, |i, r| format!("{:.2},{}", r(), i % 2)));
    sandbox.ok(&["init", "p", "--data", "p/sub/t.csv", "--target", "y", "--in-place"]);
    assert!(
        sandbox.read("p/dvc.yaml").contains("      - sub/t.csv\n") && !sandbox.path("p/data/external/t.csv").exists()
    );
    run_all(&sandbox, "p", "in place", &QUICK);
    sandbox.ok(&["init", "q", "--data", "p/sub/t.csv", "--target", "y", "--link"]);
    assert!(sandbox.path("q/data/external/t.csv").is_symlink());
    run_all(&sandbox, "q", "link", &QUICK);
    sandbox
        .run(&["init", "r", "--data", "p/sub/t.csv", "--target", "y", "--in-place"])
        .refused(2, "cannot stay in its place");
}

#[test]
fn tables_on_the_web_are_fetched_and_pinned() {
    let csv = table("x,y", 60, |i, r| format!("{:.2},{}", r(), i % 2));
    let server = TestServer::start(csv.as_str(), [Reply::Ranges]);
    let sandbox = Sandbox::empty();
    sandbox.ok(&["init", "p", "--data", &server.url("/some/table.csv?v=1"), "--target", "y"]);
    assert_eq!(sandbox.read("p/data/external/table.csv"), csv);
    let config = sandbox.read("p/configs/config.yaml");
    assert!(config.contains("/some/table.csv?v=1") && config.contains("sha256: \""), "{config}");
    sandbox.ok(&["-C", "p", "validate"]);
    run_all(&sandbox, "p", "web", &QUICK);
    // What is in the query ends in the config.
    let warns = |path: &str| {
        let data = server.url(path);
        let ran = sandbox.ok(&["init", "q", "--data", &data, "--target", "y", "--force"]);
        std::fs::remove_dir_all(sandbox.path("q")).unwrap();
        ran.stderr.contains("looks like a secret")
    };
    assert!(
        warns("/table.csv?X-Amz-Signature=1") && warns("/table.csv?a=b&Access_Token=x") && !warns("/token.csv?v=1")
    );
    // A table of another address is not put in the place of the one that is there.
    let again = sandbox.run(&["init", "p", "--data", &server.url("/other/table.csv"), "--target", "y"]);
    again.refused(2, "`data/external/table.csv` is there already, fetched from http://127.0.0.1");
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn known_projects_are_written_and_valid() {
    let sandbox = Sandbox::empty();
    for name in ["wine", "adult", "hotel"] {
        assert!(sandbox.ok(&["init", name, "--template", name]).stdout.contains("mlops run-all"));
        sandbox.ok(&["-C", name, "validate"]);
    }
    sandbox.edit("wine/configs/train.yaml", "lr: {}", "lr: {c: 2.0}");
    sandbox.run(&["init", "wine", "--template", "wine"]).refused(2, "differs: configs/train.yaml");
    sandbox.ok(&["init", "wine", "--template", "wine", "--force"]);
    sandbox.run(&["init", "x", "--template", "hotels"]).refused(2, "did you mean `hotel`?");
}

#[test]
fn what_is_missing_or_wrong_is_said_with_what_there_is() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "t.csv",
        &table("age,plan,churned", 60, |i, r| format!("{:.2},{},{}", r(), ["a", "b"][i % 3 % 2], ["no", "yes"][i % 2])),
    );
    sandbox.write("bare.csv", &table("0.5,1.5,a", 60, |i, r| format!("{:.2},{:.2},{}", r(), r(), ["a", "b"][i % 2])));
    sandbox.write("two.csv", "x,y\n1,a\n2,a\n3,b\n");
    sandbox.write("ids.csv", &table("key,y", 60, |i, _| format!("k{i},{}", i % 2)));
    write(&sandbox, "bytes.csv", b"a,y\n1,x\n\xc3\x28\x81,z\n");
    for (arguments, code, expected) in [
        (
            &["--data", "bytes.csv", "--target", "y"][..],
            3,
            "hint: save the file as UTF-8, or name its encoding, such as windows-1252: `--encoding`",
        ),
        (&["--data", "t.csv"], 2, "hint: columns: age, plan, churned"),
        (&["--data", "t.csv", "--target", "churnd"], 3, "did you mean `churned`?"),
        (&["--data", "bare.csv", "--target", "y"], 3, "column_1 to column_3"),
        (&["--data", "none.csv", "--target", "y"], 1, "no such file"),
        (&["--data", ".", "--target", "y"], 1, "it is a folder"),
        (&["--target", "y"], 2, "--data"),
        (&[], 2, "no table"),
        (&["--data", "t.csv", "--target", "churned", "--positive", "ys"], 2, "did you mean `yes`?"),
        (&["--data", "t.csv", "--target", "plan", "--task", "regression"], 2, "holds `a`, which is no number"),
        (&["--data", "t.csv", "--target", "churned", "--name", "A b"], 2, "cannot stand in file names"),
        (&["--data", "t.csv", "--target", "churned", "--delimiter", "::"], 2, "not one ASCII character"),
        (&["--data", "two.csv", "--target", "y"], 3, "too few rows"),
        (&["--data", "ids.csv", "--target", "y"], 3, "no column is left to learn from"),
    ] {
        let ran = sandbox.run(&[&["init", "p"], arguments].concat());
        ran.refused(code, expected);
        assert!(!sandbox.path("p").exists(), "{arguments:?}");
    }
}

#[test]
fn the_datasets_run_without_editing() {
    let Some(data) = test_data() else {
        eprintln!("SKIPPED: the_datasets_run_without_editing needs MLOPS_TEST_DATA");
        assert!(std::env::var_os("MLOPS_REQUIRE_PEERS").is_none(), "skipped where it must not be");
        return;
    };
    let quick = [&QUICK[..], &["--set", "train.folds=2", "--set", "train.algorithms.lr.max_iterations=20"]].concat();
    for (file, target, task) in [
        ("adult.data.gz", "column_15", "binary"),
        ("adult.test", "15", "binary"),
        ("hotel_bookings.csv.gz", "is_canceled", "binary"),
        ("reviews.csv.gz", "rating", "multiclass"),
    ] {
        let sandbox = Sandbox::empty();
        let path = Path::new(&data).join(file);
        let made = sandbox.ok(&["init", "p", "--link", "--data", path.to_str().unwrap(), "--target", target]);
        assert!(made.stdout.contains(&format!(": {task} (")), "{}", made.stdout);
        assert_eq!(
            made.stdout.contains("reservation_status: roc_auc 1.000"),
            file.starts_with("hotel"),
            "{}",
            made.stdout
        );
        run_all(&sandbox, "p", file, &quick);
    }
}
