//! The folder of what this program keeps for itself in a project.

use std::path::Path;

use crate::error::Result;
use crate::fs;

/// It, and the records of runs in it.
pub const FOLDERS: [&str; 2] = [".mlops", ".mlops/runs"];

/// Makes it, and tells git to leave all of it alone, as DVC does with its own.
///
/// # Errors
/// Exit code 1 where it cannot be written.
pub fn prepare(root: &Path) -> Result<()> {
    let ignore = root.join(".mlops/.gitignore");
    if ignore.exists() { Ok(()) } else { fs::atomic_write_bytes(&ignore, b"*\n") }
}
