//! `runs`: what `run-all` has done in this project, from its records.

mod recorder;
mod show;

pub use recorder::Recorder;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Subcommand};
use serde_json::json;

use super::account::seconds;
use super::args::Global;
use super::failures::Failures;
use super::printer::{Printer, STRONG};
use super::session;
use super::table::aligned;
use crate::engine::record::{self, Ending, Record, State};
use crate::error::Result;
use crate::project::Project;

/// Options of `runs`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct RunsArgs {
    /// As many of the latest
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 20,
        value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    number: usize,
    #[command(subcommand)]
    what: Option<RunsCommand>,
}

/// What can be asked of runs.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// Show what became of each stage in a run
    Show {
        /// The id of the run or its beginning, or `latest`
        #[arg(default_value = "latest")]
        id: String,
        /// Write it as a page
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
}

/// Lists the records, or shows one.
pub fn run(printer: &Printer, global: &Global, options: &RunsArgs) -> Result<(), Failures> {
    let project = Project::with_pipeline(&session::start(global))?;
    if let Some(RunsCommand::Show { id, html }) = &options.what {
        let record = record::load(project.root(), id)?;
        match html {
            Some(file) => show::page(printer, global, &project, &record, file)?,
            None => show::show(printer, &record)?,
        }
        return Ok(());
    }
    let listing = record::list(project.root(), options.number)?;
    for error in &listing.broken {
        printer.warning(error.message());
    }
    if printer.is_json() {
        return Ok(printer.document(&json!({ "runs": listing.records.iter().map(show::json).collect::<Vec<_>>() }))?);
    }
    if listing.records.is_empty() {
        printer.note("no run is recorded in this project; `mlops run-all` makes one");
        return Ok(());
    }
    let mut rows = vec![["id", "start", "took", "ran", "failed", "skipped", "exit"].map(str::to_owned).to_vec()];
    rows.extend(listing.records.iter().map(row));
    for (at, line) in aligned(&rows, 2).iter().enumerate() {
        printer.line(&if at == 0 { printer.styled(STRONG, line) } else { line.clone() })?;
    }
    Ok(())
}

fn row(record: &Record) -> Vec<String> {
    let count = |outcome| record.stages.iter().filter(|stage| stage.outcome == outcome).count();
    let (ran, failed) = (count(Ending::Ran), count(Ending::Failed));
    let counts = [ran, failed, record.stages.len() - ran - failed].map(|number| number.to_string());
    let [ran, failed, skipped] = counts;
    vec![record.id.clone(), when(&record.start), duration(record.seconds), ran, failed, skipped, state(record)]
}

/// The exit code, or what stands for it.
fn state(record: &Record) -> String {
    match record.state() {
        State::Ended(code) => code.to_string(),
        State::Running => "running".to_owned(),
        State::Killed => "killed".to_owned(),
        State::Elsewhere => format!("none yet, on {}", record.host),
    }
}

/// `2026-11-21 08:15:00`
fn when(timestamp: &str) -> String {
    timestamp.split('.').next().unwrap_or_default().replacen('T', " ", 1)
}

fn duration(seconds_taken: Option<f64>) -> String {
    let took = seconds_taken.and_then(|taken| Duration::try_from_secs_f64(taken).ok());
    took.map_or_else(|| "-".to_owned(), seconds)
}
