//! What a table tells before a model sees it: suspicious columns, how two parts of it differ, and all that [`explore`]
//! measures.
//!
//! Plain data for whoever tells it: `split` warns of it, `init` lists it to decide on, `explore` writes and draws it.

mod association;
mod bins;
mod coded;
mod contingency;
mod correlations;
mod drift;
mod duplicates;
mod explore;
mod histogram;
mod identity;
mod insights;
mod leaks;
mod level_summary;
mod missing;
mod number_summary;
mod relation;
pub mod summary;

#[cfg(test)]
mod golden;

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

pub use bins::{Bins, Codes, by_level, numbers};
pub use drift::{Change, Shift, drift};
pub use duplicates::row_hashes;
pub use explore::{ExploreOptions, explore};
pub use identity::{is_constant, is_key};
pub use insights::{Insight, Matter, Severity};
pub use leaks::LEAK;
pub use summary::Exploration;

use crate::data::{Column, Target};

/// A column that deserves a second look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// Column name.
    pub column: String,
    /// What is suspicious about it.
    #[serde(flatten)]
    pub finding: Finding,
}

/// What can be suspicious about a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// It alone predicts the target: a one-column model fitted on half of the rows scores at least [`LEAK`] on the
    /// other half.
    Leak {
        /// `roc_auc`, or `r2` for a numeric target.
        metric: String,
        /// Its value on the other half.
        score: f64,
    },
    /// Nearly every row has a value of its own.
    IdLike {
        /// Distinct values.
        distinct: u64,
        /// Rows that have a value.
        rows: u64,
    },
    /// Every row has the same value, or none has any.
    Constant,
}

impl fmt::Display for Finding {
    /// The predicate of a sentence about the column.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Finding::Leak { metric, score } => {
                write!(f, "alone predicts the target ({metric} {score:.3} on a held-out half of the rows)")
            }
            Finding::IdLike { distinct, rows } => {
                write!(f, "has nearly one value a row ({distinct} in {rows} rows), as an id has")
            }
            Finding::Constant => f.write_str("has the same value in every row"),
        }
    }
}

/// The suspicious ones among `columns`, in their order, each with its gravest finding; the rows are training rows.
///
/// Deterministic for a seed, whatever the number of threads. Neither target nor row keys belong in `columns`.
pub fn suspects(columns: &[&Column], target: &Target, seed: u64) -> Vec<Flag> {
    let halves = leaks::Halves::of(target, seed);
    let finding = |column: &Column| {
        if identity::is_constant(column) {
            return Some(Finding::Constant);
        }
        leaks::find(column, target, &halves).or_else(|| identity::id_like(column))
    };
    let findings: Vec<Option<Finding>> = columns.par_iter().map(|column| finding(column)).collect();
    let flag =
        |(column, finding): (&&Column, Option<Finding>)| Some(Flag { column: column.name.clone(), finding: finding? });
    columns.iter().zip(findings).filter_map(flag).collect()
}

#[cfg(test)]
mod tests;
