//! The outs of a stage: `outs`, `metrics` and `plots` with their options.

use std::path::Path;

use serde::Deserialize;

use super::path::named;
use crate::engine::Fingerprint;
use crate::error::{Error, Result};
use crate::yaml::{Location, Node, Value};

/// A file or folder written.
#[derive(Debug, Clone)]
pub struct Out {
    /// Relative to the project folder.
    pub path: String,
    /// As dvc.lock has it: as it is written, relative to the stage's folder.
    pub name: String,
    /// Where it is named.
    pub location: Location,
    /// The list it stands in.
    pub kind: OutKind,
    /// Whether DVC keeps it in its cache.
    pub cache: bool,
    /// Whether it stays when the stage runs again.
    pub persist: bool,
    /// What it holds by a `.dvc` file; dvc.yaml does not say it.
    pub fingerprint: Option<Fingerprint>,
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

/// What may stand below an out; what only DVC's display or remotes need is checked and left to it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Options {
    pub(super) cache: Option<bool>,
    pub(super) persist: bool,
    #[serde(rename = "remote")]
    _remote: Option<String>,
    #[serde(rename = "push")]
    _push: Option<bool>,
    #[serde(rename = "desc")]
    _desc: Option<String>,
    #[serde(rename = "type")]
    _type: Option<String>,
    #[serde(rename = "labels")]
    _labels: Option<Vec<String>>,
    #[serde(rename = "meta")]
    _meta: Option<Node>,
}

/// What may stand below a plot besides.
const PLOT_TEXTS: [&str; 6] = ["template", "x", "y", "x_label", "y_label", "title"];

/// Reads one list of outs.
///
/// # Errors
/// Exit code 2, pointing at an unknown option, a wrong type or a path that cannot be an out.
pub(super) fn outs(root: &Path, wdir: &str, items: &[Node], kind: OutKind) -> Result<Vec<Out>> {
    let mut outs = Vec::with_capacity(items.len());
    for item in items {
        match &item.value {
            Value::String(_) => outs.push(out(root, wdir, item, Options::default(), kind)?),
            Value::Mapping(entries) => {
                for (name, node) in entries {
                    outs.push(out(root, wdir, name, options(node, kind)?, kind)?);
                }
            }
            _ => return Err(unreadable(item)),
        }
    }
    Ok(outs)
}

/// Checks the options of outs before their templates are resolved, as DVC does.
pub(super) fn check(items: &[Node], kind: OutKind) -> Result<()> {
    for item in items {
        match &item.value {
            Value::String(_) => {}
            Value::Mapping(entries) => entries.iter().try_for_each(|(_, node)| options(node, kind).map(|_| ()))?,
            _ => return Err(unreadable(item)),
        }
    }
    Ok(())
}

fn unreadable(item: &Node) -> Error {
    item.error(format!("expected a path or `path: {{options}}`, found {}", item.describe()))
}

fn options(node: &Node, kind: OutKind) -> Result<Options> {
    let Value::Mapping(entries) = &node.value else {
        return Err(node.error(format!("expected options, found {}", node.describe())));
    };
    if let Some((key, _)) = entries.iter().find(|(key, _)| key.as_str() == Some("checkpoint")) {
        return Err(key.error("checkpoints are not supported").hint("DVC has given them up; remove the line"));
    }
    if kind != OutKind::Plot {
        return node.to();
    }
    let mut rest = Vec::new();
    for (key, value) in entries {
        let name = key.as_str().unwrap_or_default();
        let wrong = match &value.value {
            Value::String(_) => name == "header",
            Value::Bool(_) => PLOT_TEXTS.contains(&name),
            _ => name == "header" || PLOT_TEXTS.contains(&name),
        };
        if wrong {
            let wanted = if name == "header" { "true or false" } else { "a text" };
            return Err(value.error(format!("expected {wanted}, found {}", value.describe())));
        }
        if name != "header" && !PLOT_TEXTS.contains(&name) {
            rest.push((key.clone(), value.clone()));
        }
    }
    node.with(Value::Mapping(rest)).to()
}

fn out(root: &Path, wdir: &str, node: &Node, options: Options, kind: OutKind) -> Result<Out> {
    let found = named(root, wdir, node.as_str().unwrap_or_default(), &node.location)?;
    check_place(&found.path, &node.location)?;
    Ok(Out {
        path: found.path,
        name: found.name,
        location: node.location.clone(),
        kind,
        cache: options.cache.unwrap_or(true),
        persist: options.persist,
        fingerprint: None,
    })
}

/// Refuses what belongs to DVC, git or the whole project.
pub(super) fn check_place(path: &str, location: &Location) -> Result<()> {
    if path.is_empty() {
        return Err(Error::usage(format!("{location}: the project folder cannot be an out"))
            .hint("name the files and folders in it that the stage writes"));
    }
    if let Some(inner) = path.split('/').find(|part| [".dvc", ".git", ".hg", ".mlops"].contains(part)) {
        return Err(Error::usage(format!("{location}: `{path}` lies in `{inner}`"))
            .hint("that folder is not for outs; write the file elsewhere"));
    }
    if let Some(name) = ["dvc.lock", ".gitignore"].iter().find(|name| path.rsplit('/').next() == Some(**name)) {
        return Err(Error::usage(format!("{location}: `{path}` cannot be an out: `{name}` is written for the stages"))
            .hint("write another file"));
    }
    check_name(path, location)
}

/// Refuses DVC's own files, as deps and as outs.
pub(super) fn check_name(path: &str, location: &Location) -> Result<()> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name == super::FILE || name.ends_with(".dvc") {
        return Err(Error::usage(format!("{location}: `{path}` is a file of DVC's own"))
            .hint("it can be neither a dep nor an out"));
    }
    Ok(())
}
