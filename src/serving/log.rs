//! Lines written by a thread of their own: who logs never waits. What it cannot keep up with is dropped and counted.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use crate::error::Result;
use crate::fs;

/// Lines that may wait to be written.
const WAITING: usize = 8192;

/// A log of lines. Dropped, it writes what waits and ends.
pub struct LineLog {
    lines: Option<SyncSender<String>>,
    dropped: Arc<AtomicU64>,
    writer: Option<JoinHandle<()>>,
}

impl LineLog {
    /// Appends to a file, or writes to standard output by the name `-`.
    ///
    /// # Errors
    /// Exit code 1 where the file cannot be written.
    pub fn open(path: PathBuf) -> Result<Self> {
        let mut place = Place::new(path);
        place.open()?;
        let (lines, waiting) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let writer = std::thread::spawn(move || write(&waiting, &mut place, &counted));
        Ok(Self { lines: Some(lines), dropped, writer: Some(writer) })
    }

    /// Adds a line, which ends with a line's end. It is made only where there is room for it.
    pub fn add(&self, line: String) {
        let Some(lines) = &self.lines else { return };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = lines.try_send(line) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many lines were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for LineLog {
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            writer.join().unwrap_or_default();
        }
    }
}

/// Writes all lines that wait in one go. Where that fails, as on a full disk, they are dropped, and the file is opened
/// anew for those that follow.
fn write(waiting: &Receiver<String>, place: &mut Place, dropped: &AtomicU64) {
    while let Ok(mut lines) = waiting.recv() {
        let mut count = 1;
        while let Ok(line) = waiting.try_recv() {
            lines.push_str(&line);
            count += 1;
            if lines.len() > 1 << 20 {
                break;
            }
        }
        if let Err(error) = place.write(lines.as_bytes()) {
            dropped.fetch_add(count, Ordering::Relaxed);
            tracing::warn!("{error}");
        }
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
