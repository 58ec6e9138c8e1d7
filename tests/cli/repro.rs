//! `run-all` as an engine: what runs and why, what comes back, what a failure leaves.

use serde_json::Value as Json;

use crate::sandbox::Sandbox;

const PIPELINE: &str = "\
stages:
  a: {cmd: cat in.txt > a.txt; echo ran >> log, deps: [in.txt], params: [x], outs: [a.txt]}
  b: {cmd: cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}
  c: {cmd: cp b.txt c.txt, deps: [b.txt], metrics: [c.txt: {cache: false}]}
  d: {cmd: \"echo ${x} > d.txt\", params: [x], outs: [d.txt]}
";

fn project() -> Sandbox {
    let project = Sandbox::empty();
    project.write("dvc.yaml", PIPELINE);
    project.write("params.yaml", "x: 1\n");
    project.write("in.txt", "one\n");
    project
}

/// What became of each stage, in the order in which they ended.
fn run(project: &Sandbox, options: &[&str]) -> Vec<String> {
    let ran = project.ok(&[&["--json", "run-all", "-j1"], options].concat());
    outcomes(&ran.stdout, "outcome")
}

fn outcomes(json: &str, key: &str) -> Vec<String> {
    let told: Json = serde_json::from_str(json).unwrap();
    let stages = told["stages"].as_array().unwrap();
    stages.iter().map(|s| format!("{} {}", s["name"].as_str().unwrap(), s[key].as_str().unwrap())).collect()
}

#[test]
fn only_what_changed_runs_and_what_was_made_before_comes_back() {
    let project = project();
    assert_eq!(run(&project, &[]), ["a ran", "b ran", "c ran", "d ran"]);
    assert_eq!(run(&project, &[]), ["a up to date", "b up to date", "c up to date", "d up to date"]);
    project.ok(&["status", "--exit-code"]);
    project.write("in.txt", "two\n");
    project.run(&["status", "--exit-code"]).refused(1, "3 of 4 stages are not up to date");
    let plan = project.ok(&["run-all", "--dry-run"]).stdout;
    let expected = ["run (deps changed: in.txt modified)", "run (after a)", "run (after b)", "up to date"];
    let decisions: Vec<&str> = plan.lines().map(|line| line[16..].trim()).collect();
    assert_eq!(decisions, expected, "{plan}");
    assert_eq!(run(&project, &[]), ["a ran", "b ran", "c ran", "d up to date"]);
    project.write("in.txt", "one\n");
    assert_eq!(run(&project, &[]), ["a restored", "b restored", "c restored", "d up to date"]);
    assert_eq!((project.read("c.txt"), project.read("log")), ("one\n".into(), "ran\nran\n".into()));
    // What writes the same ends the chain.
    project.edit("dvc.yaml", "echo ran >> log", "true");
    assert_eq!(run(&project, &[]), ["a ran", "b up to date", "c up to date", "d up to date"]);
    project.edit("params.yaml", "x: 1", "x: 2");
    let plan = project.ok(&["--json", "status"]).stdout;
    assert!(plan.contains("params changed: x 1 → 2"), "{plan}");
    assert_eq!(run(&project, &["--no-run-cache"]), ["a ran", "b up to date", "c up to date", "d ran"]);
}

#[test]
fn what_a_killed_stage_left_goes_even_where_it_does_not_run_again() {
    let project = project();
    run(&project, &[]);
    project.write(".a.txt.mlops-tmp-999999999-0", "half");
    assert_eq!(run(&project, &[])[0], "a up to date");
    assert!(!project.path(".a.txt.mlops-tmp-999999999-0").exists());
}

#[test]
fn a_run_with_nothing_to_do_asks_neither_configs_nor_git() {
    let project = project();
    run(&project, &[]);
    // Git itself would not take this for a repository.
    project.write(".git/HEAD", &"1".repeat(40));
    project.write("configs/config.yaml", "confg: {}\n");
    assert_eq!(run(&project, &[]).len(), 4);
    let listed: Json = serde_json::from_str(&project.ok(&["runs", "--json"]).stdout).unwrap();
    assert_eq!(listed["runs"][0]["git"], serde_json::json!({ "commit": "1".repeat(40), "dirty": null }));
    project.run(&["run-all", "--set", "config.seed=1"]).refused(2, "no key `config` in configs/config.yaml");
    project.write("in.txt", "two\n");
    project.run(&["run-all"]).refused(2, "configs/config.yaml:1:1: `confg`: expected one root key `config:`");
}

#[test]
fn a_part_may_be_asked_for() {
    let project = project();
    assert_eq!(run(&project, &["--to", "b"]), ["a ran", "b ran"]);
    assert_eq!(run(&project, &["--only", "d", "--force"]), ["d ran"]);
    assert_eq!(run(&project, &["--from", "b"]), ["b up to date", "c ran"]);
    assert_eq!(run(&project, &["--from", "b", "--to", "b", "--force"]), ["b ran"]);
    project.run(&["run-all", "--only", "e"]).refused(2, "stage `e` not found in `dvc.yaml`");
    project.run(&["run-all", "--from", "c", "--to", "a"]).refused(2, "no stage is selected by `--from c --to a`");
    project.run(&["run-all", "-j", "0"]).refused(2, "invalid value '0' for '--jobs <N>'");
}

/// The hash of an out, by dvc.lock.
fn md5(project: &Sandbox, out: &str) -> String {
    let lock = project.read("dvc.lock");
    let entry = lock.split(&format!("path: {out}")).nth(1).unwrap();
    entry.split("md5: ").nth(1).unwrap().lines().next().unwrap().to_owned()
}

#[test]
fn outs_come_back_from_the_cache() {
    let project = project();
    run(&project, &[]);
    std::fs::remove_file(project.path("a.txt")).unwrap();
    assert_eq!(project.ok(&["checkout"]).stdout, "restored  a.txt\n");
    // Content that no cache holds is not lost in silence.
    project.write("b.txt", "mine\n");
    project.run(&["checkout", "b"]).refused(1, "was changed, and no cache holds what it is now");
    assert_eq!(project.read("b.txt"), "mine\n");
    assert_eq!(project.ok(&["checkout", "b.txt", "--force"]).stdout, "restored  b.txt\n");
    // What is missing stops nothing else.
    let lost = md5(&project, "a.txt");
    std::fs::remove_dir_all(project.path(&format!(".dvc/cache/files/md5/{}", &lost[..2]))).unwrap();
    for name in ["a.txt", "b.txt", "d.txt"] {
        std::fs::remove_file(project.path(name)).unwrap();
    }
    let ran = project.run(&["checkout"]);
    ran.refused(1, "`a.txt` is not in the cache: 1 object is missing");
    assert!(ran.stderr.contains("dvc.yaml:3:50: `stages.b.outs[0]`: `b.txt` is not in the cache"), "{}", ran.stderr);
    assert_eq!((ran.stdout.as_str(), project.read("d.txt").as_str()), ("restored  d.txt\n", "1\n"));
    project.run(&["checkout", "z"]).refused(2, "`z` is neither a stage nor an out");
}

#[test]
fn data_of_dvc_files_is_recorded_and_comes_back() {
    let project = Sandbox::empty();
    project.write("dvc.yaml", "stages:\n  a: {cmd: cp data/in.txt a.txt, deps: [data/in.txt], outs: [a.txt]}\n");
    project.write("data/in.txt", "two\n");
    let dvc = "outs:\n- md5: 5bbf5a52328e7439ae6e719dfe712200\n  size: 5\n  hash: md5\n  path: in.txt # mine\n";
    project.write("data/in.txt.dvc", dvc);
    assert_eq!(run(&project, &[]), ["data/in.txt.dvc recorded as it stands", "a ran"]);
    let now = dvc.replace("5bbf5a52328e7439ae6e719dfe712200\n  size: 5", "c193497a1a06b2c72230e6146ff47080\n  size: 4");
    assert_eq!(project.read("data/in.txt.dvc"), now);
    assert_eq!(run(&project, &[]), ["a up to date"]);
    std::fs::remove_file(project.path("data/in.txt")).unwrap();
    project.run(&["run-all"]).refused(1, "data/in.txt.dvc:5:9: `outs[0].path`: the data `data/in.txt` does not exist");
    assert_eq!(project.ok(&["checkout"]).stdout, "restored  data/in.txt\n");
    assert_eq!(project.read("data/in.txt"), "two\n");
}

#[test]
fn after_a_failure_what_ended_well_stands() {
    let project = project();
    project.edit("dvc.yaml", "cmd: cp a.txt b.txt", "cmd: echo sorry >&2; exit 7");
    let ran = project.run(&["run-all", "-j1"]);
    ran.refused(1, "stage `b` failed: `echo sorry >&2; exit 7`: exit code 7");
    assert!(
        ran.stderr.contains("sorry") && ran.stderr.contains("then go on with `mlops run-all --jobs 1`"),
        "{}",
        ran.stderr
    );
    assert!(!project.path("d.txt").exists());
    let ran = project.run(&["--json", "run-all", "-j1", "--keep-going"]);
    assert_eq!(ran.code, 1);
    assert!(project.path("d.txt").exists());
    project.edit("dvc.yaml", "echo sorry >&2; exit 7", "cp a.txt b.txt");
    assert_eq!(run(&project, &[]), ["a up to date", "b ran", "c ran", "d up to date"]);
    project.edit("dvc.yaml", "cmd: cp a.txt b.txt", "cmd: sleep 600; cp a.txt b.txt");
    project.run(&["run-all", "--timeout", "50ms"]).refused(1, "not done within 0.05 s");
}

#[test]
fn what_killed_runs_left_goes_though_nothing_is_to_be_done() {
    let project = project();
    project.ok(&["run-all"]);
    let left = [".dvc/tmp", ".dvc/cache", ".dvc/cache/mlops-unfinished", ".mlops", ".mlops/runs"]
        .map(|folder| format!("{folder}/.mlops-tmp-999999-1-0"));
    for path in &left {
        project.write(path, "half");
        let old = std::process::Command::new("touch").args(["-d", "2 hours ago"]).arg(project.path(path)).status();
        assert!(old.unwrap().success());
    }
    project.write(".mlops/runs/.mlops-tmp-999999-2-0", "by another machine, just now");
    assert!(run(&project, &[]).iter().all(|line| line.ends_with("up to date")));
    assert!(left.iter().all(|path| !project.path(path).exists()));
    assert!(project.path(".mlops/runs/.mlops-tmp-999999-2-0").exists());
}

#[test]
fn the_same_lock_however_many_run_at_once() {
    let [one, four] = [1, 4].map(|jobs| {
        let project = project();
        project.ok(&["run-all", "--jobs", &jobs.to_string()]);
        project.read("dvc.lock")
    });
    assert_eq!(one, four);
}

#[test]
fn what_stood_there_before_is_not_taken_for_an_out() {
    let project = Sandbox::empty();
    project.write("dvc.yaml", "stages:\n  a: {cmd: mlops completions zsh, outs: [o.txt]}\n");
    project.write("o.txt", "stale\n");
    project.run(&["run-all"]).refused(1, "has not written `o.txt`: an older file stands there");
    assert_eq!(project.read("o.txt"), "stale\n");
    project.run(&["status", "--exit-code"]).refused(1, "1 of 1 stages");
    // Folders that a command does not make are not made for it, as DVC has it.
    project.write("dvc.yaml", "stages:\n  a: {cmd: echo > sub/x, outs: [sub/x]}\n");
    project.run(&["run-all"]).refused(1, "stage `a` failed");
}

#[test]
fn a_folder_that_grows_while_its_stage_runs_is_recorded_as_it_is_then() {
    let project = Sandbox::empty();
    project.write(
        "dvc.yaml",
        "stages:\n  a: {cmd: mkdir -p src/__pycache__; date +%N > src/__pycache__/x.pyc; cp src/in o, deps: [src], outs: [o]}\n",
    );
    project.write("src/in", "1\n");
    assert_eq!(run(&project, &[]), ["a ran"]);
    project.ok(&["status", "--exit-code"]);
    project.write("src/in", "2\n");
    assert_eq!(run(&project, &[]), ["a ran"]);
    project.ok(&["status", "--exit-code"]);
    // Whether the command has read what somebody wrote meanwhile, nobody knows.
    project.write("dvc.yaml", "stages:\n  a: {cmd: cp src/in o; echo 3 > src/in, deps: [src], outs: [o]}\n");
    let ran = project.ok(&["run-all"]);
    assert!(ran.stderr.contains("`src` was changed meanwhile"), "{}", ran.stderr);
    project.run(&["status", "--exit-code"]).refused(1, "1 of 1 stages");
}

#[test]
fn a_place_that_cannot_be_written_keeps_nobody_from_looking() {
    let project = project();
    project.write(".mlops", "");
    let ran = project.ok(&["status"]);
    assert!(ran.stdout.contains("never run"), "{}", ran.stdout);
    project.edit("dvc.yaml", "  d: {", "  d: {meta: {timeout: 1 week}, ");
    project.run(&["status"]).refused(2, "dvc.yaml:5:23: `stages.d.meta.timeout`: expected a duration");
}
