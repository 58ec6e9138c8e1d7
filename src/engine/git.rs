//! What git knows of a project, through the git command: revisions, files at them, and what has changed since.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::workspace::WorkTree;
use crate::error::{Error, Result};

/// A project in a git repository.
#[derive(Debug, Clone)]
pub struct Git {
    root: PathBuf,
    /// The project's folder inside the repository, empty or with a `/` at its end.
    prefix: String,
}

/// Where a project stands in its history.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// The commit; none before the first.
    pub commit: Option<String>,
    /// Whether files that git tracks differed from it; none where nobody has looked.
    pub dirty: Option<bool>,
}

impl Git {
    /// The repository that `root` lies in.
    ///
    /// # Errors
    /// Exit code 2 where git is not installed, or there is no repository.
    pub fn open(root: &Path) -> Result<Self> {
        let output = command(root).args(["rev-parse", "--show-prefix"]).output().map_err(|e| {
            Error::usage("cannot run `git`")
                .hint("revisions are read through git: install it, or put it on the PATH")
                .because(e)
        })?;
        if !output.status.success() {
            return Err(Error::usage(format!("`{}` is in no git repository that can be read", root.display()))
                .hint("without git there is no revision to compare with; make a repository with `git init`")
                .because(said(&output.stderr)));
        }
        let prefix = String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned();
        Ok(Self { root: root.to_path_buf(), prefix })
    }

    /// The commit that a revision names: a branch, a tag, `HEAD~1`, …
    ///
    /// # Errors
    /// Exit code 2 where it names none.
    pub fn commit(&self, rev: &str) -> Result<String> {
        // What begins with a dash would be an option of git's.
        if rev.is_empty() || rev.starts_with('-') || rev.contains(['\n', '\0']) {
            return Err(Error::usage(format!("`{rev}` is no revision")).hint("name a branch, a tag or a commit"));
        }
        let wanted = format!("{rev}^{{commit}}");
        let output = command(&self.root).args(["rev-parse", "--verify", "--quiet", &wanted]).output();
        let output = output.map_err(|e| Error::failure("cannot run `git`").because(e))?;
        let commit = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && commit.len() >= 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(commit);
        }
        Err(Error::usage(format!("the revision `{rev}` does not exist in this repository")).hint(if rev == "HEAD" {
            "there is no commit yet; make the first with `git commit`"
        } else {
            "`git log --oneline --all` lists commits; in a shallow clone `git fetch --unshallow` brings the older ones"
        }))
    }

    /// Paths of all files at a commit, relative to the project.
    ///
    /// # Errors
    /// Exit code 1 where git fails.
    pub fn files(&self, commit: &str) -> Result<Vec<String>> {
        let output = command(&self.root).args(["ls-tree", "-r", "-z", "--name-only", commit]).output();
        let output = output.map_err(|e| Error::failure("cannot run `git`").because(e))?;
        if !output.status.success() {
            return Err(Error::failure(format!("git cannot list the commit {commit}")).because(said(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).split_terminator('\0').map(str::to_owned).collect())
    }

    /// Opens a commit for reading files.
    ///
    /// # Errors
    /// Exit code 1 where git does not start.
    pub fn reader(&self, commit: &str) -> Result<Reader> {
        let mut command = command(&self.root);
        command.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| Error::failure("cannot run `git`").because(e))?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::failure("cannot talk to `git`"));
        };
        let start = format!("{commit}:{}", self.prefix);
        Ok(Reader { child, requests: Some(requests), answers: BufReader::new(answers), start })
    }
}

impl Head {
    /// Where the project in `root` stands; none without git or a repository.
    pub fn of(root: &Path) -> Option<Self> {
        let mut command = command(root);
        command.args(["status", "--porcelain=v2", "--branch", "--untracked-files=no", "-z"]);
        let output = command.output().ok().filter(|output| output.status.success())?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let commit = text.split('\0').find_map(|line| line.strip_prefix("# branch.oid "));
        let dirty = text.split_terminator('\0').any(|line| !line.starts_with('#'));
        Some(Self { commit: commit.filter(|id| !id.starts_with('(')).map(str::to_owned), dirty: Some(dirty) })
    }

    /// Where it stands as git's own files tell, without a look for changes, which takes git longer the more it tracks.
    pub fn glance(root: &Path) -> Option<Self> {
        match WorkTree::find(root)?.commit() {
            Some(commit) => Some(Self { commit, dirty: None }),
            None => Self::of(root),
        }
    }
}

/// Files at one commit, read through one git process.
pub struct Reader {
    child: Child,
    /// None once it is closed.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    start: String,
}

impl Reader {
    /// The bytes of a file at the commit, by its path in the project; none where there is no such file.
    ///
    /// # Errors
    /// Exit code 1 where git fails.
    pub fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        if path.contains('\n') {
            return Ok(None);
        }
        let broken = |e: std::io::Error| Error::failure(format!("git cannot read `{path}`")).because(e);
        let Some(requests) = self.requests.as_mut() else { return Ok(None) };
        writeln!(requests, "{}{path}", self.start).and_then(|()| requests.flush()).map_err(broken)?;
        let mut header = String::new();
        self.answers.read_line(&mut header).map_err(broken)?;
        if header.is_empty() {
            return Err(Error::failure(format!("git ended while reading `{path}`")));
        }
        // `<object> <type> <size>`; of what does not exist, the request and `missing`.
        let mut words = header.trim_end().rsplit(' ');
        let (size, kind) = (words.next().and_then(|size| size.parse().ok()), words.next());
        let Some(size) = size else { return Ok(None) };
        let mut bytes = Vec::new();
        self.answers.by_ref().take(size).read_to_end(&mut bytes).map_err(broken)?;
        self.answers.read_exact(&mut [0]).map_err(broken)?;
        Ok((kind == Some("blob")).then_some(bytes))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.requests.take());
        self.child.wait().ok();
    }
}

/// git in a folder; it changes nothing there and asks nobody.
fn command(root: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("--no-optional-locks").current_dir(root).stdin(Stdio::null()).env("GIT_TERMINAL_PROMPT", "0");
    command
}

fn said(stderr: &[u8]) -> Error {
    Error::failure(String::from_utf8_lossy(stderr).trim().to_owned())
}
