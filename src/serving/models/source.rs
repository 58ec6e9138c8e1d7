//! Where a model file is, and whether it changed.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::fs::{self, Stat};

/// Finds a model file, and its name in messages.
type Locate = Box<dyn Fn() -> Result<(PathBuf, String)> + Send + Sync>;

/// Where a model file is.
pub enum Source {
    /// Always there.
    File {
        /// Where.
        path: PathBuf,
        /// Its name in messages.
        shown: String,
    },
    /// Where another file says.
    Named {
        /// That file.
        by: PathBuf,
        /// What it says.
        locate: Locate,
    },
}

/// What is known of a source without reading it; two that are equal hold the same model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Of the file that names the model file.
    by: Option<Stat>,
    /// The model file.
    pub path: PathBuf,
    /// Its name in messages.
    pub shown: String,
    file: Option<Stat>,
}

impl Source {
    /// Looks at the source. `before` is the last look: where the naming file has not changed, it is not read.
    ///
    /// # Errors
    /// Those of the naming file; exit code 3 for what is no file.
    pub fn look(&self, before: Option<&Stamp>) -> Result<Stamp> {
        let (by, path, shown) = match self {
            Source::File { path, shown } => (None, path.clone(), shown.clone()),
            Source::Named { by, locate } => {
                let by = fs::stat(by)?;
                match before.filter(|before| by.is_some() && before.by == by) {
                    Some(before) => (by, before.path.clone(), before.shown.clone()),
                    None => {
                        let (path, shown) = locate()?;
                        (by, path, shown)
                    }
                }
            }
        };
        let file = fs::stat(&path)?;
        // To open a pipe would wait for who writes into it.
        if file.is_some_and(|file| file.kind != fs::Kind::File) {
            return Err(Error::data(format!("`{shown}` is no file")).hint("name a model file, such as `models/a.bin`"));
        }
        Ok(Stamp { by, path, shown, file })
    }

    /// What the naming file is, where the source could not be looked at: a failure is told once, not at every look.
    pub fn naming(&self) -> Option<Stat> {
        match self {
            Source::File { .. } => None,
            Source::Named { by, .. } => fs::stat(by).ok().flatten(),
        }
    }
}
