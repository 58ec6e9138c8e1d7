//! Events become bars on a terminal; a child of `run-all` hands them to its parent.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value as Json, json};

use super::printer::Printer;
use crate::event::{Event, Observer, Silent};

const TEMPLATE: &str = "{msg:24} [{bar:40}] {percent:>3} % {eta:>4}";
const UNKNOWN: &str = "{msg:24} {spinner} {pos}";

/// Set by a `run-all` on a terminal for its children: they write their progress as lines for it to draw.
pub const RELAY: &str = "MLOPS_PROGRESS";
/// How such a line begins.
const MARK: &str = "\u{1}progress ";
/// Between two lines of one task.
const PAUSE: Duration = Duration::from_millis(100);

/// Bars for a person, lines for a parent that draws, nothing for anybody else.
pub fn observer(printer: &Printer) -> Box<dyn Observer> {
    if printer.is_child() && std::env::var_os(RELAY).is_some() {
        return Box::new(Relay::default());
    }
    if printer.is_lively() { Box::new(Bars::default()) } else { Box::new(Silent) }
}

#[derive(Default)]
struct Bars {
    all: MultiProgress,
    tasks: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Observer for Bars {
    fn event(&self, event: Event) {
        let Ok(mut tasks) = self.tasks.lock() else { return };
        match event {
            Event::Progress { task, done, total } => {
                let bar = tasks.entry(task).or_insert_with_key(|task| self.all.add(bar(task, total)));
                bar.set_length(total);
                bar.set_position(done);
            }
            Event::Finished { task } => {
                if let Some(bar) = tasks.remove(&task) {
                    bar.finish_and_clear();
                    self.all.remove(&bar);
                }
            }
        }
    }
}

fn bar(task: &str, total: u64) -> ProgressBar {
    let template = if total == 0 { UNKNOWN } else { TEMPLATE };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(total).with_style(style.progress_chars("=> ")).with_message(task.to_owned())
}

#[derive(Default)]
struct Relay {
    /// When something was last handed on.
    last: Mutex<Option<Instant>>,
}

impl Observer for Relay {
    fn event(&self, event: Event) {
        let Event::Progress { task, done, total } = event else { return };
        let Ok(mut last) = self.last.lock() else { return };
        if done < total && last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        *last = Some(Instant::now());
        writeln!(stderr(), "{MARK}{}", json!([task, done, total])).ok();
    }
}

/// The task, units done and units in all of a line that a child has handed on.
pub fn relayed(line: &str) -> Option<(String, u64, u64)> {
    let values: Json = serde_json::from_str(line.strip_prefix(MARK)?).ok()?;
    Some((values.get(0)?.as_str()?.to_owned(), values.get(1)?.as_u64()?, values.get(2)?.as_u64()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relayed_line_is_read_back() {
        let line = format!("{MARK}{}", json!(["train \"x\"", 3, 10]));
        assert_eq!(relayed(&line), Some(("train \"x\"".to_owned(), 3, 10)));
        assert_eq!(relayed("progress [1]"), None);
    }
}
