//! The run-cache: what every run of a stage has made of what, so that going back runs nothing.
//!
//! Below `runs/` of the cache folder, by a key that says what a run starts from and a value that says what it led to.

use std::path::{Path, PathBuf};

use super::super::definition::{OutKind, Stage};
use super::emitter;
use super::entry::{Entry, string};
use super::python;
use super::read;
use crate::error::Result;
use crate::fs;
use crate::yaml::{Node, Value};

/// What says nothing about content.
const LEFT_OUT: [&str; 2] = ["size", "nfiles"];

/// Whether a run of this stage may be looked up: it has deps or params and outs, every dep is known by
/// its content, and nothing of it persists from run to run.
pub fn restorable(stage: &Stage, entry: &Entry) -> bool {
    let known = entry.deps.iter().all(|dep| dep.fingerprint.is_some());
    let valued = entry.params.iter().all(|(_, values)| !values.is_empty());
    let inputs = !entry.deps.is_empty() || !entry.params.is_empty();
    let outs = !stage.outs.is_empty() && stage.outs.iter().all(|out| !out.persist);
    !stage.always_changed && inputs && known && valued && outs
}

/// Whether a run of this stage is kept: not where a plain out is left to git.
///
/// Metrics and plots with `cache: false` are no hindrance; DVC puts them into the cache as well then.
pub fn savable(stage: &Stage, entry: &Entry) -> bool {
    restorable(stage, entry) && stage.outs.iter().all(|out| out.cache || out.kind != OutKind::Plain)
}

/// What a run starts from: command, deps, params and the paths of its outs.
pub fn key(entry: &Entry) -> String {
    let mut node = entry.to_node();
    let mut paths: Vec<&str> = entry.outs.iter().map(|out| out.path.as_str()).collect();
    paths.sort_unstable();
    let outs = Node::new(Value::Sequence(paths.into_iter().map(string).collect()));
    if let Value::Mapping(entries) = &mut node.value {
        entries.retain(|(key, _)| key.as_str() != Some("outs"));
        entries.push((string("outs"), outs));
    }
    python::sha256(&node, &LEFT_OUT)
}

/// What a run started from and led to.
pub fn value(entry: &Entry) -> String {
    python::sha256(&entry.to_node(), &LEFT_OUT)
}

/// Keeps a run below the cache folder, such as `.dvc/cache`, unless it is there already.
pub fn save(cache: &Path, entry: &Entry) -> Result<()> {
    let (key, value) = (key(entry), value(entry));
    let path = folder(cache, &key).join(value);
    if load_file(&path).is_some() {
        return Ok(());
    }
    // DVC reads whatever lies beside it, so that it is written elsewhere and moved there.
    for parent in [Some(cache), path.parent()].into_iter().flatten() {
        fs::create_dir_all(parent)?;
    }
    fs::Staged::bytes(emitter::document(&entry.to_node()).as_bytes(), cache)?.take_place(&path)
}

/// Runs that started from `key`, the newest first; DVC looks at that one alone. What cannot be read is passed over.
pub fn load(cache: &Path, key: &str) -> Result<Vec<Entry>> {
    let folder = folder(cache, key);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut names: Vec<_> = fs::names_in(&folder)?
        .into_iter()
        .filter_map(|name| Some((fs::modified(&folder.join(&name))?, name)))
        .collect();
    names.sort_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.cmp(second)));
    Ok(names.iter().filter_map(|(_, name)| load_file(&folder.join(name))).collect())
}

fn load_file(path: &Path) -> Option<Entry> {
    let text = String::from_utf8(fs::read(path).ok()?).ok()?;
    read::tree(&text, "run-cache").and_then(|node| read::entry(&node)).ok()
}

fn folder(cache: &Path, key: &str) -> PathBuf {
    cache.join("runs").join(key.get(..2).unwrap_or_default()).join(key)
}
