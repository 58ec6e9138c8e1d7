//! The seven stages, one file each: ingest, clean, features, split, train, evaluate, predict.

mod report;

pub use report::{Leaderboard, LeaderboardRow, Report};
