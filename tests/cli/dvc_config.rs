//! What `.dvc/config` and git say, heeded by run-all as by DVC.

use crate::diff::git;
use crate::sandbox::Sandbox;

const PIPELINE: &str = "\
stages:
  a: {cmd: cp data/in.txt sub/a.txt, deps: [data/in.txt], outs: [sub/a.txt]}
  b: {cmd: \"echo ${o} > b.txt\", deps: [sub/a.txt], outs: [b.txt]}
";

fn project(config: &str) -> Sandbox {
    let project = Sandbox::empty();
    project.write("dvc.yaml", PIPELINE);
    project.write("params.yaml", "o: {flag: true, off: false, list: [1, x y]}\n");
    project.write("data/in.txt", "two\n");
    project.write(
        "data/in.txt.dvc",
        "outs:\n- md5: 5bbf5a52328e7439ae6e719dfe712200\n  size: 5\n  hash: md5\n  path: in.txt\n",
    );
    project.write(".dvc/config", config);
    project.write("sub/keep", "");
    project
}

fn staged(project: &Sandbox) -> Vec<String> {
    git(project, &["diff", "--cached", "--name-only"]).lines().map(str::to_owned).collect()
}

#[test]
fn autostage_stages_what_was_written_and_nothing_else() {
    let written = [".dvc/.gitignore", ".gitignore", "data/.gitignore", "data/in.txt.dvc", "dvc.lock", "sub/.gitignore"];
    for (config, expected) in [("[core]\n    autostage = true\n", &written[..]), ("", &[])] {
        let project = project(config);
        git(&project, &["init", "-q"]);
        project.ok(&["run-all"]);
        assert_eq!(staged(&project), expected, "{config}");
    }
    let project = project("[core]\n    autostage = true\n");
    git(&project, &["init", "-q"]);
    project.write(".git/index.lock", "");
    let ran = project.run(&["run-all"]);
    ran.refused(1, "cannot stage files in git, as `core.autostage` of DVC asks");
    assert!(ran.stderr.contains("stage them with `git add ") && ran.stderr.contains("index.lock"), "{}", ran.stderr);
    assert!(project.path("dvc.lock").is_file() && project.path("b.txt").is_file());
}

#[test]
fn parsing_makes_options_of_commands() {
    for (config, options) in [
        ("", "--flag --list 1 x y"),
        ("[parsing]\n    bool = boolean_optional\n    list = append\n", "--flag --no-off --list 1 --list x y"),
    ] {
        let project = project(config);
        project.ok(&["run-all"]);
        assert_eq!(project.read("b.txt").trim(), options);
    }
    let project = project("[parsing]\nlist = none\n");
    project.run(&["run-all"]).refused(2, ".dvc/config:2: `parsing.list`: expected `nargs` or `append`, found `none`");
}

#[test]
fn what_git_ignores_is_no_place_for_stages() {
    let project = project("");
    git(&project, &["init", "-q"]);
    for folder in ["old", "kept"] {
        project.write(&format!("{folder}/dvc.yaml"), "stages: {a: {cmd: x, outs: [../b.txt]}}\n");
    }
    project.write("lost.dvc", "no: such\nfile: [\n");
    project.write(".gitignore", "old/\n*.dvc\n!in.txt.dvc\n");
    project.run(&["status"]).refused(2, "kept/dvc.yaml:1:");
    project.write("kept/.gitignore", "/dvc.yaml\n");
    project.ok(&["status"]);
}
