//! The pipeline of dvc.yaml: reading, templating, order, plan and run.
//!
//! Knows paths, parameters and commands. What a stage does inside is none of its business.

mod fingerprint;
mod graph;
mod lock;
mod lockfile;
mod merge;
mod pipeline;
mod plan;
mod runner;
mod stage;
mod template;

pub use fingerprint::Fingerprint;
pub use lock::RunLock;
pub use lockfile::{Cmd, Entry, Item, LOCK_FILE, Lock, Values, params_equal, run_cache};
pub use pipeline::{FILE, Pipeline};
pub use plan::{Decision, Plan, Reason, Step};
pub use runner::{Outcome, Progress, Runner, interrupt};
pub use stage::{Dep, Out, OutKind, Params, Stage};
