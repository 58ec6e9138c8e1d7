//! Writes the record of a `run-all` while it goes on.

use super::super::printer::Printer;
use super::super::session::Session;
use crate::engine::record::{Ending, StageRecord};
use crate::engine::{Progress, Reason, RunRecord};
use crate::error::{Error, Result};

/// A record that never stops a run: what cannot be written is told once.
pub struct Recorder<'a> {
    printer: &'a Printer,
    record: Option<RunRecord>,
}

impl<'a> Recorder<'a> {
    /// Begins the record of this process.
    pub fn begin(session: &Session<'a>) -> Self {
        let command = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        let mut this = Self { printer: session.printer, record: None };
        match RunRecord::begin(session.project.root(), command) {
            Ok(mut record) => {
                record.settle();
                this.record = Some(record);
            }
            Err(error) => this.told(&error),
        }
        this
    }

    /// Adds what became of a stage.
    pub fn take(&mut self, progress: &Progress) {
        let stage = match progress {
            Progress::Started { .. } => return,
            Progress::Skipped { stage } => StageRecord::idle(&stage.name, Ending::UpToDate),
            Progress::Ended { stage, outcome } => {
                let ending = if outcome.success { Ending::Ran } else { Ending::Failed };
                StageRecord::ended(&stage.name, ending, Reason::Requested.to_string(), outcome.duration)
            }
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
