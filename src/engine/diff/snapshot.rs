//! A project at one of its revisions, or as it stands in its folder.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::variables::{used, variables};
use super::{Values, values};
use crate::engine::git::{Git, Reader};
use crate::engine::lockfile::{Item, LOCK_FILE, Lock};
use crate::engine::workspace::Workspace;
use crate::engine::{FILE, Out, OutKind, Pipeline, Repo, Stage};
use crate::error::{Error, Result};
use crate::fs;
use crate::yaml::{Node, Value};

/// What DVC calls the folder as it stands.
pub const WORKSPACE: &str = "workspace";

/// Read as a whole where it is there, as DVC does.
const DEFAULT: &str = "params.yaml";

/// A project at a revision.
pub struct Snapshot {
    root: PathBuf,
    name: String,
    /// None for the folder as it stands.
    commit: Option<(Git, String, RefCell<Reader>)>,
}

/// What a snapshot holds of parameters or metrics.
#[derive(Debug, Default)]
pub struct Found {
    /// What could be read.
    pub values: Values,
    /// Why other files could not be.
    pub problems: Vec<Error>,
}

impl Snapshot {
    /// The project in `root` at a git revision, or at [`WORKSPACE`].
    ///
    /// # Errors
    /// Exit code 2 without git, without a repository or where the revision does not exist.
    pub fn open(root: &Path, rev: &str) -> Result<Self> {
        let commit = if rev == WORKSPACE {
            None
        } else {
            let git = Git::open(root)?;
            let id = git.commit(rev)?;
            let reader = RefCell::new(git.reader(&id)?);
            Some((git, id, reader))
        };
        Ok(Self { root: root.to_path_buf(), name: rev.to_owned(), commit })
    }

    /// The parameters that dvc.yaml names.
    ///
    /// # Errors
    /// Exit code 2 where dvc.yaml cannot be read.
    pub fn params(&self) -> Result<Found> {
        let Some((pipeline, top)) = self.pipeline()? else { return Ok(self.without_pipeline()) };
        // None stands for all keys of a file.
        let mut wanted: BTreeMap<String, Option<BTreeSet<String>>> = BTreeMap::new();
        for params in pipeline.stages.iter().flat_map(|stage| &stage.params) {
            let known = wanted.entry(params.file.clone()).or_insert_with(|| Some(BTreeSet::new()));
            match (known.as_mut(), params.keys.as_ref().filter(|keys| !keys.is_empty())) {
                (Some(known), Some(keys)) => known.extend(keys.iter().map(|key| key.value.clone())),
                _ => *known = None,
            }
        }
        // Variables that commands are made of are parameters too, where their file is none already.
        for path in variables(&top).unwrap_or_default() {
            if inside(&path) && self.read(&path)?.is_some() {
                wanted.entry(path).or_insert_with(|| Some(used(&top)));
            }
        }
        wanted.extend(named(&top, "params").into_iter().map(|path| (path, None)));
        if self.read(DEFAULT)?.is_some() {
            wanted.insert(DEFAULT.to_owned(), None);
        }
        let mut found = Found::default();
        for (path, keys) in wanted {
            let keys: Option<Vec<String>> = keys.map(|keys| keys.into_iter().collect());
            let bytes = self.read(&path)?;
            self.take(&mut found, &path, bytes, |node| values::params(node, keys.as_deref()));
        }
        Ok(found)
    }

    /// The metrics that dvc.yaml names; those that git does not have come from DVC's cache.
    ///
    /// # Errors
    /// Exit code 2 where dvc.yaml cannot be read.
    pub fn metrics(&self) -> Result<Found> {
        let Some((pipeline, top)) = self.pipeline()? else { return Ok(self.without_pipeline()) };
        let lock = self.lock().map_err(|e| self.at(e))?;
        let mut found = Found::default();
        let mut wanted: BTreeMap<String, Option<(&Stage, &Out)>> =
            named(&top, "metrics").into_iter().map(|path| (path, None)).collect();
        for stage in &pipeline.stages {
            let metrics = stage.outs.iter().filter(|out| out.kind == OutKind::Metric);
            wanted.extend(metrics.map(|out| (out.path.clone(), Some((stage, out)))));
        }
        for (path, out) in wanted {
            let bytes = match (self.read(&path)?, out) {
                (None, Some((stage, out))) => self.cached(stage, out, &lock)?,
                (bytes, _) => bytes,
            };
            self.take(&mut found, &path, bytes, values::metrics);
        }
        Ok(found)
    }

    /// The bytes of any file by its path in the project, those of an out from DVC's cache where git does not have it; none
    /// where they are nowhere.
    ///
    /// # Errors
    /// Exit code 1 where git or the cache cannot be read, 2 for a dvc.lock that cannot.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        if let Some(bytes) = self.read(path)? {
            return Ok(Some(bytes));
        }
        let lock = self.lock().map_err(|e| self.at(e))?;
        match lock.outs().find(|item| item.path == path) {
            Some(item) => self.object(item),
            None => Ok(None),
        }
    }

    fn lock(&self) -> Result<Lock> {
        let Some(bytes) = self.read(LOCK_FILE)? else { return Ok(Lock::new()) };
        Lock::parse(&String::from_utf8_lossy(&bytes), LOCK_FILE)
    }

    fn take(
        &self,
        found: &mut Found,
        path: &str,
        bytes: Option<Vec<u8>>,
        flatten: impl Fn(&Node) -> BTreeMap<String, Value>,
    ) {
        let absent = || {
            let place = if self.commit.is_some() { "git" } else { "the folder" };
            Error::failure(format!("`{path}` is neither in {place} nor in DVC's cache"))
                .hint("bring it with `dvc fetch`, or set `cache: false` for metrics so that git keeps them")
        };
        let node = bytes.ok_or_else(absent).and_then(|bytes| values::parse(path, bytes));
        match node {
            Ok(node) => {
                found.values.insert(path.to_owned(), flatten(&node));
            }
            Err(error) => found.problems.push(self.at(error)),
        }
    }

    /// The pipeline, and dvc.yaml itself; none where a commit has no dvc.yaml.
    fn pipeline(&self) -> Result<Option<(Pipeline, Node)>> {
        let Some(bytes) = self.read(FILE)? else {
            return if self.commit.is_some() { Ok(None) } else { Repo::pipeline(&self.root).map(|_| None) };
        };
        let node = values::parse(FILE, bytes).map_err(|e| self.at(e))?;
        let pipeline = match &self.commit {
            None => Repo::pipeline(&self.root),
            Some((git, id, _)) => self.unpacked(git, id, &node),
        };
        Ok(Some((pipeline.map_err(|e| self.at(e))?, node)))
    }

    fn without_pipeline(&self) -> Found {
        let error = Error::failure(format!("there is no `{FILE}`"));
        Found { values: Values::new(), problems: vec![self.at(error)] }
    }

    /// The pipeline of a commit: what it is made of is laid out in a folder of its own.
    fn unpacked(&self, git: &Git, id: &str, node: &Node) -> Result<Pipeline> {
        let cannot = |e: std::io::Error| Error::failure("cannot make a temporary folder").because(e);
        let folder = tempfile::Builder::new().prefix("mlops-revision-").tempdir().map_err(cannot)?;
        let files = match variables(node) {
            Some(files) => files,
            None => git.files(id)?.into_iter().filter(|path| holds_values(path)).collect(),
        };
        for path in files.iter().map(String::as_str).chain([FILE, DEFAULT]) {
            if !inside(path) {
                continue;
            }
            if let Some(bytes) = self.read(path)? {
                fs::replace(&folder.path().join(path), &bytes)?;
            }
        }
        let parsing = Workspace::find(&self.root)?.map(|workspace| workspace.config.parsing).unwrap_or_default();
        Pipeline::load_with(folder.path(), &|_, _| false, parsing)
    }

    /// The bytes of a file; none where there is none.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match &self.commit {
            Some((_, _, reader)) => reader.borrow_mut().read(path),
            None => {
                let path = self.root.join(path);
                if path.is_file() { fs::read(&path).map(Some) } else { Ok(None) }
            }
        }
    }

    /// The bytes of an out that dvc.lock names, from DVC's cache.
    fn cached(&self, stage: &Stage, out: &Out, lock: &Lock) -> Result<Option<Vec<u8>>> {
        let outs = lock.get(&stage.name).map(|entry| entry.outs.as_slice()).unwrap_or_default();
        match outs.iter().find(|item| item.path == out.name) {
            Some(item) => self.object(item),
            None => Ok(None),
        }
    }

    /// The bytes that a file held, from DVC's cache.
    fn object(&self, item: &Item) -> Result<Option<Vec<u8>>> {
        // The name of an object comes from a file, so it is looked at before it becomes a path.
        let hexadecimal = |md5: &&str| md5.len() == 32 && md5.bytes().all(|b| b.is_ascii_hexdigit());
        let md5 = item.fingerprint.as_ref().map(|content| content.md5.as_str()).filter(hexadecimal);
        let Some(md5) = md5 else { return Ok(None) };
        let workspace = Workspace::find(&self.root)?;
        let cache = workspace.map_or_else(|| self.root.join(".dvc/cache"), |workspace| workspace.config.cache);
        let (folder, name) = md5.split_at(2);
        let object = cache.join("files/md5").join(folder).join(name);
        if object.is_file() { fs::read(&object).map(Some) } else { Ok(None) }
    }

    /// Says of a revision that it is one.
    fn at(&self, error: Error) -> Error {
        if self.commit.is_some() { error.context(format!("at revision `{}`", self.name)) } else { error }
    }
}

/// The files that a list at the top of dvc.yaml names.
fn named(top: &Node, key: &str) -> Vec<String> {
    let item = |item: &Node| match &item.value {
        Value::String(path) => Some(path.clone()),
        // A file may have options.
        Value::Mapping(entries) => entries.first().and_then(|(path, _)| path.as_str()).map(str::to_owned),
        _ => None,
    };
    let items = top.get(key).and_then(Node::as_sequence).unwrap_or_default();
    items.iter().filter_map(item).filter_map(|path| plain(&path)).collect()
}

fn holds_values(path: &str) -> bool {
    [".yaml", ".yml", ".json", ".toml"].iter().any(|end| path.ends_with(end))
}

/// Whether a path stays in its folder.
fn inside(path: &str) -> bool {
    plain(path).is_some()
}

/// A path without `.` and `..`; none where it leaves the project.
fn plain(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
