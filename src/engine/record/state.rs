//! Whether a run goes on, has ended or was killed.

use std::path::Path;

use super::Record;
use crate::fs;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It ended by itself, with this exit code.
    Ended(i32),
    /// It is at work.
    Running,
    /// Its process is gone and has left no exit code.
    Killed,
    /// It has left no exit code, on another machine.
    Elsewhere,
}

impl Record {
    /// Where the run stands now.
    pub fn state(&self) -> State {
        match self.exit {
            Some(code) => State::Ended(code),
            None if self.host != host() => State::Elsewhere,
            None if fs::is_dead(&self.process.to_string()) => State::Killed,
            // A later process may have been given the same number.
            None if self.process_start != process_start(self.process) => State::Killed,
            None => State::Running,
        }
    }
}

/// The name of this machine.
pub(super) fn host() -> String {
    let known = text("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned());
    known.or_else(|| std::env::var("HOSTNAME").ok()).filter(|name| !name.is_empty()).unwrap_or_else(|| "unknown".into())
}

/// When a process began, in ticks since the machine was started; none where nobody can tell.
pub(super) fn process_start(process: u32) -> Option<u64> {
    // `pid (name) state …`: the name may hold anything; the 22nd word is the 20th behind it.
    let stat = text(&format!("/proc/{process}/stat"))?;
    stat.rsplit(')').next()?.split_whitespace().nth(19)?.parse().ok()
}

fn text(path: &str) -> Option<String> {
    fs::read(Path::new(path)).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
