//! What is to be done: the stages in order, each with a decision.

use std::fmt;

use super::definition::{Pipeline, Stage};

/// The stages in order, each with what was decided.
#[derive(Debug, Clone)]
pub struct Plan {
    /// One a stage.
    pub steps: Vec<Step>,
}

/// A stage and what is to be done with it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The stage.
    pub stage: Stage,
    /// Whether it runs.
    pub decision: Decision,
}

/// Whether a stage runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Its outs stand as they are.
    UpToDate,
    /// It runs.
    Run(Reason),
}

/// Why a stage runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// All stages were asked for.
    Requested,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("requested"),
        }
    }
}

impl Plan {
    /// The plan in which `decide` says what becomes of each stage, in order.
    pub fn new(pipeline: Pipeline, mut decide: impl FnMut(&Stage) -> Decision) -> Self {
        let steps = pipeline.stages.into_iter().map(|stage| Step { decision: decide(&stage), stage }).collect();
        Self { steps }
    }

    /// The plan that runs everything but frozen stages.
    pub fn everything(pipeline: Pipeline) -> Self {
        Self::new(pipeline, |stage| if stage.frozen { Decision::UpToDate } else { Decision::Run(Reason::Requested) })
    }
}
