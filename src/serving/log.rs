//! Lines written by a thread of their own: who logs never waits. What it cannot keep up with is dropped and counted.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::queue::Queue;
use crate::error::Result;
use crate::fs;

/// Lines that may wait to be written, and their bytes.
const WAITING: usize = 8192;
const WAITING_BYTES: usize = 8 << 20;

/// A log of lines.
pub struct LineLog {
    lines: Queue<String>,
    dropped: Arc<AtomicU64>,
}

impl LineLog {
    /// Appends to a file, or writes to standard output by the name `-`.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written.
    pub fn open(path: PathBuf) -> Result<Self> {
        let mut place = Place::new(path);
        place.open()?;
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        // Where writing fails, as on a full disk, lines are dropped, and the file is opened anew for those that follow.
        let lines = Queue::start(WAITING, WAITING_BYTES, move |lines: Vec<String>| {
            if let Err(error) = place.write(lines.concat().as_bytes()) {
                counted.fetch_add(lines.len() as u64, Ordering::Relaxed);
                tracing::warn!("{error}");
            }
        });
        Ok(Self { lines, dropped })
    }

    /// Adds a line, which ends with a line's end.
    pub fn add(&self, line: String) {
        let bytes = line.len();
        if !self.lines.offer(line, bytes) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many lines were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what waits, and ends.
    pub fn close(&self) {
        self.lines.close();
    }
}

/// Where lines go.
struct Place {
    path: PathBuf,
    file: Option<std::fs::File>,
}

impl Place {
    fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    fn open(&mut self) -> Result<()> {
        if self.path.as_os_str() != "-" && self.file.is_none() {
            self.file = Some(fs::open_to_append(&self.path)?);
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.open()?;
        let written = match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => {
                let mut out = std::io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush())
            }
        };
        written.map_err(|error| {
            self.file = None;
            fs::write_error(&self.path, error)
        })
    }
}
