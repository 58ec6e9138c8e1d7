//! Every trial as it ends, one JSON document a line, behind a first line that tells this search from others.
//!
//! A trial is written in one piece and brought to the disk, so a process killed at any moment loses no other than those
//! it was running; half a line that it may leave is cut off. Several processes may share a journal: who writes holds
//! its lock, and who runs a trial holds the lock of its place in the round, which ends with the process however that
//! ends. The locks lie in a folder of their own.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use serde_json::{Map, Value as Json};

use super::history::{State, Trial};
use crate::error::{Error, Result};
use crate::fs::{self, Lock};

/// How a journal is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// One that is there is refused.
    New,
    /// One that is there is gone on with.
    Resume,
    /// One that is there is thrown away.
    Force,
}

/// The journal of one search.
pub struct Journal {
    path: PathBuf,
    shown: String,
    locks: PathBuf,
    state: Mutex<Read>,
    /// Held as long as trials may be written: nobody throws the journal away meanwhile.
    _in_use: Option<Lock>,
}

/// What has been read so far.
#[derive(Default)]
struct Read {
    /// Bytes.
    to: u64,
    /// Lines.
    lines: usize,
    trials: Vec<Trial>,
}

impl Read {
    fn find(&self, number: usize) -> Option<&Trial> {
        self.trials.binary_search_by_key(&number, |trial| trial.trial).ok().map(|at| &self.trials[at])
    }
}

impl Journal {
    /// Opens the journal at `path`, which messages call `shown`; `facts` tell this search from others. Also says what
    /// has to be told of it.
    ///
    /// # Errors
    /// Exit code 2 where there is one that is not asked for, or of another search; 3 where it cannot be read.
    pub fn open(
        path: PathBuf,
        shown: &str,
        locks: PathBuf,
        facts: &Map<String, Json>,
        opening: Opening,
    ) -> Result<(Self, Option<String>)> {
        let mut journal = Self { path, shown: shown.to_owned(), locks, state: Mutex::default(), _in_use: None };
        let _alone = journal.lock()?;
        let is_there = journal.path.exists();
        if is_there && opening == Opening::New {
            return Err(Error::usage(format!("`{shown}` holds the trials of a search"))
                .hint("go on with it: `--resume`; or begin anew and lose it: `--force`"));
        }
        let in_use = journal.locks.join("search.lock");
        if is_there && opening == Opening::Force {
            let Lock::Held(_only) = fs::lock(&in_use)? else {
                return Err(Error::usage(format!("another process is searching and writes to `{shown}`"))
                    .hint("wait for its end, or take part: `--resume`"));
            };
            fs::remove(&journal.path)?;
        }
        journal._in_use = Some(fs::lock_shared(&in_use)?);
        let cut = if journal.path.exists() { fs::cut_torn_line(&journal.path)? } else { 0 };
        let note = (cut > 0).then(|| format!("`{shown}` ended within a line, of which {cut} bytes were cut off"));
        if !journal.path.exists() || fs::size(&journal.path)? == 0 {
            fs::append_line(&journal.path, &Json::Object(facts.clone()).to_string())?;
        }
        drop(journal.read(Some(facts))?);
        Ok((journal, note))
    }

    /// The trials written so far, by whomever, in the order of their numbers.
    ///
    /// # Errors
    /// Exit code 3 for a line that is no trial.
    pub fn trials(&self) -> Result<Vec<Trial>> {
        let _alone = self.lock()?;
        Ok(self.read(None)?.trials.clone())
    }

    /// The trial of that number, where it has ended.
    ///
    /// # Errors
    /// As [`Journal::trials`].
    pub(super) fn find(&self, number: usize) -> Result<Option<Trial>> {
        let _alone = self.lock()?;
        Ok(self.read(None)?.find(number).cloned())
    }

    /// Writes a trial that has ended, unless another process has.
    ///
    /// # Errors
    /// Exit code 1 where it cannot be written.
    pub(super) fn append(&self, trial: &Trial) -> Result<()> {
        let line = serde_json::to_string(trial).map_err(|e| Error::failure("cannot write a trial").because(e))?;
        let _alone = self.lock()?;
        if self.read(None)?.find(trial.trial).is_some() {
            return Ok(());
        }
        // Another process may have been killed while it wrote.
        fs::cut_torn_line(&self.path)?;
        fs::append_line(&self.path, &line)
    }

    /// Takes a trial for this process: the `place` in its round; none where another process has it.
    pub(super) fn claim(&self, place: usize) -> Result<Option<Lock>> {
        match fs::lock(&self.locks.join(format!("trial-{place}.lock")))? {
            held @ Lock::Held(_) => Ok(Some(held)),
            Lock::Taken(_) => Ok(None),
        }
    }

    fn lock(&self) -> Result<Lock> {
        fs::lock_waiting(&self.locks.join("journal.lock"))
    }

    /// Reads what has been written since the last time.
    fn read(&self, facts: Option<&Map<String, Json>>) -> Result<MutexGuard<'_, Read>> {
        let mut state = self.state.lock().map_err(|_| Error::failure("the journal is not readable any more"))?;
        let bytes = fs::read_from(&self.path, state.to)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        for line in bytes[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            state.lines += 1;
            let number = state.lines;
            let wrong = |what: &str| {
                Error::data(format!("`{}` line {number}: {what}", self.shown))
                    .hint("begin anew with `--force`, or mend the file")
            };
            if number == 1 {
                let found = serde_json::from_slice(line).map_err(|e| wrong("no journal of a search").because(e))?;
                facts.map_or(Ok(()), |facts| self.same(facts, &found))?;
                continue;
            }
            let trial: Trial = serde_json::from_slice(line).map_err(|e| wrong("no trial").because(e))?;
            if trial.state != State::Failed && trial.mean.is_none() {
                return Err(wrong("a trial that has not failed has a `mean`"));
            }
            // Where locks do not work, two processes may have run the same trial, to the same end.
            if let Err(at) = state.trials.binary_search_by_key(&trial.trial, |trial| trial.trial) {
                state.trials.insert(at, trial);
            }
        }
        state.to += whole as u64;
        Ok(state)
    }

    /// The error for a trial with other parameters than this search tries.
    pub(super) fn foreign(&self, number: usize) -> Error {
        Error::data(format!("`{}`: trial {number} is not what this search tries", self.shown))
            .hint("it was changed, or one before it was; begin anew with `--force`, or mend the file")
    }

    /// Refuses the trials of another search.
    fn same(&self, facts: &Map<String, Json>, found: &Map<String, Json>) -> Result<()> {
        let differs = facts.keys().chain(found.keys().filter(|key| !facts.contains_key(*key)));
        let differs: Vec<String> =
            differs.filter(|key| facts.get(*key) != found.get(*key)).map(|key| format!("`{key}`")).collect();
        if differs.is_empty() {
            return Ok(());
        }
        Err(Error::usage(format!("`{}` is of a search that differs in {}", self.shown, differs.join(", ")))
            .hint("set back what was changed to go on with it, or begin anew with `--force`"))
    }
}
