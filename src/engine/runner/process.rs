//! One command as a process of its own: what it says, how it ends, how much memory it took.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, Scope};
use std::time::Duration;

use wait4::Wait4;

use crate::error::{Error, Result};

/// How long a command that ran out of time, or was asked to end, has for it before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// A line longer than this is passed on in pieces.
const LONGEST_LINE: u64 = 1 << 16;

/// The process groups of commands that run now.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How a command ended.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) status: ExitStatus,
    /// What it wrote to stdout, where that was asked for.
    pub(super) stdout: Vec<u8>,
    /// Most memory it held at once, in bytes; with that of its own children.
    pub(super) peak_memory: u64,
    /// Whether its time was up.
    pub(super) timed_out: bool,
}

/// What becomes of the stdout of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stdout {
    /// It is data: kept.
    Kept,
    /// It is for people, as stderr is.
    Said,
}

/// Runs a command to its end. `say` is given each line it writes for people, as it comes.
///
/// # Errors
/// Exit code 1 where it cannot be started; 130 after [`interrupt`].
pub(super) fn run(
    command: &mut Command,
    shown: &str,
    stdout: Stdout,
    timeout: Option<Duration>,
    say: &(dyn Fn(&str) + Sync),
) -> Result<Finished> {
    let cannot = |e| Error::failure(format!("cannot run `{shown}`")).because(e);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    own_group(command);
    let mut child = command.spawn().map_err(cannot)?;
    let group = Group::new(child.id());
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (timed_out, ended) = (AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        let ended = &ended;
        let kept = out.map(|out| match stdout {
            Stdout::Kept => scope.spawn(move || read_all(Pipe { pipe: out, ended })),
            Stdout::Said => scope.spawn(move || read_lines(Pipe { pipe: out, ended }, say)),
        });
        let said = err.map(|err| scope.spawn(move || read_lines(Pipe { pipe: err, ended }, say)));
        let watch = timeout.map(|timeout| watch(scope, group.id, timeout, &timed_out));
        let used = wait(&mut child);
        ended.store(true, Ordering::SeqCst);
        drop(watch);
        if timed_out.load(Ordering::SeqCst) || interrupted() {
            signal(group.id, Kind::Kill);
        }
        let stdout = kept.and_then(|thread| thread.join().ok()).unwrap_or_default();
        said.map(thread::ScopedJoinHandle::join);
        let (status, peak_memory) = used.map_err(cannot)?;
        if interrupted() {
            return Err(Error::interrupted());
        }
        Ok(Finished { status, stdout, peak_memory, timed_out: timed_out.load(Ordering::SeqCst) })
    })
}

/// What a command writes, up to its end: what it has left running may hold the pipe open for ever.
struct Pipe<'a, R> {
    pipe: R,
    ended: &'a AtomicBool,
}

#[cfg(unix)]
impl<R: Read + std::os::fd::AsFd> Read for Pipe<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        const TICK: u16 = 50;
        loop {
            // Looked at first: what was written before the end is in the pipe by then.
            let ended = self.ended.load(Ordering::SeqCst);
            let wait = if ended { PollTimeout::ZERO } else { PollTimeout::from(TICK) };
            match poll(&mut [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)], wait) {
                Ok(0) if ended => return Ok(0),
                Ok(0) | Err(nix::errno::Errno::EINTR) => {}
                Ok(_) => return self.pipe.read(buffer),
                Err(e) => return Err(e.into()),
            }
        }
    }
}

#[cfg(not(unix))]
impl<R: Read> Read for Pipe<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pipe.read(buffer)
    }
}

fn wait(child: &mut Child) -> io::Result<(ExitStatus, u64)> {
    let used = child.wait4()?;
    Ok((used.status, used.rusage.maxrss))
}

/// Ends a command whose time is up: first kindly, then not. Dropping what is returned ends the watch.
fn watch<'scope>(
    scope: &'scope Scope<'scope, '_>,
    group: u32,
    timeout: Duration,
    timed_out: &'scope AtomicBool,
) -> Sender<()> {
    let (sender, receiver) = mpsc::channel::<()>();
    scope.spawn(move || {
        if receiver.recv_timeout(timeout) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        timed_out.store(true, Ordering::SeqCst);
        signal(group, Kind::Terminate);
        if receiver.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
            signal(group, Kind::Kill);
        }
    });
    sender
}

fn read_all(mut from: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A pipe that breaks has said what it had to say.
    from.read_to_end(&mut bytes).ok();
    bytes
}

fn read_lines(from: impl Read, say: &(dyn Fn(&str) + Sync)) -> Vec<u8> {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        say(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
        line.clear();
    }
    Vec::new()
}

/// A process group that an interrupt reaches, until this is dropped.
struct Group {
    id: u32,
}

impl Group {
    fn new(id: u32) -> Self {
        if let Ok(mut groups) = GROUPS.lock() {
            groups.push(id);
        }
        // An interrupt between the start and here has not reached it.
        if interrupted() {
            signal(id, Kind::Terminate);
        }
        Self { id }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Ok(mut groups) = GROUPS.lock() {
            groups.retain(|&id| id != self.id);
        }
    }
}

/// Asks all running commands to end, so that they end cleanly and the run returns. Says whether there were any.
pub fn interrupt() -> bool {
    INTERRUPTED.store(true, Ordering::SeqCst);
    let running = GROUPS.lock().map(|groups| groups.clone()).unwrap_or_default();
    running.iter().for_each(|&id| signal(id, Kind::Terminate));
    !running.is_empty()
}

/// Ends all running commands at once, whatever they still do, with all they have started.
pub fn kill() {
    let running = GROUPS.lock().map(|groups| groups.clone()).unwrap_or_default();
    running.iter().for_each(|&id| signal(id, Kind::Kill));
}

/// Whether the run was interrupted.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Terminate,
    Kill,
}

/// Its own group, so that what it starts in turn is reached by a signal too.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

#[cfg(unix)]
fn signal(group: u32, kind: Kind) {
    use nix::sys::signal::{Signal, killpg};
    let signal = match kind {
        Kind::Terminate => Signal::SIGTERM,
        Kind::Kill => Signal::SIGKILL,
    };
    if let Ok(id) = i32::try_from(group) {
        // A group that has ended needs no signal.
        killpg(nix::unistd::Pid::from_raw(id), signal).ok();
    }
}

#[cfg(not(unix))]
fn signal(_: u32, _: Kind) {}

/// Sleeps, but not through an interrupt.
pub(super) fn pause(duration: Duration) {
    const STEP: Duration = Duration::from_millis(50);
    let mut left = duration;
    while !left.is_zero() && !interrupted() {
        let step = left.min(STEP);
        thread::sleep(step);
        left = left.saturating_sub(step);
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shell(line: &str, timeout: Option<Duration>) -> (Finished, Vec<String>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]);
        let finished = run(&mut command, line, Stdout::Said, timeout, &|text| {
            lines.lock().unwrap().push(text.to_owned());
        })
        .unwrap();
        let mut lines = lines.lock().unwrap().clone();
        lines.sort();
        (finished, lines)
    }

    #[test]
    fn lines_come_from_both_streams_and_memory_is_counted() {
        let (finished, lines) = shell("echo a; echo b >&2; printf c; exit 3", None);
        assert_eq!((finished.status.code(), lines), (Some(3), vec!["a".into(), "b".into(), "c".into()]));
        assert!(finished.peak_memory > 100_000, "{}", finished.peak_memory);
    }

    #[test]
    fn a_command_whose_time_is_up_ends_with_all_it_started() {
        let (finished, _) = shell("sleep 600 & sleep 600; true", Some(Duration::from_millis(50)));
        assert!(finished.timed_out && !finished.status.success());
        let (finished, lines) = shell("sleep 600 & echo started", None);
        assert_eq!(
            (finished.status.success(), lines),
            (true, vec!["started".into()]),
            "what goes on is not waited for"
        );
        let (finished, _) = shell("true", Some(Duration::from_secs(600)));
        assert!(!finished.timed_out && finished.status.success());
    }
}
