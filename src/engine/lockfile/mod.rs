//! dvc.lock and the run-cache: reading them, and writing them as DVC would.

mod anchors;
mod compare;
mod emitter;
mod entry;
mod lock;
pub(super) mod python;
mod read;
pub mod run_cache;
mod scalar;
#[cfg(test)]
mod tests;

pub use compare::params_equal;
pub use entry::{Cmd, Entry, Item};
pub use lock::{LOCK_FILE, Lock};
