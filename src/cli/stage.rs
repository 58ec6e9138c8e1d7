//! `ingest`, `clean`, `features`, `split`, `train`, `evaluate`, `report`: one stage alone.

use std::time::Instant;

use super::account;
use super::args::Command;
use super::failures::Failures;
use super::session::Session;
use crate::error::{Error, Result};
use crate::stages::{self, Context, Report};

/// Checks everything, then does the work of one stage.
pub fn run(session: &Session, command: &Command) -> Result<(), Failures> {
    session.check()?;
    let start = Instant::now();
    let report = work(&session.context(), command)?;
    tell(session, &report, start)?;
    Ok(report.check_gates()?)
}

fn work(ctx: &Context, command: &Command) -> Result<Report> {
    match command {
        Command::Ingest => stages::ingest(ctx),
        Command::Clean => stages::clean(ctx),
        Command::Features(_) => stages::features(ctx),
        Command::Split => stages::split(ctx),
        Command::Train { algorithm } => stages::train(ctx, algorithm.as_deref()),
        Command::Evaluate => stages::evaluate(ctx),
        Command::Report => stages::report(ctx),
        _ => Err(Error::usage("this command is no stage")),
    }
}

/// Prints the account: JSON where asked for or for `run-all`.
///
/// # Errors
/// Exit code 1 where stdout cannot be written.
pub fn tell(session: &Session, report: &Report, start: Instant) -> Result<()> {
    let printer = session.printer;
    if printer.is_json() || printer.is_child() {
        let text = serde_json::to_string(report).map_err(|e| Error::failure("cannot write the account").because(e))?;
        return printer.line(&text);
    }
    account::stage(printer, &report.stage, start.elapsed(), report)?;
    if let Some(leaderboard) = &report.leaderboard {
        account::leaderboard(printer, leaderboard)?;
    }
    for output in &report.outputs {
        printer.note(&format!("    wrote {output}"));
    }
    Ok(())
}
