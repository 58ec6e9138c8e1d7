//! What surrounds a pipeline: the `.dvc` folder, its settings and locks, and git.

mod config;
mod folder;
mod git;
mod gitignore;
mod ini;
mod lock;
mod rwlock;

pub use folder::Workspace;
pub use git::Git as GitFiles;
pub use lock::{PATIENCE, RepoLock};
pub use rwlock::{PathGuard, PathLocks};
