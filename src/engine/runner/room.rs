//! What stands where a stage is to write.

use std::path::{Path, PathBuf};

use super::super::definition::Stage;
use crate::error::{Error, Result};
use crate::fs::{self, Kind, Stat};

/// What stood there before the commands began.
pub(super) struct Room {
    /// Files left standing, each with the number of its out.
    before: Vec<(usize, PathBuf, Stat)>,
}

impl Room {
    /// Removes the outs of a stage that it is to write anew, as DVC does. A file that `mlops …` writes is replaced when
    /// it is whole, and stands till then: a failure loses nothing.
    ///
    /// # Errors
    /// Exit code 1 with the path.
    pub(super) fn make(root: &Path, stage: &Stage, own: bool) -> Result<Self> {
        let mut before = Vec::new();
        for (at, out) in stage.outs.iter().enumerate().filter(|(_, out)| !out.persist) {
            let path = root.join(&out.path);
            match fs::stat(&path)?.filter(|stat| own && stat.kind == Kind::File) {
                Some(stat) => before.push((at, path, stat)),
                None => fs::remove_all(&path)?,
            }
        }
        Ok(Self { before })
    }

    /// Makes sure that nothing still stands as it did, and is taken for what the stage has made.
    ///
    /// # Errors
    /// Exit code 1 with the out.
    pub(super) fn check(&self, stage: &Stage) -> Result<()> {
        for (at, path, before) in &self.before {
            if fs::stat(path)?.as_ref() == Some(before) {
                let out = &stage.outs[*at];
                return Err(Error::failure(format!(
                    "{}: stage `{}` has not written `{}`: an older file stands there",
                    out.location, stage.name, out.path
                ))
                .hint("make its command write that file, or remove it from the outs"));
            }
        }
        Ok(())
    }
}
