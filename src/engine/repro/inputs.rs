//! What a stage reads and changes as it goes: a folder of sources, in which Python leaves what it has compiled.

use std::path::{Path, PathBuf};

use super::super::cache::{Hasher, Listing};
use super::super::definition::Stage;
use super::decide::Found;
use crate::error::Result;

/// What the deps of a stage were when its commands began.
pub(super) struct Inputs {
    /// Of the deps that are folders, with their number.
    folders: Vec<(usize, PathBuf, Listing)>,
}

impl Inputs {
    pub(super) fn of(stage: &Stage, root: &Path, hasher: &Hasher) -> Result<Self> {
        let mut folders = Vec::new();
        for (at, dep) in stage.deps.iter().enumerate() {
            let path = root.join(&dep.path);
            if let Some(listing) = hasher.listing(&path)? {
                folders.push((at, path, listing));
            }
        }
        Ok(Self { folders })
    }

    /// What is to be recorded of the deps, and which changed meanwhile.
    ///
    /// A folder that has only grown is recorded as it is now, as DVC has it: its files are what the commands have
    /// read. What was rewritten is recorded as it was when they began, since nobody knows which of the two they have
    /// read: it counts as changed, and the stage runs again.
    pub(super) fn afterwards(
        self,
        stage: &Stage,
        found: &mut Found,
        root: &Path,
        hasher: &Hasher,
    ) -> Result<Vec<String>> {
        let paths: Vec<PathBuf> = stage.deps.iter().map(|dep| root.join(&dep.path)).collect();
        let now = hasher.fingerprint(&paths)?;
        let mut rewritten = Vec::new();
        for (at, (dep, now)) in stage.deps.iter().zip(now).enumerate() {
            if now.as_ref().map(|print| &print.md5) == found.deps[at].as_ref().map(|print| &print.md5) {
                continue;
            }
            let before = self.folders.iter().find(|(number, ..)| *number == at);
            let grown = match before {
                Some((_, path, before)) => hasher.listing(path)?.is_some_and(|listing| listing.extends(before)),
                None => false,
            };
            if grown {
                found.deps[at] = now;
            } else {
                rewritten.push(dep.path.clone());
            }
        }
        Ok(rewritten)
    }
}
