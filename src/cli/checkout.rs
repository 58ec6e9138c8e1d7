//! `checkout`: outs from the cache.

use serde_json::json;

use super::failures::Failures;
use super::session::Session;
use crate::engine::{Repo, RunLock};

/// Brings back what dvc.lock names, and says what.
pub fn run(session: &Session, targets: &[String], force: bool) -> Result<(), Failures> {
    let mut repo = Repo::open(session.project.root())?;
    let _alone = RunLock::take(session.project.root())?;
    let restored = repo.checkout(targets, force)?;
    let printer = session.printer;
    if printer.is_json() {
        return Ok(printer.document(&json!({ "restored": restored }))?);
    }
    for path in &restored {
        printer.line(&format!("restored  {path}"))?;
    }
    if restored.is_empty() {
        printer.note("everything stands as dvc.lock has it");
    }
    Ok(())
}
