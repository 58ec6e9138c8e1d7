//! `doctor`: what it finds in whole and in broken surroundings.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value as Json;

use crate::sandbox::{Ran, Sandbox};

/// Runs `doctor --json` with a PATH.
fn doctor(sandbox: &Sandbox, path: &str) -> (i32, Json) {
    let output = sandbox.command(&["--json", "doctor"]).env("PATH", path).stdin(Stdio::null()).output().unwrap();
    let ran = Ran::from(output);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    (ran.code, serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}: {}\n{}", ran.stdout, ran.stderr)))
}

/// Status and message of one check.
fn check(told: &Json, name: &str) -> (String, String) {
    let found = told["checks"].as_array().unwrap().iter().find(|check| check["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no check `{name}` in {told}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
    assert!(text("status") == "ok" || !text("hint").is_empty(), "{found} gives no hint");
    (text("status"), text("message"))
}

/// A folder of programs that print a line.
fn programs(sandbox: &Sandbox, programs: &[(&str, &str)]) -> PathBuf {
    let folder = sandbox.path("bin");
    for (name, script) in programs {
        sandbox.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

#[test]
fn outside_any_project_and_with_an_empty_path_all_that_is_needed_is_there() {
    let empty = Sandbox::empty();
    let (code, told) = doctor(&empty, "");
    assert_eq!((code, &told["healthy"]), (0, &Json::Bool(true)), "{told}");
    for (name, status, piece) in [
        ("version", "ok", env!("CARGO_PKG_VERSION")),
        ("machine", "ok", "processor"),
        ("path", "warn", "no `mlops` on the PATH"),
        ("git", "warn", "not found"),
        ("dvc", "warn", "not found"),
        ("project", "ok", "none in this folder"),
        ("pipeline", "ok", "13 stages"),
    ] {
        let (found, message) = check(&told, name);
        assert!(found == status && message.contains(piece), "{name}: {found} {message}");
    }
    assert_eq!(empty.files(""), [], "nothing is left behind");
}

#[test]
fn programs_on_the_path_are_told_apart() {
    let wine = Sandbox::wine();
    let own = Path::new(env!("CARGO_BIN_EXE_mlops"));
    let folder = programs(
        &wine,
        &[("mlops", "echo mlops 0.0.1"), ("git", "echo git version 9.9; exit 3"), ("dvc", "echo 2.58.2")],
    );
    let (code, told) = doctor(&wine, folder.to_str().unwrap());
    assert_eq!(code, 0, "{told}");
    assert!(check(&told, "path").1.contains("is another program"), "{told}");
    assert!(check(&told, "git").1.contains("does not work"), "{told}");
    assert_eq!(check(&told, "dvc"), ("warn".to_owned(), "version 2.58.2".to_owned()));

    // A link, a copy, a repository, a DVC that is new enough in a project that has none yet.
    programs(
        &wine,
        &[("git", "case $1 in --version) echo git version 9.9;; *) echo /top;; esac"), ("dvc", "echo 3.1")],
    );
    std::fs::remove_file(folder.join("mlops")).unwrap();
    symlink(own, folder.join("mlops")).unwrap();
    let (_, told) = doctor(&wine, folder.to_str().unwrap());
    assert!(check(&told, "path").1.ends_with("is this program"), "{told}");
    assert_eq!(check(&told, "git"), ("ok".to_owned(), "9.9, repository `/top`".to_owned()));
    assert!(check(&told, "dvc").1.contains("no `.dvc` folder"), "{told}");
    std::fs::remove_file(folder.join("mlops")).unwrap();
    std::fs::copy(own, folder.join("mlops")).unwrap();
    std::fs::create_dir(wine.path(".dvc")).unwrap();
    let (_, told) = doctor(&wine, folder.to_str().unwrap());
    assert!(check(&told, "path").1.contains("a copy of this program"), "{told}");
    assert_eq!(check(&told, "dvc"), ("ok".to_owned(), "3.1".to_owned()));
}

#[test]
fn what_stops_a_run_fails_with_exit_code_1() {
    type Breaking = fn(&Sandbox);
    let table: [(&str, &str, Breaking); 4] = [
        ("project", "unknown key", |wine| wine.edit("configs/train.yaml", "folds:", "fold:")),
        ("folders", "`models` is a file", |wine| wine.write("models", "")),
        ("folders", "`data` is a link to what is not there", |wine| symlink("gone", wine.path("data")).unwrap()),
        ("folders", "`data/raw` is a file", |wine| wine.write("data/raw", "")),
    ];
    for (name, piece, breaking) in table {
        let wine = Sandbox::wine();
        breaking(&wine);
        let (code, told) = doctor(&wine, "");
        let (status, message) = check(&told, name);
        // Paths are told in full.
        let message = message.replace(&format!("{}/", wine.path("").canonicalize().unwrap().display()), "");
        let message = message.replace(&format!("{}/", wine.path("").display()).replace("//", "/"), "");
        assert_eq!((code, status.as_str()), (1, "fail"), "{piece}: {told}");
        assert!(message.contains(piece), "`{piece}` not in: {message}");
        assert_eq!(told["healthy"], false);
        assert_eq!(check(&told, "pipeline").0, "ok", "the machine is not to blame");
    }
}

#[test]
fn a_trial_that_fails_is_told_with_its_reason() {
    let empty = Sandbox::empty();
    let ran = |variable: &str, value: &str| {
        Ran::from(empty.command(&["doctor"]).env(variable, value).stdin(Stdio::null()).output().unwrap())
    };
    ran("TMPDIR", "/nowhere/at/all").refused(1, "1 of 9 checks failed");
    assert!(ran("TMPDIR", "/nowhere/at/all").stdout.contains("cannot make a folder in `/nowhere/at/all`"));
    let short = ran("MLOPS_MEMORY_LIMIT", "1KB");
    short.refused(1, "1 of 9 checks failed");
    assert!(short.stdout.contains("fail  pipeline") && short.stdout.contains("of memory"), "{}", short.stdout);
}

#[test]
fn proxies_are_named_and_never_shown() {
    let empty = Sandbox::empty();
    let output = empty.command(&["doctor"]).env("HTTPS_PROXY", "http://me:secret@proxy:3128").output().unwrap();
    let ran = Ran::from(output);
    assert!(ran.stdout.contains("set by `HTTPS_PROXY`") && !ran.stdout.contains("secret"), "{}", ran.stdout);
    empty.run(&["--set", "train.folds=3", "doctor"]).refused(2, "only looks");
    empty.run(&["-C", "nowhere", "doctor"]).refused(2, "is not a folder");
}
