//! Files into a folder: all of them or none, and nothing that differs is overwritten in silence.

use std::path::Path;

use crate::error::{Error, Result};
use crate::fs;

/// Differing files listed in an error.
const LISTED: usize = 12;

/// A path relative to the project's root, and bytes.
pub type File = (String, Vec<u8>);

/// What became of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or were replaced.
    pub written: Vec<String>,
    /// Files that were there already, byte for byte.
    pub unchanged: Vec<String>,
    /// Files of the folder's own that are left as they are.
    pub kept: Vec<String>,
}

/// Whether a file only gets more lines.
fn grows(there: &Path, bytes: &[u8]) -> Result<bool> {
    Ok(there.is_file() && bytes.starts_with(&fs::read(there)?))
}

/// Files that a folder may well have before there is a project in it, and that the project runs without.
const OWN: [&str; 4] = ["Makefile", "README.md", ".dvc/config", ".dvc/.gitignore"];
/// Lists of patterns, to which lines are added.
const LISTS: [&str; 2] = [".gitignore", ".dvcignore"];

/// The files as they fit into what `folder` has: patterns are added to its own, its Makefile and the like stay unless
/// `force`. Also the names of those that stay.
///
/// # Errors
/// Exit code 1 where a file cannot be read.
pub fn beside(folder: &Path, files: Vec<File>, force: bool) -> Result<(Vec<File>, Vec<String>)> {
    let (mut fitting, mut kept) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let there = folder.join(&name);
        if LISTS.contains(&name.as_str()) && there.is_file() {
            let bytes = merged(fs::read(&there)?, &bytes);
            fitting.push((name, bytes));
        } else if OWN.contains(&name.as_str()) && !force && there.is_file() && !is_same(&there, &bytes)? {
            kept.push(name);
        } else {
            fitting.push((name, bytes));
        }
    }
    Ok((fitting, kept))
}

/// A list of patterns with those of another that it lacks, at its end; and with the exceptions behind them, which
/// count only there.
fn merged(own: Vec<u8>, wanted: &[u8]) -> Vec<u8> {
    let lines = |bytes: &[u8]| -> Vec<String> {
        String::from_utf8_lossy(bytes).lines().map(|line| line.trim_end().to_owned()).collect()
    };
    let known = lines(&own);
    let is_new = |line: &String| !line.starts_with('#') && !known.contains(line);
    let mut lines = lines(wanted).into_iter().skip_while(|line| !is_new(line)).peekable();
    let mut merged = own;
    if lines.peek().is_some() && !merged.is_empty() && !merged.ends_with(b"\n") {
        merged.push(b'\n');
    }
    for line in lines.filter(|line| is_new(line) || line.starts_with('!')) {
        merged.extend_from_slice(line.as_bytes());
        merged.push(b'\n');
    }
    merged
}

/// Which of `files` are in `folder` with other bytes.
///
/// # Errors
/// Exit code 1 where a file cannot be read.
pub fn conflicts(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, bytes) in files {
        let there = folder.join(name);
        if exists(&there) && !is_same(&there, bytes)? && !(LISTS.contains(&name.as_str()) && grows(&there, bytes)?) {
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
    let (are, differ) = if names.len() == 1 { ("file is", "differs") } else { ("files are", "differ") };
    Error::usage(format!("{} {are} in `{}` already and {differ}: {}", names.len(), folder.display(), listed.join(", ")))
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
    fn what_a_folder_has_of_its_own_stays_and_lists_grow() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let ours = || {
            vec![
                file(".gitignore", "# ours\n/.mlops\n/data/*\n!.gitkeep\n"),
                file("Makefile", "run:\n"),
                file("dvc.yaml", ""),
            ]
        };
        write_all(folder.path(), &[file(".gitignore", "*.pyc\n/.mlops\n!.gitkeep"), file("Makefile", "all:\n")], false)
            .unwrap();
        let (files, kept) = beside(folder.path(), ours(), false).unwrap();
        assert_eq!(kept, ["Makefile"]);
        let grown = file(".gitignore", "*.pyc\n/.mlops\n!.gitkeep\n/data/*\n!.gitkeep\n");
        assert_eq!(files, [grown.clone(), file("dvc.yaml", "")]);
        // Once is enough.
        write_all(folder.path(), &files, true).unwrap();
        assert_eq!(
            beside(folder.path(), ours(), true).unwrap(),
            (vec![grown, file("Makefile", "run:\n"), file("dvc.yaml", "")], vec![])
        );
    }

    #[test]
    fn what_differs_is_kept_and_then_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
        let first = [file("a/x", "1"), file("b", "2")];
        assert_eq!(write_all(folder.path(), &first, false).unwrap().written, ["a/x", "b"]);
        assert_eq!(write_all(folder.path(), &first, false).unwrap().unchanged, ["a/x", "b"]);
        let second = [file("new", "0"), file("a/x", "1"), file("b", "other")];
        let refused = write_all(folder.path(), &second, false).unwrap_err();
        assert!(refused.code() == Code::Usage && refused.message().ends_with("differs: b"), "{refused}");
        assert!(!folder.path().join("new").exists());
        assert_eq!(write_all(folder.path(), &second, true).unwrap().written, ["new", "b"]);
        assert_eq!(fs::read(&folder.path().join("b")).unwrap(), b"other");
        let under_a_file = [file("b/c", "x")];
        assert!(write_all(folder.path(), &under_a_file, true).is_err());
    }
}
