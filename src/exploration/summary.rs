//! Everything that `explore` finds, as it stands in `reports/metrics/explore_<dataset>_<date>.json`. Its size depends on
//! the columns, never on the rows. What is undefined is left out or null, never NaN.

use serde::{Deserialize, Serialize};

use super::insights::Insight;
use crate::data::{Kind, Task};

/// A table, looked at before any model sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exploration {
    /// Rows.
    pub rows: u64,
    /// Rows without a null.
    pub complete_rows: u64,
    /// Rows that repeat an earlier one in every column; keys and ids are left aside.
    pub duplicate_rows: u64,
    /// Nulls of all columns.
    pub missing_cells: u64,
    /// What is predicted, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<TargetSummary>,
    /// What deserves a second look, the gravest first.
    pub findings: Vec<Insight>,
    /// Every column but the target and row keys, in the order of the table.
    pub columns: Vec<ColumnSummary>,
    /// Which columns are null together, the most frequent patterns first.
    pub missing_patterns: Vec<MissingPattern>,
    /// Patterns beyond those told.
    pub other_patterns: u64,
    /// Columns against one another.
    pub correlations: Correlations,
}

impl Exploration {
    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ColumnSummary> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What is predicted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSummary {
    /// Its column.
    pub column: String,
    /// The task it makes.
    pub task: Task,
    /// Rows without it.
    pub missing: u64,
    /// Classes with their rows, in their order (of two, the second is the positive one); the most frequent 50 of more.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub classes: Vec<Level>,
    /// Number of classes.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub distinct: u64,
    /// The names of the classes that [`Outcomes::Classes`] counts; where there are too many, the last stands for all
    /// others and is empty.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shown: Vec<String>,
    /// Of a number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub numbers: Option<NumberSummary>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
    /// Rows without a value.
    pub missing: u64,
    /// Their share.
    pub missing_share: f64,
    /// Distinct values, null aside.
    pub distinct: u64,
    /// The share of the most frequent value among the rows that have one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub most_frequent_share: Option<f64>,
    /// Of numbers, and of dates in seconds since 1970-01-01.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub numbers: Option<NumberSummary>,
    /// Of levels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub levels: Option<LevelSummary>,
    /// Of free text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub texts: Option<TextSummary>,
    /// What it says about the target.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub relation: Option<Relation>,
}

/// Values of a column of numbers or dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSummary {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// Standard deviation of a sample (divided by n - 1).
    pub standard_deviation: Option<f64>,
    /// Skewness, corrected for bias as pandas does.
    pub skewness: Option<f64>,
    /// Kurtosis beyond that of a normal distribution, corrected for bias as pandas does.
    pub kurtosis: Option<f64>,
    /// Quantiles by linear interpolation: 1 %, 5 %, 25 %, 50 %, 75 %, 95 %, 99 %.
    pub quantiles: [f64; 7],
    /// Zeros.
    pub zeros: u64,
    /// Values below zero.
    pub negatives: u64,
    /// Values far from the others.
    pub outliers: Outliers,
    /// How the values lie.
    pub histogram: Histogram,
}

/// Values far from the others, by two rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outliers {
    /// Rows more than 1.5 interquartile ranges outside of the quartiles (Tukey's fences).
    pub fences: u64,
    /// Their share of the rows with a value.
    pub fences_share: f64,
    /// Rows more than three standard deviations from the mean.
    pub z_score: u64,
    /// Their share of the rows with a value.
    pub z_score_share: f64,
}

/// Counts in bins of equal width, from `low` to `high`. A bin holds its lower end, the last one both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    /// Lower end of the first bin.
    pub low: f64,
    /// Upper end of the last bin.
    pub high: f64,
    /// Rows of each bin.
    pub counts: Vec<u64>,
    /// Rows below `low`, where a long tail is left out.
    pub below: u64,
    /// Rows above `high`.
    pub above: u64,
    /// The target in each bin.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcomes: Option<Outcomes>,
}

/// Levels of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelSummary {
    /// The most frequent, ties by text.
    pub top: Vec<Level>,
    /// Rows of all other levels.
    pub other_rows: u64,
    /// The target in each of `top`, and in all others together where there are such.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcomes: Option<Outcomes>,
}

/// A level with its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// The level; long ones are cut.
    pub level: String,
    /// Rows that have it.
    pub rows: u64,
}

/// Lengths of free text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextSummary {
    /// Characters a text.
    pub characters: NumberSummary,
    /// Words a text.
    pub words: NumberSummary,
}

/// The target in groups of rows: bins or levels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcomes {
    /// Rows of each class of [`TargetSummary::shown`], a list a group.
    Classes(Vec<Vec<u64>>),
    /// The mean of a numeric target, one a group.
    Means(Vec<Option<f64>>),
}

/// What one column says about the target, over the rows that have both. Which measures there are follows from the kinds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Area under the ROC curve of the values as they are, of a number and two classes: below 0.5 where they fall.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub roc_auc: Option<f64>,
    /// Share of the variance of the number that the classes or levels explain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub eta_squared: Option<f64>,
    /// Cramér's V of levels and classes, corrected for bias.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cramers_v: Option<f64>,
    /// Linear correlation of two numbers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pearson: Option<f64>,
    /// Rank correlation of two numbers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub spearman: Option<f64>,
    /// Mutual information in nats; numbers in at most 16 bins of equal frequency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mutual_information: Option<f64>,
    /// The share of the target's entropy that the column tells over all rows that have a target, a missing value as a
    /// level of its own, less what chance alone would give; the one measure that all kinds have, by which columns are
    /// ranked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explained: Option<f64>,
}

/// Columns that are null in the same rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingPattern {
    /// The columns; none for complete rows.
    pub columns: Vec<String>,
    /// Rows with these nulls and no others.
    pub rows: u64,
}

/// Columns against one another, over the rows that have both.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlations {
    /// Linear correlation of numbers; flags and the positive class count as 0 and 1.
    pub pearson: Matrix,
    /// Rank correlation of the same; equal values have their mean rank.
    pub spearman: Matrix,
    /// Cramér's V of levels and flags, corrected for bias (Bergsma 2013).
    pub cramers_v: Matrix,
    /// Mutual information divided by the mean of both entropies, 0 to 1; numbers and dates in at most 16 bins of equal
    /// frequency.
    pub mutual_information: Matrix,
    /// Columns that are in no matrix since there would be too many: those that say least about the target.
    pub left_out: u64,
}

/// A symmetric matrix.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// Columns in the order of the table, the target last.
    pub columns: Vec<String>,
    /// A row for each column.
    pub values: Vec<Vec<Option<f64>>>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
