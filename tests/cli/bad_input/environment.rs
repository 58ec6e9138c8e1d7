//! What is around the program: streams, variables, the clock, signals, and a second run.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{FINISHED, INTERIM, PATIENCE, RAW, SOURCE, TEST, check, files, nothing, shell, wait};
use crate::sandbox::Sandbox;

#[test]
fn streams_that_are_closed_full_or_left() {
    check(vec![
        shell("no stdin", nothing, "$MLOPS run-all <&-", 0, "champion"),
        shell("no stdout", nothing, "$MLOPS run-all >&-", 0, ""),
        shell("no stderr", nothing, "$MLOPS run-all 2>&-", 0, "champion"),
        shell("nothing at all", nothing, "$MLOPS run-all <&- >&- 2>&-", 0, ""),
        shell("a reader who leaves", nothing, "$MLOPS run-all | head -0; exit ${PIPESTATUS[0]}", 0, ""),
        shell(
            "a reader of a table who leaves",
            nothing,
            "$MLOPS predict --output - | head -1; exit ${PIPESTATUS[0]}",
            0,
            "",
        ),
        shell(
            "a full stdout",
            nothing,
            "$MLOPS show configs >/dev/full",
            1,
            "cannot write `standard output`: no space left",
        ),
        shell("a full stdout for a table", nothing, "$MLOPS predict --output - >/dev/full", 1, "no space left"),
        shell("no rows from a closed stdin", nothing, "$MLOPS predict --input - <&-", 3, "`standard input` is empty"),
    ]);
}

#[test]
fn variables_that_are_missing_or_wrong() {
    check(vec![
        shell("no variable", nothing, "env -i $MLOPS --quiet run-all", 0, "champion"),
        shell("folders that are not there", nothing, "HOME=/none TMPDIR=/none $MLOPS --quiet run-all", 0, "champion"),
        shell("a folder nobody writes", nothing, "HOME=/proc TMPDIR=/proc $MLOPS --quiet run-all", 0, "champion"),
        shell(
            "threads that are no number",
            nothing,
            "MLOPS_THREADS=many $MLOPS validate",
            2,
            "`MLOPS_THREADS` is `many`",
        ),
        shell("too many threads", nothing, "MLOPS_THREADS=99999 $MLOPS run-all", 2, "99999 threads are too many"),
        shell("a folder that is gone", nothing, "mkdir d; cd d; rmdir ../d; $MLOPS validate", 2, "configs/config.yaml"),
        shell("a child of nobody", nothing, "MLOPS_CHILD=nobody $MLOPS validate", 0, "valid"),
        shell(
            "files of tomorrow",
            nothing,
            "find . -exec touch -h -d 2099-01-01 {} +; $MLOPS --quiet run-all",
            0,
            "champion",
        ),
        shell("files of 1970", nothing, "find . -exec touch -h -d @0 {} +; $MLOPS --quiet run-all", 0, "champion"),
    ]);
}

#[test]
fn an_interrupt_in_any_stage_changes_nothing() {
    const TRAIN: &str = "data/processed/table-train_processed_20240131.csv";
    const FEATURES: &str = "data/interim/table-features_interim_20240131.csv";
    for (command, input) in [
        ("ingest", SOURCE),
        ("clean", RAW),
        ("features", INTERIM),
        ("split", FEATURES),
        ("train", TRAIN),
        ("evaluate", TEST),
        ("predict", RAW),
    ] {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let project = FINISHED.copy();
            // Whoever reads it waits for a writer.
            std::fs::remove_file(project.path(input)).unwrap();
            assert!(Command::new("mkfifo").arg(project.path(input)).status().unwrap().success());
            let before = files(&project.path(""));
            let mut child = start(&project, command);
            let _writer = until_read(&project, input, &mut child);
            stop(&child, signal);
            let status = wait(&mut child).unwrap();
            assert_eq!(status.code(), Some(130), "{command}");
            assert!(before == files(&project.path("")), "{command}: something changed");
        }
    }
}

fn start(project: &Sandbox, command: &str) -> Child {
    let mut command = project.command(&[command]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn stop(child: &Child, signal: Signal) {
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
}

/// Waits until a pipe is being read; returns its other end.
fn until_read(project: &Sandbox, pipe: &str, child: &mut Child) -> std::fs::File {
    let without_waiting = if cfg!(target_os = "linux") { 0o4000 } else { 4 };
    until(child, || OpenOptions::new().write(true).custom_flags(without_waiting).open(project.path(pipe)).ok())
}

/// Waits for something a running process brings about.
fn until<T>(child: &mut Child, mut there: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert_eq!(child.try_wait().unwrap(), None, "it ended too soon");
        assert!(start.elapsed() < PATIENCE, "it hangs");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A project whose first stage says `started` and waits for `go`.
fn waiting() -> Sandbox {
    let project = FINISHED.copy();
    let stage = "  hold:\n    cmd: touch started; while [ ! -e go ]; do sleep 0.01; done\n";
    project.edit("dvc.yaml", "stages:\n", &format!("stages:\n{stage}"));
    project
}

#[test]
fn a_second_run_is_refused_and_the_first_ends_well() {
    let project = waiting();
    let mut first = start(&project, "run-all");
    until(&mut first, || project.path("started").exists().then_some(()));
    let second = project.run(&["run-all"]);
    second.refused(1, &format!("another `mlops run-all` is at work in this project (process {})", first.id()));
    project.ok(&["run-all", "--dry-run"]);
    project.write("go", "");
    assert!(wait(&mut first).unwrap().success());
    for folder in ["data", "models", "reports"] {
        let made = project.files(folder);
        // `explore` and `report` come on top.
        assert!(FINISHED.files(folder).iter().all(|file| made.contains(file)), "{folder}: other bytes");
    }
    // What a killed run leaves locks nobody out.
    std::fs::remove_file(project.path("go")).unwrap();
    std::fs::remove_file(project.path("started")).unwrap();
    let mut killed = start(&project, "run-all");
    until(&mut killed, || project.path("started").exists().then_some(()));
    stop(&killed, Signal::SIGKILL);
    wait(&mut killed).unwrap();
    project.write("go", "");
    project.ok(&["run-all"]);
}

#[test]
fn an_interrupt_of_run_all_ends_the_command_of_another_program_too() {
    let project = waiting();
    let mut run = start(&project, "run-all");
    until(&mut run, || project.path("started").exists().then_some(()));
    stop(&run, Signal::SIGINT);
    assert_eq!(wait(&mut run).unwrap().code(), Some(130));
}

#[test]
fn a_second_interrupt_ends_what_does_not_listen_to_the_first() {
    let project = Sandbox::empty();
    let stage = "trap '' INT TERM; touch started; for i in $(seq 300); do sleep 0.1; done; touch late";
    project.write("dvc.yaml", &format!("stages:\n  a:\n    cmd: {stage}\n"));
    let mut run = start(&project, "run-all");
    until(&mut run, || project.path("started").exists().then_some(()));
    stop(&run, Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(run.try_wait().unwrap(), None, "the stage is waited for");
    stop(&run, Signal::SIGINT);
    assert_eq!(wait(&mut run).unwrap().code(), Some(130));
    // Nobody of its group is left.
    let left = Command::new("pgrep").args(["-f", "for i in .*seq 300.*touch late"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&left.stdout), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_stage_ends_with_the_run_that_is_killed() {
    let project = FINISHED.copy();
    // A stage of ours that waits for a writer.
    let stage = "  hold:\n    cmd: mlops predict --input hold.csv --output held.csv\n    params: [configs/config.yaml: [config.dataset, config.date, config.version], configs/predict.yaml: [predict]]\n";
    project.edit("dvc.yaml", "stages:\n", &format!("stages:\n{stage}"));
    assert!(Command::new("mkfifo").arg(project.path("hold.csv")).status().unwrap().success());
    let mut run = start(&project, "run-all");
    let _pipe = until_read(&project, "hold.csv", &mut run);
    let children = std::fs::read_dir(format!("/proc/{}/task", run.id())).unwrap().flat_map(|task| {
        let text = std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    });
    let child = children
        .into_iter()
        .find(|id| std::fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains("hold.csv")))
        .unwrap();
    stop(&run, Signal::SIGKILL);
    wait(&mut run).unwrap();
    let start = Instant::now();
    while std::fs::read_to_string(format!("/proc/{child}/stat")).is_ok_and(|stat| !stat.contains(") Z")) {
        assert!(start.elapsed() < PATIENCE, "it runs on");
        std::thread::sleep(Duration::from_millis(2));
    }
}
