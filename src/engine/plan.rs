//! What is to be done: the stages in order, each with a decision and its reasons.

use std::fmt;

use super::definition::Stage;
use crate::yaml::{Node, Value};

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
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Its outs stand as they are.
    UpToDate,
    /// It was not asked for.
    NotSelected,
    /// It runs; all that speaks for it, what DVC looks at first standing first.
    Run(Vec<Reason>),
}

/// Why a stage runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// It was asked for, whatever stands.
    Requested,
    /// dvc.lock knows nothing of it.
    NeverRun,
    /// Its command is another.
    Command,
    /// It has `always_changed`, or neither deps nor outs.
    AlwaysChanged,
    /// A file or folder it reads.
    Dep {
        /// As dvc.yaml names it.
        path: String,
        /// What became of it.
        state: State,
    },
    /// A parameter.
    Param {
        /// Its dotted name within its file, down to the value that differs.
        key: String,
        /// The value of the last run; none where there was none.
        before: Option<Node>,
        /// The value now; none where there is none.
        now: Option<Node>,
    },
    /// A file or folder it writes.
    Out {
        /// As dvc.yaml names it.
        path: String,
        /// What became of it.
        state: State,
    },
    /// Another stage before it runs, so that it may have to.
    Upstream {
        /// The name of that stage.
        stage: String,
    },
}

/// What became of a file or folder since the last run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The last run did not know it.
    New,
    /// Its content is another.
    Modified,
    /// It is gone.
    Deleted,
    /// It stands as it was, but DVC's cache does not hold it.
    NotInCache,
}

impl State {
    /// As DVC says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::NotInCache => "not in cache",
        }
    }
}

impl Reason {
    /// The kind of reason, for data.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::NeverRun => "never run",
            Self::Command => "command",
            Self::AlwaysChanged => "always changed",
            Self::Dep { .. } => "deps",
            Self::Param { .. } => "params",
            Self::Out { .. } => "outs",
            Self::Upstream { .. } => "upstream",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requested => f.write_str("requested"),
            Self::NeverRun => f.write_str("never run"),
            Self::Command => f.write_str("command changed"),
            Self::AlwaysChanged => f.write_str("always changed"),
            Self::Dep { path, state } => write!(f, "deps changed: {path} {}", state.name()),
            Self::Param { key, before, now } => {
                write!(f, "params changed: {key} {} → {}", short(before.as_ref()), short(now.as_ref()))
            }
            Self::Out { path, state } => write!(f, "outs changed: {path} {}", state.name()),
            Self::Upstream { stage } => write!(f, "after {stage}"),
        }
    }
}

/// A value in few words.
fn short(value: Option<&Node>) -> String {
    const LONGEST: usize = 40;
    let Some(node) = value else { return "nothing".to_owned() };
    let text = match &node.value {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        _ => node.to_json().to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpToDate => f.write_str("up to date"),
            Self::NotSelected => f.write_str("not selected"),
            Self::Run(reasons) => {
                f.write_str("run")?;
                let Some(first) = reasons.first() else { return Ok(()) };
                write!(f, " ({first}")?;
                if reasons.len() > 1 {
                    write!(f, "; {} more", reasons.len() - 1)?;
                }
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    #[test]
    fn a_decision_reads_as_a_sentence() {
        let param = Reason::Param {
            key: "train.algorithms.xgb.n_estimators".into(),
            before: Some(parse("100", "").unwrap()),
            now: Some(parse("200", "").unwrap()),
        };
        let out = Reason::Out { path: "models/a.bin".into(), state: State::NotInCache };
        let gone = Reason::Param { key: "a".into(), before: Some(parse("{x: [1, b]}", "").unwrap()), now: None };
        for (decision, expected) in [
            (Decision::UpToDate, "up to date"),
            (Decision::Run(vec![param]), "run (params changed: train.algorithms.xgb.n_estimators 100 → 200)"),
            (Decision::Run(vec![gone]), "run (params changed: a {\"x\":[1,\"b\"]} → nothing)"),
            (Decision::Run(vec![out, Reason::Command]), "run (outs changed: models/a.bin not in cache; 1 more)"),
        ] {
            assert_eq!(decision.to_string(), expected);
        }
    }
}
