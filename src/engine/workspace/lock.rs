//! DVC's lock on a repository: whoever changes it holds it, but not while a command runs.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::fs::{self, Lock};

/// As long as DVC waits, in steps as long as its own.
pub const PATIENCE: Duration = Duration::from_millis(3_500);
const STEP: Duration = Duration::from_millis(100);

/// The lock; it is given back when this is dropped, or with the process, however that ends.
pub struct RepoLock(#[allow(dead_code, reason = "held for its own sake")] Lock);

impl RepoLock {
    /// Takes the lock of a `.dvc` folder, and waits for it.
    ///
    /// # Errors
    /// Exit code 1 where another process holds it for longer than `patience`, with that process's number.
    pub fn take(dvc: &Path, patience: Duration) -> Result<Self> {
        take(&dvc.join("tmp/lock"), patience).map(Self)
    }
}

/// A lock file in DVC's form.
pub(super) fn take(file: &Path, patience: Duration) -> Result<Lock> {
    let text = format!(" {}\n", std::process::id());
    let start = Instant::now();
    loop {
        match fs::lock_with(file, &text)? {
            Lock::Taken(holder) if start.elapsed() >= patience => return Err(taken(file, holder)),
            Lock::Taken(_) => thread::sleep(STEP),
            held => return Ok(held),
        }
    }
}

fn taken(file: &Path, holder: Option<u32>) -> Error {
    let who = holder.map_or("another process".to_owned(), |id| format!("process {id}"));
    Error::failure(format!("{who} holds DVC's lock `{}`", file.display()))
        .hint("another `dvc` or `mlops` works on this project: wait until it has ended, or stop it, and run again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_dvcs_and_the_second_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = RepoLock::take(folder.path(), Duration::ZERO).unwrap();
        let file = folder.path().join("tmp/lock");
        assert_eq!(fs::read_to_string(&file).unwrap(), format!(" {}\n", std::process::id()));
        let Err(error) = RepoLock::take(folder.path(), Duration::from_millis(1)) else { panic!("two at once") };
        let expected = format!("process {} holds DVC's lock `{}`", std::process::id(), file.display());
        assert_eq!(error.message(), expected);
        // Given back while the second waits.
        let second = thread::spawn({
            let folder = folder.path().to_path_buf();
            move || RepoLock::take(&folder, Duration::from_secs(60)).is_ok()
        });
        drop(first);
        assert!(second.join().unwrap());
    }
}
