//! The account of a look at a table: plain data, for the files of the project and for `--json`.

use std::path::PathBuf;

use serde::Serialize;

use crate::data::{Kind, Task};

/// All that was found and decided.
#[derive(Debug, Clone, Serialize)]
pub struct Findings {
    /// Dataset name, as it stands in file names.
    pub dataset: String,
    /// Snapshot date, YYYYMMDD.
    pub date: String,
    /// Where the rows come from.
    pub sources: Vec<Source>,
    /// Rows of all sources.
    pub rows: usize,
    /// The columns but the target, in order.
    pub columns: Vec<Column>,
    /// What is predicted.
    pub target: Target,
    /// Whether numbers are written with a decimal comma.
    pub decimal_comma: bool,
    /// Texts that mean missing.
    pub markers: Vec<Marker>,
    /// Rows that repeat an earlier one.
    pub duplicates: Duplicates,
    /// How rows are held out.
    pub split: Split,
    /// What only the user can decide.
    pub decide: Vec<Comment>,
    /// Whether the folder, or one above it, is in git.
    pub git: bool,
}

/// A file of rows.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Where it was found.
    pub found: PathBuf,
    /// Where it lies in the project, relative to its root.
    pub file: String,
    /// The address it was fetched from, and the SHA-256 of its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<(String, String)>,
    /// The side of a given split it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Its rows.
    pub rows: usize,
    /// Whether its numbers are no texts, as in JSON.
    #[serde(skip)]
    pub has_numbers: bool,
    /// The keys that say how it is written, in YAML, each with a comment.
    pub layout: Vec<(String, String, String)>,
    /// The first rows, where the file has no header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub first_rows: Vec<Vec<String>>,
    /// What was found out on reading it, such as its encoding.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A side of a given split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Rows to learn from.
    Train,
    /// Rows held out.
    Test,
}

/// One column.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// What becomes of it.
    pub role: Role,
    /// Rows without a value.
    pub missing: usize,
    /// Distinct values.
    pub distinct: usize,
    /// Whether there are more distinct values than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// How its dates are written, where that is not ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Whether its type is written down, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// The parts in which its dates differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Single texts of this column alone that mean missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nulls: Vec<String>,
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A number or a flag that models take as it is.
    Number,
    /// One of a few levels.
    Category,
    /// One of many levels, each encoded by the target's mean.
    Levels,
    /// A date, of which parts are derived.
    Date,
    /// Free text, of which lengths are derived.
    Text,
    /// A key: no feature.
    Id,
    /// One value in all rows: dropped.
    Constant,
}

/// What is predicted.
#[derive(Debug, Clone, Serialize)]
pub struct Target {
    /// Its column.
    pub column: String,
    /// What kind of answer.
    pub task: Task,
    /// Why this task.
    pub why: String,
    /// Class labels with the rows of each, the most frequent first; none for regression.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<(String, usize)>,
    /// The positive class of a binary target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// Why this one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why_positive: String,
    /// From the texts found to labels, where the parts write them differently.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub map: Vec<(String, String)>,
    /// Texts of the target alone that mean missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nulls: Vec<String>,
    /// Rows without a target.
    pub missing: usize,
}

/// A text that means missing.
#[derive(Debug, Clone, Serialize)]
pub struct Marker {
    /// The text.
    pub text: String,
    /// The columns it was found in, with the rows of each.
    pub columns: Vec<(String, usize)>,
}

/// Rows that repeat an earlier one.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Duplicates {
    /// How many.
    pub rows: usize,
    /// Whether they are dropped.
    pub dropped: bool,
    /// Why, or why not.
    pub why: String,
}

/// How rows are held out.
#[derive(Debug, Clone, Serialize)]
pub struct Split {
    /// Whether the sources are the two sides.
    pub given: bool,
    /// Share of the rows held out.
    pub test_size: f64,
    /// Folds of the training rows.
    pub folds: usize,
    /// Why it is not the usual size and number of folds.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Classes too rare to learn, with their rows; those are dropped.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<(String, usize)>,
    /// Rows that are left to learn from and to test on.
    pub rows: usize,
}

/// Something that only the user can decide.
#[derive(Debug, Clone, Serialize)]
pub struct Comment {
    /// The column it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What there is to decide.
    pub text: String,
    /// The columns to leave out, where that is the alternative.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
}
