//! `status`: what would run, and why.

use super::failures::Failures;
use super::plan;
use super::session::Session;
use crate::engine::{Decision, Repo, Selection};
use crate::error::Error;

/// Prints the plan of a `run-all` that would begin now.
pub fn run(session: &Session, exit_code: bool) -> Result<(), Failures> {
    let repo = Repo::open(session.project.root())?;
    let plan = repo.plan(&Selection::default(), false)?;
    let stale = plan.steps.iter().filter(|step| matches!(step.decision, Decision::Run(_))).count();
    plan::tell(session.printer, &plan)?;
    if exit_code && stale > 0 {
        let total = plan.steps.len();
        return Err(Error::failure(format!("{stale} of {total} stages are not up to date"))
            .hint("`mlops run-all` brings them up to date")
            .into());
    }
    Ok(())
}
