//! What a stage tells when it is done, as data: printed by the CLI, passed on as JSON by `run-all`'s children.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::exploration::{Flag, Shift};

/// The account of one stage. Everything in it is computed by the stage; times are the caller's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Stage name, such as `train`.
    pub stage: String,
    /// Rows read, where the stage reads a table.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows_in: Option<u64>,
    /// Rows written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rows_out: Option<u64>,
    /// Short lines on what was done, such as `dropped 240 rows: exact duplicate`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notes: Vec<String>,
    /// Short lines on what deserves a second look.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
    /// Features that look like leaks or ids, from `split`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub suspects: Vec<Flag>,
    /// How a given test part differs from the training part, from `split`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub drift: Vec<Shift>,
    /// Files written, relative to the project folder.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub outputs: Vec<String>,
    /// All models beside one another, from `evaluate`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaderboard: Option<Leaderboard>,
    /// Quality gates that the champion misses, from `evaluate`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub missed_gates: Vec<String>,
}

impl Report {
    /// Refuses missed quality gates, after everything is written and told.
    ///
    /// # Errors
    /// Exit code 4.
    pub fn check_gates(&self) -> Result<()> {
        if self.missed_gates.is_empty() {
            return Ok(());
        }
        let champion = self.leaderboard.as_ref().map(|l| l.champion.as_str()).unwrap_or_default();
        Err(Error::gate(format!("the champion `{champion}` misses a quality gate: {}", self.missed_gates.join("; ")))
            .hint("everything was written; change the model, or the gates in configs/evaluate.yaml"))
    }
}

/// Models in order of rank.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Leaderboard {
    /// The metric the champion is chosen by, on out-of-fold predictions.
    pub select: String,
    /// Metric columns shown, in order; the first is the out-of-fold score.
    pub columns: Vec<String>,
    /// One row a model, best first; the baseline is among them.
    pub rows: Vec<LeaderboardRow>,
    /// Algorithm of the champion.
    pub champion: String,
}

/// One model of the leaderboard.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LeaderboardRow {
    /// Algorithm.
    pub algorithm: String,
    /// A value for each of [`Leaderboard::columns`]; none where undefined.
    pub values: Vec<Option<f64>>,
    /// Model file.
    pub model: String,
}
