use super::*;
use crate::engine::{Cmd, OutKind};
use crate::yaml;

fn read(text: &str) -> Result<Pipeline> {
    Pipeline::read(Path::new("."), &yaml::parse(text, FILE).unwrap())
}

fn names(pipeline: &Pipeline) -> Vec<&str> {
    pipeline.stages.iter().map(|s| s.name.as_str()).collect()
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::atomic_write_bytes(&folder.path().join(name), text.as_bytes()).unwrap();
    }
    folder
}

#[test]
fn the_project_s_own_pipeline_is_in_order() {
    let pipeline = Pipeline::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let trained = ["train@baseline", "train@lr", "train@dt", "train@rf", "train@xgb"];
    assert_eq!(
        names(&pipeline),
        [&["ingest", "clean", "features", "explore", "split"], &trained[..], &["evaluate", "report", "predict"]]
            .concat()
    );
    let rf = pipeline.stage("train@rf").unwrap();
    assert_eq!(rf.commands, ["mlops train --algorithm rf"]);
    assert_eq!(rf.cmd, Cmd::One("mlops train --algorithm rf".to_owned()));
    assert_eq!(rf.outs[0].path, "models/rf_wine_v1.bin");
    let keys = rf.params.last().unwrap().keys.as_ref().unwrap();
    assert_eq!(keys.last().unwrap().value, "train.algorithms.rf");
    let outs = &pipeline.stage("evaluate").unwrap().outs;
    let metrics = outs.iter().find(|out| out.path == "reports/metrics/rf_wine_v1.json").unwrap();
    assert!(metrics.kind == OutKind::Metric && !metrics.cache);
    let shown = pipeline.plots[0].get("roc").and_then(|roc| roc.get("y")).unwrap();
    assert!(shown.get("reports/plots/roc/rf_wine_v1.csv").is_some());
}

#[test]
fn paths_are_those_of_the_project_and_names_those_of_dvc_lock() {
    let pipeline = read(
        "vars: [{n: [b, a], d: {x: {p: 1}}}]\nstages:\n  last: {cmd: z, deps: [./o/a.txt, sub/]}\n  each:\n    foreach: ${n}\n    do: {cmd: \"w ${item}\", outs: [\"o/${item}.txt\"]}\n  dict:\n    foreach: ${d}\n    do: {cmd: \"w ${key} ${item.p}\", wdir: sub, outs: [f.txt], deps: [../in]}\n",
    )
    .unwrap();
    assert_eq!(names(&pipeline), ["each@a", "dict@x", "last", "each@b"]);
    let dict = pipeline.stage("dict@x").unwrap();
    assert_eq!((dict.outs[0].path.as_str(), dict.outs[0].name.as_str()), ("sub/f.txt", "f.txt"));
    assert_eq!((dict.deps[0].path.as_str(), dict.deps[0].name.as_str()), ("in", "../in"));
    let last = pipeline.stage("last").unwrap();
    let deps: Vec<_> = last.deps.iter().map(|dep| (dep.path.as_str(), dep.name.as_str())).collect();
    assert_eq!(deps, [("o/a.txt", "./o/a.txt"), ("sub", "sub/")]);
}

#[test]
fn names_and_commands_are_those_of_dvc() {
    // Names and commands of `dvc repro --dry`, DVC 3.67.1.
    let pipeline = read(
        r#"
vars: [{l: [true, null, 1.0, 1e-5, x y], m: {a: 1, "2": 2}, d: [{a: 1}, {a: 2}], b: true, neg: [1, 2, 3]}]
stages:
  lit: {foreach: [true, null, 1.0, 1e-5, x y], do: {cmd: "echo ${item}"}}
  ctx: {foreach: "${l}", do: {cmd: "echo ${item}"}}
  mix: {foreach: [rf, 0.5, true, {a: 2}], do: {cmd: "echo ${item}"}}
  elem: {foreach: ["${b}", "p${b}"], do: {cmd: "echo ${item}"}}
  map: {foreach: {1: {v: 1}, b: {v: 2}}, do: {cmd: "echo ${key} ${item.v}"}}
  mapc: {foreach: "${m}", do: {cmd: "echo ${key} ${item}"}}
  dup: {foreach: [1, "1", 2], do: {cmd: "echo ${item}"}}
  mx:
    matrix: {a: [x, true], b: [{c: 1}, [1, 2], z], c: "${l}"}
    cmd: echo ${item.a} ${item.c} ${key}
  mxd: {matrix: {d: "${d}"}, cmd: "echo ${item.d} ${neg[-1]} ${neg.0} ${ neg[ 1 ] }"}
  none: {foreach: [], do: {cmd: x}}
  a.b: {cmd: [echo, "  x ${m}  "]}
  "1": {cmd: "a\n\n b  \n"}
"#,
    )
    .unwrap();
    let shown: Vec<String> = pipeline.stages.iter().map(|s| format!("{}: {}", s.name, s.commands.join("; "))).collect();
    let expected = r"
lit@true: echo true
lit@None: echo None
lit@1.0: echo 1.0
lit@1e-05: echo 1e-05
lit@x y: echo x y
ctx@True: echo true
ctx@None: echo None
ctx@1.0: echo 1.0
ctx@1e-05: echo 1e-05
ctx@x y: echo x y
mix@0: echo rf
mix@1: echo 0.5
mix@2: echo true
mix@3: echo --a 2
elem@True: echo true
elem@ptrue: echo ptrue
map@1: echo 1 1
map@b: echo b 2
mapc@a: echo a 1
mapc@2: echo 2 2
dup@1: echo 1
dup@2: echo 2
mx@x-b0-True: echo x true x-b0-True
mx@x-b0-None: echo x None x-b0-None
mx@x-b0-1.0: echo x 1.0 x-b0-1.0
mx@x-b0-1e-05: echo x 1e-05 x-b0-1e-05
mx@x-b0-x y: echo x x y x-b0-x y
mx@x-b1-True: echo x true x-b1-True";
    assert_eq!(shown[..expected.lines().count() - 1].join("\n"), expected.trim_start());
    let rest = ["mx@true-z-x y: echo true x y true-z-x y", "mxd@d0: echo --a 1 3 1 2", "mxd@d1: echo --a 2 3 1 2"];
    assert_eq!(shown[shown.len() - 5..shown.len() - 2], rest);
    assert_eq!(pipeline.stage("a.b").unwrap().cmd, Cmd::List(vec!["echo".into(), "  x --a 1 --2 2  ".into()]));
    let text = pipeline.stage("1").unwrap();
    assert_eq!(
        (&text.cmd, &text.commands[..]),
        (&Cmd::One("a\n\n b  \n".into()), &["a".to_owned(), "b".to_owned()][..])
    );
}

#[test]
fn variables_come_from_files_and_stages() {
    let folder = project(&[
        ("params.yaml", "a: 1\nm: {x: 1}"),
        ("v.json", r#"{"b": 1.0, "c": 1e-5}"#),
        ("x.yaml", "k: 3"),
        ("s/x.yaml", "k: 4"),
        ("t.toml", "t = 1e16"),
        (
            FILE,
            "vars: [v.json:b, v.json:c, params.yaml, params.yaml, t.toml, {m: {y: 2}}]\nstages:\n  a: {cmd: \"w ${a} ${b} ${c} ${t} ${m}\"}\n  s: {vars: [x.yaml], wdir: s, cmd: \"w ${k}\"}\n  r: {vars: [{q: 1}, x.yaml], cmd: \"w ${k} ${q}\"}\n  e: {foreach: [s], do: {wdir: \"${item}\", vars: [x.yaml], cmd: \"w ${k}\"}}\n",
        ),
    ]);
    let pipeline = Pipeline::load(folder.path()).unwrap();
    let commands: Vec<&str> = pipeline.stages.iter().map(|s| s.commands[0].as_str()).collect();
    assert_eq!(commands, ["w 1 1.0 1e-05 1e+16 --x 1 --y 2", "w 4", "w 3 1", "w 4"]);
}

/// Every text is refused with a message that begins so.
fn refused(table: &[(&str, &str)]) {
    for (text, expected) in table {
        let message = read(text).unwrap_err().message().to_owned();
        assert!(message.starts_with(expected), "{expected}\n{message}");
    }
}

#[test]
fn what_cannot_run_is_refused_where_it_stands() {
    refused(&[
        ("stages: {a: {cmd: x, otus: [y]}}", "dvc.yaml:1:22: `stages.a.otus`: unknown key"),
        (
            "stages: {a: {cmd: x, outs: [{y: {cached: false}}]}}",
            "dvc.yaml:1:34: `stages.a.outs[0].y.cached`: unknown key",
        ),
        (
            "stages: {a: {cmd: x, outs: [{y: }]}}",
            "dvc.yaml:1:31: `stages.a.outs[0].y`: expected options, found nothing",
        ),
        (
            "stages: {a: {cmd: x, outs: [{y: {checkpoint: true}}]}}",
            "dvc.yaml:1:34: `stages.a.outs[0].y.checkpoint`: checkpoints are",
        ),
        (
            "stages: {a: {cmd: x, plots: [{y: {x: 1}}]}}",
            "dvc.yaml:1:38: `stages.a.plots[0].y.x`: expected a text, found",
        ),
        ("stages: {a: {foreach: [1], do: {cmd: x}, cmd: y}}", "dvc.yaml:1:42: `stages.a.cmd`: unknown key"),
        (
            "stages: {a: {foreach: [1], do: {cmd: x, matrix: {b: [1]}}}}",
            "dvc.yaml:1:41: `stages.a.do.matrix`: unknown key",
        ),
        ("stages: {a: {matrix: {b: abc}, cmd: x}}", "dvc.yaml:1:26: `stages.a.matrix.b`: expected a list to combine"),
        ("stages: {a: {matrix: {}, cmd: x}}", "dvc.yaml:1:22: `stages.a.matrix`: expected a mapping of lists"),
        ("stages: {a: {foreach: 3, do: {cmd: x}}}", "dvc.yaml:1:23: `stages.a.foreach`: expected a list or a mapping"),
        (
            "vars: [{w: {7: 1}}]\nstages: {a: {foreach: \"${w}\", do: {cmd: x}}}",
            "dvc.yaml:2:23: `stages.a.foreach`: the key at dvc.yaml:1:13",
        ),
        (
            "stages: {a: {foreach: [1], do: {cmd: \"${key}\"}}}",
            "dvc.yaml:1:38: `stages.a.do.cmd`: `${key}`: no variable `key`",
        ),
        (
            "stages: {a: {foreach: [1], do: {vars: [{item: 1}], cmd: x}}}",
            "dvc.yaml:1:40: `stages.a.do.vars[0]`: `item` is what",
        ),
        ("stages: {a: {deps: [x]}}", "dvc.yaml:1:13: `stages.a`: the key `cmd` is missing"),
        ("stages: {a: {cmd: \"\"}}", "dvc.yaml:1:19: `stages.a.cmd`: expected a command"),
        ("stages: {a: {cmd: [x, 3]}}", "dvc.yaml:1:23: `stages.a.cmd[1]`: expected a command, found the integer `3`"),
        (
            "vars: [{f: true}]\nstages: {a: {cmd: x, frozen: \"${f}\"}}",
            "dvc.yaml:2:30: `stages.a.frozen`: expected true or false",
        ),
        (
            "vars: [{f: [x]}]\nstages: {a: {cmd: x, deps: [\"${f}\"]}}",
            "dvc.yaml:2:29: `stages.a.deps[0]`: `${f}` is a list; a text",
        ),
        (
            "vars: [{f: 1}]\nstages: {a: {cmd: x, deps: [\"${f}\"]}}",
            "dvc.yaml:2:29: `stages.a.deps[0]`: expected a text",
        ),
    ]);
}

#[test]
fn paths_and_names_that_dvc_refuses_are_refused() {
    refused(&[
        ("stages: {a: {cmd: x, deps: [../x]}}", "dvc.yaml:1:29: `stages.a.deps[0]`: `../x` leaves the project folder"),
        ("stages: {a: {cmd: x, deps: [s3://b/x]}}", "dvc.yaml:1:29: `stages.a.deps[0]`: `s3://b/x` is an address"),
        ("stages: {a: {cmd: x, deps: [y, ./y]}}", "dvc.yaml:1:32: `stages.a.deps[1]`: `y` stands twice among the deps"),
        (
            "stages: {a: {cmd: x, outs: [y], metrics: [y]}}",
            "dvc.yaml:1:43: `stages.a.metrics[0]`: `y` stands twice among the outs",
        ),
        (
            "stages: {a: {cmd: x, outs: [y], deps: [y]}}",
            "dvc.yaml:1:29: `stages.a.outs[0]`: stage `a` reads its own out `y`",
        ),
        ("stages: {a: {cmd: x, outs: [.dvc/y]}}", "dvc.yaml:1:29: `stages.a.outs[0]`: `.dvc/y` lies in `.dvc`"),
        ("stages: {a: {cmd: x, outs: [a/.git/y]}}", "dvc.yaml:1:29: `stages.a.outs[0]`: `a/.git/y` lies in `.git`"),
        ("stages: {a: {cmd: x, outs: [.]}}", "dvc.yaml:1:29: `stages.a.outs[0]`: the project folder cannot be an out"),
        (
            "stages: {a: {cmd: x, deps: [dvc.yaml]}}",
            "dvc.yaml:1:29: `stages.a.deps[0]`: `dvc.yaml` is a file of DVC's own",
        ),
        ("stages: {a: {cmd: x, wdir: ../b}}", "dvc.yaml:1:28: `stages.a.wdir`: `../b` leaves the project folder"),
        ("stages: {a@b: {cmd: x}}", "dvc.yaml:1:10: `stages.a@b`: a stage name holds"),
        ("stages: {1: {cmd: x}}", "dvc.yaml:1:10: `stages.1`: the stage name `1` is a number"),
    ]);
}

/// Those that `dvc repro` of DVC 3.67.1 dies of, and those that it lets pass.
#[test]
fn dates_are_refused_where_they_are_used() {
    refused(&[
        ("vars: [{d: 2024-01-31}]", "dvc.yaml:1:12: `vars[0].d`: dates are not supported"),
        ("stages: {a: {foreach: [2024-01-31 10:00:00], do: {cmd: x}}}", "dvc.yaml:1:24: `stages.a.foreach[0]`: dates"),
        ("stages: {a: {cmd: x, outs: [2024-01-31]}}", "dvc.yaml:1:29: `stages.a.outs[0]`: dates"),
    ]);
    let stage = "stages: {a: {cmd: 'echo ${x}', meta: {d: 2024-01-31}, outs: [{o: {meta: {d: 2024-01-31}}}]}}\n";
    let dates = "x: '2024-01-31'\nd: 2024-01-31\n";
    let load = |vars: &str, name: &str| {
        let folder = project(&[("dvc.yaml", &format!("vars: [{vars}]\n{stage}")), (name, dates)]);
        Pipeline::load(folder.path()).map(|pipeline| pipeline.stages[0].commands[0].clone())
    };
    assert_eq!(load("'v.yaml:x'", "v.yaml").unwrap(), "echo 2024-01-31");
    for (vars, name) in [("v.yaml", "v.yaml"), ("", "params.yaml")] {
        let message = load(vars, name).unwrap_err().message().to_owned();
        assert_eq!(message, format!("{name}:2:4: `d`: dates are not supported"));
    }
}

#[test]
fn what_stands_at_the_top_is_checked() {
    refused(&[
        ("datasets: []\nstages: {}", "dvc.yaml:1:1: `datasets`: datasets are not supported"),
        ("plots: [\"${x}\"]", "dvc.yaml:1:9: `plots[0]`: `${x}`: no variable `x`"),
        ("stages:", "dvc.yaml:1:7: `stages`: expected a mapping of stages, found nothing"),
        ("vars: [no.yaml]\nstages: {}", "dvc.yaml:1:8: `vars[0]`: the file `no.yaml` does not exist"),
        ("vars: [\"${x}.yaml\"]\nstages: {}", "dvc.yaml:1:8: `vars[0]`: a template cannot stand in `vars`"),
        ("vars: [{a: 1}, {a: 2}]\nstages: {}", "dvc.yaml:1:17: `vars[1].a`: the variable stands twice"),
        ("vars: [Cargo.toml, \"Cargo.toml:lints\"]", "dvc.yaml:1:20: `vars[1]`: all of `Cargo.toml` is loaded already"),
        (
            "vars: [\"Cargo.toml:lints\", Cargo.toml]",
            "dvc.yaml:1:28: `vars[1]`: `Cargo.toml` is loaded in part already",
        ),
        ("vars: [\"Cargo.toml:lint\"]", "dvc.yaml:1:8: `vars[0]`: `Cargo.toml` has no key `lint`"),
    ]);
    assert!(read("").unwrap().stages.is_empty());
    assert!(read("plots: [{a: {x: b}}, c.csv]\nmetrics: [m.json]\nartifacts: {m: {path: x, type: model}}").is_ok());
}

#[test]
fn data_and_other_pipelines_are_found() {
    let added =
        "# mine\nouts:\n- md5: B026324C6904B2A9CB4B88D6D61C81D1.dir\n  size: 2\n  nfiles: 1\n  hash: md5\n  path: dd\n";
    let legacy = "wdir: ..\nouts:\n- path: old.csv\n  md5: b026324c6904b2a9cb4b88d6d61c81d1\n";
    let imported = "deps:\n- path: https://a/b.csv\n  etag: x\nouts:\n- path: b.csv\n  hash: md5\n  md5: b026324c6904b2a9cb4b88d6d61c81d1\nfrozen: true\n";
    let base = [
        ("data/dd.dvc", added),
        ("data/dd/not.dvc", "this: is data"),
        ("data/old.dvc", legacy),
        ("in/b.csv.dvc", imported),
        ("own/.dvc/config", ""),
        ("own/x.dvc", "no: good"),
        ("made/no.dvc", "no: good"),
        ("skip/no.dvc", "no: good"),
        (".venv/pyvenv.cfg", ""),
        (".venv/no.dvc", "no: good"),
        ("sub/dvc.yaml", "vars: [v.yaml]\nstages: {s: {cmd: x, outs: [\"so${n}\"]}}"),
        ("sub/v.yaml", "n: 1"),
    ];
    let load = |text: &str, more: &[(&str, &str)]| {
        let folder = project(&[&base[..], &[(FILE, text)], more].concat());
        let ignored = |path: &str, is_folder: bool| is_folder && path == "skip";
        Pipeline::load_with(folder.path(), &ignored, Parsing::default())
    };
    let pipeline = load("stages: {a: {cmd: x, deps: [data/dd/f, old.csv], outs: [made]}}", &[]).unwrap();
    let data: Vec<&str> = pipeline.data.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(data, ["data/dd.dvc", "data/old.dvc", "in/b.csv.dvc"]);
    assert_eq!(pipeline.others, ["sub/dvc.yaml"]);
    let dd = &pipeline.data[0].outs[0];
    let fingerprint = dd.fingerprint.as_ref().unwrap();
    assert_eq!(
        (dd.path.as_str(), dd.name.as_str(), fingerprint.md5.as_str()),
        ("data/dd", "dd", "b026324c6904b2a9cb4b88d6d61c81d1.dir")
    );
    assert_eq!((fingerprint.size, fingerprint.nfiles), (Some(2), Some(1)));
    let old = &pipeline.data[1].outs[0];
    assert_eq!((old.path.as_str(), old.name.as_str(), &old.fingerprint), ("old.csv", "old.csv", &None));
    assert!(pipeline.data[0].is_data() && !pipeline.stages[0].is_data());

    for (text, more, expected) in [
        (
            "stages: {a: {cmd: x, deps: [in/b.csv], outs: [made]}}",
            None,
            "dvc.yaml:1:29: `stages.a.deps[0]`: `in/b.csv` is imported data (in/b.csv.dvc:2:3: `deps[0]`), which is not supported",
        ),
        (
            "stages: {a: {cmd: x, deps: [sub], outs: [made]}}",
            None,
            "dvc.yaml:1:29: `stages.a.deps[0]`: `sub` is written by stage `s` of `sub/dvc.yaml`; stages of other folders are not supported",
        ),
        (
            "stages: {a: {cmd: x, outs: [made, sub/so1/x]}}",
            None,
            "sub/dvc.yaml:2:29: `stages.s.outs[0]`: `sub/so1` is also written by `a`",
        ),
        (
            "stages: {a: {cmd: x, outs: [made]}}",
            Some(("z.dvc", "outs:\n- path: z\n  files: []\n")),
            "z.dvc:3:3: `outs[0].files`: data versioned by its storage is not supported",
        ),
        (
            "stages: {a: {cmd: x, outs: [made]}}",
            Some(("z.dvc", "outs:\n- path: ../z\n")),
            "z.dvc:2:9: `outs[0].path`: `../z` leaves the project folder",
        ),
        (
            "stages: {a: {cmd: x, outs: [made]}}",
            Some(("z.dvc", "outs:\n- path: z\n  hash: md5\n  md5: x\n")),
            "z.dvc:4:8: `outs[0].md5`: `x` is no MD5",
        ),
        ("stages: {a: {cmd: x, outs: [made]}}", Some(("z.dvc", "cmd: x\nouts: []\n")), "z.dvc:1:1: `cmd`: unknown key"),
    ] {
        assert_eq!(load(text, more.as_slice()).unwrap_err().message(), expected);
    }
}
