//! Metrics as scikit-learn defines them, on plain slices.
//!
//! - [`METRICS`] is the one table: name, direction, tasks and formula. [`find`] and [`find_for`] look names up.
//! - [`classification`] and [`regression`] compute every metric of a task at once, [`Metric::value`] a single one.
//! - [`bootstrap`] tells how sure they are, [`McNemar`] whether two classifiers differ.
//! - [`best_threshold`] chooses the decision threshold of a binary model.
//! - [`Confusion`], [`Ranking`] and [`curves`] are the pieces below.
//!
//! An undefined value is `None`, never NaN: ROC AUC where only one class is present, R² of one row. A ratio
//! whose denominator is 0, such as the precision of a class that is never predicted, is 0 as in
//! scikit-learn's `zero_division` default. All sums run in row order and are compensated, so that the
//! result depends on neither threads nor the machine.

pub mod bootstrap;
mod class_thresholds;
mod classification;
mod confusion;
pub mod curves;
mod mcnemar;
mod one_vs_one;
mod probability;
mod ranking;
mod registry;
mod regression;
mod sum;
mod threshold;

#[cfg(test)]
mod golden;

pub use class_thresholds::best_class_thresholds;
pub use classification::{Classification, classification};
pub use confusion::Confusion;
pub use mcnemar::McNemar;
pub use ranking::{Ranking, Step};
pub use registry::{HEADLINE, METRICS, Metric, find, find_for, names, names_with_threshold};
pub use regression::regression;
pub use threshold::{Threshold, best_threshold, least_cost_threshold};
