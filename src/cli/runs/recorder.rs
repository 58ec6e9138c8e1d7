//! Writes the record of a `run-all` while it goes on.

use std::path::Path;

use super::super::printer::Printer;
use crate::engine::record::{Ending, StageRecord};
use crate::engine::{Ended, Outcome, Progress, RunRecord};
use crate::error::{Error, Result};

/// A record that never stops a run: what cannot be written is told once.
pub struct Recorder<'a> {
    printer: &'a Printer,
    record: Option<RunRecord>,
}

impl<'a> Recorder<'a> {
    /// Begins the record of this process; `changes` says whether there is anything to do.
    pub fn begin(printer: &'a Printer, root: &Path, changes: bool) -> Self {
        let command = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        let mut this = Self { printer, record: None };
        match RunRecord::begin(root, command, changes) {
            Ok(record) => this.record = Some(record),
            Err(error) => this.told(&error),
        }
        this
    }

    /// Adds what became of a stage.
    pub fn take(&mut self, progress: &Progress) {
        let Progress::Ended { stage, reasons, ended } = progress else {
            if let (Progress::Started { .. }, Some(record)) = (progress, &mut self.record) {
                record.settle();
            }
            return;
        };
        let why = reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let ran = |ending, outcome: &Outcome| StageRecord {
            peak_memory: Some(outcome.peak_memory),
            attempts: outcome.attempts,
            ..StageRecord::ended(&stage.name, ending, why.clone(), outcome.duration)
        };
        let stage = match ended {
            Ended::NotSelected => return,
            Ended::UpToDate => StageRecord::idle(&stage.name, Ending::UpToDate),
            Ended::Skipped(_) => StageRecord::idle(&stage.name, Ending::Blocked),
            Ended::Restored | Ended::Verified => {
                StageRecord { reason: Some(why), ..StageRecord::idle(&stage.name, Ending::Restored) }
            }
            Ended::Ran(outcome) => ran(Ending::Ran, outcome),
            Ended::Failed(outcome, _) => ran(Ending::Failed, outcome),
        };
        if let Some(Err(error)) = self.record.as_mut().map(|record| record.stage(stage)) {
            self.record = None;
            self.told(&error);
        }
    }

    /// Ends the record.
    pub fn finish(mut self, result: &Result<()>) {
        let exit = result.as_ref().map_or_else(|error| error.code() as i32, |()| 0);
        if let Some(Err(error)) = self.record.take().map(|record| record.finish(exit)) {
            self.told(&error);
        }
    }

    fn told(&self, error: &Error) {
        self.printer.warning(&format!("this run is not recorded: {error}"));
    }
}
