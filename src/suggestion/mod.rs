//! Automatic features: columns that could be derived, and the search for those that raise the cross-validated score.
//!
//! [`Search`] scores the features as they are, over the folds of training. A candidate is then held against what the
//! model leaves unexplained, out of fold (`residuals.rs`); only where both have more to do with each other than chance
//! would make of so many candidates, it is tried: transforms and model are fitted anew in every fold. The best of a
//! round stays where its gain, paired by fold, is beyond its standard error, and the next round begins from there.
//!
//! All rows are training rows, and no candidate is made of the target.

mod candidate;
mod gain;
mod pairs;
mod proposal;
mod residuals;
mod search;
mod sources;
#[cfg(test)]
mod tests;

pub use candidate::{Candidate, Family, line};
pub use gain::Gain;
pub use search::{Ending, Found, Heard, Search, Trial, Verdict, learned_at};
