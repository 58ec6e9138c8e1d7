//! The records of a project: listing them, finding one, removing the oldest.

use std::path::{Path, PathBuf};

use super::Record;
use crate::error::{Error, Result};
use crate::fs;

/// Records of a project, relative to its folder.
const FOLDER: &str = ".mlops/runs";
/// As many stay.
const KEPT: usize = 1000;

/// The records of a project.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that could be read, the latest first.
    pub records: Vec<Record>,
    /// Why others could not.
    pub broken: Vec<Error>,
}

/// The latest `most` records of the project in `root`, and those among them that cannot be read.
///
/// # Errors
/// Exit code 1 where the folder cannot be listed.
pub fn list(root: &Path, most: usize) -> Result<Listing> {
    let folder = folder(root);
    let mut listing = Listing::default();
    for id in ids(&folder)?.iter().rev() {
        if listing.records.len() == most {
            break;
        }
        match read(&folder, id) {
            Ok(record) => listing.records.push(record),
            Err(error) => listing.broken.push(error),
        }
    }
    Ok(listing)
}

/// The record whose id begins with `prefix`; `latest` is the last one.
///
/// # Errors
/// Exit code 2 where there is none or more than one, 1 where it cannot be read.
pub fn load(root: &Path, prefix: &str) -> Result<Record> {
    let folder = folder(root);
    let ids = ids(&folder)?;
    if ids.is_empty() {
        return Err(Error::usage("no run is recorded in this project").hint("`mlops run-all` makes one"));
    }
    if prefix == "latest" {
        return ids.last().map_or_else(|| Err(Error::usage("no run is recorded")), |id| read(&folder, id));
    }
    let found: Vec<&String> = ids.iter().filter(|id| id.starts_with(prefix)).collect();
    match found.as_slice() {
        [id] => read(&folder, id),
        [] => Err(Error::usage(format!("no run `{prefix}` is recorded")).hint("`mlops runs` lists them")),
        // An id may begin with another one.
        several => match several.iter().find(|id| id.as_str() == prefix) {
            Some(id) => read(&folder, id),
            None => Err(Error::usage(format!("{} runs begin with `{prefix}`", several.len()))
                .hint(format!("give more of the id, such as `{}`", several.last().map_or("", |id| id.as_str())))),
        },
    }
}

pub(super) fn folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}

/// `wanted`, or with a number behind it where that is taken.
pub(super) fn free_id(folder: &Path, wanted: &str) -> String {
    let taken = |id: &String| folder.join(format!("{id}.json")).exists();
    std::iter::once(wanted.to_owned())
        .chain((2..).map(|number| format!("{wanted}-{number}")))
        .find(|id| !taken(id))
        .unwrap_or_else(|| wanted.to_owned())
}

/// Makes room for one more; what cannot be removed stays.
pub(super) fn prune(folder: &Path) {
    let Ok(ids) = ids(folder) else { return };
    for id in ids.iter().take((ids.len() + 1).saturating_sub(KEPT)) {
        if let Err(error) = fs::remove(&folder.join(format!("{id}.json"))) {
            tracing::warn!("{error}");
        }
    }
}

/// All ids, the oldest first.
fn ids(folder: &Path) -> Result<Vec<String>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let names = fs::names_in(folder)?;
    let stem = |name: &String| name.strip_suffix(".json").filter(|id| !id.starts_with('.')).map(str::to_owned);
    let mut ids: Vec<String> = names.iter().filter_map(stem).collect();
    ids.sort_unstable();
    Ok(ids)
}

fn read(folder: &Path, id: &str) -> Result<Record> {
    let path = folder.join(format!("{id}.json"));
    let shown = format!("{FOLDER}/{id}.json");
    let record: Record = serde_json::from_slice(&fs::read(&path)?).map_err(|e| {
        let at = format!("{shown}:{}:{}", e.line(), e.column());
        Error::failure(format!("{at}: not the record of a run"))
            .hint("it takes part in nothing; remove the file")
            .because(e)
    })?;
    Ok(Record { id: id.to_owned(), ..record })
}
