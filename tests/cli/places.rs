//! Files where DVC or git would not have them: refused with the line of dvc.yaml that names them.

use crate::diff::git;
use crate::sandbox::Sandbox;

fn project(stage: &str, files: &[(&str, &str)]) -> Sandbox {
    let project = Sandbox::empty();
    project.write("dvc.yaml", &format!("stages:\n  a: {stage}\n"));
    for (name, text) in files {
        project.write(name, text);
    }
    git(&project, &["init", "-q"]);
    project
}

/// DVC 3.67.1 stops at each of these, but for the outs among what the engine writes itself.
#[test]
fn what_dvc_does_not_see_is_no_out() {
    let out = "{cmd: echo > o.txt, outs: [o.txt]}";
    for (stage, files, expected) in [
        (
            out,
            &[(".dvcignore", "# mine\n*.txt\n")][..],
            "dvc.yaml:2:33: `stages.a.outs[0]`: `o.txt` is ignored by .dvcignore:2: `*.txt`",
        ),
        (out, &[(".gitignore", "x\n/dvc.*\n")], ".gitignore:2: git is told to ignore `dvc.yaml`, and DVC refuses"),
        (out, &[(".gitignore", "*.lock\n")], ".gitignore:1: git is told to ignore `dvc.lock`, and DVC refuses"),
        (out, &[(".dvcignore", "*.lock\n")], "`dvc.lock` is ignored by .dvcignore:1: `*.lock`"),
        ("{cmd: x, outs: [s/dvc.lock]}", &[], "dvc.yaml:2:22: `stages.a.outs[0]`: `s/dvc.lock` cannot be an out"),
        ("{cmd: x, outs: [.gitignore]}", &[], "dvc.yaml:2:22: `stages.a.outs[0]`: `.gitignore` cannot be an out"),
        ("{cmd: x, outs: [.mlops/x]}", &[], "dvc.yaml:2:22: `stages.a.outs[0]`: `.mlops/x` lies in `.mlops`"),
    ] {
        let project = project(stage, files);
        project.run(&["run-all"]).refused(2, expected);
        assert!(!project.path("o.txt").exists(), "{expected}");
    }
    // Only the command shows that it is a folder.
    let folder = project("{cmd: mkdir o && echo > o/f, outs: [o]}", &[(".dvcignore", "o/\n")]);
    folder.run(&["run-all"]).refused(2, "dvc.yaml:2:42: `stages.a.outs[0]`: `o` is ignored by .dvcignore:1: `o/`");
    assert!(!folder.path("dvc.lock").exists());
    // What another line takes back is seen, and so is a folder's name on a file.
    let project =
        project(out, &[(".dvcignore", "*.txt\n!o.txt\no.txt/\n"), (".gitignore", "dvc.*\n!dvc.yaml\n!dvc.lock\n")]);
    project.ok(&["run-all"]);
}

#[test]
fn what_git_tracks_is_refused_before_anything_runs() {
    let project =
        project("{cmd: echo 1 > o.txt, outs: [o.txt]}\n  b: {cmd: echo > b.txt, outs: [b.txt]}", &[("o.txt", "0\n")]);
    git(&project, &["add", "o.txt"]);
    let expected = "dvc.yaml:2:35: `stages.a.outs[0]`: `o.txt` is an output, but git tracks it";
    project.run(&["run-all"]).refused(2, expected);
    assert!(project.read("o.txt") == "0\n" && !project.path("b.txt").exists());
    project.ok(&["run-all", "--only", "b"]);
    project.edit("dvc.yaml", "outs: [o.txt]", "outs: [o.txt: {cache: false}]");
    project.ok(&["run-all"]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_kept_is_told_where_it_is_named() {
    let folder = "{cmd: echo > o.txt, deps: [d], outs: [o.txt]}";
    let at = "dvc.yaml:2:33: `stages.a.deps[0]`: `";
    for (files, link, expected) in [
        (&[("d/.dvcignore", "x\n")][..], None, "d/.dvcignore` stands in a folder that is a dependency"),
        (&[("d/x", "x\n")], Some("d/link"), "d/link` is a link to nothing"),
    ] {
        let project = project(folder, files);
        if let Some(link) = link {
            std::os::unix::fs::symlink("nowhere", project.path(link)).unwrap();
        }
        let ran = project.run(&["run-all"]);
        ran.refused(3, expected);
        assert!(ran.stderr.contains(at), "{}", ran.stderr);
    }
    let all = project("{cmd: echo > o.txt, deps: [.]}", &[(".dvcignore", "x\n")]);
    let ran = all.run(&["run-all"]);
    assert!(ran.code == 3 && ran.stderr.contains(at), "{}", ran.stderr);
    let frozen = project("{cmd: echo > o.txt, outs: [o.txt], frozen: true}", &[]);
    let ran = frozen.run(&["run-all"]);
    ran.refused(1, "dvc.yaml:2:33: `stages.a.outs[0]`: `o.txt` of the frozen stage `a` does not exist");
    assert!(ran.stderr.contains("remove `frozen: true` at dvc.yaml:2"), "{}", ran.stderr);
}

#[test]
fn git_leaves_alone_what_runs_leave_behind() {
    let project = project("{cmd: echo > o.txt, outs: [o.txt]}", &[]);
    for command in ["status", "run-all"] {
        project.ok(&[command]);
        git(&project, &["add", "-A"]);
        let added = git(&project, &["diff", "--cached", "--name-only"]);
        assert!(!added.contains(".mlops"), "{command}: {added}");
    }
    assert!(project.path(".mlops/runs").is_dir());
}
