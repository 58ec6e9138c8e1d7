//! `params diff` and `metrics diff` between revisions of a git repository.

use std::process::Command;

use serde_json::{Value as Json, json};

use crate::sandbox::Sandbox;

/// The project that DVC 3.67.1 was asked about: `dvc repro`, a commit, other values, `dvc repro`.
fn project() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "dvc.yaml",
        "vars: [conf.yaml, {inline: 7}]
stages:
  a:
    cmd: make ${inline} ${model.name}
    params: [lr, nested, conf.toml: [x.y, z], conf.json: null]
    metrics: [m.json: {cache: false}, cached.json, sub/m.yaml: {cache: false}]
metrics: [top.toml]
params: [extra.yaml]
",
    );
    values(&sandbox, 0);
    sandbox.write("sub/m.yaml", "p: {q: 1e-5}\n");
    // What `dvc repro` leaves of the cached metric.
    sandbox.write(
        "dvc.lock",
        "schema: '2.0'\nstages:\n  a:\n    cmd: make 7 m1\n    outs:\n    - path: cached.json\n      hash: md5\n      md5: 3ab8a1fbd5b1c5d5e8b8b8b8b8b8b8b8\n      size: 13\n",
    );
    sandbox.write(".dvc/cache/files/md5/3a/b8a1fbd5b1c5d5e8b8b8b8b8b8b8b8", "{\"auc\": 0.8}\n");
    sandbox.write(".gitignore", "/cached.json\n.dvc/cache\n");
    git(&sandbox, &["init", "-q"]);
    commit(&sandbox);
    git(&sandbox, &["tag", "one"]);
    values(&sandbox, 1);
    sandbox
}

fn values(sandbox: &Sandbox, at: usize) {
    for (file, texts) in [
        (
            "params.yaml",
            [
                "lr: 0.1\nnested: {a: [1, 2], b: {c: true}, d: }\nother: 5\n",
                "lr: 0.01\nnested: {a: [1, 3], b: {c: false}, d: 5}\nother: 6\n",
            ],
        ),
        ("conf.yaml", ["model: {name: m1, size: 3}\n", "model: {name: m2, size: 4}\n"]),
        ("conf.toml", ["z = \"q\"\n[x]\ny = 1\nw = 2\n", "z = \"r\"\n[x]\ny = 2\nw = 3\n"]),
        (
            "conf.json",
            [
                "{\"k\": [1, \"a\", null, {\"b\": 1.0}], \"s\": \"t\", \"e\": 1e-5}",
                "{\"k\": [1, \"a\", null, {\"b\": 2.0}], \"s\": \"t\", \"e\": 1e-6}",
            ],
        ),
        ("extra.yaml", ["deep: {l: [], m: {}}\n", "deep: {l: [1], m: {}}\n"]),
        ("top.toml", ["a = 1.5\n", "a = 2\n"]),
        ("cached.json", ["{\"auc\": 0.8}\n", "{\"auc\": 0.85}\n"]),
        (
            "m.json",
            [
                "{\"acc\": 0.9, \"rmse\": 3, \"l\": [1], \"n\": null, \"s\": \"x\", \"b\": true, \"deep\": {\"loss\": 0.5, \"e\": {}}}",
                "{\"acc\": 0.8, \"rmse\": 2.5, \"l\": [1, 2], \"n\": 4, \"s\": \"y\", \"b\": false, \"deep\": {\"loss\": 0.5000001, \"e\": {}}, \"new\": 1}",
            ],
        ),
    ] {
        sandbox.write(file, texts[at]);
    }
}

/// What git says.
pub fn git(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let config = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"];
    let ran = Command::new("git").current_dir(sandbox.path("")).args(config).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

fn commit(sandbox: &Sandbox) {
    git(sandbox, &["add", "-A"]);
    git(sandbox, &["commit", "-qm", "all"]);
}

fn read(sandbox: &Sandbox, arguments: &[&str]) -> Json {
    serde_json::from_str(&sandbox.ok(arguments).stdout).unwrap()
}

/// What `dvc params diff --json` prints (3.67.1).
#[test]
fn parameters_differ_as_dvc_says() {
    let sandbox = project();
    let expected = json!({
        "conf.json": {
            "e": {"old": 1e-5, "new": 1e-6, "diff": 1e-6 - 1e-5},
            "k": {"old": "[1, 'a', None, {'b': 1.0}]", "new": "[1, 'a', None, {'b': 2.0}]"},
        },
        "conf.toml": {"x.y": {"old": 1, "new": 2, "diff": 1}, "z": {"old": "q", "new": "r"}},
        "conf.yaml": {"model.name": {"old": "m1", "new": "m2"}},
        "extra.yaml": {"deep.l": {"old": "[]", "new": "[1]"}},
        "params.yaml": {
            "lr": {"old": 0.1, "new": 0.01, "diff": 0.01 - 0.1},
            "nested.a": {"old": "[1, 2]", "new": "[1, 3]"},
            "nested.b.c": {"old": true, "new": false, "diff": -1},
            "nested.d": {"old": null, "new": 5},
            "other": {"old": 5, "new": 6, "diff": 1},
        },
    });
    assert_eq!(read(&sandbox, &["params", "diff", "--json"]), expected);
    assert_eq!(read(&sandbox, &["params", "diff", "one", "HEAD", "--json"]), json!({}));
    let all = read(&sandbox, &["params", "diff", "one", "HEAD", "--all", "--json"]);
    assert_eq!(all["conf.json"]["s"], json!({"old": "t", "new": "t"}));
    let table = sandbox.ok(&["params", "diff"]).stdout;
    assert!(table.contains(" 1e-05 ") && table.contains(" 1e-06\n"), "{table}");
    assert!(table.starts_with("path         param") && table.contains("params.yaml  lr"), "{table}");
}

/// What `dvc metrics diff --json` prints (3.67.1), and which way each metric should go.
#[test]
fn metrics_differ_as_dvc_says_and_are_judged() {
    let sandbox = project();
    let expected = json!({
        "cached.json": {"auc": {"old": 0.8, "new": 0.85, "diff": 0.85 - 0.8, "verdict": "better"}},
        "m.json": {
            "acc": {"old": 0.9, "new": 0.8, "diff": 0.8 - 0.9, "verdict": "worse"},
            "b": {"old": true, "new": false, "diff": -1},
            "deep.loss": {"old": 0.5, "new": 0.500_000_1, "diff": 0.500_000_1 - 0.5, "verdict": "worse"},
            "n": {"old": null, "new": 4},
            "new": {"old": null, "new": 1},
            "rmse": {"old": 3, "new": 2.5, "diff": -0.5, "verdict": "better"},
            "s": {"old": "x", "new": "y"},
        },
        "top.toml": {"a": {"old": 1.5, "new": 2, "diff": 0.5}},
    });
    assert_eq!(read(&sandbox, &["metrics", "diff", "--json"]), expected);
    let md = sandbox.ok(&["metrics", "diff", "--md"]).stdout;
    assert!(md.starts_with("| path | metric | HEAD | workspace | change |\n| --- |"), "{md}");
    assert!(md.contains("| `m.json` | `acc` | `0.9` | `0.8` | ↓ -0.1 **worse** |\n"), "{md}");
    let shown = sandbox.ok(&["metrics", "show", "one"]).stdout;
    assert!(shown.contains("acc") && shown.lines().any(|line| line.starts_with("cached.json")), "{shown}");
}

#[test]
fn what_got_worse_beyond_the_tolerance_fails_on_request() {
    let sandbox = project();
    let gate = |arguments: &[&str]| sandbox.run(&[&["metrics", "diff", "--exit-code"], arguments].concat());
    gate(&[]).refused(4, "from HEAD to workspace got worse: `acc` of m.json (0.9 → 0.8), `deep.loss`");
    gate(&["--tolerance", "0.01"]).refused(4, "got worse: `acc` of m.json (0.9 → 0.8)\n");
    for enough in [["--tolerance", "0.2"], ["--tolerance-relative", "0.12"]] {
        assert_eq!(gate(&enough).code, 0);
    }
    assert_eq!(gate(&["one", "HEAD"]).code, 0);
    sandbox.edit("cached.json", "auc", "other");
    gate(&["--tolerance", "1"]).refused(4, "got worse: `auc` of cached.json (0.8 → -)");
    sandbox.edit("cached.json", "other", "auc");
    assert!(!sandbox.ok(&["metrics", "diff", "--tolerance", "0.6"]).stdout.contains("rmse"));
    gate(&["--tolerance", "-1"]).refused(2, "tolerance");
    gate(&["--tolerance", "nan"]).refused(2, "is no tolerance");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let sandbox = project();
    sandbox.run(&["params", "diff", "tow"]).refused(2, "the revision `tow` does not exist");
    sandbox.run(&["params", "diff", "--", "--output=x"]).refused(2, "`--output=x` is no revision");
    sandbox.run(&["metrics", "diff", ""]).refused(2, "is no revision");
    // A metric whose object is gone is said, and the others are compared.
    std::fs::remove_dir_all(sandbox.path(".dvc")).unwrap();
    let ran = sandbox.ok(&["metrics", "diff"]);
    assert!(
        ran.stderr.contains("at revision `HEAD`: `cached.json` is neither in git nor in DVC's cache"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains("rmse"), "{}", ran.stdout);
    // A dvc.yaml that cannot be read is named with its revision.
    sandbox.write("dvc.yaml", "stages: {a: {cmd: x, otus: [y]}}\n");
    sandbox.run(&["params", "diff"]).refused(2, "dvc.yaml:1:22: `stages.a.otus`: unknown key");
    commit(&sandbox);
    sandbox.write("dvc.yaml", "stages: {a: {cmd: x}}\n");
    sandbox.run(&["params", "diff"]).refused(2, "at revision `HEAD`: dvc.yaml:1:22:");
    let bare = Sandbox::empty();
    bare.write("dvc.yaml", "stages: {a: {cmd: x}}\n");
    let ran = bare.command(&["params", "diff"]).env("GIT_CEILING_DIRECTORIES", bare.path("")).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    let ran = bare.command(&["params", "diff"]).env("PATH", "").output().unwrap();
    assert!(String::from_utf8_lossy(&ran.stderr).contains("cannot run `git`"));
    git(&bare, &["init", "-q"]);
    bare.run(&["params", "diff"]).refused(2, "the revision `HEAD` does not exist");
}

#[test]
fn a_project_may_lie_in_a_folder_of_the_repository() {
    let sandbox = Sandbox::empty();
    sandbox.write("ml/dvc.yaml", "stages: {a: {cmd: x, vars: [v.yaml], params: [p.yaml: [k]]}}\n");
    sandbox.write("ml/v.yaml", "v: 1\n");
    sandbox.write("ml/p.yaml", "k: 1\n");
    git(&sandbox, &["init", "-q"]);
    commit(&sandbox);
    sandbox.write("ml/p.yaml", "k: 2\n");
    let expected = json!({"p.yaml": {"k": {"old": 1, "new": 2, "diff": 1}}});
    assert_eq!(read(&sandbox, &["-C", "ml", "params", "diff", "--json"]), expected);
}
