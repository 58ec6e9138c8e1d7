//! Ctrl-C and termination: nothing half done stays, exit code 130.

use std::io::{Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};

use super::printer::is_child;
use crate::{engine, error::Code, fs};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Sets the handler. A second Ctrl-C ends at once, whatever a child still does.
pub fn install() {
    let handler = || {
        let first = !ASKED.swap(true, Ordering::SeqCst);
        fs::remove_pending();
        // With a child at work, the run ends when the child has.
        if engine::interrupt() && first {
            return;
        }
        engine::kill();
        if !is_child() {
            writeln!(stderr(), "interrupted").ok();
        }
        std::process::exit(Code::Interrupted as i32);
    };
    refuse_large_files();
    // Only a second handler in the same process is refused, and there is none.
    ctrlc::set_handler(handler).ok();
    end_with_parent();
}

/// A write beyond `ulimit -f` is to fail like any other, not to end the process.
#[cfg(unix)]
fn refuse_large_files() {
    use nix::sys::signal::{SigSet, Signal};
    let mut set = SigSet::empty();
    set.add(Signal::SIGXFSZ);
    set.thread_block().ok();
}

#[cfg(not(unix))]
fn refuse_large_files() {}

/// A child of `run-all` ends with it, even where that is killed: nobody waits for its work any more, and
/// the next run would write the same files.
#[cfg(target_os = "linux")]
fn end_with_parent() {
    let Some(parent) = std::env::var(super::printer::CHILD).ok().filter(|id| id.parse::<u32>().is_ok()) else { return };
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM).ok();
    if fs::is_dead(&parent) {
        std::process::exit(Code::Interrupted as i32);
    }
}

#[cfg(not(target_os = "linux"))]
fn end_with_parent() {}
