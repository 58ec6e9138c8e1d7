//! A small pipeline, end to end, in a folder of its own: the wine template with few trees.

use std::process::{Command, Output, Stdio};
use std::time::Instant;

use super::Check;
use crate::cli::account;
use crate::cli::printer::CHILD;
use crate::cli::run_all::child_error;
use crate::data::memory;
use crate::error::{Error, Result};
use crate::fs;
use crate::scaffold::templates;

const NAME: &str = "pipeline";
/// Bytes that the trial may need, and more.
const WANTED: u64 = 50_000_000;

/// As many algorithms as the template's dvc.yaml names, small.
const TRAIN: &str = "\
train:
  folds: 2
  class_weight: null
  threshold: f1
  seed: null
  algorithms: {baseline: {}, lr: {}, dt: {max_depth: 4}, rf: {n_estimators: 10}, xgb: {n_estimators: 10}}
";

/// No gates: how good small models are is not the question.
const EVALUATE: &str = "evaluate: {plots: [roc, precision_recall, calibration, confusion]}\n";

/// Runs it through this very program.
pub fn run() -> Check {
    let start = Instant::now();
    match attempt() {
        Ok(stages) => {
            let took = account::seconds(start.elapsed());
            Check::ok(NAME, format!("wine ran end to end in a temporary folder: {stages} stages in {took}"))
        }
        Err(error) => Check::failed(NAME, &error),
    }
}

fn attempt() -> Result<usize> {
    let cannot = || {
        Error::failure(format!("cannot make a folder in `{}`", std::env::temp_dir().display()))
            .hint("name another one by TMPDIR")
    };
    let folder = tempfile::Builder::new().prefix("mlops-doctor-").tempdir().map_err(|e| cannot().because(e))?;
    for (name, bytes) in templates::files("wine")? {
        fs::atomic_write_bytes(&folder.path().join(name), &bytes)?;
    }
    fs::atomic_write_bytes(&folder.path().join("configs/train.yaml"), TRAIN.as_bytes())?;
    fs::atomic_write_bytes(&folder.path().join("configs/evaluate.yaml"), EVALUATE.as_bytes())?;
    let program = std::env::current_exe().map_err(|e| Error::failure("cannot find this program").because(e))?;
    let mut command = Command::new(program);
    command.arg("-C").arg(folder.path()).args(["--json", "run-all"]);
    // A child ends when this process does, and leaves the words to it.
    command.env(CHILD, std::process::id().to_string()).stdin(Stdio::null());
    let output = command.output().map_err(|e| Error::failure("cannot run this program").because(e))?;
    judge(&output)
}

/// The number of stages that ran, as the account of `run-all` tells.
fn judge(output: &Output) -> Result<usize> {
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr)
            .lines()
            .rev()
            .find_map(child_error)
            .unwrap_or_else(|| output.status.to_string());
        let free = fs::free_space(&std::env::temp_dir());
        return Err(Error::failure(format!("the trial run failed: {why}")).hint(hint(free)));
    }
    let told = serde_json::from_slice::<serde_json::Value>(&output.stdout).ok();
    let stages = told.as_ref().and_then(|told| told.get("stages")?.as_array().map(Vec::len));
    stages.ok_or_else(|| Error::failure("the trial run told nothing").hint(hint(None)))
}

/// What to do about a trial that failed, by what is free where it ran.
fn hint(free: Option<u64>) -> String {
    match free {
        Some(free) if free < WANTED => {
            let folder = std::env::temp_dir();
            format!(
                "{} are free in `{}`: make room there, or name another folder by TMPDIR",
                memory::shown(free),
                folder.display()
            )
        }
        _ => "this is a fault of the program or of the machine: `mlops -v doctor` tells more".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_full_disk_is_no_fault_of_the_program() {
        assert!(super::hint(Some(0)).contains("TMPDIR"));
        assert!(super::hint(Some(1 << 40)).contains("fault of the program"));
    }
}
