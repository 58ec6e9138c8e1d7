//! Bad input is named, has its exit code, and costs nothing that was there before.
//!
//! Each case breaks something in a project whose pipeline has run, runs one command, and says its exit code
//! and a piece of its message. For all of them holds: no panic, an end in reasonable time, a message that
//! begins with `error:`, and every file as it was.

mod configs;
mod environment;
mod files;
mod models;
mod network;
mod tables;

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use crate::sandbox::{Ran, Sandbox, generated_project};

/// Far more than any case needs: whoever reaches it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

const RAW: &str = "data/raw/table_raw_20240131.csv";
const INTERIM: &str = "data/interim/table_interim_20240131.csv";
const TEST: &str = "data/processed/table-test_processed_20240131.csv";
const SOURCE: &str = "data/external/table.csv";
const CONFIG: &str = "configs/config.yaml";

/// A project whose pipeline has run, made once and copied for each case.
static FINISHED: LazyLock<Sandbox> = LazyLock::new(|| {
    let project = generated_project("binary");
    project.stages("predict");
    project
});

/// One row of a table.
pub struct Case {
    name: String,
    set_up: Box<dyn Fn(&Sandbox)>,
    run: Run,
    code: i32,
    says: &'static str,
}

enum Run {
    /// `mlops` with arguments.
    Arguments(Vec<&'static str>),
    /// A shell line; `$MLOPS` is the program.
    Shell(&'static str),
}

/// `mlops` with `arguments`, separated by blanks.
fn case(
    name: impl Into<String>,
    set_up: impl Fn(&Sandbox) + 'static,
    arguments: &'static str,
    code: i32,
    says: &'static str,
) -> Case {
    let run = Run::Arguments(arguments.split(' ').collect());
    Case { name: name.into(), set_up: Box::new(set_up), run, code, says }
}

/// A shell line.
fn shell(
    name: impl Into<String>,
    set_up: impl Fn(&Sandbox) + 'static,
    line: &'static str,
    code: i32,
    says: &'static str,
) -> Case {
    Case { name: name.into(), set_up: Box::new(set_up), run: Run::Shell(line), code, says }
}

fn nothing(_: &Sandbox) {}

impl Case {
    /// The same, with something more set up.
    fn with(self, more: impl Fn(&Sandbox) + 'static) -> Self {
        let first = self.set_up;
        let set_up = move |p: &Sandbox| {
            first(p);
            more(p);
        };
        Self { set_up: Box::new(set_up), ..self }
    }
}

/// Runs all cases and tells of every one that is not as it should be.
fn check(cases: Vec<Case>) {
    let wrong: Vec<String> =
        cases.iter().filter_map(|case| judge(case).err().map(|why| format!("{}: {why}", case.name))).collect();
    assert!(wrong.is_empty(), "{} of {} cases\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
}

fn judge(case: &Case) -> Result<(), String> {
    let project = FINISHED.copy();
    (case.set_up)(&project);
    let before = files(&project.path(""));
    let command = match &case.run {
        Run::Arguments(arguments) => project.command(arguments),
        Run::Shell(line) => shell_command(&project, line),
    };
    let ran = finish(command).ok_or("it hangs")?;
    let said = format!("exit code {}\nstdout:\n{}\nstderr:\n{}", ran.code, shorten(&ran.stdout), shorten(&ran.stderr));
    let expect = |good: bool, what: &str| if good { Ok(()) } else { Err(format!("{what}; {said}")) };
    expect(ran.code == case.code, &format!("expected exit code {}", case.code))?;
    let everywhere = format!("{}{}", ran.stdout, ran.stderr);
    expect(everywhere.contains(case.says), &format!("expected `{}`", case.says))?;
    expect(!everywhere.contains("panicked"), "a panic")?;
    let after = files(&project.path(""));
    let rubbish = after.keys().find(|name| name.to_string_lossy().contains("mlops-tmp"));
    expect(rubbish.is_none(), "a temporary file is left")?;
    if case.code == 0 {
        return Ok(());
    }
    let first = ran.stderr.lines().find(|line| !line.starts_with("warning:") && !line.starts_with(" WARN "));
    let first = first.unwrap_or_default();
    expect(first.starts_with("error:") || ran.stderr.starts_with('{'), "stderr begins with something else")?;
    let lost: Vec<_> =
        before.iter().filter(|(name, old)| after.get(*name) != Some(old)).map(|(name, _)| name).collect();
    expect(lost.is_empty(), &format!("changed or lost: {lost:?}"))
}

fn shell_command(project: &Sandbox, line: &str) -> Command {
    let mut command = Command::new("bash");
    command.current_dir(project.path("")).arg("-c").arg(line);
    command.env("MLOPS", env!("CARGO_BIN_EXE_mlops")).env("NO_COLOR", "1").env_remove("MLOPS_THREADS");
    command
}

/// Runs a command to its end; none where it takes too long.
fn finish(mut command: Command) -> Option<Ran> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let status = wait(&mut child)?;
    let code = status.code().unwrap_or_else(|| -status.signal().unwrap_or_default());
    Some(Ran { code, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() })
}

/// Waits for a process; kills it where it takes too long.
fn wait(child: &mut Child) -> Option<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn reader(stream: Option<impl std::io::Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut bytes).unwrap();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(1_500).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Every file below a folder: its bytes, or what a link points at; the lock of a run is no loss.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let content = match (kind.is_dir(), kind.is_symlink(), kind.is_file()) {
                (true, ..) if entry.file_name() == ".mlops" => continue,
                (true, ..) => {
                    folders.push(path);
                    continue;
                }
                (_, true, _) => std::fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec(),
                (.., true) => std::fs::read(&path).unwrap(),
                _ => b"neither file nor folder".to_vec(),
            };
            found.insert(path, content);
        }
    }
    found
}
