//! The pipeline of dvc.yaml: reading, templating, order, plan and run.
//!
//! Knows paths, parameters and commands. What a stage does inside is none of its business.

mod definition;
pub mod diff;
mod fingerprint;
mod git;
mod graph;
mod lock;
mod lockfile;
mod plan;
pub mod record;
mod runner;

pub use definition::{
    BoolOptions, Dep, FILE, Ignored, ListOptions, Out, OutKind, ParamReader, Params, Parsing, Pipeline, Stage,
};
pub use fingerprint::Fingerprint;
pub use git::{Git, Head};
pub use graph::{Graph, missing};
pub use lock::RunLock;
pub use lockfile::{Cmd, Entry, Item};
pub use plan::{Decision, Plan, Reason, Step};
pub use record::RunRecord;
pub use runner::{Outcome, Progress, Runner, interrupt};
