//! One stage of dvc.yaml, read from its resolved definition.

use std::path::{Component, Path};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::yaml::{Located, Location, Node, Value};

/// A node of the graph. Paths are relative to the project folder, `/` between their parts.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name, such as `train@rf`.
    pub name: String,
    /// Where it is defined.
    pub location: Location,
    /// Commands, run one after the other.
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
    /// Where it is named.
    pub location: Location,
}

/// A file or folder written.
#[derive(Debug, Clone)]
pub struct Out {
    /// Relative to the project folder.
    pub path: String,
    /// Where it is named.
    pub location: Location,
    /// The list it stands in.
    pub kind: OutKind,
    /// Whether DVC keeps it in its cache.
    pub cache: bool,
    /// Whether it stays when the stage runs again.
    pub persist: bool,
}

/// The list an out stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutKind {
    /// `outs`
    Plain,
    /// `metrics`
    Metric,
    /// `plots`
    Plot,
}

/// Parameters of one file.
#[derive(Debug, Clone)]
pub struct Params {
    /// Relative to the project folder.
    pub file: String,
    /// Dotted keys; all of them where none are named.
    pub keys: Option<Vec<Located<String>>>,
    /// Where the file is named.
    pub location: Location,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    cmd: Node,
    wdir: Option<Located<String>>,
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
    _vars: Option<Node>,
}

/// What may stand below an out; whatever only DVC's display or remotes need is accepted and left to it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OutOptions {
    cache: Option<bool>,
    persist: bool,
    remote: Option<Node>,
    push: Option<bool>,
    desc: Option<Node>,
    r#type: Option<Node>,
    labels: Option<Node>,
    meta: Option<Node>,
    template: Option<Node>,
    x: Option<Node>,
    y: Option<Node>,
    x_label: Option<Node>,
    y_label: Option<Node>,
    title: Option<Node>,
    header: Option<Node>,
}

impl Stage {
    /// Reads a definition whose templates are resolved.
    ///
    /// # Errors
    /// Exit code 2, pointing at an unknown key, a wrong type or a path outside the project.
    pub(super) fn read(name: String, node: &Node) -> Result<Self> {
        let keys: Keys = node.to()?;
        let wdir = keys.wdir.as_ref().map_or(Ok(String::new()), |w| rooted("", &w.value, w.location()))?;
        let commands = commands(&keys.cmd)?;
        let dep = |d: &Located<String>| {
            Ok(Dep { path: rooted(&wdir, &d.value, d.location())?, location: d.location().clone() })
        };
        let deps = keys.deps.iter().map(dep).collect::<Result<_>>()?;
        let mut outs = Vec::new();
        for (list, kind) in
            [(&keys.outs, OutKind::Plain), (&keys.metrics, OutKind::Metric), (&keys.plots, OutKind::Plot)]
        {
            for item in list {
                outs.push(out(&wdir, item, kind)?);
            }
        }
        Ok(Self {
            name,
            location: node.location.clone(),
            commands,
            deps,
            params: params(&wdir, &keys.params)?,
            outs,
            wdir,
            desc: keys.desc,
            meta: keys.meta,
            frozen: keys.frozen,
            always_changed: keys.always_changed,
        })
    }
}

fn commands(node: &Node) -> Result<Vec<String>> {
    let text = |item: &Node| match item.as_str().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(item.error(format!("expected a command, found {}", item.describe()))),
    };
    match &node.value {
        Value::Sequence(items) if !items.is_empty() => items.iter().map(text).collect(),
        // Each line of a text is a command of its own, as DVC has it.
        Value::String(lines) if lines.trim().contains('\n') => {
            Ok(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
        }
        _ => text(node).map(|command| vec![command]),
    }
}

fn out(wdir: &str, item: &Node, kind: OutKind) -> Result<Out> {
    let (name, options) = match &item.value {
        Value::String(_) => (item, OutOptions::default()),
        Value::Mapping(entries) if entries.len() == 1 => {
            let (name, options) = &entries[0];
            (name, options.to()?)
        }
        _ => return Err(item.error(format!("expected a path or `path: {{options}}`, found {}", item.describe()))),
    };
    let path = rooted(wdir, name.as_str().unwrap_or_default(), &name.location)?;
    let OutOptions { cache, persist, .. } = options;
    Ok(Out { path, location: name.location.clone(), kind, cache: cache.unwrap_or(true), persist })
}

fn params(wdir: &str, items: &[Node]) -> Result<Vec<Params>> {
    let mut result = Vec::new();
    let mut default = Vec::new();
    for item in items {
        match &item.value {
            Value::String(key) => default.push(Located::at(key.clone(), item.clone())),
            Value::Mapping(entries) => {
                for (file, keys) in entries {
                    let path = rooted(wdir, file.as_str().unwrap_or_default(), &file.location)?;
                    result.push(Params { file: path, keys: keys.to()?, location: file.location.clone() });
                }
            }
            _ => return Err(item.error(format!("expected a key or `file: [keys]`, found {}", item.describe()))),
        }
    }
    if let Some(first) = default.first() {
        let location = first.location().clone();
        result.insert(0, Params { file: rooted(wdir, "params.yaml", &location)?, keys: Some(default), location });
    }
    Ok(result)
}

/// `path` below `wdir`, relative to the project folder, without `.` and `..`.
fn rooted(wdir: &str, path: &str, location: &Location) -> Result<String> {
    let refuse = |what: &str| {
        Err(Error::usage(format!("{location}: `{path}` {what}")).hint("name a path inside the project folder"))
    };
    if path.is_empty() {
        return refuse("is no path");
    }
    let mut parts: Vec<String> = wdir.split('/').filter(|p| !p.is_empty()).map(str::to_owned).collect();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::ParentDir if parts.pop().is_some() => {}
            _ => return refuse("leaves the project folder"),
        }
    }
    Ok(parts.join("/"))
}
