//! `vars:` of dvc.yaml: files and inline mappings into one scope.

use std::path::Path;

use super::template::Scope;
use crate::error::{Error, Result};
use crate::yaml::{self, Node, Value};

/// Loaded without being named, as DVC does.
const DEFAULT: &str = "params.yaml";

/// The scope of a dvc.yaml in `root` with the given `vars` items.
pub(super) fn scope(root: &Path, vars: &[Node]) -> Result<Scope> {
    let mut all: Vec<(Node, Node)> = Vec::new();
    let named = vars.iter().any(|item| item.as_str().is_some_and(|file| split(file).0 == DEFAULT));
    if !named && root.join(DEFAULT).is_file() {
        merge(&mut all, yaml::read(&root.join(DEFAULT), DEFAULT)?)?;
    }
    for item in vars {
        let values = match &item.value {
            Value::String(file) => load(root, item, file)?,
            Value::Mapping(_) => item.clone(),
            _ => return Err(item.error(format!("expected a file or a mapping, found {}", item.describe()))),
        };
        merge(&mut all, values)?;
    }
    Ok(Scope::new(Node::new(Value::Mapping(all))))
}

/// `file:key,key` takes those keys alone.
fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(file, keys)| (file, Some(keys)))
}

fn load(root: &Path, item: &Node, text: &str) -> Result<Node> {
    let (file, keys) = split(text);
    if !file.ends_with(".yaml") && !file.ends_with(".yml") && !file.ends_with(".json") {
        return Err(item.error(format!("`{file}` is neither YAML nor JSON")).hint("move the variables to a YAML file"));
    }
    let path = root.join(file);
    if !path.is_file() {
        return Err(item.error(format!("the file `{file}` does not exist")));
    }
    let mut values = yaml::read(&path, file)?;
    match (&mut values.value, keys) {
        (Value::Mapping(entries), Some(keys)) => {
            let keys: Vec<&str> = keys.split(',').map(str::trim).collect();
            if let Some(missing) = keys.iter().find(|key| !entries.iter().any(|(k, _)| k.as_str() == Some(key))) {
                return Err(item.error(format!("`{file}` has no key `{missing}`")));
            }
            entries.retain(|(key, _)| key.as_str().is_some_and(|key| keys.contains(&key)));
        }
        (Value::Mapping(_), None) => {}
        (Value::Null, None) => values = Node::empty(),
        _ => return Err(values.error("expected a mapping")),
    }
    Ok(values)
}

/// Mappings of the same name are merged, as DVC does; anything else may stand in one place alone.
fn merge(all: &mut Vec<(Node, Node)>, values: Node) -> Result<()> {
    let Value::Mapping(entries) = values.value else { return Err(values.error("expected a mapping")) };
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
