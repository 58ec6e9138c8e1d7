//! What a model learns and what it answers.

use serde::{Deserialize, Serialize};

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Two classes.
    Binary,
    /// Three classes or more.
    Multiclass,
    /// A number.
    Regression,
}

impl Task {
    /// Its name in configs.
    pub fn name(self) -> &'static str {
        match self {
            Task::Binary => "binary",
            Task::Multiclass => "multiclass",
            Task::Regression => "regression",
        }
    }
}

/// The target of the rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// Classification: class per row, `classes` of them; in binary tasks class 1 is the positive one.
    Classes {
        /// Class of each row, below `classes`.
        codes: Vec<u32>,
        /// Number of classes, at least 2.
        classes: usize,
    },
    /// Regression: value per row, finite.
    Values(Vec<f64>),
}

impl Target {
    /// What is to be predicted.
    pub fn task(&self) -> Task {
        match self {
            Target::Classes { classes, .. } if *classes <= 2 => Task::Binary,
            Target::Classes { .. } => Task::Multiclass,
            Target::Values(_) => Task::Regression,
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Target::Classes { codes, .. } => codes.len(),
            Target::Values(values) => values.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows at `rows`, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        match self {
            Target::Classes { codes, classes } => {
                Target::Classes { codes: rows.iter().map(|r| codes[*r]).collect(), classes: *classes }
            }
            Target::Values(values) => Target::Values(rows.iter().map(|r| values[*r]).collect()),
        }
    }
}

/// What a model answers, row-major: a probability per class (`width` = classes, summing to 1),
/// or the predicted value (`width` = 1).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scores {
    /// Values a row.
    pub width: usize,
    /// `rows * width` values.
    pub values: Vec<f64>,
}

impl Scores {
    /// The values of a row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..(row + 1) * self.width]
    }

    /// Some of the rows, in the order given.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { width: self.width, values: rows.iter().flat_map(|row| self.row(*row).iter().copied()).collect() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    /// One column of all rows, such as the probability of the positive class.
    pub fn column(&self, at: usize) -> Vec<f64> {
        self.values.iter().skip(at).step_by(self.width.max(1)).copied().collect()
    }
}
