//! The pipeline of dvc.yaml: reading, templating, order, plan and run.
//!
//! Knows paths, parameters and commands. What a stage does inside is none of its business.

mod cache;
pub mod diff;
mod fingerprint;
mod git;
mod graph;
mod lock;
mod lockfile;
mod merge;
mod pipeline;
mod plan;
pub mod record;
mod runner;
mod stage;
mod template;
mod workspace;

pub use cache::{Checkout, Hasher, Objects, checkout};
pub use fingerprint::Fingerprint;
pub use git::{Git, Head};
pub use lock::RunLock;
pub use lockfile::{Cmd, Entry, Item, LOCK_FILE, Lock, params_equal, run_cache};
pub use pipeline::{FILE, Pipeline};
pub use plan::{Decision, Plan, Reason, Step};
pub use record::RunRecord;
pub use runner::{Outcome, Progress, Runner, interrupt};
pub use stage::{Dep, Out, OutKind, Params, Stage};
pub use workspace::Workspace;
