//! `checkout`: outs from the cache.

use serde_json::json;

use super::args::Global;
use super::failures::Failures;
use super::printer::Printer;
use super::session::start;
use crate::engine::{Brought, Repo, RunLock};
use crate::project::Project;

/// Brings back what dvc.lock names, and says what.
pub fn run(printer: &Printer, global: &Global, targets: &[String], force: bool) -> Result<(), Failures> {
    let project = Project::with_pipeline(&start(global))?;
    let mut repo = Repo::open(project.root())?;
    let _alone = RunLock::take(project.root())?;
    let Brought { restored, failed } = repo.checkout(targets, force)?;
    if printer.is_json() {
        printer.document(&json!({ "restored": restored }))?;
        return Failures::none_of(failed);
    }
    for path in &restored {
        printer.line(&format!("restored  {path}"))?;
    }
    if restored.is_empty() && failed.is_empty() {
        printer.note("everything stands as dvc.lock has it");
    }
    Failures::none_of(failed)
}
