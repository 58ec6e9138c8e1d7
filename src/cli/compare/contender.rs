//! What a word on the command line names: a model file, a version, an algorithm or a git revision.

use std::path::Path;

use super::super::session::Session;
use crate::engine::diff::{Snapshot, WORKSPACE};
use crate::error::{Error, Result, suggest};
use crate::fs;
use crate::models;
use crate::package::comparison::Contender;
use crate::package::evaluation::Evaluation;
use crate::package::{Info, ModelPackage};
use crate::project::Names;
use crate::yaml;

/// A contender and what it is called.
pub struct Named {
    /// Such as `xgb_wine_v1 at main`.
    pub label: String,
    /// The model.
    pub contender: Contender,
    /// What could not be found of it.
    pub notes: Vec<String>,
}

/// Finds what `word` names.
///
/// # Errors
/// Exit code 2 for what names nothing, 3 for files that are damaged.
pub fn find(session: &Session, word: &str) -> Result<Named> {
    let path = session.resolve(Path::new(word));
    let path = if path.is_file() { path } else { session.project.path(word) };
    if path.is_file() {
        return of_file(session, &path, word);
    }
    if is_algorithm(word) {
        return of_place(session, Some(word), WORKSPACE, None);
    }
    let (algorithm, place) = match word.split_once('@') {
        Some((algorithm, place)) if is_algorithm(algorithm) => (Some(algorithm), place),
        _ => (None, word),
    };
    match version(place) {
        Some(version) if is_version(session, version) => of_place(session, algorithm, WORKSPACE, Some(version)),
        found => of_place(session, algorithm, place, None).map_err(|error| match found {
            Some(version) => no_version(session, version),
            None => unknown(session, word, error),
        }),
    }
}

fn is_algorithm(word: &str) -> bool {
    models::REGISTRY.iter().any(|entry| entry.name == word)
}

/// `3` or `v3`
fn version(word: &str) -> Option<u32> {
    let digits = word.strip_prefix('v').unwrap_or(word);
    digits.parse().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()))
}

fn of_version(session: &Session, version: u32) -> Names {
    Names { version, ..session.config.names() }
}

/// Whether the folder has the evaluation of a version.
fn is_version(session: &Session, version: u32) -> bool {
    session.project.path(of_version(session, version).evaluation()).is_file()
}

/// Versions whose evaluation is in the folder, in order.
fn versions(session: &Session) -> Vec<u32> {
    let names = fs::names_in(&session.project.path("reports/metrics")).unwrap_or_default();
    let start = format!("evaluation_{}_v", session.config.main.dataset.value);
    let number = |name: &String| name.strip_prefix(&start)?.strip_suffix(".json")?.parse().ok();
    let mut versions: Vec<u32> = names.iter().filter_map(number).collect();
    versions.sort_unstable();
    versions
}

fn no_version(session: &Session, version: u32) -> Error {
    let there: Vec<String> = versions(session).iter().map(ToString::to_string).collect();
    let hint = if there.is_empty() {
        "there is no evaluation yet; `mlops run-all` makes one".to_owned()
    } else {
        format!("versions with an evaluation: {}; `mlops checkout` brings others back from the cache", there.join(", "))
    };
    Error::usage(format!("version {version} is not here: no `{}`", of_version(session, version).evaluation()))
        .hint(hint)
}

/// What a word may have been meant as.
fn unknown(session: &Session, word: &str, error: Error) -> Error {
    let is_revision_missing = error.message().contains("does not exist in this repository");
    let has_no_git = error.message().contains("git");
    if !is_revision_missing && !has_no_git {
        return error;
    }
    let mut candidates: Vec<String> =
        session.config.train.algorithms.iter().filter_map(|a| a.name.as_str().map(str::to_owned)).collect();
    candidates.extend(versions(session).iter().map(|version| format!("v{version}")));
    let mut files = fs::names_in(&session.project.path("models")).unwrap_or_default();
    files.retain(|name| name.ends_with(".bin"));
    files.sort();
    candidates.extend(files.iter().map(|name| format!("models/{name}")));
    candidates.push(WORKSPACE.to_owned());
    Error::usage(format!("`{word}` is no model file, version, algorithm or revision")).maybe_hint(suggest(
        word,
        "names",
        &candidates,
    ))
}

/// A model file, with the evaluation that it is part of where that is at hand.
fn of_file(session: &Session, path: &Path, shown: &str) -> Result<Named> {
    let (info, _) = ModelPackage::inspect(&fs::read(path)?, shown)?;
    let names = Names { dataset: info.dataset.clone(), version: info.version, ..session.config.names() };
    let evaluation = session.project.path(names.evaluation());
    let mut notes = Vec::new();
    let mut found = None;
    if evaluation.is_file() {
        let read = Evaluation::from_bytes(&fs::read(&evaluation)?, &names.evaluation())?;
        // An evaluation of another training of the same name says nothing of this file.
        let is_of_it = read.models.get(&info.algorithm).is_some_and(|one| one.out_of_fold == info.out_of_fold);
        found = is_of_it.then_some(read);
    }
    if found.is_none() {
        notes.push(format!("`{}` has no metrics of `{shown}` on test rows", names.evaluation()));
    }
    let contender = Contender { algorithm: info.algorithm.clone(), info: Some(info), evaluation: found };
    Ok(Named { label: shown.to_owned(), contender, notes })
}

/// A model of a revision or of the folder as it stands: the champion where no algorithm is named.
fn of_place(session: &Session, algorithm: Option<&str>, place: &str, version: Option<u32>) -> Result<Named> {
    let snapshot = Snapshot::open(session.project.root(), place)?;
    let names = match version {
        Some(version) => of_version(session, version),
        None => names_at(&snapshot, session)?,
    };
    let path = names.evaluation();
    let bytes = snapshot.file(&path)?.ok_or_else(|| {
        let place = if place == WORKSPACE { "the folder".to_owned() } else { format!("revision `{place}`") };
        Error::usage(format!("`{path}` is neither in {place} nor in DVC's cache"))
            .hint("run `mlops evaluate`, or bring it with `dvc fetch` and `mlops checkout`")
    })?;
    let evaluation = Evaluation::from_bytes(&bytes, &path)?;
    let algorithm = algorithm.unwrap_or(&evaluation.champion).to_owned();
    if !evaluation.models.contains_key(&algorithm) {
        let there: Vec<&String> = evaluation.models.keys().collect();
        return Err(Error::usage(format!("`{path}` has no model of `{algorithm}`")).maybe_hint(suggest(
            &algorithm,
            "algorithms",
            &there,
        )));
    }
    let model = names.model(&algorithm);
    let mut notes = Vec::new();
    let info = match snapshot.file(&model)? {
        Some(bytes) => Some(info(&bytes, &model)?),
        None => {
            notes.push(format!("`{model}` is not at hand, so its parameters are not compared"));
            None
        }
    };
    let at = if place == WORKSPACE { String::new() } else { format!(" at {place}") };
    let label = format!("{algorithm}_{}_v{}{at}", names.dataset, names.version);
    Ok(Named { label, contender: Contender { algorithm, info, evaluation: Some(evaluation) }, notes })
}

fn info(bytes: &[u8], shown: &str) -> Result<Info> {
    ModelPackage::inspect(bytes, shown).map(|(info, _)| info)
}

/// Dataset and version as the configs of a revision have them.
fn names_at(snapshot: &Snapshot, session: &Session) -> Result<Names> {
    const CONFIG: &str = "configs/config.yaml";
    let own = session.config.names();
    let Some(bytes) = snapshot.file(CONFIG)? else {
        return Err(Error::usage(format!("there is no `{CONFIG}` at that revision")));
    };
    let node = yaml::parse(&String::from_utf8_lossy(&bytes), CONFIG)?;
    let dataset = node.at("config.dataset").and_then(|dataset| dataset.as_str()).unwrap_or(&own.dataset).to_owned();
    let version = match node.at("config.version").map(|version| &version.value) {
        Some(yaml::Value::Integer(version)) => u32::try_from(*version).unwrap_or(own.version),
        _ => own.version,
    };
    Ok(Names { dataset, version, ..own })
}
