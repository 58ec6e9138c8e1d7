//! One run at a time: two would write each other's artifacts.

use std::path::Path;

use super::own;
use crate::error::{Error, Result};
use crate::fs;

/// The lock file, relative to the project folder.
const FILE: &str = ".mlops/lock";

/// Keeps other runs out of a project until it is dropped; it goes with the process, however that ends.
pub struct RunLock(#[allow(dead_code, reason = "held for its own sake")] fs::Lock);

impl RunLock {
    /// Takes the lock of the project in `root`.
    ///
    /// # Errors
    /// Exit code 1 where another run holds it, with that process's number.
    pub fn take(root: &Path) -> Result<Self> {
        own::prepare(root)?;
        match fs::lock(&root.join(FILE))? {
            fs::Lock::Taken(holder) => {
                let who = holder.map(|id| format!(" (process {id})")).unwrap_or_default();
                Err(Error::failure(format!("another `mlops run-all` is at work in this project{who}"))
                    .hint("wait until it has ended, or stop it; nothing was changed"))
            }
            held => Ok(Self(held)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_until_the_first_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let first = RunLock::take(folder.path()).unwrap();
        let Err(error) = RunLock::take(folder.path()) else { panic!("two at once") };
        let expected = format!("another `mlops run-all` is at work in this project (process {})", std::process::id());
        assert_eq!(error.message(), expected);
        drop(first);
        assert!(RunLock::take(folder.path()).is_ok());
    }
}
