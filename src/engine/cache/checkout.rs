//! Bringing back from the cache what a path held.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::hash::{Content, Hasher};
use super::listing::Listing;
use super::md5::Md5;
use super::objects::Objects;
use super::spread;
use crate::engine::fingerprint::Fingerprint;
use crate::error::{Error, Result};
use crate::fs::{self, Staged};

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Checkout {
    /// It was there already.
    Unchanged,
    /// So many files were written or removed.
    Restored(usize),
    /// These objects are not in the cache, and nothing was touched; or they turned out to be damaged on the way.
    Missing(Vec<String>),
    /// These files would be lost, whose content the cache does not hold; nothing was touched.
    Uncached(Vec<PathBuf>),
}

/// Makes a path hold `content`. Files take their place whole; those of a folder that are right already stay, those
/// that are not in it go. Unless `force`, nothing is overwritten or removed that the cache does not hold.
pub fn checkout(
    objects: &Objects,
    hasher: &Hasher,
    path: &Path,
    content: &Fingerprint,
    force: bool,
) -> Result<Checkout> {
    let path = hasher.root().join(path);
    let now = hasher.content(&path)?;
    if now.as_ref().is_some_and(|now| now.fingerprint.md5 == content.md5) {
        if content.isexec && !now.is_some_and(|now| now.fingerprint.isexec) {
            make_executable(&path)?;
        }
        return Ok(Checkout::Unchanged);
    }
    let missing = objects.missing(content)?;
    if !missing.is_empty() {
        return Ok(Checkout::Missing(missing));
    }
    let files = wanted(objects, content)?;
    let standing = standing(now.as_ref());
    let change = Change::between(&standing, &files);
    if !force {
        let uncached = change.uncached(objects, &path, &standing)?;
        if !uncached.is_empty() {
            return Ok(Checkout::Uncached(uncached));
        }
    }
    make_room(&path, content.is_folder(), &change)?;
    let restore = |(name, md5): &(String, Md5)| restore(objects, &below(&path, name), *md5, content.isexec);
    let damaged: BTreeSet<String> =
        spread::map(change.written.iter().collect(), 1, restore)?.into_iter().flatten().collect();
    if !damaged.is_empty() {
        return Ok(Checkout::Missing(damaged.into_iter().collect()));
    }
    Ok(Checkout::Restored(change.written.len() + change.removed.len()))
}

/// Files by name; a file by itself has an empty one.
type Files = BTreeMap<String, Md5>;

fn wanted(objects: &Objects, content: &Fingerprint) -> Result<Files> {
    if !content.is_folder() {
        return Ok(Md5::parse(&content.md5).map(|md5| (String::new(), md5)).into_iter().collect());
    }
    let listing = objects.listing(&content.md5)?;
    let listing = listing.ok_or_else(|| Error::failure(format!("the object `{}` has gone", content.md5)))?;
    Ok(of(&listing))
}

fn standing(now: Option<&Content>) -> Files {
    match now {
        Some(Content { listing: Some(listing), .. }) => of(listing),
        Some(now) => Md5::parse(&now.fingerprint.md5).map(|md5| (String::new(), md5)).into_iter().collect(),
        None => Files::new(),
    }
}

fn of(listing: &Listing) -> Files {
    listing.files().iter().cloned().collect()
}

struct Change {
    written: Vec<(String, Md5)>,
    removed: Vec<String>,
}

impl Change {
    fn between(standing: &Files, wanted: &Files) -> Self {
        let written = wanted.iter().filter(|(name, md5)| standing.get(*name) != Some(*md5));
        Self {
            written: written.map(|(name, md5)| (name.clone(), *md5)).collect(),
            removed: standing.keys().filter(|name| !wanted.contains_key(*name)).cloned().collect(),
        }
    }

    fn uncached(&self, objects: &Objects, path: &Path, standing: &Files) -> Result<Vec<PathBuf>> {
        let mut lost = Vec::new();
        for name in self.removed.iter().chain(self.written.iter().map(|(name, _)| name)) {
            let Some(md5) = standing.get(name) else { continue };
            let content = Fingerprint { md5: md5.to_string(), size: None, nfiles: None, isexec: false };
            if !objects.holds(&content)? {
                lost.push(below(path, name));
            }
        }
        Ok(lost)
    }
}

/// Removes what must go, and makes the folders for what comes.
fn make_room(path: &Path, folder: bool, change: &Change) -> Result<()> {
    for name in &change.removed {
        fs::remove(&below(path, name))?;
    }
    if folder {
        fs::create_dir_all(path)?;
    }
    let mut made = BTreeSet::new();
    for (name, _) in &change.written {
        let file = below(path, name);
        if let Some(parent) = file.parent().filter(|parent| made.insert(parent.to_path_buf())) {
            fs::create_dir_all(parent)?;
        }
        // Where a folder stood, its files are gone by now, but for those that .dvcignore hides.
        if file.is_dir() && !fs::is_link(&file) && !fs::remove_empty(&file)? {
            return Err(Error::failure(format!("a folder stands in the place of `{}`", file.display()))
                .hint("remove the folder; there are files in it that .dvcignore names"));
        }
    }
    Ok(())
}

/// Writes one file; the name of its object where that is damaged, which then is removed.
fn restore(objects: &Objects, path: &Path, md5: Md5, isexec: bool) -> Result<Option<String>> {
    let name = md5.to_string();
    let object = objects.path(&name);
    let staged = Staged::copy(&object, path.parent().unwrap_or(Path::new(".")))?;
    if Md5::of_file(staged.path())?.0 != md5 {
        tracing::warn!(path = %object.display(), "a damaged object was removed from the cache");
        fs::remove(&object)?;
        return Ok(Some(name));
    }
    if isexec {
        make_executable(staged.path())?;
    }
    // What stands there may be a link to elsewhere: the link is replaced.
    staged.take_place(path)?;
    Ok(None)
}

/// By its owner, as DVC does.
fn make_executable(path: &Path) -> Result<()> {
    match fs::stat(path)? {
        Some(stat) => fs::set_mode(path, stat.mode | 0o100),
        None => Ok(()),
    }
}

fn below(path: &Path, name: &str) -> PathBuf {
    if name.is_empty() { path.to_path_buf() } else { path.join(name) }
}
