//! dvc.yaml as a whole: variables, `foreach`, stages in order.

use std::path::Path;

use serde::Deserialize;

use super::graph;
use super::merge;
use super::stage::Stage;
use super::template::{Scope, scalar};
use crate::error::{Error, Result, suggest};
use crate::yaml::{self, Node, Value};

/// Name of the file.
pub const FILE: &str = "dvc.yaml";

/// The stages of a dvc.yaml, in the order in which they can run.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Each stage stands after those whose outs it reads; else the order is the file's.
    pub stages: Vec<Stage>,
}

/// What may stand at the top. Metrics, plots, params and artifacts say what DVC shows, not what runs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    vars: Vec<Node>,
    stages: Node,
    #[serde(rename = "metrics")]
    _metrics: Option<Node>,
    #[serde(rename = "plots")]
    _plots: Option<Node>,
    #[serde(rename = "params")]
    _params: Option<Node>,
    #[serde(rename = "artifacts")]
    _artifacts: Option<Node>,
}

impl Pipeline {
    /// Reads `dvc.yaml` in the folder `root`.
    ///
    /// # Errors
    /// Exit code 2 with file, line and column: bad syntax, keys this engine does not know, unknown
    /// variables, an out of two stages, a cycle.
    pub fn load(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        if !path.is_file() {
            return Err(Error::usage(format!("no `{FILE}` in the project folder"))
                .hint("it names the stages; the README shows one to start from"));
        }
        Self::read(root, &yaml::read(&path, FILE)?)
    }

    /// Reads a parsed dvc.yaml; `vars` files are looked up in `root`.
    pub fn read(root: &Path, node: &Node) -> Result<Self> {
        let keys: Keys = node.to()?;
        let scope = merge::scope(root, &keys.vars)?;
        let definitions = keys.stages.as_mapping().ok_or_else(|| {
            keys.stages.error(format!("expected a mapping of stages, found {}", keys.stages.describe()))
        })?;
        let mut stages = Vec::new();
        for (name, definition) in definitions {
            expand(root, &keys.vars, &scope, name, definition, &mut stages)?;
        }
        let order = graph::order(&stages)?;
        let mut slots: Vec<Option<Stage>> = stages.into_iter().map(Some).collect();
        Ok(Self { stages: order.into_iter().filter_map(|at| slots.get_mut(at).and_then(Option::take)).collect() })
    }

    /// The stage of that name.
    ///
    /// # Errors
    /// Exit code 2 with a did-you-mean.
    pub fn stage(&self, name: &str) -> Result<&Stage> {
        self.stages.iter().find(|s| s.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.stages.iter().map(|s| s.name.as_str()).collect();
            Error::usage(format!("stage `{name}` not found in `{FILE}`")).maybe_hint(suggest(name, "stages", &names))
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreach {
    foreach: Node,
    r#do: Node,
}

fn expand(
    root: &Path,
    vars: &[Node],
    scope: &Scope,
    name: &Node,
    definition: &Node,
    stages: &mut Vec<Stage>,
) -> Result<()> {
    let base = name.as_str().unwrap_or_default();
    if base.is_empty() || base.contains(['@', '/', '$', '#', ':', '.', '\\']) {
        return Err(name.error("a stage name holds letters, digits, `-` and `_`"));
    }
    if let Some((key, _)) = definition.as_mapping().and_then(|m| m.iter().find(|(k, _)| k.as_str() == Some("matrix"))) {
        return Err(key.error("`matrix` is not supported").hint("write one `foreach` over the combinations"));
    }
    if definition.get("foreach").is_none() {
        let scope = own_scope(root, vars, scope, definition)?;
        stages.push(Stage::read(base.to_owned(), &scope.resolve(definition)?)?);
        return Ok(());
    }
    let keys: Foreach = definition.to()?;
    for (label, variables) in items(&scope.resolve(&keys.foreach)?)? {
        let scope = own_scope(root, vars, scope, &keys.r#do)?.with(variables);
        stages.push(Stage::read(format!("{base}@{label}"), &scope.resolve(&keys.r#do)?)?);
    }
    Ok(())
}

/// The scope with the `vars` of one stage, where it has some.
fn own_scope(root: &Path, vars: &[Node], scope: &Scope, definition: &Node) -> Result<Scope> {
    match definition.get("vars") {
        None => Ok(scope.clone()),
        Some(own) => {
            let own = own.as_sequence().ok_or_else(|| own.error("expected a list of files and mappings"))?;
            merge::scope(root, &[vars, own].concat())
        }
    }
}

/// The name of a `foreach` stage and the variables it brings.
type Item = (String, Vec<(&'static str, Node)>);

fn items(over: &Node) -> Result<Vec<Item>> {
    match &over.value {
        Value::Sequence(list) => Ok(list
            .iter()
            .enumerate()
            .map(|(at, item)| {
                // As Python names them.
                let name = match item.value {
                    Value::Bool(true) => Some("True".to_owned()),
                    Value::Bool(false) => Some("False".to_owned()),
                    _ => scalar(item),
                };
                (name.unwrap_or_else(|| at.to_string()), vec![("item", item.clone())])
            })
            .collect()),
        Value::Mapping(entries) => Ok(entries
            .iter()
            .map(|(key, item)| {
                (key.as_str().unwrap_or_default().to_owned(), vec![("key", key.clone()), ("item", item.clone())])
            })
            .collect()),
        _ => Err(over.error(format!("expected a list or a mapping to go over, found {}", over.describe()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pipeline> {
        Pipeline::read(Path::new("."), &yaml::parse(text, FILE).unwrap())
    }

    fn names(pipeline: &Pipeline) -> Vec<&str> {
        pipeline.stages.iter().map(|s| s.name.as_str()).collect()
    }

    #[test]
    fn the_project_s_own_pipeline_is_in_order() {
        let pipeline = Pipeline::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
        let trained = ["train@baseline", "train@lr", "train@dt", "train@rf", "train@xgb"];
        assert_eq!(
            names(&pipeline),
            [&["ingest", "clean", "features", "split"], &trained[..], &["evaluate", "predict"]].concat()
        );
        let rf = pipeline.stage("train@rf").unwrap();
        assert_eq!(rf.commands, ["mlops train --algorithm rf"]);
        assert_eq!(rf.outs[0].path, "models/rf_wine_v1.bin");
        let keys = rf.params.last().unwrap().keys.as_ref().unwrap();
        assert_eq!(keys.last().unwrap().value, "train.algorithms.rf");
        let metrics = &pipeline.stage("evaluate").unwrap().outs[4];
        assert!(metrics.kind == OutKind::Metric && !metrics.cache);
    }

    use super::super::stage::OutKind;

    #[test]
    fn stages_stand_behind_what_they_read_and_else_in_file_order() {
        let pipeline = read(
            "vars: [{n: [b, a], d: {x: {p: 1}}}]\nstages:\n  last: {cmd: z, deps: [o/a.txt, sub]}\n  each:\n    foreach: ${n}\n    do: {cmd: \"w ${item}\", outs: [\"o/${item}.txt\"]}\n  dict:\n    foreach: ${d}\n    do: {cmd: \"w ${key} ${item.p}\", wdir: sub, outs: [f.txt], deps: [../in]}\n",
        )
        .unwrap();
        assert_eq!(names(&pipeline), ["each@b", "each@a", "dict@x", "last"]);
        let dict = pipeline.stage("dict@x").unwrap();
        assert_eq!((dict.outs[0].path.as_str(), dict.deps[0].path.as_str()), ("sub/f.txt", "in"));
        assert_eq!(dict.commands, ["w x 1"]);
    }

    #[test]
    fn names_and_commands_are_those_of_dvc() {
        let pipeline = read(
            "vars: [{p: {x: 1, off: false}}, {p: {s: a b}}]\nstages:\n  l:\n    foreach: [rf, 0.5, true, {a: 2}]\n    do: {cmd: \"w ${item}\"}\n  m: {cmd: \"a ${p}\\n\\nb\\n\"}\n",
        )
        .unwrap();
        assert_eq!(names(&pipeline), ["l@rf", "l@0.5", "l@True", "l@3", "m"]);
        assert_eq!(pipeline.stages[3].commands, ["w --a 2"]);
        assert_eq!(pipeline.stages[4].commands, ["a --x 1 --s 'a b'", "b"]);
    }

    #[test]
    fn what_cannot_run_is_refused_where_it_stands() {
        for (text, expected) in [
            ("stages: {a: {cmd: x, otus: [y]}}", "dvc.yaml:1:22: `stages.a.otus`: unknown key"),
            (
                "stages: {a: {cmd: x, outs: [{y: {cached: false}}]}}",
                "dvc.yaml:1:34: `stages.a.outs[0].y.cached`: unknown key",
            ),
            ("stages: {a: {matrix: {x: [1]}, cmd: x}}", "dvc.yaml:1:14: `stages.a.matrix`: `matrix` is not supported"),
            ("stages: {a: {foreach: [1], do: {cmd: x}, cmd: y}}", "dvc.yaml:1:42: `stages.a.cmd`: unknown key"),
            ("stages: {a: {deps: [x]}}", "dvc.yaml:1:13: `stages.a`: the key `cmd` is missing"),
            (
                "stages: {a: {cmd: x, deps: [../x]}}",
                "dvc.yaml:1:29: `stages.a.deps[0]`: `../x` leaves the project folder",
            ),
            ("datasets: []\nstages: {}", "dvc.yaml:1:1: `datasets`: unknown key"),
            ("vars: [no.yaml]\nstages: {}", "dvc.yaml:1:8: `vars[0]`: the file `no.yaml` does not exist"),
            ("vars: [{a: 1}, {a: 2}]\nstages: {}", "dvc.yaml:1:17: `vars[1].a`: the variable stands twice"),
            (
                "stages: {a: {cmd: x, outs: [o]}, b: {cmd: y, outs: [o/p]}}",
                "dvc.yaml:1:53: `stages.b.outs[0]`: `o/p` is also written by stage `a`",
            ),
            (
                "stages: {a: {cmd: x, outs: [o], deps: [p]}, b: {cmd: y, outs: [p], deps: [o]}}",
                "dvc.yaml:1:13: `stages.a`: the stages go in a circle: a → b → a",
            ),
            (
                "stages: {a: {cmd: x, outs: [o], deps: [o]}}",
                "dvc.yaml:1:13: `stages.a`: the stages go in a circle: a → a",
            ),
        ] {
            let message = read(text).unwrap_err().message().to_owned();
            assert!(message.starts_with(expected), "{expected}\n{message}");
        }
    }
}
