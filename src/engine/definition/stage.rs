//! One stage of dvc.yaml, read from its resolved definition.

use std::path::Path;

use serde::Deserialize;

use super::out::{self, Out, OutKind, check_name};
use super::params::{self, Params};
use super::path::{below, named};
use crate::engine::Cmd;
use crate::error::{Error, Result};
use crate::yaml::{Located, Location, Node, Value};

/// A node of the graph. Paths are relative to the project folder, `/` between their parts.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name, such as `train@rf`; of a `.dvc` file, its path.
    pub name: String,
    /// Where it is defined.
    pub location: Location,
    /// Its place in dvc.yaml, from 0; DVC begins with the first.
    pub place: usize,
    /// Its commands as dvc.lock has them.
    pub cmd: Cmd,
    /// Commands, run one after the other; none in a `.dvc` file.
    pub commands: Vec<String>,
    /// Where they run; empty for the project folder.
    pub wdir: String,
    /// Files and folders it reads.
    pub deps: Vec<Dep>,
    /// Parameters it depends on.
    pub params: Vec<Params>,
    /// Files and folders it writes, metrics and plots among them.
    pub outs: Vec<Out>,
    /// What it is, in words.
    pub desc: Option<String>,
    /// Anything the user keeps with it.
    pub meta: Option<Node>,
    /// Never run; its outs must exist.
    pub frozen: bool,
    /// Never up to date.
    pub always_changed: bool,
}

/// A file or folder read.
#[derive(Debug, Clone)]
pub struct Dep {
    /// Relative to the project folder.
    pub path: String,
    /// As dvc.lock has it: as it is written, relative to the stage's folder.
    pub name: String,
    /// Where it is named.
    pub location: Location,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    cmd: Node,
    /// See [`Stage::wdir`].
    #[serde(rename = "wdir")]
    _wdir: Option<String>,
    #[serde(default)]
    deps: Vec<Located<String>>,
    #[serde(default)]
    params: Vec<Node>,
    #[serde(default)]
    outs: Vec<Node>,
    #[serde(default)]
    metrics: Vec<Node>,
    #[serde(default)]
    plots: Vec<Node>,
    desc: Option<String>,
    meta: Option<Node>,
    #[serde(default)]
    frozen: bool,
    #[serde(default)]
    always_changed: bool,
    /// Already part of the scope.
    #[serde(rename = "vars")]
    _vars: Option<Vec<Node>>,
}

impl Keys {
    fn outs(&self) -> [(&[Node], OutKind); 3] {
        [(&self.outs, OutKind::Plain), (&self.metrics, OutKind::Metric), (&self.plots, OutKind::Plot)]
    }
}

impl Stage {
    /// Whether it is a `.dvc` file, which has outs and runs nothing.
    pub fn is_data(&self) -> bool {
        self.commands.is_empty()
    }

    /// Whether nothing can tell if it is up to date: DVC runs it each time.
    pub fn is_callback(&self) -> bool {
        !self.is_data() && self.deps.is_empty() && self.params.is_empty() && self.outs.is_empty()
    }

    /// Checks a definition whose templates are not resolved yet: no template can make it right, says DVC.
    pub(super) fn check(definition: &Node) -> Result<()> {
        let keys: Keys = definition.to()?;
        if !matches!(keys.cmd.value, Value::String(_) | Value::Sequence(_)) {
            return Err(keys.cmd.error(format!("expected a command, found {}", keys.cmd.describe())));
        }
        keys.outs().into_iter().try_for_each(|(items, kind)| out::check(items, kind))
    }

    /// The folder that the resolved `wdir` of a stage of a dvc.yaml in `folder` names.
    ///
    /// # Errors
    /// Exit code 2 where it leaves the project folder.
    pub(super) fn wdir(folder: &str, node: Option<&Node>) -> Result<String> {
        let Some(node) = node else { return Ok(folder.to_owned()) };
        let written =
            node.as_str().ok_or_else(|| node.error(format!("expected a folder, found {}", node.describe())))?;
        below(folder, written).ok_or_else(|| {
            node.error(format!("`{written}` leaves the project folder")).hint("name a path inside the project folder")
        })
    }

    /// Reads a definition whose templates are resolved.
    ///
    /// # Errors
    /// Exit code 2, pointing at an unknown key, a wrong type or a path outside the project.
    pub(super) fn read(root: &Path, folder: &str, name: String, definition: &Node) -> Result<Self> {
        let keys: Keys = definition.to()?;
        let wdir = Self::wdir(folder, definition.get("wdir"))?;
        let (cmd, commands) = commands(&keys.cmd)?;
        let mut outs = Vec::new();
        for (items, kind) in keys.outs() {
            outs.extend(out::outs(root, &wdir, items, kind)?);
        }
        let stage = Self {
            name,
            location: definition.location.clone(),
            place: 0,
            cmd,
            commands,
            deps: keys.deps.iter().map(|dep| Dep::read(root, &wdir, dep)).collect::<Result<_>>()?,
            params: params::list(root, &wdir, &keys.params)?,
            outs,
            wdir,
            desc: keys.desc,
            meta: keys.meta,
            frozen: keys.frozen,
            always_changed: keys.always_changed,
        };
        stage.check_paths()?;
        Ok(stage)
    }

    /// Nothing may stand twice, and nothing may be read and written.
    fn check_paths(&self) -> Result<()> {
        let mut seen: Vec<(&str, bool)> = Vec::new();
        let deps = self.deps.iter().map(|dep| (&dep.path, &dep.location, false));
        let params = self.params.iter().map(|params| (&params.file, &params.location, true));
        for (path, location, params) in deps.chain(params) {
            // A params file may be a dep as well.
            if seen.contains(&(path, params)) {
                return Err(Error::usage(format!("{location}: `{path}` stands twice among the deps"))
                    .hint("remove one of the two"));
            }
            seen.push((path, params));
        }
        let mut outs: Vec<&str> = Vec::new();
        for Out { path, location, .. } in &self.outs {
            if seen.iter().any(|(read, _)| read == path) {
                return Err(Error::usage(format!("{location}: stage `{}` reads its own out `{path}`", self.name))
                    .hint("remove it from the deps, or write another file"));
            }
            if outs.contains(&path.as_str()) {
                return Err(Error::usage(format!("{location}: `{path}` stands twice among the outs"))
                    .hint("`outs`, `metrics` and `plots` are one list: name it in one of them, once"));
            }
            outs.push(path);
        }
        Ok(())
    }
}

impl Dep {
    fn read(root: &Path, wdir: &str, dep: &Located<String>) -> Result<Self> {
        let found = named(root, wdir, dep, dep.location())?;
        check_name(&found.path, dep.location())?;
        Ok(Self { path: found.path, name: found.name, location: dep.location().clone() })
    }
}

/// The commands as dvc.lock has them, and as they run.
fn commands(node: &Node) -> Result<(Cmd, Vec<String>)> {
    let text = |item: &Node| match item.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(item.error(format!("expected a command, found {}", item.describe()))),
    };
    if let Value::Sequence(items) = &node.value {
        if items.is_empty() {
            return Err(node.error("expected a command, found an empty list"));
        }
        let list = items.iter().map(text).collect::<Result<Vec<_>>>()?;
        let commands = list.iter().map(|command| command.trim().to_owned()).collect();
        return Ok((Cmd::List(list), commands));
    }
    // Each line of a text is a command of its own, as DVC has it.
    let lines = text(node)?;
    let commands = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Ok((Cmd::One(lines), commands))
}
