//! The pipeline of dvc.yaml: reading, templating, order, plan and run.
//!
//! Knows paths, parameters and commands. What a stage does inside is none of its business.

mod cache;
mod definition;
pub mod diff;
mod fingerprint;
mod git;
mod graph;
mod lock;
mod lockfile;
mod own;
mod plan;
pub mod record;
mod repro;
mod runner;
mod workspace;

pub use definition::{Dep, FILE, Out, OutKind, Params, Pipeline, Stage};
pub use fingerprint::Fingerprint;
pub use git::{Git, Head};
pub use graph::Graph;
pub use lock::RunLock;
pub use lockfile::{Cmd, Entry, Item};
pub use own::prepare as prepare_own;
pub use plan::{Decision, Plan, Reason, State, Step};
pub use record::RunRecord;
pub use repro::{Brought, Ended, Options, Progress, Repo, Selection, reproduce};
pub use runner::{Limits, Outcome, Runner, interrupt, kill};
