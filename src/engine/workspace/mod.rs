//! What surrounds a pipeline: the `.dvc` folder, its settings and locks, and git.

mod config;
mod folder;
mod git;
mod gitignore;
mod ini;
mod lock;
mod rwlock;

pub use config::Config;
pub use folder::Workspace;
pub use git::Git;
pub use gitignore::unignore;
pub use lock::{PATIENCE, RepoLock};
pub use rwlock::{PathGuard, PathLocks};
