//! The `mlops` program: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mlops::cli::main()
}
