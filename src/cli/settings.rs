//! `--set a.b=c`: values changed in the config files themselves, checked before anything is written.

use std::collections::BTreeMap;

use super::failures::Failures;
use crate::config::{Config, FILES, shown};
use crate::error::{Error, Result, suggest};
use crate::event::Silent;
use crate::fs;
use crate::project::Project;
use crate::stages::{Context, check};
use crate::yaml::{self, edit};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Dotted, from the root key on, such as `train.folds`.
    pub key: String,
    /// As YAML.
    pub value: String,
}

impl Change {
    fn file(&self) -> &str {
        self.key.split('.').next().unwrap_or_default()
    }
}

/// Reads the `KEY=VALUE`s.
///
/// # Errors
/// Exit code 2 for one without `=` or whose first key is no config file.
pub fn parse(set: &[String]) -> Result<Vec<Change>> {
    set.iter().map(|text| parse_one(text)).collect()
}

fn parse_one(text: &str) -> Result<Change> {
    let (key, value) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty()).ok_or_else(|| {
        Error::usage(format!("`--set {text}` is not KEY=VALUE")).hint("write it such as `--set train.folds=3`")
    })?;
    let change = Change { key: key.trim().to_owned(), value: value.to_owned() };
    if !FILES.contains(&change.file()) {
        return Err(Error::usage(format!("`--set {text}`: no config file `{}`", change.file())).maybe_hint(suggest(
            change.file(),
            "the first key is one of",
            &FILES,
        )));
    }
    if change.key == change.file() || change.key.split('.').any(str::is_empty) {
        return Err(Error::usage(format!("`--set {text}`: `{}` names no value", change.key))
            .hint("write the whole path, such as `train.folds`"));
    }
    Ok(change)
}

/// Changes the files in place; returns the configs as they are then, and a line on each change.
///
/// # Errors
/// Exit code 2, with nothing written, where the configs would not be valid.
pub fn apply(project: &Project, changes: &[Change]) -> Result<(Config, Vec<String>), Failures> {
    let mut texts: BTreeMap<&str, (String, String)> = BTreeMap::new();
    let mut notes = Vec::new();
    for change in changes {
        let file = change.file();
        if !texts.contains_key(file) {
            let text = read(project, file)?;
            texts.insert(file, (text.clone(), text));
        }
        let Some((_, text)) = texts.get_mut(file) else { continue };
        let before = value(text, change)?;
        *text = edit::set(text, &shown(file), &change.key, &change.value)?;
        let after = value(text, change)?;
        if before != after {
            notes.push(format!("{}: {}: {before} → {after}", shown(file), change.key));
        }
    }
    let changed: Vec<(&str, String)> =
        texts.into_iter().filter(|(_, (old, new))| old != new).map(|(file, (_, new))| (file, new)).collect();
    let config = Config::check_with(project, &changed).map_err(first)?;
    let ctx = Context { project, config: &config, observer: &Silent, threads: 1 };
    Failures::none_of(check::configs(&ctx))?;
    for (file, text) in &changed {
        fs::atomic_write_bytes(&project.path(shown(file)), text.as_bytes())?;
    }
    Ok((config, notes))
}

fn first(errors: Vec<Error>) -> Failures {
    Failures::none_of(errors).err().unwrap_or_else(|| Error::usage("the configs would not be valid").into())
}

/// A file's text; a file that is not there yet starts empty.
fn read(project: &Project, file: &str) -> Result<String> {
    let path = project.path(shown(file));
    if path.exists() { fs::read_to_string(&path) } else { Ok(format!("{file}: {{}}\n")) }
}

/// The value in the text, in one line.
fn value(text: &str, change: &Change) -> Result<String> {
    let root = yaml::parse(text, &shown(change.file()))?;
    Ok(root.at(&change.key).map_or_else(|| "default".to_owned(), |node| node.to_json().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_name_a_file_a_key_and_a_value() {
        assert_eq!(parse_one("train.folds=3").unwrap(), Change { key: "train.folds".into(), value: "3".into() });
        assert_eq!(parse_one("clean.missing=[a=b]").unwrap().value, "[a=b]");
        for (text, expected) in [
            ("train.folds", "`--set train.folds` is not KEY=VALUE"),
            ("=3", "`--set =3` is not KEY=VALUE"),
            ("trian.folds=3", "`--set trian.folds=3`: no config file `trian`"),
            ("train=3", "`--set train=3`: `train` names no value"),
            ("train..x=3", "`--set train..x=3`: `train..x` names no value"),
        ] {
            assert_eq!(parse_one(text).unwrap_err().message(), expected);
        }
    }
}
