//! The record of one execution: what ran when, why, for how long and to what end, under `.mlops/runs`.
//!
//! It is written when a run with something to do begins, without an exit code, and again as the run goes on; so a run
//! that was killed is seen as such. It never decides anything.

mod state;
mod store;

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use state::State;
pub use store::{Listing, list, load};

use super::git::Head;
use crate::error::{Error, Result};
use crate::fs;

/// How often a record is written while stages end.
const PAUSE: Duration = Duration::from_secs(1);

/// One execution of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Sorts by time: `20261121T081500Z-<process>`.
    pub id: String,
    /// The command line, the program's name left out.
    pub command: Vec<String>,
    /// When it began, UTC.
    pub start: String,
    /// When it ended, UTC; none as long as it runs, or where it was killed.
    pub end: Option<String>,
    /// How long it took, by a clock that nobody sets.
    pub seconds: Option<f64>,
    /// The exit code; none like `end`.
    pub exit: Option<i32>,
    /// What became of each stage, in the order in which they ended.
    pub stages: Vec<StageRecord>,
    /// The commit it ran on, where there was one.
    pub git: Option<Head>,
    /// The machine.
    pub host: String,
    /// The version of this program.
    pub version: String,
    /// The number of its process.
    pub process: u32,
    /// When that process began, as the system counts; tells it from a later one of the same number.
    pub process_start: Option<u64>,
}

/// What became of one stage in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Its name.
    pub name: String,
    /// What came of it.
    pub outcome: Ending,
    /// Why it ran; none where it did not.
    pub reason: Option<String>,
    /// When it began, UTC; none where it did not run.
    pub start: Option<String>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// The most memory it held, in bytes, where that is known.
    pub peak_memory: Option<u64>,
    /// How often its commands were started.
    pub attempts: u32,
}

/// What came of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It ran, and its outs are there.
    Ran,
    /// Its outs came from the run-cache.
    Restored,
    /// Nothing was to be done.
    UpToDate,
    /// It ran and failed.
    Failed,
    /// It could not run, since a stage before it failed.
    Blocked,
}

impl StageRecord {
    /// A stage that did not run.
    pub fn idle(name: &str, outcome: Ending) -> Self {
        Self {
            name: name.to_owned(),
            outcome,
            reason: None,
            start: None,
            seconds: None,
            peak_memory: None,
            attempts: 0,
        }
    }

    /// A stage that has just ended, after one attempt.
    pub fn ended(name: &str, outcome: Ending, reason: String, took: Duration) -> Self {
        let start = SystemTime::now().checked_sub(took).map(timestamp);
        Self {
            reason: Some(reason),
            start,
            seconds: Some(took.as_secs_f64()),
            attempts: 1,
            ..Self::idle(name, outcome)
        }
    }
}

/// A record that is being written.
#[derive(Debug)]
pub struct RunRecord {
    record: Record,
    path: PathBuf,
    clock: Instant,
    /// When it was last written.
    written: Instant,
    /// git takes its time, so it is asked meanwhile.
    head: Option<JoinHandle<Option<Head>>>,
}

impl RunRecord {
    /// Begins the record of a run of the project in `root`, and removes the oldest ones beyond those kept. Only
    /// where the run changes something is git asked for changes that are not committed.
    ///
    /// # Errors
    /// Exit code 1 where it cannot be written.
    pub fn begin(root: &Path, command: Vec<String>, changes: bool) -> Result<Self> {
        super::own::prepare(root)?;
        let now = SystemTime::now();
        let folder = store::folder(root);
        let process = std::process::id();
        let id = store::free_id(&folder, &format!("{}-{process}", compact(now)));
        store::prune(&folder);
        let home = root.to_path_buf();
        let record = Record {
            command,
            start: timestamp(now),
            end: None,
            seconds: None,
            exit: None,
            stages: Vec::new(),
            git: if changes { None } else { Head::glance(root) },
            host: state::host(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            process,
            process_start: state::process_start(process),
            id,
        };
        let path = folder.join(format!("{}.json", record.id));
        let head = changes.then(|| std::thread::spawn(move || Head::of(&home)));
        let clock = Instant::now();
        let mut this = Self { record, path, clock, written: clock, head };
        if changes {
            this.write()?;
        }
        Ok(this)
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.record.id
    }

    /// Waits until git has told where the project stands; before anything is changed, so that the run's own outs
    /// do not count as changes.
    pub fn settle(&mut self) {
        if let Some(head) = self.head.take() {
            self.record.git = head.join().ok().flatten();
        }
    }

    /// Adds what became of a stage. It is written at once where a second has passed since the last time.
    ///
    /// # Errors
    /// Exit code 1 where it cannot be written.
    pub fn stage(&mut self, stage: StageRecord) -> Result<()> {
        self.record.stages.push(stage);
        if self.written.elapsed() < PAUSE {
            return Ok(());
        }
        self.write()
    }

    /// Ends the record with the exit code of the run.
    ///
    /// # Errors
    /// Exit code 1 where it cannot be written.
    pub fn finish(mut self, exit: i32) -> Result<()> {
        self.settle();
        self.record.end = Some(timestamp(SystemTime::now()));
        self.record.seconds = Some(self.clock.elapsed().as_secs_f64());
        self.record.exit = Some(exit);
        self.write()
    }

    fn write(&mut self) -> Result<()> {
        self.written = Instant::now();
        let mut bytes = serde_json::to_vec_pretty(&self.record)
            .map_err(|e| Error::failure("cannot write the record of this run").because(e))?;
        bytes.push(b'\n');
        fs::replace(&self.path, &bytes)
    }
}

/// `2026-11-21T08:15:00.123Z`
fn timestamp(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `20261121T081500.123Z`, which sorts by time; numbers of processes do not, since they begin anew.
fn compact(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).format("%Y%m%dT%H%M%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests;
