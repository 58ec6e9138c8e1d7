//! The `.dvc` folder.

use std::path::{Path, PathBuf};

use super::config::Config;
use super::gitignore;
use super::work_tree::WorkTree;
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
    /// The git work tree around it; none where DVC is told to leave git alone.
    pub tree: Option<WorkTree>,
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
        let tree = WorkTree::find(folder);
        let ignore = folder.join(".dvcignore");
        if !ignore.exists() {
            fs::atomic_write_bytes(&ignore, IGNORE.as_bytes())?;
        }
        let config = if tree.is_some() { "" } else { WITHOUT_GIT };
        fs::atomic_write_bytes(&folder.join(FOLDER).join("config"), config.as_bytes())?;
        Self::read(folder)
    }

    fn read(root: &Path) -> Result<Self> {
        let dvc = root.join(FOLDER);
        let config = Config::read(&dvc)?;
        let tree = if config.no_scm { None } else { WorkTree::find(root) };
        Ok(Self { root: root.to_path_buf(), dvc, config, tree })
    }

    /// Makes what a run needs: the folder of locks, and the lines that keep the cache out of git. Gives the .gitignore
    /// where it has such lines only now.
    pub fn prepare(&self) -> Result<Option<PathBuf>> {
        fs::create_dir_all(&self.dvc.join("tmp"))?;
        let mut changed = None;
        for name in ["config.local", "tmp", "cache"] {
            changed = self.ignore(&self.dvc.join(name))?.or(changed);
        }
        Ok(changed)
    }

    /// The git work tree that counts for a folder: that of its DVC repository, or of the one it would become.
    pub fn tree_around(found: Option<&Self>, folder: &Path) -> Option<WorkTree> {
        match found {
            Some(workspace) if workspace.config.no_scm => None,
            Some(workspace) => WorkTree::find(&workspace.root),
            None => WorkTree::find(folder),
        }
    }

    /// Whether a file or folder can be kept out of git.
    ///
    /// # Errors
    /// Exit code 2 where git tracks it.
    pub fn refuse_tracked(&self, path: &Path) -> Result<()> {
        self.tree.as_ref().map_or(Ok(()), |tree| gitignore::refuse_tracked(tree, path))
    }

    /// Keeps a file or folder out of git, as DVC does with every cached out. Gives the .gitignore that now says so,
    /// where it did not before; none where there is no git.
    ///
    /// # Errors
    /// What cannot be read or written.
    pub fn ignore(&self, path: &Path) -> Result<Option<PathBuf>> {
        self.tree.as_ref().map_or(Ok(None), |tree| gitignore::ignore(tree, path))
    }

    /// Stages files in git where `core.autostage` is set, as DVC does with what it has written itself.
    ///
    /// # Errors
    /// Exit code 1 where git cannot.
    pub fn autostage(&self, files: &[PathBuf]) -> Result<()> {
        match &self.tree {
            Some(tree) if self.config.autostage && !files.is_empty() => tree.add(files),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path, name: &str) -> Option<String> {
        let path = folder.join(name);
        path.is_file().then(|| fs::read_to_string(&path).unwrap())
    }

    /// The files are those of `dvc init` and `dvc init --no-scm` of DVC 3.67.1.
    #[test]
    fn a_folder_becomes_a_repository_as_by_dvc() {
        for (git, config, ignored) in
            [(false, "[core]\n    no_scm = True\n", None), (true, "", Some("/config.local\n/tmp\n/cache\n".to_owned()))]
        {
            let folder = tempfile::tempdir().unwrap();
            let root = folder.path();
            if git {
                fs::atomic_write_bytes(&root.join(".git/HEAD"), b"ref: refs/heads/main\n").unwrap();
            }
            assert!(Workspace::find(root).unwrap().is_none());
            let workspace = Workspace::find_or_init(root).unwrap();
            workspace.prepare().unwrap();
            assert_eq!(read(root, ".dvc/config").as_deref(), Some(config));
            assert_eq!(read(root, ".dvc/.gitignore"), ignored);
            assert_eq!(read(root, ".dvcignore").as_deref(), Some(IGNORE));
            assert_eq!(workspace.config.cache, root.join(".dvc/cache"));
            assert_eq!(workspace.tree.is_some(), git);
            // Whatever is there stays as it is, also for a pipeline further down.
            fs::atomic_write_bytes(&root.join(".dvcignore"), b"mine\n").unwrap();
            let again = Workspace::find_or_init(&root.join("sub")).unwrap();
            again.prepare().unwrap();
            assert_eq!((again.root.as_path(), read(root, ".dvc/.gitignore")), (root, ignored));
            assert_eq!(read(root, ".dvcignore").as_deref(), Some("mine\n"));
        }
    }
}
