//! Files into a folder: all of them or none, and nothing that differs is overwritten in silence.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fs;

/// Differing files listed in an error.
const LISTED: usize = 12;

/// What became of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or were replaced.
    pub written: Vec<String>,
    /// Files that were there already, byte for byte.
    pub unchanged: Vec<String>,
}

/// Which of `files` are in `folder` with other bytes.
///
/// # Errors
/// Exit code 1 where a file cannot be read.
pub fn conflicts(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, bytes) in files {
        if exists(&folder.join(name)) && !is_same(&folder.join(name), bytes)? {
            found.push(name.clone());
        }
    }
    Ok(found)
}

/// The error for files that are there and differ.
pub fn refusal(folder: &Path, names: &[String]) -> Error {
    let mut listed: Vec<&str> = names.iter().map(String::as_str).take(LISTED).collect();
    let more = format!("and {} more", names.len().saturating_sub(LISTED));
    if names.len() > LISTED {
        listed.push(&more);
    }
    let plural = if names.len() == 1 { "file is" } else { "files are" };
    Error::usage(format!(
        "{} {plural} in `{}` already and differ: {}",
        names.len(),
        folder.display(),
        listed.join(", ")
    ))
    .hint("nothing was written; choose another folder, or overwrite them with `--force`")
}

/// Writes `files` into `folder`. Files that are there with the same bytes are left alone; where one differs
/// nothing at all is written, unless `force`.
///
/// # Errors
/// Exit code 2 naming the files that differ, 1 where a file cannot be written.
pub fn write_all(folder: &Path, files: &[(String, Vec<u8>)], force: bool) -> Result<Written> {
    let differing = conflicts(folder, files)?;
    if !force && !differing.is_empty() {
        return Err(refusal(folder, &differing));
    }
    let mut done = Written::default();
    for (name, bytes) in files {
        let path = folder.join(name);
        if exists(&path) && is_same(&path, bytes)? {
            done.unchanged.push(name.clone());
        } else {
            fs::atomic_write_bytes(&path, bytes)?;
            done.written.push(name.clone());
        }
    }
    Ok(done)
}

/// A dangling link counts as there.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn is_same(path: &Path, bytes: &[u8]) -> Result<bool> {
    if !path.is_file() || fs::size(path)? != bytes.len() as u64 {
        return Ok(false);
    }
    Ok(fs::read(path)? == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn what_differs_is_kept_and_then_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let first = [file("a/x", "1"), file("b", "2")];
        assert_eq!(write_all(folder.path(), &first, false).unwrap().written, ["a/x", "b"]);
        assert_eq!(write_all(folder.path(), &first, false).unwrap().unchanged, ["a/x", "b"]);
        let second = [file("new", "0"), file("a/x", "1"), file("b", "other")];
        let refused = write_all(folder.path(), &second, false).unwrap_err();
        assert!(refused.code() == Code::Usage && refused.message().ends_with("differ: b"), "{refused}");
        assert!(!folder.path().join("new").exists());
        assert_eq!(write_all(folder.path(), &second, true).unwrap().written, ["new", "b"]);
        assert_eq!(fs::read(&folder.path().join("b")).unwrap(), b"other");
        let under_a_file = [file("b/c", "x")];
        assert!(write_all(folder.path(), &under_a_file, true).is_err());
    }
}
