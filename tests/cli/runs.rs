//! The records of `run-all`, and `mlops runs`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::sandbox::Sandbox;

/// A pipeline of nothing but a shell.
fn shell(stages: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("dvc.yaml", &format!("stages:\n{stages}"));
    sandbox
}

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn a_failed_run_tells_what_it_did() {
    let sandbox = shell("  made: {cmd: echo 1 > o, outs: [o]}\n  bad: {cmd: exit 3, deps: [o]}\n");
    for _ in 0..2 {
        sandbox.run(&["run-all"]).refused(1, "stage `bad` failed");
    }
    let listed = json(&sandbox.ok(&["runs", "--json"]).stdout);
    let outcomes = |run: &Json| {
        let stages = run["stages"].as_array().unwrap().iter();
        stages.map(|stage| format!("{} {}", stage["name"], stage["outcome"]).replace('"', "")).collect::<Vec<_>>()
    };
    let (run, first) = (&listed["runs"][0], &listed["runs"][1]);
    assert_eq!(outcomes(first), ["made ran", "bad failed"]);
    assert_eq!(outcomes(run), ["made up_to_date", "bad failed"]);
    assert_eq!((&run["exit"], &run["state"]), (&Json::from(1), &Json::from("ended")));
    assert_eq!(run["command"], serde_json::json!(["run-all"]));
    let shown = sandbox.ok(&["runs", "show"]).stdout;
    for piece in ["command   mlops run-all", "exit      1", "made", "failed", "never run", "up to date"] {
        assert!(shown.contains(piece), "`{piece}` not in:\n{shown}");
    }
    let id = run["id"].as_str().unwrap();
    assert_eq!(json(&sandbox.ok(&["--json", "runs", "show", id]).stdout)["id"], id);
    sandbox.run(&["runs", "show", "1999"]).refused(2, "no run `1999` is recorded");
    // A broken record is told, and the others stand.
    sandbox.write(".mlops/runs/20990101T000000Z-1.json", "{");
    let ran = sandbox.ok(&["runs"]);
    assert!(ran.stderr.contains(".mlops/runs/20990101T000000Z-1.json:1:1: not the record of a run"), "{}", ran.stderr);
    assert!(ran.stdout.contains(id), "{}", ran.stdout);
    let listed = sandbox.ok(&["runs"]).stdout;
    let first: Vec<&str> = listed.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(first[first.len() - 4..], ["1", "1", "0", "1"], "ran, failed, skipped, exit:\n{listed}");
    sandbox.run(&["runs", "-n", "0"]).refused(2, "invalid value '0' for '--number <N>'");
}

#[test]
fn a_killed_run_is_seen_as_such() {
    let sandbox = shell("  slow: {cmd: sleep 30}\n");
    let mut child = sandbox.command(&["run-all"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let state = || {
        let listed = json(&sandbox.ok(&["runs", "--json"]).stdout);
        listed["runs"][0]["state"].as_str().unwrap_or("none").to_owned()
    };
    let start = Instant::now();
    while state() != "running" {
        assert!(start.elapsed() < Duration::from_secs(20) && child.try_wait().unwrap().is_none(), "{}", state());
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(state(), "killed");
    assert!(sandbox.ok(&["runs"]).stdout.contains("killed"));
}

#[test]
fn without_runs_there_is_nothing_to_show() {
    let sandbox = Sandbox::wine();
    assert_eq!(sandbox.ok(&["runs"]).stdout, "");
    sandbox.run(&["runs", "show"]).refused(2, "no run is recorded in this project");
    Sandbox::empty().run(&["runs"]).refused(2, "no project");
}
