//! Ctrl-C and termination: nothing half done stays, exit code 130.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::printer::{Printer, is_child};
use crate::error::{Code, Error};
use crate::{engine, fs};

static ASKED: AtomicBool = AtomicBool::new(false);

/// What is to be told before an interrupt ends the process.
static LAST_WORD: Mutex<Option<LastWord>> = Mutex::new(None);

/// Called from another thread.
pub type LastWord = Box<dyn Fn() + Send>;

/// Sets what is to be told before an interrupt ends the process.
pub fn before_exit(last_word: Option<LastWord>) {
    if let Ok(mut current) = LAST_WORD.lock() {
        *current = last_word;
    }
}

/// What an interrupt does in place of ending the process.
static INSTEAD: Mutex<Option<LastWord>> = Mutex::new(None);

/// Sets what the first interrupt does in place of ending the process; the second ends it at once.
pub fn instead_of_exit(instead: Option<LastWord>) {
    if let Ok(mut current) = INSTEAD.lock() {
        *current = instead;
    }
}

/// Sets the handler. A second Ctrl-C ends at once, whatever a child still does.
pub fn install(printer: &Printer) {
    let printer = printer.clone();
    let handler = move || {
        let first = !ASKED.swap(true, Ordering::SeqCst);
        if let (true, Some(stop)) = (first, INSTEAD.lock().ok().and_then(|mut instead| instead.take())) {
            return stop();
        }
        fs::remove_pending();
        // With a child at work, the run ends when the child has.
        if engine::interrupt() && first {
            return;
        }
        engine::kill();
        if let (true, Some(tell)) = (first, LAST_WORD.lock().ok().and_then(|mut last_word| last_word.take())) {
            tell();
        }
        if !is_child() {
            printer.failures(&Error::interrupted().into());
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
