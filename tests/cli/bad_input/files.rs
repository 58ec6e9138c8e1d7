//! What lies where a file or a folder should: nothing, the other of the two, a link, a full or read-only disk.

use std::ffi::OsStr;
use std::fs::{create_dir, remove_dir_all, remove_file, rename};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use super::{CONFIG, Case, FINISHED, INTERIM, RAW, SOURCE, case, check, nothing, shell};
use crate::sandbox::Sandbox;

fn folder_for(file: &'static str) -> impl Fn(&Sandbox) {
    move |p| {
        remove_file(p.path(file)).unwrap();
        create_dir(p.path(file)).unwrap();
    }
}

fn file_for(folder: &'static str) -> impl Fn(&Sandbox) {
    move |p| {
        remove_dir_all(p.path(folder)).unwrap();
        p.write(folder, "a file");
    }
}

fn link_for(place: &'static str, to: &'static str) -> impl Fn(&Sandbox) {
    move |p| {
        let path = p.path(place);
        if path.is_dir() {
            remove_dir_all(&path).unwrap()
        } else {
            remove_file(&path).unwrap()
        }
        symlink(to, path).unwrap();
    }
}

#[test]
fn the_wrong_thing_in_the_place() {
    check(vec![
        case("no source", |p| remove_file(p.path(SOURCE)).unwrap(), "ingest", 1, "no such file or folder"),
        case("another source", |p| p.edit(CONFIG, "table.csv", "tabel.csv"), "ingest", 1, "data/external/tabel.csv"),
        case("a folder as source", folder_for(SOURCE), "ingest", 1, "it is a folder, not a file"),
        case("a folder for an input", folder_for(RAW), "clean", 1, "it is a folder, not a file"),
        case("a folder for an output", folder_for(INTERIM), "clean", 1, "hint: name a file, or move the folder away"),
        case("a file for a folder", file_for("models"), "train", 1, "a file stands in a folder's place"),
        case("a file for a folder above", file_for("reports"), "evaluate", 1, "a file stands in a folder's place"),
        case("a file for data/raw", file_for("data/raw"), "ingest", 1, "hint: move the file away that stands where"),
        case(
            "a source that points nowhere",
            link_for(SOURCE, "/none/table.csv"),
            "ingest",
            1,
            "no such file or folder",
        ),
        case("a source that points at itself", link_for(SOURCE, "table.csv"), "ingest", 1, "data/external/table.csv"),
        case(
            "a folder that points nowhere",
            link_for("data/raw", "/none"),
            "ingest",
            1,
            "is a link to a folder that does not exist",
        ),
        case(
            "stages before their time",
            |p| remove_dir_all(p.path("data/processed")).unwrap(),
            "train",
            3,
            "run the stages before this one",
        ),
        case("an output nobody can write", nothing, "predict --output /proc/none/x.csv", 1, "/proc/none"),
        case("an output that is a folder", nothing, "predict --output models", 1, "it is a folder, not a file"),
        case(
            "a full device",
            nothing,
            "predict --output /dev/full",
            1,
            "cannot write `/dev/full`: no space left on the device",
        ),
    ]);
}

#[test]
fn names_that_are_not_utf_8() {
    let odd = |p: &Sandbox| std::fs::write(p.path("").join(OsStr::from_bytes(b"\xff.csv")), p.read(SOURCE)).unwrap();
    check(vec![
        shell("an input", odd, r"$MLOPS predict --input $'\xff.csv'", 0, "0.9"),
        shell(
            "an input that is not there",
            nothing,
            r"$MLOPS predict --input $'none\xff.csv'",
            1,
            "no such file or folder",
        ),
        shell("a command", nothing, r"$MLOPS $'\xff'", 2, "unrecognized subcommand"),
        shell("a value", nothing, r"$MLOPS --set $'train.folds=\xff' validate", 2, "invalid UTF-8"),
        shell("a folder that is none", nothing, r"$MLOPS -C $'\xff' validate", 2, "is not a folder"),
        shell("a model", nothing, r"$MLOPS show $'\xff.bin'", 2, "invalid UTF-8"),
        shell(
            "the project",
            nothing,
            r#"odd=$(mktemp -d)/$'\xff'; cp -r . "$odd"; $MLOPS -C "$odd" --quiet run-all && diff -r models "$odd/models"; code=$?
            rm -r "$odd"; exit $code"#,
            0,
            "xgb",
        ),
    ]);
}

#[test]
fn a_data_folder_that_is_a_link_stays_one() {
    let project = FINISHED.copy();
    let elsewhere = Sandbox::empty();
    let before = project.files("data");
    rename(project.path("data"), elsewhere.path("data")).unwrap();
    symlink(elsewhere.path("data"), project.path("data")).unwrap();
    project.ok(&["run-all"]);
    assert!(project.path("data").is_symlink());
    assert!(before == project.files("data"), "other bytes");
}

#[test]
fn a_file_that_may_not_grow() {
    check(vec![
        shell("a stage", nothing, "ulimit -f 4; exec $MLOPS ingest", 1, "larger than"),
        shell("run-all", nothing, "ulimit -f 4; exec $MLOPS run-all", 1, "stage `ingest` failed"),
        shell("too few files at once", nothing, "ulimit -n 5; exec $MLOPS run-all", 1, "cannot run `mlops ingest`"),
    ]);
}

/// How this machine lets a test mount something: as root, in a user namespace, or not at all.
fn mounts() -> Option<&'static str> {
    let works = |line: &str| Command::new("sh").args(["-c", &format!("{line} mount -t tmpfs tmpfs /mnt")]).output();
    ["unshare -m", "unshare -rm"].into_iter().find(|line| works(line).is_ok_and(|o| o.status.success()))
}

/// A shell line run where it may mount.
fn mounted(name: &str, line: &'static str, says: &'static str) -> Option<Case> {
    let Some(unshare) = mounts() else {
        eprintln!("SKIPPED, for nothing can be mounted here: {name}");
        return None;
    };
    // `fill FOLDER` takes what room is left there.
    let fill = "fill() { head -c 9m /dev/zero 2>/dev/null >$1/.fill || true; }";
    let script = format!("exec {unshare} bash -ec '{fill}; {}'\n", line.replace("diff -r", "diff -r -x .fill"));
    let set_up = move |p: &Sandbox| p.write("in-a-namespace.sh", &script);
    Some(shell(name, set_up, "exec bash in-a-namespace.sh", 1, says))
}

#[test]
fn a_disk_that_is_full_or_read_only() {
    let cases = [
        mounted(
            "a full disk for data/raw",
            "cp -a data/raw was; mount -t tmpfs -o size=1m tmpfs data/raw; cp was/* data/raw; fill data/raw
             code=0; $MLOPS ingest || code=$?; diff -r was data/raw || code=99; rm -r was; exit $code",
            "no space left on the device",
        ),
        mounted(
            "a full disk for models, in run-all",
            "cp -a models was; mount -t tmpfs -o size=1m tmpfs models; cp was/* models; fill models
             code=0; $MLOPS --quiet run-all || code=$?; diff -r was models || code=99; rm -r was; exit $code",
            "no space left on the device",
        ),
        mounted(
            "a disk without any room",
            "mount -t tmpfs -o size=4k tmpfs reports; $MLOPS evaluate",
            "no space left on the device",
        ),
        mounted(
            "a read-only disk",
            "mount --bind . .; mount -o remount,ro,bind . ; cd \"$PWD\"; $MLOPS ingest",
            "the file system is read-only",
        ),
        mounted(
            "a read-only disk, in run-all",
            "mount --bind . .; mount -o remount,ro,bind . ; cd \"$PWD\"; $MLOPS run-all",
            "hint: use a folder that can be written",
        ),
        mounted(
            "a read-only disk, and a config to set",
            "mount --bind . .; mount -o remount,ro,bind . ; cd \"$PWD\"; $MLOPS --set train.folds=4 validate",
            "the file system is read-only",
        ),
    ];
    check(cases.into_iter().flatten().collect());
}

#[test]
fn a_folder_nobody_may_write() {
    let folder = Sandbox::empty();
    std::fs::set_permissions(folder.path(""), PermissionsExt::from_mode(0o500)).unwrap();
    if std::fs::write(folder.path("x"), "").is_ok() {
        eprintln!("SKIPPED, for root may write everywhere: a folder without rights (a read-only disk is tested)");
        return;
    }
    check(vec![
        shell(
            "a folder without the right to write",
            nothing,
            "chmod a-w data/raw; code=0; $MLOPS ingest || code=$?; chmod u+w data/raw; exit $code",
            1,
            "permission denied",
        ),
        shell(
            "a source without the right to read",
            nothing,
            "chmod a-r data/external/table.csv; code=0; $MLOPS ingest || code=$?; chmod u+r data/external/table.csv; exit $code",
            1,
            "permission denied",
        ),
    ]);
}
