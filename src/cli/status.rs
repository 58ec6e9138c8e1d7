//! `status`: what would run, and why.

use super::args::Global;
use super::failures::Failures;
use super::plan;
use super::printer::Printer;
use super::session::{Session, start};
use crate::engine::{Decision, Plan, Repo, Selection};
use crate::error::Error;
use crate::project::Project;

/// Prints the plan of a `run-all` that would begin now.
pub fn run(printer: &Printer, global: &Global, exit_code: bool) -> Result<(), Failures> {
    let project = Project::with_pipeline(&start(global))?;
    if !global.set.is_empty() {
        Session::open(printer, global)?;
    }
    let repo = Repo::open(project.root())?;
    let plan = repo.plan(&Selection::default(), false)?;
    let (stale, total) = (stale(&plan), plan.steps.len());
    plan::tell(printer, &plan)?;
    // The process ends here: to take all of it to pieces first takes as long as half of the plan.
    std::mem::forget((repo, plan));
    if exit_code && stale > 0 {
        return Err(Error::failure(format!("{stale} of {total} stages are not up to date"))
            .hint("`mlops run-all` brings them up to date")
            .into());
    }
    Ok(())
}

fn stale(plan: &Plan) -> usize {
    plan.steps.iter().filter(|step| matches!(step.decision, Decision::Run(_))).count()
}
