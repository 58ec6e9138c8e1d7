//! `--set a.b=c`: values changed in the config files themselves, checked before anything is written.

use std::collections::BTreeMap;

use super::failures::Failures;
use crate::config::{Config, FILES, schemas, shown};
use crate::engine::FILE;
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

/// The config files as they would be after some changes; nothing is written yet.
pub struct Edited<'a> {
    project: &'a Project,
    /// File and new text, of those that change.
    files: Vec<(&'static str, String)>,
    /// Their old texts.
    old: Vec<(&'static str, String)>,
    config: Config,
    /// A line on each change.
    notes: Vec<String>,
}

impl<'a> Edited<'a> {
    /// Changes the texts of the files.
    ///
    /// # Errors
    /// Exit code 2 where the configs would not be valid.
    pub fn of(project: &'a Project, changes: &[Change]) -> Result<Self, Failures> {
        let mut texts: BTreeMap<&'static str, (String, String)> = BTreeMap::new();
        let mut notes = Vec::new();
        for change in changes {
            let Some(file) = FILES.into_iter().find(|name| *name == change.file()) else { continue };
            if !texts.contains_key(file) {
                let text = read(project, file)?;
                texts.insert(file, (text.clone(), text));
            }
            let Some((_, text)) = texts.get_mut(file) else { continue };
            let before = value(text, change)?;
            *text = set(text, change)?;
            let after = value(text, change)?;
            if before != after {
                notes.push(format!("{}: {}: {before} → {after}", shown(file), change.key));
            }
        }
        let texts = texts.into_iter().map(|(file, (old, new))| (file, old, new)).collect();
        Self::checked(project, texts, notes)
    }

    /// Gives a file another text.
    ///
    /// # Errors
    /// As [`Edited::of`], and those of `edit`.
    pub fn by(
        project: &'a Project,
        file: &'static str,
        edit: impl FnOnce(&str) -> Result<String>,
    ) -> Result<Self, Failures> {
        let old = read(project, file)?;
        let new = edit(&old)?;
        Self::checked(project, vec![(file, old, new)], Vec::new())
    }

    /// Of each file its old and its new text.
    fn checked(
        project: &'a Project,
        texts: Vec<(&'static str, String, String)>,
        notes: Vec<String>,
    ) -> Result<Self, Failures> {
        let changed = texts.into_iter().filter(|(_, old, new)| old != new);
        let (old, files): (Vec<_>, Vec<_>) = changed.map(|(file, old, new)| ((file, old), (file, new))).unzip();
        let config = Config::check_with(project, &files).map_err(first)?;
        Failures::none_of(check::configs(&context(project, &config)))?;
        Ok(Self { project, files, old, config, notes })
    }

    /// The old and the new text of a file that changes.
    pub fn text_of(&self, file: &str) -> Option<(&str, &str)> {
        let of = |texts: &'_ [(&'static str, String)]| texts.iter().position(|(name, _)| *name == file);
        Some((self.old.get(of(&self.old)?)?.1.as_str(), self.files.get(of(&self.files)?)?.1.as_str()))
    }

    /// Refuses changes that dvc.yaml does not follow; what it has missed before stands for itself.
    fn check_pipeline(&self) -> Result<(), Failures> {
        let path = self.project.path(FILE);
        if self.files.is_empty() || !path.is_file() {
            return Ok(());
        }
        let text = fs::read_to_string(&path)?;
        let differences = |config: &Config, files: &[(&str, String)]| {
            let pipeline = check::read_pipeline(self.project, &text, files)?;
            Ok::<_, Error>(check::pipeline(&context(self.project, config), &pipeline))
        };
        let before = Config::check(self.project).ok().and_then(|config| differences(&config, &[]).ok());
        let known: Vec<String> = before.iter().flatten().map(|error| error.message().to_owned()).collect();
        let new = differences(&self.config, &self.files)?.into_iter();
        let new: Vec<Error> = new.filter(|error| !known.iter().any(|known| known == error.message())).collect();
        Failures::none_of(new.into_iter().map(with_way_on).collect())
    }

    /// Writes the files.
    fn write(&self) -> Result<()> {
        self.files
            .iter()
            .try_for_each(|(file, text)| fs::atomic_write_bytes(&self.project.path(shown(file)), text.as_bytes()))
    }

    /// Writes the files, and dvc.yaml brought up to date with them; returns a line on each change.
    ///
    /// # Errors
    /// Exit code 2, with nothing written, where dvc.yaml has to be changed by hand.
    pub fn write_with_pipeline(mut self) -> Result<Vec<String>, Failures> {
        let path = self.project.path(FILE);
        if path.is_file() {
            let text = fs::read_to_string(&path)?;
            let repaired = check::repair(&context(self.project, &self.config), &text, &self.files)?;
            Failures::none_of(repaired.left)?;
            self.write()?;
            if repaired.text != text {
                fs::atomic_write_bytes(&path, repaired.text.as_bytes())?;
            }
            self.notes.extend(repaired.notes);
        } else {
            self.write()?;
        }
        Ok(self.notes)
    }
}

fn context<'a>(project: &'a Project, config: &'a Config) -> Context<'a> {
    Context { project, config, observer: &Silent, threads: 1 }
}

fn with_way_on(error: Error) -> Error {
    Error::usage(error.message())
        .hint("nothing was written; `mlops --set … validate --fix` changes the configs and dvc.yaml together")
}

/// Changes the files in place; returns the configs as they are then, and a line on each change.
///
/// # Errors
/// Exit code 2, with nothing written, where the configs would not be valid, or dvc.yaml would not fit them.
pub fn apply(project: &Project, changes: &[Change]) -> Result<(Config, Vec<String>), Failures> {
    let edited = Edited::of(project, changes)?;
    edited.check_pipeline()?;
    edited.write()?;
    Ok((edited.config, edited.notes))
}

/// Sets the value; where a key of the file that it stands below is absent, that comes with it.
fn set(text: &str, change: &Change) -> Result<String> {
    let (file, key, value) = (shown(change.file()), change.key.as_str(), change.value.as_str());
    let parts: Vec<&str> = key.split('.').collect();
    let [_, top, rest @ ..] = parts.as_slice() else { return edit::set(text, &file, key, value) };
    let parent = format!("{}.{top}", change.file());
    let is_key = || {
        let schema = schemas().into_iter().find(|(name, _)| *name == change.file());
        schema.is_some_and(|(_, schema)| schema.pointer(&format!("/properties/{top}")).is_some())
    };
    if rest.is_empty() || yaml::parse(text, &file)?.at(&parent).is_some() || !is_key() {
        return edit::set(text, &file, key, value);
    }
    let below = rest.iter().rev().fold(value.to_owned(), |inner, key| format!("{{{}: {inner}}}", edit::quote(key)));
    edit::set(text, &file, &parent, &below)
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
