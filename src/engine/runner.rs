//! Carries a plan out, one stage after the other.

use std::ffi::OsString;
use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::definition::Stage;
use super::plan::{Decision, Plan};
use crate::error::{Code, Error, Result};
use crate::fs;

/// The program's own name at the start of a command.
const OWN: &str = "mlops";

/// Process id of the child that runs now.
static CHILD: Mutex<Option<u32>> = Mutex::new(None);
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Runs the commands of stages.
#[derive(Debug, Clone)]
pub struct Runner {
    /// The project folder.
    pub root: PathBuf,
    /// This program: a command `mlops …` runs as its child, any other in a shell.
    pub executable: PathBuf,
    /// Put behind the arguments of `mlops …`.
    pub arguments: Vec<String>,
    /// Added to the environment of every command.
    pub environment: Vec<(String, String)>,
    /// Whether the stderr of commands is kept for the caller instead of being shown.
    pub capture_stderr: bool,
}

/// What is happening.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A stage begins.
    Started {
        /// The stage.
        stage: &'a Stage,
        /// Its place, from 0.
        index: usize,
        /// Stages in all.
        total: usize,
    },
    /// A stage has ended, well or not.
    Ended {
        /// The stage.
        stage: &'a Stage,
        /// What came of it.
        outcome: Outcome,
    },
    /// A stage needs no run.
    Skipped {
        /// The stage.
        stage: &'a Stage,
    },
}

/// What came of one stage.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How long its commands took.
    pub duration: Duration,
    /// What `mlops …` commands wrote to stdout; the stdout of others goes to stderr.
    pub stdout: Vec<u8>,
    /// What commands wrote to stderr, where it is kept.
    pub stderr: Vec<u8>,
    /// Whether all went well.
    pub success: bool,
}

impl Runner {
    /// Runs the plan, and tells `watch` of every step.
    ///
    /// # Errors
    /// The first stage that fails: its own exit code for `mlops …`, 1 for other commands and for an out
    /// that was not written; 130 after [`interrupt`].
    pub fn run(&self, plan: &Plan, watch: &mut dyn FnMut(Progress)) -> Result<()> {
        let total = plan.steps.len();
        for (index, step) in plan.steps.iter().enumerate() {
            let stage = &step.stage;
            if step.decision == Decision::UpToDate {
                self.check_outs(stage)?;
                watch(Progress::Skipped { stage });
                continue;
            }
            watch(Progress::Started { stage, index, total });
            let mut outcome = Outcome::default();
            let start = Instant::now();
            let result = self.stage(stage, &mut outcome);
            outcome.duration = start.elapsed();
            outcome.success = result.is_ok();
            watch(Progress::Ended { stage, outcome });
            result?;
        }
        Ok(())
    }

    fn stage(&self, stage: &Stage, outcome: &mut Outcome) -> Result<()> {
        for out in &stage.outs {
            if let Some(folder) = Path::new(&out.path).parent() {
                fs::create_dir_all(&self.root.join(folder))?;
            }
        }
        for line in &stage.commands {
            let (mut command, own) = self.command(stage, line)?;
            let output = run(&mut command, line)?;
            outcome.stdout.extend(&output.stdout);
            outcome.stderr.extend(&output.stderr);
            if INTERRUPTED.load(Ordering::SeqCst) {
                return Err(Error::interrupted());
            }
            if !output.status.success() {
                return Err(failure(stage, line, own, output.status));
            }
        }
        self.check_outs(stage)
    }

    fn command(&self, stage: &Stage, line: &str) -> Result<(Command, bool)> {
        let own = own_arguments(line);
        let mut command = match &own {
            Some(arguments) if arguments.contains(&"run-all") => {
                return Err(Error::usage(format!("{}: a stage cannot run the whole pipeline", stage.location)));
            }
            Some(arguments) => {
                let mut command = Command::new(&self.executable);
                command.args(arguments).args(&self.arguments).stdout(Stdio::piped());
                command
            }
            None => {
                let shell =
                    std::env::var_os("SHELL").filter(|s| !s.is_empty()).unwrap_or_else(|| OsString::from("/bin/sh"));
                let mut command = Command::new(shell);
                // What others print is no data of ours, and must be seen while it comes.
                let to_stderr = stderr_handle().unwrap_or_else(Stdio::null);
                command.arg("-c").arg(line).stdout(to_stderr).env("PATH", self.search_path());
                command
            }
        };
        command.current_dir(self.root.join(&stage.wdir)).stdin(Stdio::null());
        command.env("DVC_ROOT", &self.root).env("DVC_STAGE", &stage.name);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stderr(if self.capture_stderr { Stdio::piped() } else { Stdio::inherit() });
        Ok((command, own.is_some()))
    }

    /// PATH with this program's folder behind it, so that a shell finds `mlops` when it is not installed.
    fn search_path(&self) -> OsString {
        let mut path = std::env::var_os("PATH").unwrap_or_default();
        if let Some(folder) = self.executable.parent() {
            path.push(if path.is_empty() { "" } else { ":" });
            path.push(folder);
        }
        path
    }

    fn check_outs(&self, stage: &Stage) -> Result<()> {
        match stage.outs.iter().find(|out| !self.root.join(&out.path).exists()) {
            None => Ok(()),
            Some(out) if stage.frozen => {
                Err(Error::failure(format!("`{}` of the frozen stage `{}` does not exist", out.path, stage.name))
                    .hint("remove `frozen: true` in dvc.yaml, or bring the file with `dvc pull`"))
            }
            Some(out) => Err(Error::failure(format!("stage `{}` has not written `{}`", stage.name, out.path))
                .hint(format!("make its command write that file, or correct {}", out.location))),
        }
    }
}

#[cfg(unix)]
fn stderr_handle() -> Option<Stdio> {
    use std::os::fd::AsFd;
    stderr().as_fd().try_clone_to_owned().ok().map(Stdio::from)
}

#[cfg(not(unix))]
fn stderr_handle() -> Option<Stdio> {
    None
}

fn run(command: &mut Command, line: &str) -> Result<Output> {
    let cannot = |e| Error::failure(format!("cannot run `{line}`")).because(e);
    let child = command.spawn().map_err(cannot)?;
    set_child(Some(child.id()));
    let output = child.wait_with_output().map_err(cannot);
    set_child(None);
    output
}

fn set_child(id: Option<u32>) {
    if let Ok(mut child) = CHILD.lock() {
        *child = id;
    }
}

/// Passes an interrupt on to the running command, so that it can end cleanly and [`Runner::run`] returns.
/// Says whether there was one.
pub fn interrupt() -> bool {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let Some(id) = CHILD.lock().ok().and_then(|child| *child) else { return false };
    terminate(id);
    true
}

#[cfg(unix)]
fn terminate(id: u32) {
    use nix::sys::signal::{Signal, kill};
    if let Ok(id) = i32::try_from(id) {
        kill(nix::unistd::Pid::from_raw(id), Signal::SIGTERM).ok();
    }
}

#[cfg(not(unix))]
fn terminate(_: u32) {}

/// The arguments of a plain `mlops …`; none for everything a shell has to read.
fn own_arguments(line: &str) -> Option<Vec<&str>> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | ',' | ':' | '=' | '+' | '@');
    let mut words = line.split_whitespace();
    (words.next() == Some(OWN) && line.chars().all(plain)).then(|| words.collect())
}

fn failure(stage: &Stage, line: &str, own: bool, status: ExitStatus) -> Error {
    let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
    let message = format!("stage `{}` failed: `{line}`: {how}", stage.name);
    let error = match (own, status.code()) {
        (true, Some(code)) if code == Code::Usage as i32 => Error::usage(message),
        (true, Some(code)) if code == Code::Data as i32 => Error::data(message),
        (true, Some(code)) if code == Code::Gate as i32 => Error::gate(message),
        (true, Some(code)) if code == Code::Interrupted as i32 => return Error::interrupted(),
        _ => Error::failure(message),
    };
    error.hint(format!(
        "the stages before it stand; put it right and run `{line}` to try it alone, then `mlops run-all`"
    ))
}

#[cfg(test)]
mod tests {
    use super::super::Pipeline;
    use super::*;
    use crate::yaml;

    fn run_in(folder: &Path, text: &str) -> (Vec<String>, Result<()>) {
        let pipeline = Pipeline::read(folder, &yaml::parse(text, "dvc.yaml").unwrap()).unwrap();
        let runner = Runner {
            root: folder.to_path_buf(),
            executable: "/bin/echo".into(),
            arguments: vec!["--json".into()],
            environment: vec![],
            capture_stderr: true,
        };
        let mut seen = Vec::new();
        let result = runner.run(&Plan::everything(pipeline), &mut |progress| {
            seen.push(match progress {
                Progress::Started { stage, index, total } => format!("{} {}/{total}", stage.name, index + 1),
                Progress::Ended { stage, outcome } => {
                    format!("{} {} {}", stage.name, outcome.success, String::from_utf8_lossy(&outcome.stdout).trim())
                }
                Progress::Skipped { stage } => format!("{} skipped", stage.name),
            });
        });
        (seen, result)
    }

    #[test]
    fn own_commands_are_children_and_others_go_through_the_shell() {
        let folder = tempfile::tempdir().unwrap();
        let (seen, result) = run_in(
            folder.path(),
            "stages:\n  b: {cmd: mlops train --x rf, deps: [o/a.txt]}\n  a: {cmd: ['echo $DVC_STAGE > a.txt'], wdir: o, outs: [a.txt]}\n  c: {cmd: 'false', frozen: true}\n",
        );
        result.unwrap();
        assert_eq!(seen, ["a 1/3", "a true ", "b 2/3", "b true train --x rf --json", "c skipped"]);
        assert_eq!(fs::read_to_string(&folder.path().join("o/a.txt")).unwrap(), "a\n");
    }

    #[test]
    fn a_failure_stops_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let (seen, result) = run_in(folder.path(), "stages:\n  a: {cmd: exit 7}\n  b: {cmd: 'true'}\n");
        let error = result.unwrap_err();
        assert_eq!(error.message(), "stage `a` failed: `exit 7`: exit code 7");
        assert_eq!((error.code(), seen.len()), (Code::Failure, 2));
        let (_, result) = run_in(folder.path(), "stages:\n  a: {cmd: 'true', outs: [x]}\n");
        assert_eq!(result.unwrap_err().message(), "stage `a` has not written `x`");
        let (_, result) = run_in(folder.path(), "stages:\n  a: {cmd: mlops run-all}\n");
        assert_eq!(result.unwrap_err().code(), Code::Usage);
    }

    #[test]
    fn only_plain_commands_are_own() {
        assert_eq!(own_arguments("mlops train --algorithm rf"), Some(vec!["train", "--algorithm", "rf"]));
        for line in ["mlops ingest && touch x", "mlopsx ingest", "python a.py", "mlops \"a b\"", "mlops $X"] {
            assert_eq!(own_arguments(line), None, "{line}");
        }
    }
}
