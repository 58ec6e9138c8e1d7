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
///
/// A line that stands there already, and is taken back by a later one, is added again, as by DVC.
pub fn ignore(git: &Git, path: &Path) -> Result<Option<PathBuf>> {
    let relative = relative(git, path)?;
    if is_ignored(git, relative, path.is_dir())? {
        return Ok(None);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Ok(None);
    };
    let file = folder.join(FILE);
    let before = if file.is_file() { fs::read(&file)? } else { Vec::new() };
    let end = if before.last().is_none_or(|byte| *byte == b'\n') { "" } else { "\n" };
    let line = format!("{end}/{}\n", escape(name));
    fs::create_dir_all(folder)?;
    fs::append(&file, line.as_bytes())?;
    Ok(Some(file))
}

fn relative<'a>(git: &Git, path: &'a Path) -> Result<&'a str> {
    let outside = || Error::usage(format!("`{}` is outside of the git repository", path.display()));
    path.strip_prefix(&git.root).ok().and_then(Path::to_str).ok_or_else(outside)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, Git) {
        let folder = tempfile::tempdir().unwrap();
        fs::atomic_write_bytes(&folder.path().join(".git/HEAD"), b"ref: refs/heads/main\n").unwrap();
        // Whatever the user has set must not count here.
        fs::atomic_write_bytes(&folder.path().join(".git/config"), b"[core]\n\texcludesFile = none\n").unwrap();
        let git = Git::find(folder.path()).unwrap();
        (folder, git)
    }

    /// The texts are those that `dvc add` of DVC 3.67.1 leaves.
    #[test]
    fn lines_are_those_of_dvc() {
        for (before, name, after) in [
            (None, "out.csv", "/out.csv\n"),
            (Some("# no newline"), "out.csv", "# no newline\n/out.csv\n"),
            (Some("a\r\n"), "m[1]*.bin", "a\r\n/m\\[1\\]\\*.bin\n"),
            (Some("/x #!y"), "x #!y", "/x #!y"),
            (Some("*.csv\n"), "out.csv", "*.csv\n"),
            (Some("/out.csv\n!/out.csv\n"), "out.csv", "/out.csv\n!/out.csv\n/out.csv\n"),
            (Some("*.csv\n!out.csv\n"), "out.csv", "*.csv\n!out.csv\n/out.csv\n"),
        ] {
            let (folder, git) = repository();
            let file = folder.path().join("data/.gitignore");
            if let Some(before) = before {
                fs::atomic_write_bytes(&file, before.as_bytes()).unwrap();
            }
            ignore(&git, &folder.path().join("data").join(name)).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), after, "{before:?} {name}");
        }
    }

    #[test]
    fn what_a_folder_above_ignores_needs_no_line() {
        let (folder, git) = repository();
        let root = folder.path();
        fs::atomic_write_bytes(&root.join(".git/info/exclude"), b"*.log\n").unwrap();
        fs::atomic_write_bytes(&root.join(".gitignore"), b"/build/\ndata/*\n!data/keep\n").unwrap();
        for (path, needed) in
            [("build/x/y", false), ("a.log", false), ("data/x", false), ("data/keep", true), ("sub/build/x", true)]
        {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            let changed = ignore(&git, &root.join(path)).unwrap();
            assert_eq!(changed.is_some(), needed, "{path}");
        }
        assert_eq!(fs::read_to_string(&root.join("data/.gitignore")).unwrap(), "/keep\n");
        assert!(ignore(&git, Path::new("/elsewhere/x")).is_err());
    }

    #[test]
    fn what_git_tracks_is_refused() {
        let (folder, git) = repository();
        fs::atomic_write_bytes(&folder.path().join(".git/index"), &super::super::git::tests::index(0)).unwrap();
        let error = refuse_tracked(&git, &folder.path().join("dir")).unwrap_err();
        assert_eq!(error.message(), "`dir` is an output, but git tracks it");
        assert!(refuse_tracked(&git, &folder.path().join("new")).is_ok());
    }
}
