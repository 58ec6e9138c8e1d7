//! configs/logging.yaml: what the program says about its inner workings, on stderr.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much is logged and in which form.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Logging {
    /// The least important messages shown.
    pub level: Level,
    /// Their form.
    pub format: Format,
}

/// Importance of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nothing.
    Off,
    /// Failures.
    Error,
    /// What deserves a second look.
    #[default]
    Warn,
    /// What is being done.
    Info,
    /// How it is being done.
    Debug,
    /// Everything.
    Trace,
}

/// Form of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A line to read.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}
