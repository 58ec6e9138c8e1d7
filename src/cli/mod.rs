//! The command line: arguments, what is printed where, one short file for each subcommand.
//!
//! stdout is data, stderr is progress. Exit codes are those of [`crate::error::Code`].

mod access;
mod account;
mod args;
mod bump;
mod checkout;
mod compare;
mod completions;
mod dag;
mod diff;
mod docs;
mod doctor;
mod estimate;
mod exchange;
mod explain;
mod explore;
mod failures;
mod init;
mod init_account;
mod live;
mod logging;
mod plan;
mod predict;
mod printer;
mod progress;
mod run_all;
mod runs;
mod sagemaker;
mod serve;
mod session;
mod settings;
mod show;
mod signals;
mod stage;
mod status;
mod suggest;
mod table;
mod text_diff;
mod tune;
mod validate;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use args::{Arguments, Command};
use failures::Failures;
use printer::Printer;
use session::Session;

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    let raw: Vec<OsString> = std::env::args_os().collect();
    let arguments = match Arguments::try_parse_from(&raw) {
        Ok(arguments) => arguments,
        Err(error) => return refused(&raw, &error),
    };
    let printer = Printer::new(&arguments.global);
    signals::install(&printer);
    match run(&printer, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(failures) if failures.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failures) => {
            printer.failures(&failures);
            ExitCode::from(failures.code() as u8)
        }
    }
}

fn run(printer: &Printer, arguments: Arguments) -> Result<(), Failures> {
    let global = &arguments.global;
    if let Command::Completions { shell } = arguments.command {
        return completions::run(printer, shell, &mut Arguments::command());
    }
    if let Command::Docs(options) = &arguments.command {
        return docs::run(printer, global, options, Arguments::command());
    }
    if let Command::Doctor = arguments.command {
        return doctor::run(printer, global);
    }
    if let Command::Validate { fix } = arguments.command {
        return validate::run(printer, global, fix);
    }
    if let Command::Sagemaker { what } = arguments.command {
        return sagemaker::run(printer, global, what);
    }
    match &arguments.command {
        Command::RunAll(options) => return run_all::run(printer, global, options),
        Command::Status { exit_code } => return status::run(printer, global, *exit_code),
        Command::Checkout { targets, force } => return checkout::run(printer, global, targets, *force),
        Command::Dag(options) => return dag::run(printer, global, options),
        Command::Params { what } => return diff::params(printer, global, what),
        Command::Metrics { what } => return diff::metrics(printer, global, what),
        Command::Runs(options) => return runs::run(printer, global, options),
        Command::Serve(options) => return serve::run(printer, global, options),
        _ => {}
    }
    if let Command::Init(options) = &arguments.command {
        return init::run(printer, global, options);
    }
    if let Command::Explore(options) = &arguments.command
        && let Some(file) = &options.file
    {
        return explore::file(printer, global, options, file);
    }
    let session = Session::open(printer, global)?;
    match arguments.command {
        Command::Explore(_) => explore::run(&session),
        Command::Predict(options) => predict::run(&session, &options),
        Command::Export(options) => exchange::export(&session, &options),
        Command::Import(options) => exchange::import(&session, &options),
        Command::Explain(options) => explain::run(&session, &options),
        Command::Compare(options) => compare::run(&session, &options),
        Command::Show { what, md } => show::run(&session, &what, md),
        Command::Features(options) if options.suggest => suggest::run(&session, &options),
        Command::Tune(options) => tune::run(&session, &options),
        Command::Bump { what } => bump::run(&session, &what),
        command => stage::run(&session, &command),
    }
}

/// Help and version go to stdout, wrong arguments to stderr with exit code 2.
fn refused(raw: &[OsString], error: &clap::Error) -> ExitCode {
    if error.exit_code() == 0 {
        error.print().ok();
        return ExitCode::SUCCESS;
    }
    let hint = stray(raw, error);
    if raw.iter().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Printer::json().failures(
            &crate::error::Error::usage(message).hint(hint.unwrap_or_else(|| "see `mlops --help`".to_owned())).into(),
        );
    } else {
        error.print().ok();
        hint.into_iter().for_each(|hint| Printer::hint(&hint));
    }
    ExitCode::from(crate::error::Code::Usage as u8)
}

/// What a word without an option was meant as.
fn stray(raw: &[OsString], error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else { return None };
    if error.kind() != ErrorKind::UnknownArgument || word.starts_with('-') {
        return None;
    }
    let option = raw.iter().find_map(|argument| match argument.to_str() {
        Some("train") => Some("train --algorithm"),
        Some("predict") => Some("predict --input"),
        Some("explain") => Some("explain --row"),
        _ => None,
    })?;
    Some(format!("use `mlops {option} {word}`"))
}
