//! `vars:` of dvc.yaml: files and inline mappings into one scope.

use std::path::Path;

use super::path::below;
use super::template::is_templated;
use super::values;
use crate::error::{Error, Result};
use crate::yaml::{Node, Value};

/// Loaded without being named, as DVC does.
const DEFAULT: &str = "params.yaml";

/// All variables, and the files they come from.
#[derive(Debug, Clone)]
pub(super) struct Vars {
    /// A mapping.
    pub(super) values: Node,
    loaded: Vec<Loaded>,
}

/// A file and those keys of it that were asked for; none where all were.
#[derive(Debug, Clone)]
struct Loaded {
    file: String,
    keys: Option<Vec<String>>,
}

impl Vars {
    /// The variables of a dvc.yaml in `folder` with the given `vars` items.
    pub(super) fn new(root: &Path, folder: &str, items: &[Node]) -> Result<Self> {
        let mut vars = Self { values: Node::empty(), loaded: Vec::new() };
        let file = below(folder, DEFAULT).unwrap_or_default();
        if root.join(&file).exists() {
            vars.load(root, folder, &Node::new(Value::String(DEFAULT.to_owned())), DEFAULT)?;
        }
        vars.add(root, folder, items, &[])?;
        Ok(vars)
    }

    /// These and those of one stage that works in `wdir`; none of them may be `reserved`.
    pub(super) fn and(&self, root: &Path, wdir: &str, items: &[Node], reserved: &[&str]) -> Result<Self> {
        let mut vars = self.clone();
        vars.add(root, wdir, items, reserved)?;
        Ok(vars)
    }

    fn add(&mut self, root: &Path, folder: &str, items: &[Node], reserved: &[&str]) -> Result<()> {
        for item in items {
            refuse_templates(item)?;
            let added = match &item.value {
                Value::String(text) => self.load(root, folder, item, text)?,
                Value::Mapping(entries) => {
                    values::check_dates(item)?;
                    let names = entries.iter().filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect();
                    self.merge(item.clone())?;
                    names
                }
                _ => return Err(item.error(format!("expected a file or a mapping, found {}", item.describe()))),
            };
            if let Some(name) = added.iter().find(|name| reserved.contains(&name.as_str())) {
                return Err(item
                    .error(format!("`{name}` is what `foreach` and `matrix` bring"))
                    .hint("give the variable another name"));
            }
        }
        Ok(())
    }

    /// Reads `file` or `file:key,key`; gives the names of what came.
    fn load(&mut self, root: &Path, folder: &str, item: &Node, text: &str) -> Result<Vec<String>> {
        let (file, keys) = text.split_once(':').unwrap_or((text, ""));
        let keys: Vec<String> = keys.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
        let Some(file) = below(folder, file).filter(|file| !file.is_empty()) else {
            return Err(item.error(format!("`{file}` is no file of the project")));
        };
        if let Some(before) = self.loaded.iter().find(|loaded| loaded.file == file) {
            match &before.keys {
                None if keys.is_empty() => return Ok(Vec::new()),
                None => return Err(item.error(format!("all of `{file}` is loaded already"))),
                Some(some) if keys.is_empty() || keys.iter().any(|key| some.contains(key)) => {
                    return Err(item.error(format!("`{file}` is loaded in part already")));
                }
                Some(_) => {}
            }
        }
        let values = selected(root, item, &file, &keys)?;
        values::check_dates(&values)?;
        let entries = values.as_mapping().unwrap_or_default();
        let names = entries.iter().filter_map(|(key, _)| key.as_str().map(str::to_owned)).collect();
        self.merge(values)?;
        self.loaded.push(Loaded { file, keys: (!keys.is_empty()).then_some(keys) });
        Ok(names)
    }

    fn merge(&mut self, values: Node) -> Result<()> {
        match &mut self.values.value {
            Value::Mapping(all) => merge(all, values),
            _ => Err(values.error("expected a mapping")),
        }
    }
}

fn selected(root: &Path, item: &Node, file: &str, keys: &[String]) -> Result<Node> {
    let path = root.join(file);
    if !path.is_file() {
        let what = if path.is_dir() { "is a folder" } else { "does not exist" };
        return Err(item.error(format!("the file `{file}` {what}")));
    }
    let mut values = values::read(&path, file)?;
    let Value::Mapping(entries) = &mut values.value else { return Err(values.error("expected a mapping")) };
    if let Some(missing) = keys.iter().find(|key| !entries.iter().any(|(k, _)| k.as_str() == Some(key.as_str()))) {
        return Err(item.error(format!("`{file}` has no key `{missing}`")));
    }
    if !keys.is_empty() {
        entries.retain(|(key, _)| key.as_str().is_some_and(|key| keys.iter().any(|k| k == key)));
    }
    Ok(values)
}

fn refuse_templates(node: &Node) -> Result<()> {
    match &node.value {
        Value::String(text) if is_templated(text) => {
            Err(node.error("a template cannot stand in `vars`").hint("it is what templates are made of"))
        }
        Value::Sequence(items) => items.iter().try_for_each(refuse_templates),
        Value::Mapping(entries) => entries.iter().try_for_each(|(key, value)| {
            refuse_templates(key)?;
            refuse_templates(value)
        }),
        _ => Ok(()),
    }
}

/// Mappings of the same name are merged, as DVC does; anything else may stand in one place alone.
fn merge(all: &mut Vec<(Node, Node)>, values: Node) -> Result<()> {
    let Value::Mapping(entries) = values.value else { return Err(values.error("expected a mapping")) };
    // Where nothing can clash, large files need no search.
    if all.is_empty() {
        *all = entries;
        return Ok(());
    }
    for (key, value) in entries {
        let Some((first, old)) = all.iter_mut().find(|(k, _)| k == &key) else {
            all.push((key, value));
            continue;
        };
        match (&mut old.value, &value.value) {
            (Value::Mapping(inner), Value::Mapping(_)) => merge(inner, value)?,
            _ => {
                let name = key.as_str().unwrap_or_default();
                return Err(Error::usage(format!(
                    "{}: the variable stands twice, first at {}",
                    key.location, first.location
                ))
                .hint(format!("rename `{name}` in one of the files, or take it from one alone, as `file:key,key`")));
            }
        }
    }
    Ok(())
}
