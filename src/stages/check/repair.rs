//! dvc.yaml brought up to date with the configs: lines added to its lists and taken out, nothing else touched.

use super::super::Context;
use super::pipeline::{Difference, Repair, differences, source_files};
use super::plots;
use crate::engine::{FILE, Pipeline};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::yaml::{self, Node, Value, edit};

/// The lists of files a stage writes.
const WRITTEN: [&str; 3] = ["outs", "metrics", "plots"];

/// dvc.yaml after its repair.
pub struct Repaired {
    /// Its text.
    pub text: String,
    /// Each line added or taken out, to be told.
    pub notes: Vec<String>,
    /// What is to be done by hand.
    pub left: Vec<Error>,
}

/// The pipeline of a dvc.yaml with this text, as if the configs named in `replaced` had the given text.
///
/// # Errors
/// As for [`Pipeline::read`].
pub fn read(project: &Project, text: &str, replaced: &[(&str, String)]) -> Result<Pipeline> {
    let mut root = yaml::parse(text, FILE)?;
    replace_vars(&mut root, replaced)?;
    Pipeline::read(project.root(), &root)
}

/// Puts texts in the place of the files that `vars` name, also those of single stages.
fn replace_vars(node: &mut Node, replaced: &[(&str, String)]) -> Result<()> {
    let Value::Mapping(entries) = &mut node.value else { return Ok(()) };
    for (key, value) in entries {
        match &mut value.value {
            Value::Sequence(items) if key.as_str() == Some("vars") => {
                for item in items {
                    replace_var(item, replaced)?;
                }
            }
            Value::Mapping(_) if !matches!(key.as_str(), Some("params" | "meta")) => replace_vars(value, replaced)?,
            _ => {}
        }
    }
    Ok(())
}

fn replace_var(item: &mut Node, replaced: &[(&str, String)]) -> Result<()> {
    let Some(named) = item.as_str().map(str::to_owned) else { return Ok(()) };
    let (file, keys) = named.split_once(':').map_or((named.as_str(), None), |(file, keys)| (file, Some(keys)));
    let Some((name, text)) = replaced.iter().find(|(name, _)| crate::config::shown(name) == file) else {
        return Ok(());
    };
    let keys: Option<Vec<&str>> = keys.map(|keys| keys.split(',').map(str::trim).collect());
    // A config has one key, its own name; where others are asked for, the file says so itself.
    if keys.is_none_or(|keys| keys == [*name]) {
        item.value = yaml::parse(text, file)?.value;
    }
    Ok(())
}

/// Brings the text of dvc.yaml up to date as far as single lines can do so.
///
/// # Errors
/// Exit code 2 where dvc.yaml cannot be read at all.
pub fn repair(ctx: &Context, text: &str, replaced: &[(&str, String)]) -> Result<Repaired> {
    let mut text = text.to_owned();
    let (mut notes, mut refused) = (Vec::new(), Vec::new());
    let mut pipeline = read(ctx.project, &text, replaced)?;
    let mut found = differences(ctx, &pipeline);
    while let Some(wanted) = found.iter().filter_map(|d| d.repair.clone()).find(|r| !refused.contains(r)) {
        let edited = edited(ctx, &text, &pipeline, &wanted);
        // Whatever the layout was, the difference must be gone.
        let landed = edited.and_then(|(text, note)| {
            let pipeline = read(ctx.project, &text, replaced).ok()?;
            let found = differences(ctx, &pipeline);
            let is_gone = found.iter().all(|d| d.repair.as_ref() != Some(&wanted));
            is_gone.then_some((text, note, pipeline, found))
        });
        match landed {
            Some(landed) => {
                notes.push(landed.1);
                (text, pipeline, found) = (landed.0, landed.2, landed.3);
            }
            None => refused.push(wanted),
        }
    }
    let left = found.into_iter().map(|difference| by_hand(ctx, &text, difference)).collect();
    Ok(Repaired { text, notes, left })
}

fn by_hand(ctx: &Context, text: &str, difference: Difference) -> Error {
    let Some(repair) = difference.repair else { return difference.error };
    let hint = match &repair {
        Repair::Add { stage, list, path } => {
            format!("by hand: add `- {}` to the {list} of `{stage}` in {FILE}", written(ctx, text, path))
        }
        Repair::Remove { stage, path } => format!("by hand: take `{path}` out of the lists of `{stage}` in {FILE}"),
        Repair::Show { plot, path } => {
            format!("by hand: add `{path}: {}` to the `y` of `{}` under `plots` in {FILE}", plot.axes().1, plot.name())
        }
        Repair::Hide { path } => format!("by hand: take `{path}` out of the `plots` in {FILE}"),
        Repair::Watch { stage, file, key } => format!("by hand: add `- {file}: [{key}]` to the params of `{stage}`"),
    };
    Error::usage(difference.error.message()).hint(hint)
}

/// The text with the repair, and a note on it; none where the layout does not allow it.
fn edited(ctx: &Context, text: &str, pipeline: &Pipeline, repair: &Repair) -> Option<(String, String)> {
    let root = yaml::parse(text, FILE).ok()?;
    let stage = match repair {
        Repair::Add { stage, .. } | Repair::Remove { stage, .. } | Repair::Watch { stage, .. } => stage,
        Repair::Show { plot, path } => {
            let edited = plots::show(ctx, text, &root, pipeline, *plot, path)?;
            return Some((edited, format!("{FILE}: plots.{}: added `{}`", plot.name(), written(ctx, text, path))));
        }
        Repair::Hide { path } => {
            let edited = plots::hide(text, &root, pipeline, path)?;
            return Some((edited, format!("{FILE}: plots: removed `{}`", written(ctx, text, path))));
        }
    };
    let stage_node = root.get("stages")?.get(stage)?;
    let body = stage_node.get("do").unwrap_or(stage_node);
    let (edited, told) = match repair {
        // Below another folder, paths are written from there.
        Repair::Add { .. } if body.get("wdir").is_some() => None,
        Repair::Add { list, path, .. } => {
            let path = written(ctx, text, path);
            let (list, edited) = add(text, body, list, &path)?;
            Some((edited, format!("{list}: added `{path}`")))
        }
        Repair::Remove { stage, path } => {
            let (list, edited) = remove(text, body, line_of(pipeline, stage, path)?)?;
            Some((edited, format!("{list}: removed `{path}`")))
        }
        Repair::Watch { file, key, .. } => {
            Some((watch(text, body, file, key)?, format!("params: added `{key}` of {file}")))
        }
        Repair::Show { .. } | Repair::Hide { .. } => None,
    }?;
    Some((edited, format!("{FILE}: stages.{stage}.{told}")))
}

/// The path as dvc.yaml writes its own: with variables, where it uses them.
pub(super) fn written(ctx: &Context, text: &str, path: &str) -> String {
    let main = &ctx.config.main;
    if !text.contains("${config.dataset}") || source_files(ctx).iter().any(|file| file == path) {
        return path.to_owned();
    }
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let dataset = main.dataset.value.as_str();
    let file = match file.strip_prefix(dataset).filter(|rest| rest.starts_with(['_', '-'])) {
        Some(rest) => format!("${{config.dataset}}{rest}"),
        None => file.replacen(&format!("_{dataset}_"), "_${config.dataset}_", 1),
    };
    let file = file.replacen(&format!("_{}.", main.date.value), "_${config.date}.", 1);
    let file = file.replacen(&format!("_v{}.", main.version.value), "_v${config.version}.", 1);
    if folder.is_empty() { file } else { format!("{folder}/{file}") }
}

/// Adds a path behind the last one of its folder and kind, with the same options.
fn add<'a>(text: &str, body: &Node, list: &'a str, path: &str) -> Option<(&'a str, String)> {
    let lists: &[&'a str] = if list == "outs" { &WRITTEN } else { &[list] };
    let like = |item: &Node| path_of(item).is_some_and(|other| kind(other) == kind(path));
    let items = || lists.iter().flat_map(|name| items(body, name).iter().map(move |item| (*name, item)));
    let near = items().rfind(|(_, item)| like(item));
    let path = plain(path);
    let Some((list, sibling)) = near.or_else(|| items().rfind(|(name, _)| *name == list)) else {
        return Some((list, edit::new_list(text, body, "cmd", list, &path)?));
    };
    let options = sibling.as_mapping().filter(|_| near.is_some()).and_then(|entries| entries.first());
    let item = match options.and_then(|(_, options)| flow(options)) {
        Some(options) => format!("{path}: {options}"),
        None => path,
    };
    Some((list, edit::insert_item(text, sibling, &item)?))
}

fn remove<'a>(text: &str, body: &Node, line: usize) -> Option<(&'a str, String)> {
    ["deps", WRITTEN[0], WRITTEN[1], WRITTEN[2]].into_iter().find_map(|list| {
        let items = items(body, list);
        let item = items.iter().find(|item| item.location.line == line)?;
        // An empty list is none that DVC takes.
        (items.len() > 1).then(|| edit::remove_item(text, item)).flatten().map(|text| (list, text))
    })
}

fn watch(text: &str, body: &Node, file: &str, key: &str) -> Option<String> {
    let params = items(body, "params");
    let keys = params.iter().find_map(|item| item.get(file)).and_then(Node::as_sequence);
    if let Some(last) = keys.and_then(<[Node]>::last) {
        return edit::insert_item(text, last, key).or_else(|| {
            let (before, after) = text.split_at_checked(last.span.end)?;
            Some(format!("{before}, {key}{after}"))
        });
    }
    let item = format!("{file}: [{key}]");
    match params.last() {
        Some(last) => edit::insert_item(text, last, &item),
        None => edit::new_list(text, body, "cmd", "params", &item),
    }
}

/// The line on which a path of a stage stands.
fn line_of(pipeline: &Pipeline, stage: &str, path: &str) -> Option<usize> {
    let stages = || pipeline.stages.iter().filter(|s| base(&s.name) == stage);
    let dep = stages().flat_map(|s| &s.deps).find(|dep| dep.path == path).map(|dep| dep.location.line);
    dep.or_else(|| stages().flat_map(|s| &s.outs).find(|out| out.path == path).map(|out| out.location.line))
}

/// The name under which a stage stands in dvc.yaml: without what `foreach` adds.
pub(super) fn base(name: &str) -> &str {
    name.split_once('@').map_or(name, |(base, _)| base)
}

fn items<'a>(body: &'a Node, list: &str) -> &'a [Node] {
    body.get(list).and_then(Node::as_sequence).unwrap_or_default()
}

fn path_of(item: &Node) -> Option<&str> {
    item.as_str().or_else(|| item.as_mapping()?.first()?.0.as_str())
}

/// Folder and ending.
fn kind(path: &str) -> (&str, &str) {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, file.rsplit_once('.').map_or("", |(_, ending)| ending))
}

/// A path as a YAML scalar; `${…}` needs no quotes inside of a block.
fn plain(path: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$' | '{' | '}');
    if path.starts_with(|c: char| c.is_ascii_alphabetic()) && path.chars().all(safe) {
        path.to_owned()
    } else {
        edit::quote(path)
    }
}

/// Options such as `{cache: false}`.
fn flow(options: &Node) -> Option<String> {
    let entries =
        options.as_mapping()?.iter().map(|(key, value)| Some(format!("{}: {}", key.as_str()?, value.to_json())));
    Some(format!("{{{}}}", entries.collect::<Option<Vec<_>>>()?.join(", ")))
}
