//! The lines by which DVC keeps outs out of git.

use std::path::{Path, PathBuf};

use super::git::Git;
use crate::engine::cache::{Dialect, Pattern};
use crate::error::{Error, Result};
use crate::fs;

const FILE: &str = ".gitignore";

/// Refuses a path that git tracks, as DVC does with outs.
///
/// # Errors
/// Exit code 2 where git tracks it, or files in it.
pub fn refuse_tracked(git: &Git, path: &Path) -> Result<()> {
    let relative = relative(git, path)?;
    if !git.tracks(relative) {
        return Ok(());
    }
    Err(Error::usage(format!("`{relative}` is an output, but git tracks it"))
        .hint(format!("`git rm -r --cached '{relative}'`, then commit; or write `cache: false` at the output")))
}

/// Adds `/name` to the .gitignore beside a file or folder, unless git ignores it already. Gives the file that
/// now speaks of it, which the user then commits.
pub fn ignore(git: &Git, path: &Path) -> Result<Option<PathBuf>> {
    let relative = relative(git, path)?;
    if is_ignored(git, relative, path.is_dir())? {
        return Ok(None);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(None);
    };
    let file = folder.join(FILE);
    let text = if file.is_file() { fs::read_to_string(&file)? } else { String::new() };
    let line = format!("/{}", escape(name));
    let Some(added) = addition(&text, &line) else { return Ok(Some(file)) };
    fs::create_dir_all(folder)?;
    fs::append(&file, added.as_bytes())?;
    Ok(Some(file))
}

/// Takes back what [`ignore`] has added, as DVC does when a run fails; a file without any other line goes.
pub fn unignore(path: &Path) -> Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    let file = folder.join(FILE);
    if !file.is_file() {
        return Ok(());
    }
    let text = fs::read_to_string(&file)?;
    // DVC looks for the name as it is, so a line with escapes stays.
    let own = format!("/{name}");
    let kept: String = text.split_inclusive('\n').filter(|line| line.trim() != own.trim()).collect();
    if kept.is_empty() {
        return fs::remove(&file);
    }
    if kept != text { fs::atomic_write_bytes(&file, kept.as_bytes()) } else { Ok(()) }
}

fn relative<'a>(git: &Git, path: &'a Path) -> Result<&'a str> {
    let outside = || Error::usage(format!("`{}` is outside of the git repository", path.display()));
    path.strip_prefix(&git.root).ok().and_then(Path::to_str).ok_or_else(outside)
}

/// What is to be appended to a text for a line to stand in it; none where it does.
fn addition(text: &str, line: &str) -> Option<String> {
    let unfinished = !text.is_empty() && !text.ends_with('\n');
    let stands = !unfinished && text.lines().any(|other| other == line);
    (!stands).then(|| format!("{}{line}\n", if unfinished { "\n" } else { "" }))
}

fn escape(name: &str) -> String {
    name.chars().flat_map(|c| "\\[]!*#?".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Whether git ignores a path: by the last pattern of the deepest file that speaks of it, or of a folder around it.
fn is_ignored(git: &Git, path: &str, folder: bool) -> Result<bool> {
    let mut files = Vec::new();
    for file in git.excludes() {
        files.push(("", read(&file)?));
    }
    let ends = path.match_indices('/').map(|(at, _)| (at, true)).chain([(path.len(), folder)]);
    let mut above = "";
    for (end, folder) in ends {
        files.push((above, read(&git.root.join(above).join(FILE))?));
        let part = &path[..end];
        let matching = files.iter().rev().find_map(|(place, patterns)| {
            let name = part.strip_prefix(place).map(|rest| rest.trim_start_matches('/'))?;
            patterns.iter().rev().find(|pattern| pattern.matches(name, folder, Dialect::Git))
        });
        if matching.is_some_and(|pattern| !pattern.negated) {
            return Ok(true);
        }
        above = part;
    }
    Ok(false)
}

fn read(file: &Path) -> Result<Vec<Pattern>> {
    if !file.is_file() || fs::is_link(file) {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    Ok(text.lines().filter_map(|line| Pattern::parse(line, Dialect::Git).ok().flatten()).collect())
}
