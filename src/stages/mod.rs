//! The stages, one file each. Each reads artifacts and configs, and writes artifacts. And what goes to XGBoost
//! and comes from it, and why rows are answered as they are.

mod account;
pub mod check;
mod clean;
mod evaluate;
mod exchange;
mod explain;
mod explore;
mod features;
mod ingest;
mod predict;
mod report;
mod rows;
mod split;
mod steps;
mod target;
mod train;
mod training;

pub use account::{Leaderboard, LeaderboardRow, Report};
pub use clean::clean;
use evaluate::by_rank;
pub use evaluate::default_metric;
pub use evaluate::evaluate;
pub use exchange::{ExportOptions, ImportOptions, export, import};
pub use explain::{Contribution, ExplainOptions, Explained, ExplainedOutput, ExplainedRow, explain};
pub use explore::explore;
pub use features::features;
pub use ingest::{ingest, source_columns};
pub use predict::{Format, PredictOptions, predict};
pub use report::report;
pub use split::split;
pub use train::train;
pub use training::{Training, as_trained, check_task};

use crate::config::Config;
use crate::event::Observer;
use crate::project::Project;

/// What every stage is given.
pub struct Context<'a> {
    /// The project folder.
    pub project: &'a Project,
    /// Its configs.
    pub config: &'a Config,
    /// Who hears of progress.
    pub observer: &'a dyn Observer,
    /// Threads; never change a result.
    pub threads: usize,
}
