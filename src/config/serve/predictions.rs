//! `serve.predictions`: the log of what was answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Problems;
use crate::yaml::Located;

/// Bytes of a file at the most, where nothing is said.
const MAX_BYTES: u64 = 100 << 20;
/// Files that are kept beside the one that is written, where nothing is said.
const KEEP: u32 = 5;
/// Files that can be kept.
const MOST_KEPT: u32 = 1000;

/// The log of predictions: a line a row.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predictions {
    /// The file, from the project folder.
    pub path: Located<String>,
    /// How lines are written.
    #[serde(default)]
    pub format: LogFormat,
    /// Share of the requests that are kept, chosen by their ids.
    #[serde(default = "all")]
    #[schemars(range(min = 0, max = 1))]
    pub sample: Located<f64>,
    /// Another seed chooses other requests.
    #[serde(default)]
    pub seed: u64,
    /// Fields whose values are not written.
    #[serde(default)]
    pub redact: Vec<Located<String>>,
    /// Bytes after which a new file begins; the former one is kept as `<path>.1`, the one before as `<path>.2`.
    #[serde(default = "max_bytes")]
    #[schemars(range(min = 1))]
    pub max_bytes: Located<u64>,
    /// Files that are kept beside the one that is written.
    #[serde(default = "keep")]
    #[schemars(range(min = 0, max = 1000))]
    pub keep: Located<u32>,
}

/// How a log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// An object a line.
    #[default]
    Jsonl,
    /// Comma-separated values; fields and probabilities are JSON in a cell, since models differ in theirs.
    Csv,
}

fn all() -> Located<f64> {
    Located::new(1.0)
}

fn max_bytes() -> Located<u64> {
    Located::new(MAX_BYTES)
}

fn keep() -> Located<u32> {
    Located::new(KEEP)
}

impl Predictions {
    pub(super) fn validate(&self, problems: &mut Problems) {
        let (path, sample, keep) = (&self.path, &self.sample, &self.keep);
        problems.check(!path.is_empty() && path.value != "-", || {
            path.error("expected a file").hint("such as `logs/predictions.jsonl`; stdout is for the access log")
        });
        problems.check((0.0..=1.0).contains(&sample.value), || {
            sample.error(format!("expected a number from 0 to 1, found `{}`", sample.value))
        });
        problems.check(self.max_bytes.value > 0, || self.max_bytes.error("expected a number of at least 1"));
        problems.check(keep.value <= MOST_KEPT, || {
            keep.error(format!("expected a number from 0 to {MOST_KEPT}, found `{}`", keep.value))
        });
    }
}
