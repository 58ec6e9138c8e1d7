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
        if !is_child() {
            writeln!(stderr(), "interrupted").ok();
        }
        std::process::exit(Code::Interrupted as i32);
    };
    // Only a second handler in the same process is refused, and there is none.
    ctrlc::set_handler(handler).ok();
}
