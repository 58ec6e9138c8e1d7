//! The arguments of `params` and `metrics`.

use clap::{Args, Subcommand};

use crate::engine::diff::{Tolerance, WORKSPACE};
use crate::error::{Error, Result};

const REVISIONS: &str = "\
A revision is whatever git takes for a commit (a branch, a tag, HEAD~3), or `workspace` for the files as they are.
Files that git does not have are looked up in DVC's cache, by the dvc.lock of that revision.";

const EXAMPLES: &str = "\
Examples:
  mlops metrics diff                       the last commit against the files as they are
  mlops metrics diff main                  main against the files as they are
  mlops metrics diff main HEAD --md        a table for a pull request
  mlops metrics diff main --exit-code --tolerance 0.005
                                           fails with 4 where a metric got worse by more than that

A metric counts as better or worse by its name: accuracy, f1, roc_auc, r2 and their like should rise; loss, error,
rmse, mae, brier and their like should fall; others are only shown.";

/// What can be asked of parameters.
#[derive(Debug, Subcommand)]
pub enum ParamsCommand {
    /// Parameters that dvc.yaml names, at two revisions
    #[command(after_help = REVISIONS)]
    Diff(DiffArgs),
}

/// What can be asked of metrics.
#[derive(Debug, Subcommand)]
pub enum MetricsCommand {
    /// Metrics that dvc.yaml names, at two revisions; which got better, which worse
    #[command(before_help = EXAMPLES, after_help = REVISIONS)]
    Diff(MetricsDiffArgs),
    /// Metrics that dvc.yaml names, one line a file
    #[command(after_help = REVISIONS)]
    Show {
        /// The revision
        #[arg(default_value = WORKSPACE)]
        rev: String,
        /// As a Markdown table
        #[arg(long, conflicts_with = "json")]
        md: bool,
        /// Digits behind the decimal point
        #[arg(long, value_name = "N", default_value_t = 5)]
        precision: usize,
    },
}

/// Two revisions and how they are shown.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The earlier revision
    #[arg(value_name = "REV", default_value = "HEAD")]
    old: String,
    /// The later revision
    #[arg(value_name = "REV", default_value = WORKSPACE)]
    new: String,
    /// Unchanged values too
    #[arg(long)]
    pub all: bool,
    /// As a Markdown table, for a pull request
    #[arg(long, conflicts_with = "json")]
    pub md: bool,
}

impl DiffArgs {
    /// The earlier and the later one.
    pub fn revisions(&self) -> (&str, &str) {
        (&self.old, &self.new)
    }
}

/// Options of `metrics diff`.
#[derive(Debug, Args)]
pub struct MetricsDiffArgs {
    #[command(flatten)]
    pub diff: DiffArgs,
    /// A number that changed by no more than X counts as unchanged
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    tolerance: f64,
    /// A number that changed by no more than this part of its old value counts as unchanged, such as 0.01
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    tolerance_relative: f64,
    /// Exit code 4 where a metric got worse
    #[arg(long)]
    pub exit_code: bool,
    /// Digits behind the decimal point
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub precision: usize,
}

impl MetricsDiffArgs {
    /// Changes too small to count.
    ///
    /// # Errors
    /// Exit code 2 for what is no size.
    pub fn tolerance(&self) -> Result<Tolerance> {
        for (name, size) in [("--tolerance", self.tolerance), ("--tolerance-relative", self.tolerance_relative)] {
            if !size.is_finite() || size < 0.0 {
                return Err(Error::usage(format!("`{name} {size}` is no tolerance")).hint("give a number from 0 on"));
            }
        }
        Ok(Tolerance { absolute: self.tolerance, relative: self.tolerance_relative })
    }
}
