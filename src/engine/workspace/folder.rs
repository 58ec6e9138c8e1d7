//! The `.dvc` folder.

use std::path::{Path, PathBuf};

use super::config::Config;
use super::git::Git;
use super::gitignore;
use crate::error::Result;
use crate::fs;

const FOLDER: &str = ".dvc";

/// `[core] no_scm` as `dvc init --no-scm` writes it.
const WITHOUT_GIT: &str = "[core]\n    no_scm = True\n";

/// The .dvcignore of `dvc init`.
const IGNORE: &str = "# Add patterns of files dvc should ignore, which could improve\n# the performance. Learn more at\n# https://dvc.org/doc/user-guide/dvcignore\n";

/// A DVC repository: what stands around the pipelines in it.
#[derive(Debug)]
pub struct Workspace {
    /// The folder with `.dvc` in it.
    pub root: PathBuf,
    /// The `.dvc` folder itself.
    pub dvc: PathBuf,
    /// DVC's settings.
    pub config: Config,
    /// The git repository around it; none where DVC is told to leave git alone.
    pub git: Option<Git>,
}

impl Workspace {
    /// The DVC repository that a folder, an absolute path, is in.
    pub fn find(from: &Path) -> Result<Option<Self>> {
        match from.ancestors().find(|folder| folder.join(FOLDER).is_dir()) {
            Some(root) => Self::read(root).map(Some),
            None => Ok(None),
        }
    }

    /// The same; where there is none, the folder becomes one, as by `dvc init`, `--no-scm` where there is no git.
    pub fn find_or_init(folder: &Path) -> Result<Self> {
        if let Some(workspace) = Self::find(folder)? {
            return Ok(workspace);
        }
        let git = Git::find(folder);
        let ignore = folder.join(".dvcignore");
        if !ignore.exists() {
            fs::atomic_write_bytes(&ignore, IGNORE.as_bytes())?;
        }
        let config = if git.is_some() { "" } else { WITHOUT_GIT };
        fs::atomic_write_bytes(&folder.join(FOLDER).join("config"), config.as_bytes())?;
        Self::read(folder)
    }

    fn read(root: &Path) -> Result<Self> {
        let dvc = root.join(FOLDER);
        let config = Config::read(&dvc)?;
        let git = if config.no_scm { None } else { Git::find(root) };
        Ok(Self { root: root.to_path_buf(), dvc, config, git })
    }

    /// Makes what a run needs: the folder of locks, and the lines that keep the cache out of git.
    pub fn prepare(&self) -> Result<()> {
        fs::create_dir_all(&self.dvc.join("tmp"))?;
        let Some(git) = &self.git else { return Ok(()) };
        ["config.local", "tmp", "cache"]
            .iter()
            .try_for_each(|name| gitignore::ignore(git, &self.dvc.join(name)).map(|_| ()))
    }

    /// Keeps a file or folder out of git, as DVC does with every cached out. Gives the .gitignore that now says so,
    /// where it did not before; none where there is no git.
    ///
    /// # Errors
    /// Exit code 2 where git tracks it.
    pub fn ignore(&self, path: &Path) -> Result<Option<PathBuf>> {
        let Some(git) = &self.git else { return Ok(None) };
        gitignore::refuse_tracked(git, path)?;
        gitignore::ignore(git, path)
    }
}
