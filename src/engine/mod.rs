//! The pipeline of dvc.yaml: reading, templating, order, plan and run.
//!
//! Knows paths, parameters and commands. What a stage does inside is none of its business.

mod definition;
mod fingerprint;
mod graph;
mod lock;
mod lockfile;
mod plan;
mod runner;

pub use definition::{
    BoolOptions, Dep, FILE, Ignored, ListOptions, Out, OutKind, ParamReader, Params, Parsing, Pipeline, Stage,
};
pub use fingerprint::Fingerprint;
pub use graph::{Graph, missing};
pub use lock::RunLock;
pub use lockfile::{Cmd, Entry, Item};
pub use plan::{Decision, Plan, Reason, Step};
pub use runner::{Outcome, Progress, Runner, interrupt};
