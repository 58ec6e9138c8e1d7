//! Runs the commands of one stage: as children of this program, or in a shell as DVC does.

mod limits;
mod process;
mod room;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

pub use limits::Limits;
pub(super) use process::interrupted;
pub use process::{interrupt, kill};

use super::definition::Stage;
use crate::error::{Code, Error, Result};

use process::{Finished, Stdout};
use room::Room;

/// The program's own name at the start of a command.
const OWN: &str = "mlops";

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
    /// What every stage may take, before its own `meta:`.
    pub limits: Limits,
}

/// What came of one stage.
#[derive(Debug, Default, Clone)]
pub struct Outcome {
    /// How long its commands took, pauses between tries included.
    pub duration: Duration,
    /// Tries made.
    pub attempts: u32,
    /// Most memory one of its commands held at once, in bytes.
    pub peak_memory: u64,
    /// What `mlops …` commands wrote to stdout.
    pub stdout: Vec<u8>,
}

impl Runner {
    /// Runs the commands of a stage until all go well or its tries are used up. Before each try, what it is to write
    /// is out of the way; `say` is given each line that a command writes for people.
    ///
    /// # Errors
    /// What came of it and why it failed: its own exit code for `mlops …`, 1 for other commands and for an out that was
    /// not written; 130 after [`interrupt`].
    pub fn run(&self, stage: &Stage, say: &(dyn Fn(&str) + Sync)) -> (Outcome, Result<()>) {
        let mut outcome = Outcome::default();
        let start = Instant::now();
        let result = self.tries(stage, &mut outcome, say);
        outcome.duration = start.elapsed();
        (outcome, result)
    }

    fn tries(&self, stage: &Stage, outcome: &mut Outcome, say: &(dyn Fn(&str) + Sync)) -> Result<()> {
        let own = is_own(stage);
        let limits = self.limits.or(Limits::of(stage.meta.as_ref())?);
        loop {
            outcome.attempts += 1;
            outcome.stdout.clear();
            let tried = Room::make(&self.root, stage, own)
                .and_then(|room| self.commands(stage, &limits, outcome, say).and_then(|()| room.check(stage)));
            let Err(error) = tried else { return Ok(()) };
            if process::interrupted() || outcome.attempts > limits.retries.unwrap_or(0) {
                return Err(error);
            }
            let delay = limits.delay_after(outcome.attempts);
            say(&format!("{}; trying again in {} s", error.message(), delay.as_secs_f64()));
            process::pause(delay);
        }
    }

    fn commands(
        &self,
        stage: &Stage,
        limits: &Limits,
        outcome: &mut Outcome,
        say: &(dyn Fn(&str) + Sync),
    ) -> Result<()> {
        for line in &stage.commands {
            let (mut command, stdout) = self.command(stage, line)?;
            let finished = process::run(&mut command, line, stdout, limits.timeout, say)?;
            outcome.stdout.extend(&finished.stdout);
            outcome.peak_memory = outcome.peak_memory.max(finished.peak_memory);
            check(stage, line, stdout == Stdout::Kept, limits, &finished)?;
        }
        Ok(())
    }

    fn command(&self, stage: &Stage, line: &str) -> Result<(Command, Stdout)> {
        let (mut command, stdout) = match own_arguments(line) {
            Some(arguments) if arguments.contains(&"run-all") => {
                return Err(Error::usage(format!("{}: a stage cannot run the whole pipeline", stage.location)));
            }
            Some(arguments) => {
                let mut command = Command::new(&self.executable);
                command.args(arguments).args(&self.arguments);
                (command, Stdout::Kept)
            }
            None => {
                let shell =
                    std::env::var_os("SHELL").filter(|s| !s.is_empty()).unwrap_or_else(|| OsString::from("/bin/sh"));
                let mut command = Command::new(&shell);
                command.args(shell_options(&shell)).arg("-c").arg(line).env("PATH", self.search_path());
                (command, Stdout::Said)
            }
        };
        command.current_dir(self.root.join(&stage.wdir));
        if std::env::var_os("DVC_ROOT").is_none() {
            command.env("DVC_ROOT", &self.root);
        }
        command.env("DVC_STAGE", &stage.name);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok((command, stdout))
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
}

/// Whether this program does all that a stage does.
pub(super) fn is_own(stage: &Stage) -> bool {
    stage.commands.iter().all(|line| own_arguments(line).is_some())
}

/// What keeps a shell from reading the user's settings, as DVC has it.
fn shell_options(shell: &OsStr) -> &'static [&'static str] {
    match Path::new(shell).file_name().and_then(OsStr::to_str) {
        Some("bash") => &["--noprofile", "--norc"],
        Some("zsh") => &["--no-rcs"],
        _ => &[],
    }
}

/// The arguments of a plain `mlops …`; none for everything a shell has to read.
fn own_arguments(line: &str) -> Option<Vec<&str>> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | ',' | ':' | '=' | '+' | '@');
    let mut words = line.split_whitespace();
    (words.next() == Some(OWN) && line.chars().all(plain)).then(|| words.collect())
}

fn check(stage: &Stage, line: &str, own: bool, limits: &Limits, finished: &Finished) -> Result<()> {
    if let (true, Some(timeout)) = (finished.timed_out, limits.timeout) {
        let seconds = timeout.as_secs_f64();
        return Err(Error::failure(format!("stage `{}` failed: `{line}`: not done within {seconds} s", stage.name))
            .hint("give it more with `--timeout`, or `timeout` under its `meta:` in dvc.yaml"));
    }
    if finished.status.success() { Ok(()) } else { Err(failure(stage, line, own, finished.status)) }
}

fn failure(stage: &Stage, line: &str, own: bool, status: ExitStatus) -> Error {
    let how = status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"));
    let message = format!("stage `{}` failed: `{line}`: {how}", stage.name);
    match (own, status.code()) {
        (true, Some(code)) if code == Code::Usage as i32 => Error::usage(message),
        (true, Some(code)) if code == Code::Data as i32 => Error::data(message),
        (true, Some(code)) if code == Code::Gate as i32 => Error::gate(message),
        (true, Some(code)) if code == Code::Interrupted as i32 => Error::interrupted(),
        _ => Error::failure(message),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::Pipeline;
    use super::*;
    use crate::{fs, yaml};

    fn run_in(folder: &Path, text: &str) -> (Vec<String>, Outcome, Result<()>) {
        let pipeline = Pipeline::read(folder, &yaml::parse(text, "dvc.yaml").unwrap()).unwrap();
        let runner = Runner {
            root: folder.to_path_buf(),
            executable: "/bin/echo".into(),
            arguments: vec!["--json".into()],
            environment: vec![],
            limits: Limits::default(),
        };
        let said = Mutex::new(Vec::new());
        let stage = &pipeline.stages[0];
        let (outcome, result) = runner.run(stage, &|line| said.lock().unwrap().push(line.to_owned()));
        (said.into_inner().unwrap(), outcome, result)
    }

    #[test]
    fn own_commands_are_children_and_others_go_through_the_shell() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(&folder.path().join("o")).unwrap();
        let (said, outcome, result) = run_in(
            folder.path(),
            "stages:\n  a: {cmd: ['echo $DVC_STAGE > a.txt', 'echo done', mlops train --x rf], wdir: o, outs: [a.txt]}\n",
        );
        result.unwrap();
        assert_eq!((said, outcome.stdout), (vec!["done".to_owned()], b"train --x rf --json\n".to_vec()));
        assert_eq!(fs::read_to_string(&folder.path().join("o/a.txt")).unwrap(), "a\n");
    }

    #[test]
    fn a_stage_is_tried_again_and_its_outs_are_removed_first() {
        let folder = tempfile::tempdir().unwrap();
        let again = "stages:\n  a: {cmd: 'echo x >> tries; test ! -e out && touch out && test $(wc -l < tries) = 3', outs: [out], meta: {retries: 5, retry_delay: 1ms}}\n";
        let (said, outcome, result) = run_in(folder.path(), again);
        result.unwrap();
        assert_eq!((outcome.attempts, said.len()), (3, 2));
        assert!(said[0].contains("exit code 1; trying again in 0.001 s"), "{said:?}");
        let (_, outcome, result) =
            run_in(folder.path(), "stages:\n  a: {cmd: exit 7, meta: {retries: 1, retry_delay: 0}}\n");
        assert_eq!(result.unwrap_err().message(), "stage `a` failed: `exit 7`: exit code 7");
        assert_eq!(outcome.attempts, 2);
        let (_, _, result) = run_in(folder.path(), "stages:\n  a: {cmd: sleep 60, meta: {timeout: 20ms}}\n");
        assert_eq!(result.unwrap_err().message(), "stage `a` failed: `sleep 60`: not done within 0.02 s");
        let (_, _, result) = run_in(folder.path(), "stages:\n  a: {cmd: mlops run-all}\n");
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
