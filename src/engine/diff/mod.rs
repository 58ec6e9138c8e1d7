//! Parameters and metrics of a project at two of its revisions, and what differs between them.
//!
//! What is read, and how it is flattened and compared, is as `dvc params diff` and `dvc metrics diff` have it.

mod number;
mod snapshot;
mod values;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

pub use super::lockfile::python::float as python;
pub use number::{Difference, Tolerance};
pub use snapshot::{Found, Snapshot, WORKSPACE};

use crate::yaml::Value;

/// Values by file and dotted key; lists are texts by now.
pub type Values = BTreeMap<String, BTreeMap<String, Value>>;

/// One value at two revisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its file, relative to the project folder.
    pub path: String,
    /// Its dotted key; empty where the whole file is one value.
    pub key: String,
    /// The value at the first revision; null where it is not there.
    pub old: Value,
    /// The value at the second.
    pub new: Value,
}

impl Change {
    /// By how much a number has changed; none for anything else.
    pub fn difference(&self) -> Option<Difference> {
        Difference::between(&self.old, &self.new)
    }

    /// Whether the two differ, numbers by more than the tolerance.
    pub fn is_changed(&self, tolerance: Tolerance) -> bool {
        match (number::of(&self.old), number::of(&self.new)) {
            (Some(old), Some(new)) => !number::equal(&self.old, &self.new) && !tolerance.covers(old, new),
            _ => self.old != self.new,
        }
    }
}

/// Every value of either revision, by file and key.
pub fn compare(old: &Values, new: &Values) -> Vec<Change> {
    let nothing = BTreeMap::new();
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let (old, new) = (old.get(path).unwrap_or(&nothing), new.get(path).unwrap_or(&nothing));
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let value = |values: &BTreeMap<String, Value>, key| values.get(key).cloned().unwrap_or(Value::Null);
        changes.extend(keys.into_iter().map(|key| Change {
            path: path.clone(),
            key: key.clone(),
            old: value(old, key),
            new: value(new, key),
        }));
    }
    changes
}
