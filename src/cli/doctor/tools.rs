//! Programs that work together with this one, found on the PATH.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Check;
use crate::fs;
use crate::project::Project;

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(20);

/// The oldest DVC whose files are written and read.
const OLDEST_DVC: u32 = 3;

/// Whether DVC, which calls `mlops` by its name, would call this very program.
pub fn own() -> Check {
    const HINT: &str = "dvc.yaml says `mlops`, so `dvc repro` runs what the PATH finds; `run-all` needs no PATH";
    let this = env::current_exe().and_then(|path| path.canonicalize()).unwrap_or_default();
    let Some(found) = find("mlops") else {
        let add = this.parent().map(|folder| format!("; put this program there: PATH={}:$PATH", folder.display()));
        return Check::warn("path", "no `mlops` on the PATH", format!("{HINT}{}", add.unwrap_or_default()));
    };
    if found.canonicalize().is_ok_and(|path| path == this) {
        return Check::ok("path", format!("`{}` is this program", found.display()));
    }
    if is_copy(&found, &this) {
        return Check::ok("path", format!("`{}` is a copy of this program", found.display()));
    }
    let message = format!("`{}` is another program than this one, `{}`", found.display(), this.display());
    Check::warn("path", message, format!("{HINT}; remove the other one or change the PATH"))
}

fn is_copy(one: &Path, other: &Path) -> bool {
    let same_size = matches!((fs::size(one), fs::size(other)), (Ok(a), Ok(b)) if a == b);
    same_size && matches!((fs::read(one), fs::read(other)), (Ok(a), Ok(b)) if a == b)
}

/// git, and whether the folder is in a repository.
pub fn git(root: &Path, is_project: bool) -> Check {
    let Some(program) = find("git") else {
        return Check::warn(
            "git",
            "not found on the PATH",
            "without it configs and dvc.lock have no history; `mlops` itself does not need it",
        );
    };
    let version = match ask(Command::new(&program).arg("--version")) {
        Ok(version) => version.trim_start_matches("git version ").to_owned(),
        Err(why) => return Check::warn("git", format!("`{}` {why}", program.display()), "reinstall git"),
    };
    match ask(Command::new(&program).arg("-C").arg(root).args(["rev-parse", "--show-toplevel"])) {
        Ok(top) => Check::ok("git", format!("{version}, repository `{top}`")),
        Err(_) if is_project => {
            Check::warn("git", format!("{version}, no repository here"), "`git init` keeps the history of the configs")
        }
        Err(_) => Check::ok("git", format!("{version}, no repository here")),
    }
}

/// DVC, and whether the project is set up for it.
pub fn dvc(project: Option<&Project>) -> Check {
    const INSTALL: &str = "`pip install dvc` brings it; `mlops run-all` runs the same pipeline without it";
    let Some(program) = find("dvc") else {
        return Check::warn("dvc", "not found on the PATH", INSTALL);
    };
    let version = match ask(Command::new(&program).arg("--version").env("DVC_NO_ANALYTICS", "1")) {
        Ok(version) => version,
        Err(why) => return Check::warn("dvc", format!("`{}` {why}", program.display()), INSTALL),
    };
    let major = version.split('.').next().and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_DVC) {
        let hint = format!("`pip install --upgrade dvc`: {OLDEST_DVC} or newer reads and writes the same files");
        return Check::warn("dvc", format!("version {version}"), hint);
    }
    match project {
        Some(project) if !project.path(".dvc").is_dir() => {
            Check::warn("dvc", format!("{version}, but no `.dvc` folder here"), "`dvc init` makes it")
        }
        _ => Check::ok("dvc", version),
    }
}

/// The first program of that name on the PATH.
fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&path).map(|folder| folder.join(&file)).find(|program| is_executable(program))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// The first line a program prints; else why there is none.
fn ask(command: &mut Command) -> Result<String, String> {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = quiet.spawn().map_err(|e| format!("cannot be run: {e}"))?;
    let start = Instant::now();
    // What is asked for fits into a pipe, so the program never waits for a reader.
    while child.try_wait().is_ok_and(|status| status.is_none()) {
        if start.elapsed() > PATIENCE {
            child.kill().ok();
            child.wait().ok();
            return Err(format!("does not answer in {} s", PATIENCE.as_secs()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().map_err(|e| format!("cannot be run: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.lines().next().map(str::trim) {
        Some(line) if output.status.success() && !line.is_empty() => Ok(line.to_owned()),
        _ => Err(format!("does not work: {}", output.status)),
    }
}
