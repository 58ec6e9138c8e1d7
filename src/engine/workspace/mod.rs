//! What surrounds a pipeline: the `.dvc` folder, its settings and locks, and git.

mod config;
mod folder;
mod gitignore;
mod ini;
mod lock;
mod rwlock;
mod work_tree;

pub use folder::Workspace;
pub use gitignore::{Rules, refuse_tracked};
pub use lock::{PATIENCE, RepoLock};
pub use rwlock::{PathGuard, PathLocks};
pub use work_tree::WorkTree;
