//! dvc.yaml as a whole: variables, stages, and the `.dvc` files around it.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

use super::data;
use super::discover::{Ignored, folder_of, walk};
use super::expand::Expander;
use super::expression::Parsing;
use super::merge::Vars;
use super::stage::Stage;
use super::template::Scope;
use super::values;
use crate::engine::graph::{Graph, Paths};
use crate::error::{Error, Result, suggest};
use crate::fs;
use crate::yaml::{Node, Value};

/// Name of the file.
pub const FILE: &str = "dvc.yaml";

/// The stages of a dvc.yaml, in the order in which DVC runs them.
#[derive(Debug, Clone, Default)]
pub struct Pipeline {
    /// Each stage stands after those whose outs it reads; see [`Graph::dvc_order`].
    pub stages: Vec<Stage>,
    /// The `.dvc` files of the project, by path.
    pub data: Vec<Stage>,
    /// What DVC shows besides the plots of stages: `plots` at the top, with variables filled in.
    pub plots: Vec<Node>,
    /// Every dvc.yaml in folders of the project, whose stages are none of these and are not run.
    pub others: Vec<String>,
}

/// What may stand at the top. Metrics, plots, params and artifacts say what DVC shows, not what runs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    vars: Vec<Node>,
    #[serde(default = "Node::empty")]
    stages: Node,
    #[serde(default)]
    metrics: Vec<Node>,
    #[serde(default)]
    plots: Vec<Node>,
    #[serde(default)]
    params: Vec<Node>,
    #[serde(default = "Node::empty")]
    artifacts: Node,
}

impl Pipeline {
    /// Reads `dvc.yaml` in the folder `root`, and the `.dvc` files below it.
    ///
    /// # Errors
    /// Exit code 2 with file, line and column: bad syntax, what this engine does not know, unknown variables, an out of
    /// two stages, a cycle.
    pub fn load(root: &Path) -> Result<Self> {
        Self::load_with(root, &|_, _| false, Parsing::default())
    }

    /// [`Self::load`] that leaves out what `.dvcignore` and git ignore, and heeds `parsing` of `.dvc/config`.
    pub fn load_with(root: &Path, ignored: &Ignored, parsing: Parsing) -> Result<Self> {
        let path = root.join(FILE);
        if !path.is_file() {
            return Err(Error::usage(format!("no `{FILE}` in the project folder"))
                .hint("it names the stages; `mlops init` writes one for a table"));
        }
        let node = values::yaml(&fs::read_to_string(&path)?, FILE)?;
        let Defined { stages, plots } = defined(root, "", &node, parsing)?;
        Ok(Self { plots, ..Surroundings::find(root, stages, ignored, parsing)?.pipeline()? })
    }

    /// Reads a parsed dvc.yaml alone; `vars` files are looked up in `root`.
    pub fn read(root: &Path, node: &Node) -> Result<Self> {
        let Defined { stages, plots } = defined(root, "", node, Parsing::default())?;
        Ok(Self { plots, ..Surroundings { stages, ..Surroundings::default() }.pipeline()? })
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

    /// All nodes of the graph: first the stages, then the `.dvc` files.
    pub fn nodes(&self) -> Vec<&Stage> {
        self.stages.iter().chain(&self.data).collect()
    }
}

/// What a dvc.yaml defines.
#[derive(Default)]
struct Defined {
    /// In its order.
    stages: Vec<Stage>,
    plots: Vec<Node>,
}

/// What the dvc.yaml in `folder` defines.
fn defined(root: &Path, folder: &str, node: &Node, parsing: Parsing) -> Result<Defined> {
    if node.value == Value::Null {
        return Ok(Defined::default());
    }
    if let Some((key, _)) = node.as_mapping().and_then(|m| m.iter().find(|(key, _)| key.as_str() == Some("datasets"))) {
        return Err(key.error("datasets are not supported").hint("fetch the data with a stage of its own"));
    }
    let keys: Keys = node.to()?;
    check_dates(&keys.stages)?;
    let vars = Vars::new(root, folder, &keys.vars)?;
    let scope = Scope::new(&vars.values, parsing);
    for shown in keys.metrics.iter().chain(&keys.params).chain([&keys.artifacts]) {
        scope.definition(shown)?;
    }
    let plots = keys.plots.iter().map(|plot| scope.definition(plot)).collect::<Result<_>>()?;
    let definitions = keys
        .stages
        .as_mapping()
        .ok_or_else(|| keys.stages.error(format!("expected a mapping of stages, found {}", keys.stages.describe())))?;
    let expander = Expander { root, folder, vars: &vars, parsing };
    let mut stages = Vec::new();
    for (name, definition) in definitions {
        expander.stages(name, definition, &mut stages)?;
    }
    let mut names = HashSet::new();
    for (place, stage) in stages.iter_mut().enumerate() {
        stage.place = place;
        if !names.insert(stage.name.clone()) {
            return Err(Error::usage(format!("{}: a second stage `{}`", stage.location, stage.name)));
        }
    }
    Ok(Defined { stages, plots })
}

/// Dates are refused wherever a stage could use them: anywhere but in what the user keeps with it.
fn check_dates(stages: &Node) -> Result<()> {
    let used = |(key, value): &(Node, Node)| match key.as_str() {
        Some("meta") => Ok(()),
        _ => values::check_dates(key).and_then(|()| check_dates(value)),
    };
    match &stages.value {
        Value::Mapping(entries) => entries.iter().try_for_each(used),
        Value::Sequence(items) => items.iter().try_for_each(check_dates),
        _ => values::check_dates(stages),
    }
}

/// The stages of the project and what lies around them.
#[derive(Default)]
struct Surroundings {
    stages: Vec<Stage>,
    data: Vec<data::Data>,
    /// Each dvc.yaml of other folders and its stages.
    others: Vec<(String, Vec<Stage>)>,
}

impl Surroundings {
    fn find(root: &Path, stages: Vec<Stage>, ignored: &Ignored, parsing: Parsing) -> Result<Self> {
        let mut found = Self { stages, ..Self::default() };
        let paths = |stage: &Stage| stage.outs.iter().map(|out| out.path.clone()).collect::<Vec<_>>();
        let outs = found.stages.iter().flat_map(paths).collect();
        walk(root, outs, ignored, |file| {
            if file.ends_with(".dvc") {
                let data = data::read(root, file)?;
                let outs = paths(&data.stage);
                found.data.push(data);
                return Ok(outs);
            }
            let node = values::yaml(&fs::read_to_string(&root.join(file))?, file)?;
            let Defined { stages, .. } = defined(root, &folder_of(file), &node, parsing)?;
            let outs = stages.iter().flat_map(paths).collect();
            found.others.push((file.to_owned(), stages));
            Ok(outs)
        })?;
        found.data.sort_by(|a, b| a.stage.name.cmp(&b.stage.name));
        Ok(found)
    }

    /// Checks all against one another, and puts the stages in order.
    fn pipeline(self) -> Result<Pipeline> {
        let nodes: Vec<&Stage> = self.stages.iter().chain(self.data.iter().map(|data| &data.stage)).collect();
        let graph = Graph::new(&nodes)?;
        self.check_imported(&graph)?;
        self.check_others(&graph, &nodes)?;
        let order: Vec<usize> = graph.dvc_order().into_iter().filter(|&at| at < self.stages.len()).collect();
        let mut slots: Vec<Option<Stage>> = self.stages.into_iter().map(Some).collect();
        Ok(Pipeline {
            stages: order.into_iter().filter_map(|at| slots.get_mut(at).and_then(Option::take)).collect(),
            data: self.data.into_iter().map(|data| data.stage).collect(),
            plots: Vec::new(),
            others: self.others.into_iter().map(|(file, _)| file).collect(),
        })
    }

    /// Data that only DVC can fetch is refused where a stage needs it.
    fn check_imported(&self, graph: &Graph) -> Result<()> {
        for stage in &self.stages {
            for dep in &stage.deps {
                let writers = graph.writers(&dep.path);
                let data = writers.iter().filter_map(|at| self.data.get(at.checked_sub(self.stages.len())?));
                if let Some((data, from)) = data.filter_map(|data| Some((data, data.imported.as_ref()?))).next() {
                    return Err(Error::usage(format!(
                        "{}: `{}` is imported data ({}), which is not supported",
                        dep.location, dep.path, from.location
                    ))
                    .hint(format!("`dvc add {}` makes it data of this project, or run `dvc repro`", data.stage.name)));
                }
            }
        }
        Ok(())
    }

    /// Stages of other folders are left alone, as long as these are independent of them.
    fn check_others(&self, graph: &Graph, nodes: &[&Stage]) -> Result<()> {
        let mut paths = Paths::default();
        let foreign: Vec<(&str, &Stage)> = self
            .others
            .iter()
            .flat_map(|(file, stages)| stages.iter().map(move |stage| (file.as_str(), stage)))
            .collect();
        for (at, (file, stage)) in foreign.iter().enumerate() {
            for out in &stage.outs {
                if let Some(&ours) = graph.writers(&out.path).first() {
                    let (path, name) = (&out.path, &nodes[ours].name);
                    return Err(Error::usage(format!("{}: `{path}` is also written by `{name}`", out.location))
                        .hint("every file is written by one stage alone"));
                }
                if let Some((other, _)) = paths.insert(&out.path, at) {
                    let (other_file, other) = foreign[other];
                    let name = format!("{other_file}:{}", other.name);
                    return Err(Error::usage(format!("{}: `{}` is also written by `{name}`", out.location, out.path))
                        .hint(format!("every file is written by one stage alone; this is of {file}")));
                }
            }
        }
        for dep in self.stages.iter().flat_map(|stage| &stage.deps) {
            if let Some(&at) = paths.overlapping(&dep.path).first() {
                let (file, stage) = foreign[at];
                return Err(Error::usage(format!(
                    "{}: `{}` is written by stage `{}` of `{file}`; stages of other folders are not supported",
                    dep.location, dep.path, stage.name
                ))
                .hint(format!("move the stage to the project's {FILE}, with `wdir`, or run `dvc repro`")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
