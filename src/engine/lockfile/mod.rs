//! dvc.lock: reading it, and writing it as DVC would.

mod entry;

pub use entry::{Cmd, Entry, Item};
