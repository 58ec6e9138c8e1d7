//! A definition of dvc.yaml to its stages: one, or one for each item of `foreach` or `matrix`.

use std::path::Path;

use serde::Deserialize;

use super::expression::{Parsing, is_text, python, scalar};
use super::merge::Vars;
use super::stage::Stage;
use super::template::{Scope, is_templated};
use crate::error::Result;
use crate::yaml::{Node, Value};

/// More combinations than that are a mistake.
const MOST: usize = 100_000;

/// Makes stages of definitions.
pub(super) struct Expander<'a> {
    pub(super) root: &'a Path,
    /// Folder of the dvc.yaml.
    pub(super) folder: &'a str,
    pub(super) vars: &'a Vars,
    pub(super) parsing: Parsing,
}

/// The name of an item and the variables it brings.
type Item = (String, Vec<(&'static str, Node)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Foreach {
    foreach: Node,
    r#do: Node,
}

impl Expander<'_> {
    /// The stages of the definition called `name`.
    ///
    /// # Errors
    /// Exit code 2, pointing at what is wrong.
    pub(super) fn stages(&self, name: &Node, definition: &Node, stages: &mut Vec<Stage>) -> Result<()> {
        let base = name.as_str().unwrap_or_default();
        let scope = Scope::new(&self.vars.values, self.parsing);
        let has = |key: &str| definition.get(key).is_some();
        let (items, template) = if has("foreach") || has("do") {
            let keys: Foreach = definition.to()?;
            (foreach(&keys.foreach, &scope.data(&keys.foreach)?)?, keys.r#do)
        } else if let Some(over) = definition.get("matrix") {
            (matrix(over, &scope)?, without(definition, "matrix"))
        } else {
            check_name(name)?;
            Stage::check(definition)?;
            stages.push(self.stage(base.to_owned(), definition, &[])?);
            return Ok(());
        };
        check_name(name)?;
        Stage::check(&template)?;
        for (label, own) in items {
            stages.push(self.stage(format!("{base}@{label}"), &template, &own)?);
        }
        Ok(())
    }

    fn stage(&self, name: String, template: &Node, own: &[(&'static str, Node)]) -> Result<Stage> {
        let scope = Scope::new(&self.vars.values, self.parsing).with(own);
        let Some(items) = template.get("vars") else {
            return Stage::read(self.root, self.folder, name, &scope.definition(template)?);
        };
        let items = items.as_sequence().ok_or_else(|| items.error("expected a list of files and mappings"))?;
        // Their files are relative to the folder of the stage, which they cannot name themselves.
        let wdir = template.get("wdir").map(|wdir| scope.definition(wdir)).transpose()?;
        let wdir = Stage::wdir(self.folder, wdir.as_ref())?;
        let reserved: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
        let vars = self.vars.and(self.root, &wdir, items, &reserved)?;
        let scope = Scope::new(&vars.values, self.parsing).with(own);
        Stage::read(self.root, self.folder, name, &scope.definition(&without(template, "vars"))?)
    }
}

fn without(definition: &Node, left_out: &str) -> Node {
    let entries = definition.as_mapping().unwrap_or_default().iter();
    let kept = entries.filter(|(key, _)| key.as_str() != Some(left_out)).cloned().collect();
    definition.with(Value::Mapping(kept))
}

fn check_name(name: &Node) -> Result<()> {
    let text = name.as_str().unwrap_or_default();
    if !is_text(name) {
        return Err(name.error(format!("the stage name `{text}` is a number, not a text")).hint("put it in quotes"));
    }
    if text.is_empty() || text.contains(['@', '/', '$', '#', ':', '\\', '\n']) {
        return Err(name.error("a stage name holds letters, digits, `-` and `_`"));
    }
    Ok(())
}

fn foreach(raw: &Node, over: &Node) -> Result<Vec<Item>> {
    // DVC writes truth values of variables as Python does, and those of dvc.yaml itself as YAML.
    let variable = raw.as_str().is_some();
    let items = match &over.value {
        Value::Sequence(list) => {
            let composite = list.iter().any(|item| scalar(item).is_none());
            let raw = raw.as_sequence();
            let item = |(at, item): (usize, &Node)| {
                let variable = variable || raw.and_then(|raw| raw.get(at)).is_some_and(is_variable);
                let label = if composite { at.to_string() } else { fragment(item, variable).unwrap_or_default() };
                (label, vec![("item", item.clone())])
            };
            list.iter().enumerate().map(item).collect()
        }
        Value::Mapping(entries) => {
            if let Some((key, _)) = entries.iter().find(|(key, _)| variable && !is_text(key)) {
                return Err(raw
                    .error(format!("the key at {} is a number, which DVC leaves out", key.location))
                    .hint("put it in quotes there"));
            }
            let item = |(key, item): &(Node, Node)| {
                let label = key.as_str().unwrap_or_default().to_owned();
                (label, vec![("key", key.clone()), ("item", item.clone())])
            };
            entries.iter().map(item).collect()
        }
        _ => return Err(over.error(format!("expected a list or a mapping to go over, found {}", over.describe()))),
    };
    Ok(distinct(items))
}

/// One value of each list of a `matrix`.
#[derive(Clone, Default)]
struct Combination {
    labels: Vec<String>,
    entries: Vec<(Node, Node)>,
}

/// Every combination, the last list going round fastest.
fn matrix(raw: &Node, scope: &Scope) -> Result<Vec<Item>> {
    let over = scope.data(raw)?;
    let axes = over.as_mapping().filter(|axes| !axes.is_empty()).ok_or_else(|| {
        over.error(format!("expected a mapping of lists to combine, found {}", over.describe()))
            .hint("write `matrix: {model: [rf, xgb], seed: [1, 2]}`")
    })?;
    let mut combinations = vec![Combination::default()];
    for ((name, list), (_, raw)) in axes.iter().zip(raw.as_mapping().unwrap_or_default()) {
        let values = list
            .as_sequence()
            .ok_or_else(|| list.error(format!("expected a list to combine, found {}", list.describe())))?;
        if combinations.len().saturating_mul(values.len()) > MOST {
            return Err(list.error(format!("more than {MOST} combinations")));
        }
        let labels = labels(name.as_str().unwrap_or_default(), values, raw.as_sequence());
        let longer = |before: &Combination| {
            let mut all = vec![before.clone(); values.len()];
            for ((combination, label), value) in all.iter_mut().zip(&labels).zip(values) {
                combination.labels.push(label.clone());
                combination.entries.push((name.clone(), value.clone()));
            }
            all
        };
        combinations = combinations.iter().flat_map(longer).collect();
    }
    let item = |Combination { labels, entries }: Combination| {
        let label = labels.join("-");
        let key = over.with(Value::String(label.clone()));
        let item = over.with(Value::Mapping(entries));
        (label, vec![("key", key), ("item", item)])
    };
    Ok(distinct(combinations.into_iter().map(item).collect()))
}

/// What each value of one list adds to the name; lists and mappings are numbered.
fn labels(name: &str, values: &[Node], raw: Option<&[Node]>) -> Vec<String> {
    let label = |(at, value): (usize, &Node)| {
        let literal = raw.and_then(|raw| raw.get(at)).is_some_and(|raw| !is_variable(raw));
        fragment(value, !literal).unwrap_or_else(|| format!("{name}{at}"))
    };
    values.iter().enumerate().map(label).collect()
}

/// Whether a text is a template and nothing else, so that it stands for a variable.
fn is_variable(raw: &Node) -> bool {
    raw.as_str()
        .is_some_and(|text| is_templated(text) && text.starts_with("${") && text.find('}') == Some(text.len() - 1))
}

fn fragment(value: &Node, variable: bool) -> Option<String> {
    if variable { python(value) } else { scalar(value) }
}

/// Of items of one name, DVC takes the last, in the place of the first.
fn distinct(items: Vec<Item>) -> Vec<Item> {
    let mut places = std::collections::HashMap::new();
    let mut result: Vec<Item> = Vec::with_capacity(items.len());
    for item in items {
        match places.get(&item.0) {
            Some(&at) => result[at] = item,
            None => {
                places.insert(item.0.clone(), result.len());
                result.push(item);
            }
        }
    }
    result
}
