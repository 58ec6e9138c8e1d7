//! The log of predictions: rows and what was answered, written by a thread of its own.

mod line;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use axum::http::HeaderValue;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use self::line::Lines;
use super::models::{Model, Role};
use super::queue::Queue;
use super::rotating::RotatingFile;
use crate::config::Predictions;
use crate::data::{Scores, Table};
use crate::error::Result;

/// Answers that may wait to be written, and what they may hold in memory.
const WAITING: usize = 8192;
const WAITING_BYTES: usize = 64 << 20;
/// Bytes that are written together.
const TOGETHER: usize = 256 << 10;

/// Rows that a model has answered.
pub struct Entry {
    /// When.
    pub time: SystemTime,
    /// The id of the request.
    pub id: HeaderValue,
    /// The name that was asked.
    pub name: Arc<str>,
    /// In whose place it answered.
    pub role: Role,
    /// Which model.
    pub model: Arc<Model>,
    /// The rows.
    pub rows: Table,
    /// What it answered.
    pub scores: Scores,
}

/// The log.
pub struct PredictionLog {
    queue: Queue<Entry>,
    sample: f64,
    seed: u64,
    redact: Vec<String>,
    counts: Arc<LogCounts>,
}

/// What became of predictions that were to be logged.
#[derive(Default)]
pub struct LogCounts {
    /// Rows that were written.
    pub written: AtomicU64,
    /// Rows that were not.
    pub dropped: AtomicU64,
}

impl PredictionLog {
    /// A log as it is configured, in a file.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written.
    pub fn open(config: &Predictions, path: PathBuf) -> Result<Self> {
        let redact: Vec<String> = config.redact.iter().map(|name| name.value.clone()).collect();
        let mut lines = Lines::new(config.format, redact.clone());
        let mut file = RotatingFile::create(path, config.max_bytes.value, config.keep.value, lines.head())?;
        let counts = Arc::new(LogCounts::default());
        let told = Arc::clone(&counts);
        let mut flush = move |lines: &mut Lines| {
            if lines.ends().is_empty() {
                return;
            }
            let written = file.log(lines.text(), lines.ends());
            told.written.fetch_add(written as u64, Ordering::Relaxed);
            told.dropped.fetch_add((lines.ends().len() - written) as u64, Ordering::Relaxed);
            lines.clear();
        };
        let queue = Queue::start(WAITING, WAITING_BYTES, move |entries: Vec<Entry>| {
            for entry in entries {
                for row in 0..entry.scores.rows() {
                    lines.add(&entry, row);
                    if lines.text().len() > TOGETHER {
                        flush(&mut lines);
                    }
                }
            }
            flush(&mut lines);
        });
        Ok(Self { queue, sample: config.sample.value, seed: config.seed, redact, counts })
    }

    /// Whether the predictions of that request are kept.
    pub fn keeps(&self, id: &HeaderValue) -> bool {
        let share = (xxh3_64_with_seed(id.as_bytes(), self.seed) >> 11) as f64 / (1_u64 << 53) as f64;
        share < self.sample
    }

    /// Adds what was answered to a body of so many bytes.
    pub fn add(&self, entry: Entry, bytes: usize) {
        let rows = entry.scores.rows();
        // A row in memory is its text, its scores, and where each value ends.
        let size = bytes + 8 * (entry.scores.values.len() + rows * entry.rows.columns().len());
        if !self.queue.offer(entry, size) {
            self.counts.dropped.fetch_add(rows as u64, Ordering::Relaxed);
        }
    }

    /// Fields whose values are not written.
    pub fn redacted(&self) -> &[String] {
        &self.redact
    }

    /// What became of the predictions so far.
    pub fn counts(&self) -> &LogCounts {
        &self.counts
    }

    /// Writes what waits, and ends.
    pub fn close(&self) {
        self.queue.close();
    }
}
