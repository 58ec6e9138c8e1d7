//! .dvcignore: what DVC does not see.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::pattern::{Dialect, Malformed, Pattern};
use crate::error::{Error, Result};
use crate::fs;

/// The name of the files.
pub const FILE: &str = ".dvcignore";

/// Never seen, wherever they stand.
const ALWAYS: [&str; 4] = [".hg/", ".git/", ".git", ".dvc/"];

/// The .dvcignore files of a project, each read once.
#[derive(Debug)]
pub struct Ignore {
    root: PathBuf,
    folders: Mutex<HashMap<String, Arc<Rules>>>,
}

/// What counts in one folder; paths are relative to the root.
#[derive(Debug, Clone)]
pub struct Rules {
    patterns: Arc<Vec<Rule>>,
    ignored: bool,
}

#[derive(Debug, Clone)]
struct Rule {
    pattern: Pattern,
    /// File, line and text.
    origin: String,
}

impl Ignore {
    /// Of the DVC repository in `root`.
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf(), folders: Mutex::default() }
    }

    /// What counts in a folder, named relative to the root; the root itself is empty.
    pub fn rules(&self, folder: &str) -> Result<Arc<Rules>> {
        if let Some(rules) = self.folders.lock().ok().and_then(|known| known.get(folder).cloned()) {
            return Ok(rules);
        }
        let rules = Arc::new(match folder {
            "" => self.with_own(Rules { patterns: Arc::new(defaults()), ignored: false }, folder)?,
            _ => {
                let above = self.rules(folder.rsplit_once('/').map_or("", |(parent, _)| parent))?;
                let ignored = above.ignores(folder, true) || self.root.join(folder).join(".dvc").is_dir();
                self.with_own(Rules { patterns: Arc::clone(&above.patterns), ignored }, folder)?
            }
        });
        if let Ok(mut known) = self.folders.lock() {
            known.insert(folder.to_owned(), Arc::clone(&rules));
        }
        Ok(rules)
    }

    /// File, line and text of the pattern that ignores a path, given relative to the root.
    pub fn origin(&self, path: &str, folder: bool) -> Result<Option<String>> {
        let rules = self.rules(path.rsplit_once('/').map_or("", |(parent, _)| parent))?;
        let ends = path.match_indices('/').map(|(at, _)| (at, true)).chain([(path.len(), folder)]);
        let mut found = ends.filter_map(|(end, folder)| rules.deciding(&path[..end], folder));
        Ok(found.find(|rule| !rule.pattern.negated).map(|rule| rule.origin.clone()))
    }

    fn with_own(&self, rules: Rules, folder: &str) -> Result<Rules> {
        let name = if folder.is_empty() { FILE.to_owned() } else { format!("{folder}/{FILE}") };
        let path = self.root.join(&name);
        if rules.ignored || !path.is_file() || rules.ignores(&name, false) {
            return Ok(rules);
        }
        let mut patterns = Vec::clone(&rules.patterns);
        for (at, line) in fs::read_to_string(&path)?.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let origin = format!("{name}:{}: `{line}`", at + 1);
            let rebased = if folder.is_empty() { line.to_owned() } else { rebase(line, folder) };
            let pattern = Pattern::parse(&rebased, Dialect::Dvc).map_err(|Malformed(why)| {
                Error::usage(format!("{origin}: {why}")).hint("DVC cannot read it either; correct or remove the line")
            })?;
            patterns.extend(pattern.map(|pattern| Rule { pattern, origin }));
        }
        let mut rules = Rules { patterns: Arc::new(patterns), ignored: false };
        // A pattern such as `**` hides the very folder that its file stands in.
        let mut ends = folder.match_indices('/').map(|(at, _)| at).chain([folder.len()]);
        rules.ignored = !folder.is_empty() && ends.any(|end| rules.hides(&folder[..end], true));
        Ok(rules)
    }
}

impl Rules {
    /// Whether a path is ignored that stands right in the folder of these rules.
    pub fn ignores(&self, path: &str, folder: bool) -> bool {
        self.ignored || self.hides(path, folder)
    }

    fn hides(&self, path: &str, folder: bool) -> bool {
        self.deciding(path, folder).is_some_and(|rule| !rule.pattern.negated)
    }

    fn deciding(&self, path: &str, folder: bool) -> Option<&Rule> {
        self.patterns.iter().rev().find(|rule| rule.pattern.matches(path, folder, Dialect::Dvc))
    }
}

fn defaults() -> Vec<Rule> {
    let parsed = ALWAYS.iter().filter_map(|line| Some((line, Pattern::parse(line, Dialect::Dvc).ok()??)));
    parsed.map(|(line, pattern)| Rule { pattern, origin: format!("`{line}`, which DVC never sees") }).collect()
}

/// A line of the .dvcignore in `folder` as a line for the root, in DVC's way of putting it.
fn rebase(line: &str, folder: &str) -> String {
    let (negation, rule) = line.strip_prefix('!').map_or(("", line), |rest| ("!", rest));
    let without_last = rule.char_indices().next_back().map_or("", |(at, _)| &rule[..at]);
    let (depth, rule) = if without_last.contains('/') && !rule.starts_with("**/") {
        ("", rule.strip_prefix('/').unwrap_or(rule))
    } else {
        ("**/", rule.strip_prefix("**/").unwrap_or(rule))
    };
    format!("{negation}/{folder}/{depth}{}", rule.strip_prefix('\\').unwrap_or(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::atomic_write_bytes(&folder.path().join(name), text.as_bytes()).unwrap();
        }
        folder
    }

    /// Computed with DVC 3.67.1 (`DvcIgnoreFilter._is_ignored`) for the same files.
    #[test]
    fn dvc_ignores_the_same() {
        let folder = project(&[
            (".dvcignore", "# comment\n\n*.tmp\n!keep.tmp\n/data/x\nlogs/\n\\#odd\nd?t[b-c]\n**/deep/*.bin\n"),
            ("data/.dvcignore", "/own\n!back.tmp\nplain\n"),
            ("other/.dvcignore", "**\n"),
            ("sub/.dvc/config", ""),
        ]);
        let ignore = Ignore::new(folder.path());
        for (path, is_folder, expected) in [
            ("a.tmp", false, true),
            ("data/keep.tmp", false, false),
            ("data/a.tmp", false, true),
            ("data/back.tmp", false, false),
            ("data/x", true, true),
            ("data/x/f", false, true),
            ("x", false, false),
            ("logs", false, false),
            ("logs", true, true),
            ("a/logs/f", false, true),
            ("#odd", false, true),
            ("#comment", false, false),
            ("datb", false, true),
            ("data", true, false),
            ("a/deep/m.bin", false, true),
            ("deep/m.bin", false, true),
            ("deep/a/m.bin", false, false),
            ("data/own", false, true),
            ("own", false, false),
            ("data/z/own", false, false),
            ("data/z/plain", false, true),
            ("plain", false, false),
            ("other/f", false, true),
            ("sub/f", false, true),
            (".git", true, true),
            ("a/.dvc", true, true),
            (".dvcignore", false, false),
        ] {
            let above = path.rsplit_once('/').map_or("", |(above, _)| above);
            assert_eq!(ignore.rules(above).unwrap().ignores(path, is_folder), expected, "{path}");
        }
        let origin = |path| ignore.origin(path, false).unwrap();
        assert_eq!(origin("data/plain/f").as_deref(), Some("data/.dvcignore:3: `plain`"));
        assert_eq!(origin("data/keep.tmp"), None);
    }

    #[test]
    fn what_dvc_stops_at_is_refused_where_it_stands() {
        for (line, why) in
            [("a\\", "a `\\` stands before nothing"), ("!", "nothing is left of the pattern"), ("[c-a]", "a range in")]
        {
            let folder = project(&[(".dvcignore", &format!("x\n{line}\n"))]);
            let error = Ignore::new(folder.path()).rules("").unwrap_err();
            let expected = format!(".dvcignore:2: `{line}`: {why}");
            assert!(error.message().starts_with(&expected), "{}", error.message());
        }
    }
}
