//! The commands around the stages.

use std::process::Stdio;
use std::time::Duration;

use crate::sandbox::{Sandbox, generated_project};

#[test]
fn set_edits_one_value_and_keeps_comments() {
    let wine = Sandbox::wine();
    let before = wine.read("configs/train.yaml");
    let ran = wine.ok(&["--set", "train.folds=3", "validate"]);
    assert!(ran.stderr.contains("train.folds"), "{}", ran.stderr);
    let after = wine.read("configs/train.yaml");
    assert!(after.contains("folds: 3"));
    let comments = |text: &str| text.matches('#').count();
    assert_eq!(comments(&before), comments(&after));
    assert_eq!(before.lines().count(), after.lines().count());
    wine.run(&["--set", "train.fold=3", "validate"]).refused(2, "unknown key");
    wine.run(&["--set", "trian.folds=3", "validate"]).refused(2, "train");
    assert_eq!(wine.read("configs/train.yaml"), after);
}

#[test]
fn bump_moves_version_and_date() {
    let wine = Sandbox::wine();
    wine.ok(&["bump", "version"]);
    assert!(wine.read("configs/config.yaml").contains("version: 2"));
    wine.ok(&["bump", "date", "20260101"]);
    assert!(wine.read("configs/config.yaml").contains("date: \"20260101\""));
    wine.run(&["bump", "date", "20261301"]).refused(2, "20261301");
}

#[test]
fn validate_holds_dvc_yaml_against_the_configs() {
    let wine = Sandbox::wine();
    wine.ok(&["validate"]);
    wine.edit("configs/train.yaml", "    rf:", "    ridge: {}\n    rf:");
    wine.run(&["validate"]).refused(2, "ridge");
    let wine = Sandbox::wine();
    wine.edit("dvc.yaml", "cmd: mlops ingest\n", "cmd: mlops ingest\n    deps: [nowhere.csv]\n");
    wine.run(&["validate"]).refused(2, "dvc.yaml:9:12: `stages.ingest.deps[0]`: `nowhere.csv`");
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let sandbox = Sandbox::empty();
    let help = sandbox.ok(&["--help"]).stdout;
    for piece in ["mlops run-all", "ingest", "completions", "130"] {
        assert!(help.contains(piece), "`{piece}` not in:\n{help}");
    }
    assert!(sandbox.ok(&["--version"]).stdout.starts_with("mlops 0.1.0"));
    assert!(sandbox.ok(&["completions", "bash"]).stdout.contains("run-all"));
}

#[test]
fn errors_are_json_on_request() {
    let ran = Sandbox::empty().run(&["--json", "run-all"]);
    let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
    assert_eq!(error["error"]["code"], 2);
    assert_eq!(ran.stdout, "");
}

#[test]
fn an_interrupt_exits_130_and_leaves_no_half_file() {
    let project = generated_project("binary");
    project.edit("configs/train.yaml", "xgb: {n_estimators: 10,", "xgb: {n_estimators: 100000,");
    project.stages("split");
    let mut child = project
        .command(&["train", "--algorithm", "xgb"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(400));
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(project.files("models"), []);
}
