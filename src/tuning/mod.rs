//! The search for parameters: trials in rounds, each scored over the folds of `train`.
//!
//! - [`Problem`] is what is searched: of each algorithm its spaces, beside what train.yaml says of it.
//! - `sampler` proposes: by chance, in the order of a grid, or by `tpe`.
//! - [`Search`] runs the rounds; `round` deals folds of trials to threads, `pruning` ends trials early, and what was
//!   `tried` before is not run again.
//! - [`Journal`] keeps every trial as it ends, and settles which process does which trial.
//! - [`importance`] says which parameters mattered.
//!
//! All trials of a round are proposed from the finished rounds before it, and each draws from its own seed: what is
//! tried depends neither on how many trials run at once nor on which of them ends first.

mod history;
mod importance;
mod journal;
mod problem;
mod pruning;
mod result;
mod round;
mod sampler;
mod scale;
mod search;
#[cfg(test)]
mod tests;
mod tpe;
mod tried;

pub use history::{State, Trial, best, best_of_each};
pub use importance::importance;
pub use journal::{Journal, Opening};
pub use problem::{Branch, Problem};
pub use result::result;
pub use search::{Ending, Search};
