//! What is printed, where and how: data on stdout, all else on stderr.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::path::Path;

use clap::builder::styling::{AnsiColor, Style};
use serde_json::{Value as Json, json};

use super::args::Global;
use super::failures::Failures;
use crate::error::{Code, Error, Result};
use crate::fs;

/// Set for the children of `run-all`, which leave some words to it: its process number.
pub const CHILD: &str = "MLOPS_CHILD";

/// What went wrong.
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What may go wrong.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Headings of accounts.
pub const STRONG: Style = Style::new().bold();
/// What matters less.
pub const FAINT: Style = Style::new().dimmed();

/// Prints everything this program says.
#[derive(Debug, Clone)]
pub struct Printer {
    json: bool,
    quiet: bool,
    colour_out: bool,
    colour_err: bool,
    child: bool,
}

impl Printer {
    /// As the options and the terminal want it.
    pub fn new(global: &Global) -> Self {
        let child = is_child();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            // A child's account is data for its parent; its errors are for people unless JSON was asked for.
            json: global.json,
            quiet: global.quiet,
            colour_out: wanted && stdout().is_terminal(),
            colour_err: wanted && stderr().is_terminal(),
            child,
        }
    }

    /// For errors before there are options.
    pub fn json() -> Self {
        Self { json: true, quiet: true, colour_out: false, colour_err: false, child: false }
    }

    /// What to do about wrong arguments.
    pub fn hint(text: &str) {
        say(&format!("hint: {}", visible(text)));
    }

    /// Whether results are JSON.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Whether this is a child of `run-all`: its account is JSON on stdout.
    pub fn is_child(&self) -> bool {
        self.child
    }

    /// Whether only results and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether bars may move on stderr.
    pub fn is_lively(&self) -> bool {
        !self.json && !self.quiet && stderr().is_terminal()
    }

    /// `text` in a style, where stdout takes one.
    pub fn styled(&self, style: Style, text: &str) -> String {
        paint(self.colour_out, style, text)
    }

    /// A line of data.
    ///
    /// # Errors
    /// Exit code 1 where stdout cannot be written.
    pub fn line(&self, text: &str) -> Result<()> {
        let mut out = stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.write_all(b"\n"))
            .and_then(|()| out.flush())
            .map_err(|e| fs::write_error(Path::new("standard output"), e))
    }

    /// A JSON document as data.
    ///
    /// # Errors
    /// As [`Printer::line`].
    pub fn document(&self, value: &Json) -> Result<()> {
        self.line(&serde_json::to_string_pretty(value).unwrap_or_default())
    }

    /// A word on progress, for people.
    pub fn note(&self, text: &str) {
        if !self.quiet && !self.json {
            say(text);
        }
    }

    /// A warning; with `--json` a document of its own line.
    pub fn warning(&self, text: &str) {
        if self.json {
            say(&json!({ "warning": text }).to_string());
        } else {
            say(&format!("{} {}", paint(self.colour_err, WARNING, "warning:"), visible(text)));
        }
    }

    /// Shows `text` until the next line is printed; on terminals alone.
    pub fn transient(&self, text: &str) {
        if self.is_lively() {
            let mut err = stderr().lock();
            write!(err, "\r\x1b[K{text}").and_then(|()| err.flush()).ok();
        }
    }

    /// Why the command failed.
    pub fn failures(&self, failures: &Failures) {
        if self.json {
            let all: Vec<Json> = failures.errors().iter().map(as_json).collect();
            let mut document = json!({ "error": all.first() });
            if let (true, Some(object)) = (all.len() > 1, document.as_object_mut()) {
                object.insert("errors".to_owned(), Json::Array(all));
            }
            return say(&document.to_string());
        }
        for error in failures.errors() {
            self.error(error);
        }
    }

    fn error(&self, error: &Error) {
        if error.code() == Code::Interrupted {
            if !self.child {
                say("interrupted");
            }
            return;
        }
        say(&format!("{} {}", paint(self.colour_err, ERROR, "error:"), visible(error.message())));
        for cause in error.causes() {
            say(&format!("  {}", visible(&cause)));
        }
        if let Some(hint) = error.hint_text() {
            say(&format!("{} {}", paint(self.colour_err, HINT, "hint:"), visible(hint)));
        }
    }
}

/// Whether this process is a child of `run-all`.
pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// A line on stderr; when nobody listens there is nobody to tell.
fn say(text: &str) {
    writeln!(stderr().lock(), "{text}").ok();
}

/// What names and values of a table bring along is cut where it is endless, and moves no cursor.
fn visible(text: &str) -> String {
    const SHOWN: usize = 2_000;
    let mut shown = String::new();
    for c in text.chars().take(SHOWN) {
        match c {
            '\n' | '\t' => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

fn paint(colour: bool, style: Style, text: &str) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

fn as_json(error: &Error) -> Json {
    json!({
        "code": error.code() as i32,
        "message": error.message(),
        "hint": error.hint_text(),
        "causes": error.causes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_one_json_object() {
        let error = Error::data("row 3: no number").hint("look").because(Error::failure("below"));
        assert_eq!(
            as_json(&error),
            json!({"code": 3, "message": "row 3: no number", "hint": "look", "causes": ["below"]})
        );
    }

    #[test]
    fn control_characters_are_shown_and_endless_names_are_cut() {
        assert_eq!(visible("`a\0\u{1b}[2J`\n  ^"), "`a\\u{0}\\u{1b}[2J`\n  ^");
        assert_eq!(visible(&"é".repeat(5_000)).chars().count(), 2_001);
    }

    #[test]
    fn styles_stand_on_terminals_alone() {
        assert_eq!(paint(false, ERROR, "x"), "x");
        assert_eq!(paint(true, STRONG, "x"), "\u{1b}[1mx\u{1b}[0m");
    }
}
