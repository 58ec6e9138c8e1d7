//! Progress as data; only the CLI turns it into bars and lines.

/// Something worth showing while work goes on.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// `task` has done `done` of `total` units (bytes, rows or rounds).
    Progress {
        /// What is being done, such as `train xgb`.
        task: String,
        /// Units done.
        done: u64,
        /// Units in all; 0 where unknown.
        total: u64,
    },
    /// `task` has ended.
    Finished {
        /// The same name as in its progress.
        task: String,
    },
}

/// Whoever wants to know.
pub trait Observer: Sync {
    /// Called from any thread.
    fn event(&self, event: Event);
}

/// Nobody.
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _: Event) {}
}
