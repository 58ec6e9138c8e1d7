//! `completions`: for the shell to read.

use clap::Command;
use clap_complete::{Shell, generate};

use super::failures::Failures;
use super::printer::Printer;

/// Prints the completions of `command` for `shell`.
pub fn run(printer: &Printer, shell: Shell, command: &mut Command) -> Result<(), Failures> {
    let mut script = Vec::new();
    generate(shell, command, "mlops", &mut script);
    Ok(printer.line(String::from_utf8_lossy(&script).trim_end())?)
}
