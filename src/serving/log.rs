//! Lines written by a thread of their own: who logs never waits. What it cannot keep up with is dropped and counted.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::queue::Queue;
use super::rotating::RotatingFile;
use crate::error::Result;

/// Lines that may wait to be written, and their bytes.
const WAITING: usize = 8192;
const WAITING_BYTES: usize = 8 << 20;
/// Stands for standard output.
const STDOUT: &str = "-";

/// A log of lines of JSON.
pub struct LineLog {
    lines: Queue<String>,
    dropped: Arc<AtomicU64>,
}

impl LineLog {
    /// Appends to a file, which others may move away, or writes to standard output by the name `-`.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written, 2 where something else stands there.
    pub fn open(path: PathBuf) -> Result<Self> {
        let is_stdout = path.as_os_str() == STDOUT;
        let mut file = match is_stdout {
            true => None,
            false => Some(RotatingFile::create(path, u64::MAX, 0, ("", "{"))?),
        };
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let lines = Queue::start(WAITING, WAITING_BYTES, move |lines: Vec<String>| {
            let mut end = 0;
            let ends: Vec<usize> = lines.iter().map(|line| (end += line.len(), end).1).collect();
            let text = lines.concat();
            let written = match &mut file {
                Some(file) => file.log(text.as_bytes(), &ends),
                None => {
                    if print(text.as_bytes()) {
                        lines.len()
                    } else {
                        0
                    }
                }
            };
            counted.fetch_add((lines.len() - written) as u64, Ordering::Relaxed);
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

fn print(bytes: &[u8]) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}
