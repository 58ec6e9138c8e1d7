use std::path::Path;

use super::*;
use crate::engine::{FILE, Pipeline};
use crate::{fs, yaml};

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::atomic_write_bytes(&folder.path().join(name), text.as_bytes()).unwrap();
    }
    folder
}

fn names<'a>(stages: &[&'a Stage], order: Vec<usize>) -> Vec<&'a str> {
    order.into_iter().map(|at| stages[at].name.as_str()).collect()
}

const RAW: &str = "outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: raw\n";

/// Folders as deps, diamonds, foreach, matrix, a `.dvc` file, a params file that is an out, frozen and free stages.
const TORTURE: &str = r#"
vars: [{l: [z, b, 10, 9, a]}]
stages:
  last: {cmd: "cat o/* > last", deps: [o], outs: [last]}
  zed: {cmd: "echo 1 > zed"}
  gen:
    foreach: ${l}
    do: {cmd: "echo ${item} > o/${item}.txt", deps: [in/raw], outs: ["o/${item}.txt"]}
  diamond: {cmd: "cat l r > diamond", deps: [r, l], outs: [diamond]}
  l: {cmd: "cat top > l", deps: [top], outs: [l]}
  r: {cmd: "cat top > r", deps: [top, in/raw], outs: [r]}
  mx:
    matrix: {m: [q, p], n: [2, 1]}
    cmd: "cat diamond > ${key}"
    deps: [diamond, deep/a/b]
    outs: ["${key}"]
  top: {cmd: "cat p.yaml > top", params: [p.yaml: ], outs: [top]}
  mkp: {cmd: "echo 'a: 1' > p.yaml", outs: [{p.yaml: {cache: false}}]}
  deepa: {cmd: "echo 1 > deep/a/b/f", outs: [deep/a/b/f], deps: [deep/c]}
  deepc: {cmd: "echo 3 > deep/c/y", outs: [deep/c/y, deep/c/x]}
  Fin: {cmd: "echo fin", deps: [deep, last]}
  usefz: {cmd: "cat fz > usefz", deps: [fz], outs: [usefz]}
  fz: {cmd: "cat ind > fz", deps: [ind], outs: [fz], frozen: true}
  ind: {cmd: "echo 1 > ind", outs: [ind]}
"#;

#[test]
fn stages_come_in_the_order_of_dvc() {
    let folder = project(&[(FILE, TORTURE), ("in/raw.dvc", RAW), ("in/other.dvc", &RAW.replace("raw", "other"))]);
    let pipeline = Pipeline::load(folder.path()).unwrap();
    let nodes = pipeline.nodes();
    let graph = Graph::new(&nodes).unwrap();
    // The order of `dvc repro`, and of dvc.lock after it, with DVC 3.67.1.
    let expected = [
        "in/raw.dvc",
        "gen@z",
        "gen@b",
        "gen@10",
        "gen@9",
        "gen@a",
        "last",
        "zed",
        "mkp",
        "top",
        "r",
        "l",
        "diamond",
        "deepc",
        "deepa",
        "mx@q-2",
        "mx@q-1",
        "mx@p-2",
        "mx@p-1",
        "Fin",
        "fz",
        "usefz",
        "ind",
    ];
    assert_eq!(names(&nodes, graph.dvc_order()), expected);
    let stages: Vec<&str> = pipeline.stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(stages, expected[1..]);
    let at = |name: &str| nodes.iter().position(|stage| stage.name == name).unwrap();
    // What a stage reads comes first, also where that is frozen, and nothing is left out.
    let order = names(&nodes, graph.order());
    assert_eq!(order.len(), nodes.len());
    let place = |name: &str| order.iter().position(|n| *n == name).unwrap();
    assert!(place("ind") < place("fz") && place("mkp") < place("top") && place("deepa") < place("Fin"));
    assert_eq!(names(&nodes, graph.upstream(at("diamond")).to_vec()), ["r", "l"]);
    assert_eq!(names(&nodes, graph.downstream(at("in/raw.dvc")).to_vec()).len(), 6);
    assert_eq!(names(&nodes, graph.ancestors(at("l"))), ["mkp", "top"]);
    assert_eq!(names(&nodes, graph.descendants(at("deepc"))), ["deepa", "mx@q-2", "mx@q-1", "mx@p-2", "mx@p-1", "Fin"]);
    assert_eq!(names(&nodes, graph.dvc_order_of(&[at("l"), at("last")])).last(), Some(&"l"));
}

#[test]
fn folders_as_deps_keep_the_order_of_the_file() {
    // `dvc repro` of DVC 3.67.1 runs d, y, x, last; sorting twice must not change it.
    let text = "stages:\n  last: {cmd: l, deps: [o]}\n  x: {cmd: x, deps: [d, o/y], outs: [o/x]}\n  y: {cmd: y, outs: [o/y]}\n  d: {cmd: d, outs: [d]}\n";
    let pipeline = Pipeline::read(Path::new("."), &yaml::parse(text, FILE).unwrap()).unwrap();
    let nodes = pipeline.nodes();
    let expected = ["d", "y", "x", "last"];
    assert_eq!(nodes.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>(), expected);
    assert_eq!(names(&nodes, Graph::new(&nodes).unwrap().dvc_order()), expected);
}

#[test]
fn graphs_that_cannot_run_are_refused() {
    for (text, expected) in [
        (
            "stages: {a: {cmd: x, outs: [o]}, b: {cmd: y, outs: [o/p]}}",
            "dvc.yaml:1:53: `stages.b.outs[0]`: `o/p` is also written by stage `a` as `o`",
        ),
        (
            "stages: {a: {cmd: x, outs: [o/p]}, b: {cmd: y, metrics: [./o/]}}",
            "dvc.yaml:1:58: `stages.b.metrics[0]`: `o` is also written by stage `a` as `o/p`",
        ),
        (
            "stages: {a: {cmd: x, outs: [o]}, b: {cmd: y, outs: [o]}}",
            "dvc.yaml:1:53: `stages.b.outs[0]`: `o` is also written by stage `a`",
        ),
        (
            "stages: {z: {cmd: x, outs: [z]}, a: {cmd: x, outs: [o], deps: [p, z]}, b: {cmd: y, outs: [p], deps: [o/x]}}",
            "dvc.yaml:1:37: `stages.a`: the stages go in a circle: a → b → a",
        ),
        (
            "stages: {a: {cmd: x, outs: [o/p], deps: [o]}}",
            "dvc.yaml:1:42: `stages.a.deps[0]`: stage `a` reads its own out `o`",
        ),
        ("stages: {a: {cmd: x, outs: [in]}}", ""),
        (
            "stages: {a: {cmd: x, outs: [in/raw/x]}}",
            "in/raw.dvc:5:9: `outs[0].path`: `in/raw` is also written by stage `a` as `in/raw/x`",
        ),
    ] {
        let folder = project(&[(FILE, text), ("in/raw.dvc", RAW)]);
        let message = Pipeline::load(folder.path()).map_or_else(|e| e.message().to_owned(), |_| String::new());
        assert_eq!(message, expected, "{text}");
    }
}

#[test]
fn what_is_missing_is_found_before_anything_runs() {
    let text = "stages:\n  a: {cmd: x, deps: [in/raw, made/x, no], outs: [b], params: [lr, {p.yaml: [k]}]}\n  b: {cmd: y, outs: [made, p.yaml]}\n  c: {cmd: z, deps: [never], frozen: true, outs: [c]}\n";
    let folder = project(&[(FILE, text), ("in/raw.dvc", RAW), ("params.yaml", "rl: 1")]);
    let pipeline = Pipeline::load(folder.path()).unwrap();
    let nodes = pipeline.nodes();
    let problems = missing(folder.path(), &nodes, &Graph::new(&nodes).unwrap());
    let messages: Vec<&str> = problems.iter().map(Error::message).collect();
    assert_eq!(
        messages,
        [
            "dvc.yaml:2:38: `stages.a.deps[2]`: `no` is written by no stage and does not exist",
            "dvc.yaml:2:63: `stages.a.params[0]`: `params.yaml` has no parameter `lr`",
        ]
    );
}

#[test]
fn thousands_of_stages_in_a_row_and_side_by_side() {
    let wide = "vars: [v.yaml]\nstages:\n  s: {foreach: \"${items}\", do: {cmd: \"w ${key} ${item.a}\", deps: [in/a, \"in/${key}\"], outs: [\"o/${key}.txt\", \"p/${key}\"]}}\n  all: {cmd: w, deps: [o]}\n";
    let items: String = (0..2000).map(|at| format!("  k{at}: {{a: {at}}}\n")).collect();
    let folder = project(&[(FILE, wide), ("v.yaml", &format!("items:\n{items}"))]);
    let pipeline = Pipeline::load(folder.path()).unwrap();
    assert_eq!(pipeline.stages.len(), 2001);
    assert_eq!(pipeline.stages.last().unwrap().name, "all");
    let graph = Graph::new(&pipeline.stages).unwrap();
    assert_eq!((graph.upstream(2000).len(), graph.ancestors(2000).len()), (2000, 2000));
    // Backwards, so that the way down is as long as the list.
    let chain: String =
        (0..2000).rev().map(|at| format!("  s{at}: {{cmd: x, deps: [f{at}], outs: [f{}]}}\n", at + 1)).collect();
    let pipeline = Pipeline::read(Path::new("."), &yaml::parse(&format!("stages:\n{chain}"), FILE).unwrap()).unwrap();
    assert_eq!(pipeline.stages[0].name, "s0");
    assert_eq!(Graph::new(&pipeline.stages).unwrap().descendants(0).len(), 1999);
}
