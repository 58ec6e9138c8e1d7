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
