//! DVC's store: every content once, under its hash.
//!
//! An object of mode 0444 is taken by DVC, and by us where the size is right, without reading it. So an object
//! gets that mode, and only then its name, when it is whole and on the disk; one of any other mode is read before it
//! is taken, as DVC does, and removed where its bytes are not what its name says. What is brought back into the
//! workspace is always read (see [`super::checkout`]).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::hash::Hasher;
use super::listing::Listing;
use super::md5::Md5;
use super::spread;
use crate::engine::fingerprint::Fingerprint;
use crate::error::{Error, Result};
use crate::fs::{self, Kind, Staged};

/// The mode of an object that is whole.
const WHOLE: u32 = 0o444;

/// Where unfinished objects lie, in the cache: a name that DVC passes over.
const UNFINISHED: &str = "mlops-unfinished";

/// More files than this are brought to the disk together.
const MANY: usize = 64;

/// Unfinished objects at a time.
const BATCH: usize = 4096;

/// The objects of a cache.
#[derive(Debug, Clone)]
pub struct Objects {
    folder: PathBuf,
    unfinished: PathBuf,
    shared: bool,
}

impl Objects {
    /// Of the cache in a folder, which need not be there; `shared` is DVC's `cache.shared = group`.
    pub fn new(cache: &Path, shared: bool) -> Self {
        Self { folder: cache.join("files/md5"), unfinished: cache.join(UNFINISHED), shared }
    }

    /// Whether all of a content is there: of a folder, its listing and every file.
    pub fn holds(&self, content: &Fingerprint) -> Result<bool> {
        Ok(self.missing(content)?.is_empty())
    }

    /// Names of the objects of a content that are not there.
    pub fn missing(&self, content: &Fingerprint) -> Result<Vec<String>> {
        if !content.is_folder() {
            let there = match Md5::parse(&content.md5) {
                Some(md5) => self.has(md5, content.size)?,
                None => false,
            };
            return Ok(if there { Vec::new() } else { vec![content.md5.clone()] });
        }
        match self.listing(&content.md5)? {
            Some(listing) => self.missing_files(&listing),
            None => Ok(vec![content.md5.clone()]),
        }
    }

    /// Stores what a path holds now. What is there already is not written again.
    ///
    /// # Errors
    /// Exit code 1 where the path does not hold `content` any more; then nothing wrong was stored.
    pub fn add(&self, hasher: &Hasher, path: &Path, content: &Fingerprint) -> Result<()> {
        let path = hasher.root().join(path);
        if content.is_folder() {
            return self.add_folder(hasher, &path, content);
        }
        let md5 = Md5::parse(&content.md5).ok_or_else(|| changed(&path))?;
        self.add_files(hasher, vec![(md5, content.size, path)])
    }

    /// Removes what killed runs have left behind.
    pub fn sweep(&self) -> Result<()> {
        fs::sweep(&self.unfinished)
    }

    fn add_folder(&self, hasher: &Hasher, path: &Path, content: &Fingerprint) -> Result<()> {
        let now = hasher.content(path)?.filter(|now| now.fingerprint.md5 == content.md5);
        let listing = now.and_then(|now| now.listing).ok_or_else(|| changed(path))?;
        let unique: BTreeMap<Md5, &String> = listing.files().iter().map(|(name, md5)| (*md5, name)).collect();
        self.add_files(hasher, unique.into_iter().map(|(md5, name)| (md5, None, path.join(name))).collect())?;
        // Last, so that whoever finds the listing finds its files.
        if self.listing(&content.md5)?.is_none() {
            let staged = Staged::bytes(&listing.bytes(), self.unfinished()?)?;
            self.finish(vec![(staged, content.md5.clone())])?;
        }
        Ok(())
    }

    fn add_files(&self, hasher: &Hasher, files: Vec<(Md5, Option<u64>, PathBuf)>) -> Result<()> {
        let there = spread::map(files.iter().collect(), spread::LOOKS, |(md5, size, _)| self.has(*md5, *size))?;
        let new = files.into_iter().zip(there).filter(|(_, there)| !there);
        let new: Vec<(Md5, PathBuf)> = new.map(|((md5, _, path), _)| (md5, path)).collect();
        for batch in new.chunks(BATCH) {
            let folder = self.unfinished()?;
            let stage = |(md5, path): &(Md5, PathBuf)| Ok((copy(hasher, path, *md5, folder)?, md5.to_string()));
            self.finish(spread::map(batch.iter().collect(), 1, stage)?)?;
        }
        Ok(())
    }

    /// Gives whole files their mode and their names.
    fn finish(&self, staged: Vec<(Staged, String)>) -> Result<()> {
        let many = staged.len() > MANY;
        spread::map(staged.iter().collect(), MANY, |(file, _): &(Staged, String)| fs::set_mode(file.path(), WHOLE))?;
        if many {
            fs::sync_device(&self.unfinished)?;
        } else {
            staged.iter().try_for_each(|(file, _)| file.sync())?;
        }
        let folders: BTreeSet<PathBuf> =
            staged.iter().filter_map(|(_, name)| Some(self.path(name).parent()?.to_path_buf())).collect();
        for folder in &folders {
            self.create(folder)?;
        }
        spread::map(staged, MANY, |(file, name)| file.take_place(&self.path(&name)))?;
        // The names too, before dvc.lock speaks of them.
        if many {
            return fs::sync_device(&self.folder);
        }
        folders.iter().for_each(|folder| fs::sync_folder(folder));
        Ok(())
    }

    fn missing_files(&self, listing: &Listing) -> Result<Vec<String>> {
        let mut unique: Vec<Md5> = listing.files().iter().map(|(_, md5)| *md5).collect();
        unique.sort_unstable();
        unique.dedup();
        let absent = |md5: Md5| Ok((!self.has(md5, None)?).then(|| md5.to_string()));
        Ok(spread::map(unique, spread::LOOKS, absent)?.into_iter().flatten().collect())
    }

    /// Whether a file is there. What is certainly not what its name says is removed, as DVC does.
    fn has(&self, md5: Md5, size: Option<u64>) -> Result<bool> {
        let path = self.path(&md5.to_string());
        let Some(stat) = fs::stat(&path)?.filter(|stat| stat.kind == Kind::File) else { return Ok(false) };
        if stat.mode & 0o777 == WHOLE && size.is_none_or(|size| size == stat.size) {
            return Ok(true);
        }
        if Md5::of_file(&path)?.0 != md5 {
            tracing::warn!(path = %path.display(), "a damaged object was removed from the cache");
            fs::remove(&path)?;
            return Ok(false);
        }
        // Somebody else's cache may be read-only; then it is read every time.
        fs::set_mode(&path, WHOLE).ok();
        Ok(true)
    }

    /// What a folder held; none where that is not there, or damaged.
    pub(super) fn listing(&self, name: &str) -> Result<Option<Listing>> {
        let named = name.strip_suffix(".dir").and_then(Md5::parse);
        let path = self.path(name);
        let (Some(md5), true) = (named, path.is_file()) else { return Ok(None) };
        let bytes = fs::read(&path)?;
        Ok(if Md5::of(&bytes) == md5 { Listing::parse(&bytes).ok() } else { None })
    }

    /// Where an object is, or would be.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match name.split_at_checked(2) {
            Some((first, rest)) => self.folder.join(first).join(rest),
            None => self.folder.join(name),
        }
    }

    fn unfinished(&self) -> Result<&Path> {
        self.create(&self.unfinished)?;
        Ok(&self.unfinished)
    }

    fn create(&self, folder: &Path) -> Result<()> {
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            if self.shared {
                fs::set_mode(folder, 0o2775)?;
            }
        }
        Ok(())
    }
}

/// A copy of a file that is known to hold `md5`: the file was not touched since it was read, or the copy is read.
fn copy(hasher: &Hasher, path: &Path, md5: Md5, folder: &Path) -> Result<Staged> {
    let staged = Staged::copy(path, folder)?;
    if hasher.knows(path, md5)? || Md5::of_file(staged.path())?.0 == md5 { Ok(staged) } else { Err(changed(path)) }
}

fn changed(path: &Path) -> Error {
    Error::failure(format!("`{}` changed while it was stored in the cache", path.display()))
        .hint("let nothing else write to it during a run, and run again")
}
