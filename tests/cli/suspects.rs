//! What `split` tells unasked: features that look like leaks or ids, and drift between given parts.
//! (That the test rows do not leak into a model is the matter of leaks.rs.)

use std::process::Command;

use crate::examples::official;
use crate::sandbox::{Sandbox, generated_project, test_data, to_csv};

/// The generated table with a column that knows the target, a numbering, and a date that knows it too.
fn leaky() -> Sandbox {
    let project = generated_project("binary");
    let (mut header, mut rows) = crate::sandbox::from_csv(&project.read("data/external/table.csv"));
    let at = header.iter().position(|name| name == "y").unwrap();
    for (number, row) in rows.iter_mut().enumerate() {
        let yes = row[at] == "yes";
        row.push(if yes { "left" } else { "stays" }.to_owned());
        row.push((number + 1000).to_string());
        row.push(if yes { format!("2024-02-{:02}", 1 + number % 28) } else { String::new() });
    }
    header.extend(["state", "account", "left_on"].map(str::to_owned));
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    project.write("data/external/table.csv", &to_csv(&names, &rows));
    project.write("configs/features.yaml", "features: {}\n");
    project.stages("features");
    project
}

/// The columns of the account's structured list.
fn suspects(project: &Sandbox) -> Vec<String> {
    let account: serde_json::Value = serde_json::from_str(&project.ok(&["--json", "split"]).stdout).unwrap();
    let flags = account["suspects"].as_array().cloned().unwrap_or_default();
    flags.iter().map(|f| format!("{} {}", f["column"].as_str().unwrap(), f["finding"].as_str().unwrap())).collect()
}

#[test]
fn leaks_and_ids_are_warned_of_where_they_would_be_features() {
    let project = leaky();
    let ran = project.ok(&["split"]);
    for line in [
        "warning: split: column `state` alone predicts the target (roc_auc 1.000 on a held-out half of the rows); if it is not known at prediction time, list it under `features.drop`, else under `split.accept_leaks`",
        "warning: split: column `account` has nearly one value a row (320 in 320 rows), as an id has; list it under `features.drop`, or under `split.accept_leaks` where it is no id",
    ] {
        assert!(ran.stderr.contains(line), "`{line}` not in:\n{}", ran.stderr);
    }
    // The id column `key` is no feature; nor is the date, but a column could be derived from it.
    assert!(ran.stdout.contains("column `left_on` alone predicts the target (roc_auc 1.000 "), "{}", ran.stdout);
    assert!(!ran.stderr.contains("`key`") && !ran.stderr.contains("left_on"), "{}", ran.stderr);
    assert_eq!(suspects(&project), ["state leak", "account id_like"]);
}

#[test]
fn dropped_and_accepted_columns_are_passed_over() {
    let project = leaky();
    let written = |project: &Sandbox| project.files("data/processed");
    project.ok(&["split"]);
    let before = written(&project);
    for (split, features, expected) in [
        ("leaks: warn", "drop: [state]", vec!["account id_like"]),
        ("accept_leaks: [account]", "", vec!["state leak"]),
        ("accept_leaks: [account]\n  leaks: error", "drop: [state, left_on]", vec![]),
        ("leaks: off", "", vec![]),
    ] {
        project.write("configs/split.yaml", &format!("split:\n  {split}\n"));
        project.write("configs/features.yaml", &format!("features: {{{features}}}\n"));
        assert_eq!(suspects(&project), expected, "{split}, {features}");
        assert!(before == written(&project), "{split}: telling changed what is written");
    }
}

#[test]
fn with_leaks_error_nothing_is_written() {
    let project = leaky();
    project.write("configs/split.yaml", "split: {leaks: error}\n");
    let ran = project.run(&["split"]);
    ran.refused(3, "error: features look like leaks: `state`, `account`");
    for said in
        ["\n  column `state` alone predicts", "\n  column `account` has nearly one value", "hint: list them under"]
    {
        assert!(ran.stderr.contains(said), "`{said}` not in:\n{}", ran.stderr);
    }
    assert!(project.files("data/processed").is_empty());
}

#[test]
fn settings_are_checked_where_they_stand() {
    let project = leaky();
    project.write("configs/split.yaml", "split:\n  accept_leaks: [stat]\n");
    project.run(&["split"]).refused(2, "configs/split.yaml:2:18: `split.accept_leaks[0]`: column `stat` not found");
    assert!(project.run(&["split"]).stderr.contains("did you mean `state`?"));
    project.write("configs/split.yaml", "split:\n  leaks: warning\n");
    project.run(&["validate"]).refused(2, "configs/split.yaml:2:10: `split.leaks`: unknown value `warning`");
}

#[test]
fn drift_is_told_of_given_parts_alone() {
    let project = generated_project("binary");
    let text = project.read("data/external/table.csv");
    let (header, rows) = crate::sandbox::from_csv(&text);
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    let (train, test) = rows.split_at(250);
    let mut test = test.to_vec();
    for row in test.iter_mut().take(20) {
        row[2] = "99.5".to_owned();
    }
    test[0][3] = "violet".to_owned();
    project.write("data/external/train.csv", &to_csv(&names, train));
    project.write("data/external/test.csv", &to_csv(&names, &test));
    project.edit(
        "configs/config.yaml",
        "    - file: data/external/table.csv\n",
        "    - {file: data/external/train.csv, part: train}\n    - {file: data/external/test.csv, part: test}\n",
    );
    project.stages("features");
    assert!(!project.ok(&["split"]).stderr.contains("drift"));
    project.write("configs/split.yaml", "split: {method: given}\n");
    let ran = project.ok(&["split"]);
    let warning = "warning: split: drift: column `b`: 21 test rows (14.00 %) outside the training range: 21 above ";
    assert!(ran.stderr.contains(warning), "{}", ran.stderr);
    let note = "drift: column `color`: 1 test row (0.67 %) has the level `violet` that no training row has";
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
    let account: serde_json::Value = serde_json::from_str(&project.ok(&["--json", "split"]).stdout).unwrap();
    assert_eq!(account["drift"][0]["column"], "b");
    assert_eq!(account["drift"][0]["change"], "out_of_range");
}

/// Skips a test that needs the real datasets.
fn skipped(name: &str) {
    eprintln!("SKIPPED: {name} needs MLOPS_TEST_DATA");
    assert!(std::env::var_os("MLOPS_REQUIRE_PEERS").is_none(), "skipped where it must not be");
}

#[test]
fn hotel_flags_the_reservation_status_and_no_honest_column() {
    let Some(data) = test_data() else { return skipped("hotel_flags_the_reservation_status_and_no_honest_column") };
    let hotel = Sandbox::table("", "{column: is_canceled}");
    let unzipped = Command::new("gzip").arg("-dc").arg(data.join("hotel_bookings.csv.gz")).output().unwrap();
    assert!(unzipped.status.success());
    hotel.write("data/external/table.csv", &String::from_utf8(unzipped.stdout).unwrap());
    hotel.stages("features");
    assert_eq!(suspects(&hotel), ["reservation_status leak"]);
    hotel.write("configs/split.yaml", "split: {leaks: error}\n");
    hotel.run(&["split"]).refused(3, "error: a feature looks like a leak: `reservation_status`");
    hotel.write("configs/features.yaml", "features: {drop: [reservation_status]}\n");
    hotel.ok(&["split"]);
}

#[test]
fn adult_flags_nothing_and_tells_what_only_one_part_has() {
    let Some(adult) = official() else { return skipped("adult_flags_nothing_and_tells_what_only_one_part_has") };
    adult.stages("features");
    assert_eq!(suspects(&adult), Vec::<String>::new());
    let told = adult.ok(&["split"]).stdout;
    let line = "drift: column `native_country`: no test row has the level `Holand-Netherlands` that 1 training row (< 0.01 %) has";
    assert!(told.contains(line), "{told}");
    assert_eq!(told.matches("drift: ").count(), 2, "{told}");
}

#[test]
fn the_cure_that_init_offers_for_dates_and_texts_takes_what_is_made_of_them() {
    let row = |at: usize| {
        let (gone, mixed) = (at.is_multiple_of(3), (at + 1) * 7919 % 991);
        let day = format!("{}-{:02}-{:02}", if gone { 2021 } else { 2020 }, mixed % 12 + 1, mixed % 28 + 1);
        let said = if gone { "cancelled by the customer for good" } else { "all is well" };
        format!("{day},{said} {mixed},{},{}", mixed * 31 % 97, u8::from(gone))
    };
    let csv: String =
        std::iter::once("d,said,x,y".to_owned()).chain((0..600).map(row)).map(|line| line + "\n").collect();
    let sandbox = Sandbox::empty();
    sandbox.write("t.csv", &csv);
    let told = sandbox.ok(&["init", "p", "--data", "t.csv", "--target", "y"]).stdout;
    for column in ["d: roc_auc", "said_characters: roc_auc", "said_words: roc_auc"] {
        assert!(told.contains(column), "{told}");
    }
    let strict = ["-C", "p", "--set", "split.leaks=error", "split"];
    for stage in ["ingest", "clean", "features"] {
        sandbox.ok(&["-C", "p", stage]);
    }
    sandbox.run(&strict).refused(3, "`d_year` alone predicts the target");
    let features = sandbox.read("p/configs/features.yaml").replace("    # - ", "    - ");
    sandbox.write("p/configs/features.yaml", &features);
    sandbox.ok(&["-C", "p", "validate"]);
    sandbox.ok(&["-C", "p", "features"]);
    sandbox.ok(&strict);
}
