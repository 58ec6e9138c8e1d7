//! The lines by which DVC keeps outs out of git.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::work_tree::WorkTree;
use crate::engine::cache::{Dialect, Pattern};
use crate::error::{Error, Result};
use crate::fs;

const FILE: &str = ".gitignore";

/// Refuses a path that git tracks, as DVC does with outs.
///
/// # Errors
/// Exit code 2 where git tracks it, or files in it.
pub fn refuse_tracked(tree: &WorkTree, path: &Path) -> Result<()> {
    let relative = relative(tree, path)?;
    if !tree.tracks(relative) {
        return Ok(());
    }
    Err(Error::usage(format!("`{relative}` is an output, but git tracks it"))
        .hint(format!("`git rm -r --cached '{relative}'`, then commit; or write `cache: false` at the output")))
}

/// Adds `/name` to the .gitignore beside a file or folder, unless git ignores it already. Gives the file that
/// now speaks of it, which the user then commits.
///
/// A line that stands there already, and is taken back by a later one, is added again, as by DVC.
pub fn ignore(tree: &WorkTree, path: &Path) -> Result<Option<PathBuf>> {
    if Rules::of(tree).ignore(path, path.is_dir())? {
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

fn relative<'a>(tree: &WorkTree, path: &'a Path) -> Result<&'a str> {
    let outside = || Error::usage(format!("`{}` is outside of the git repository", path.display()));
    path.strip_prefix(&tree.root).ok().and_then(Path::to_str).ok_or_else(outside)
}

fn escape(name: &str) -> String {
    name.chars().flat_map(|c| "\\[]!*#?".contains(c).then_some('\\').into_iter().chain([c])).collect()
}

/// The patterns of a work tree, each file of them read once.
#[derive(Debug)]
pub struct Rules<'t> {
    tree: &'t WorkTree,
    /// By folder, relative to the work tree.
    files: RefCell<HashMap<String, Rc<Vec<Rule>>>>,
    /// For all of it, the weakest first.
    excludes: OnceCell<Vec<Vec<Rule>>>,
}

impl<'t> Rules<'t> {
    /// Of a work tree; nothing is read yet.
    pub fn of(tree: &'t WorkTree) -> Self {
        Self { tree, files: RefCell::default(), excludes: OnceCell::new() }
    }

    /// Whether git ignores an absolute path: by the last pattern of the deepest file that speaks of it, or of a folder
    /// around it.
    ///
    /// # Errors
    /// A path outside of the work tree; what cannot be read.
    pub fn ignore(&self, path: &Path, folder: bool) -> Result<bool> {
        self.origin(path, folder).map(|origin| origin.is_some())
    }

    /// File and line of the pattern by which git ignores an absolute path.
    ///
    /// # Errors
    /// See [`Self::ignore`].
    pub fn origin(&self, path: &Path, folder: bool) -> Result<Option<String>> {
        let path = relative(self.tree, path)?;
        let ends = path.match_indices('/').map(|(at, _)| (at, true)).chain([(path.len(), folder)]);
        let mut files = Vec::new();
        let mut above = "";
        for (end, folder) in ends {
            files.push((above, self.of_folder(above)?));
            let part = &path[..end];
            let matching = files.iter().rev().find_map(|(place, rules)| {
                let name = part.strip_prefix(place).map(|rest| rest.trim_start_matches('/'))?;
                last(rules, name, folder)
            });
            let matching = match matching {
                Some(rule) => Some(rule),
                None => self.excludes()?.iter().rev().find_map(|rules| last(rules, part, folder)),
            };
            if let Some(rule) = matching.filter(|rule| !rule.pattern.negated) {
                return Ok(Some(rule.place(&self.tree.root)));
            }
            above = part;
        }
        Ok(None)
    }

    fn of_folder(&self, folder: &str) -> Result<Rc<Vec<Rule>>> {
        if let Some(known) = self.files.borrow().get(folder) {
            return Ok(Rc::clone(known));
        }
        let rules = Rc::new(read(&self.tree.root.join(folder).join(FILE))?);
        self.files.borrow_mut().insert(folder.to_owned(), Rc::clone(&rules));
        Ok(rules)
    }

    fn excludes(&self) -> Result<&[Vec<Rule>]> {
        if let Some(known) = self.excludes.get() {
            return Ok(known);
        }
        let read: Vec<_> = self.tree.excludes().iter().map(|file| read(file)).collect::<Result<_>>()?;
        Ok(self.excludes.get_or_init(|| read))
    }
}

/// A pattern and where it stands.
#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    file: Rc<Path>,
    line: usize,
}

impl Rule {
    fn place(&self, root: &Path) -> String {
        format!("{}:{}", self.file.strip_prefix(root).unwrap_or(&self.file).display(), self.line)
    }
}

fn last<'r>(rules: &'r [Rule], path: &str, folder: bool) -> Option<&'r Rule> {
    rules.iter().rev().find(|rule| rule.pattern.matches(path, folder, Dialect::Git))
}

fn read(file: &Path) -> Result<Vec<Rule>> {
    if !file.is_file() || fs::is_link(file) {
        return Ok(Vec::new());
    }
    let text = String::from_utf8_lossy(&fs::read(file)?).into_owned();
    let file: Rc<Path> = file.into();
    let rule = |(at, line): (usize, &str)| {
        let pattern = Pattern::parse(line, Dialect::Git).ok().flatten()?;
        Some(Rule { pattern, file: Rc::clone(&file), line: at + 1 })
    };
    Ok(text.lines().enumerate().filter_map(rule).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, WorkTree) {
        let folder = tempfile::tempdir().unwrap();
        fs::atomic_write_bytes(&folder.path().join(".git/HEAD"), b"ref: refs/heads/main\n").unwrap();
        // Whatever the user has set must not count here.
        fs::atomic_write_bytes(&folder.path().join(".git/config"), b"[core]\n\texcludesFile = none\n").unwrap();
        let tree = WorkTree::find(folder.path()).unwrap();
        (folder, tree)
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
            let (folder, tree) = repository();
            let file = folder.path().join("data/.gitignore");
            if let Some(before) = before {
                fs::atomic_write_bytes(&file, before.as_bytes()).unwrap();
            }
            ignore(&tree, &folder.path().join("data").join(name)).unwrap();
            assert_eq!(fs::read_to_string(&file).unwrap(), after, "{before:?} {name}");
        }
    }

    #[test]
    fn what_a_folder_above_ignores_needs_no_line() {
        let (folder, tree) = repository();
        let root = folder.path();
        fs::atomic_write_bytes(&root.join(".git/info/exclude"), b"*.log\n").unwrap();
        fs::atomic_write_bytes(&root.join(".gitignore"), b"/build/\ndata/*\n!data/keep\n").unwrap();
        for (path, needed) in
            [("build/x/y", false), ("a.log", false), ("data/x", false), ("data/keep", true), ("sub/build/x", true)]
        {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            let changed = ignore(&tree, &root.join(path)).unwrap();
            assert_eq!(changed.is_some(), needed, "{path}");
        }
        assert_eq!(fs::read_to_string(&root.join("data/.gitignore")).unwrap(), "/keep\n");
        assert!(ignore(&tree, Path::new("/elsewhere/x")).is_err());
    }

    #[test]
    fn what_git_tracks_is_refused() {
        let (folder, tree) = repository();
        fs::atomic_write_bytes(&folder.path().join(".git/index"), &super::super::work_tree::tests::index(0)).unwrap();
        let error = refuse_tracked(&tree, &folder.path().join("dir")).unwrap_err();
        assert_eq!(error.message(), "`dir` is an output, but git tracks it");
        assert!(refuse_tracked(&tree, &folder.path().join("new")).is_ok());
    }
}
