//! Events become bars on a terminal and now and then a line elsewhere; a child of a `run-all` that draws hands them on.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value as Json, json};

use super::estimate::{Estimate, told};
use super::printer::Printer;
use crate::event::{Event, Observer, Silent};

const TEMPLATE: &str = "{msg:24} [{bar:40}] {percent:>3} % {prefix}";
const UNKNOWN: &str = "{msg:24} {spinner} {pos}";

/// Set by a `run-all` on a terminal for its children: they write their progress as lines for it to draw.
pub const RELAY: &str = "MLOPS_PROGRESS";
/// How such a line begins.
const MARK: &str = "\u{1}progress ";
/// Between two lines of one task that are handed on.
const PAUSE: Duration = Duration::from_millis(100);
/// Before the first line for people, where nothing moves; the pauses grow from there.
const FIRST_LINE: Duration = Duration::from_secs(15);
/// Between two such lines, at the most.
const LONGEST: Duration = Duration::from_secs(300);

/// Bars for a person, lines for a parent that draws, a line now and then for a log.
pub fn observer(printer: &Printer) -> Box<dyn Observer> {
    if printer.is_child() && std::env::var_os(RELAY).is_some() {
        return Box::new(Relay::default());
    }
    if printer.is_json() || printer.is_quiet() {
        return Box::new(Silent);
    }
    if printer.is_lively() {
        return Box::new(Bars { all: MultiProgress::new(), tasks: Mutex::default(), start: Instant::now() });
    }
    Box::new(Lines { printer: printer.clone(), tasks: Mutex::default(), start: Instant::now() })
}

struct Bars {
    all: MultiProgress,
    tasks: Mutex<BTreeMap<String, (ProgressBar, Estimate)>>,
    start: Instant,
}

impl Observer for Bars {
    fn event(&self, event: Event) {
        let Ok(mut tasks) = self.tasks.lock() else { return };
        match event {
            Event::Progress { task, done, total } => {
                let new = |task: &String| (self.all.add(bar(task, total)), Estimate::default());
                let (bar, estimate) = tasks.entry(task).or_insert_with_key(new);
                let left = estimate.left(self.start.elapsed(), done, total);
                bar.set_prefix(left.map(told).unwrap_or_default());
                bar.set_length(total);
                bar.set_position(done);
            }
            Event::Finished { task } => {
                if let Some((bar, _)) = tasks.remove(&task) {
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

/// For logs: a line where a task takes long, the rarer the longer.
struct Lines {
    printer: Printer,
    tasks: Mutex<BTreeMap<String, Rarely>>,
    start: Instant,
}

impl Observer for Lines {
    fn event(&self, event: Event) {
        let Ok(mut tasks) = self.tasks.lock() else { return };
        match event {
            Event::Progress { task, done, total } => {
                let rarely = tasks.entry(task.clone()).or_default();
                if let Some(words) = rarely.percent(self.start.elapsed(), done, total) {
                    self.printer.note(&format!("{task}: {words}"));
                }
            }
            Event::Finished { task } => {
                tasks.remove(&task);
            }
        }
    }
}

/// When the next line about a task is due, and what it says of the time left.
#[derive(Debug, Default)]
pub struct Rarely {
    estimate: Estimate,
    /// When the last line was due, and the pause from there.
    due: Option<(Duration, Duration)>,
}

impl Rarely {
    /// The time left, known or not; none while no line is due.
    pub fn left(&mut self, now: Duration, done: u64, total: u64) -> Option<Option<Duration>> {
        let left = self.estimate.left(now, done, total);
        let (from, pause) = *self.due.get_or_insert((now, FIRST_LINE));
        if now < from + pause || done >= total {
            return None;
        }
        self.due = Some((now, (2 * pause).min(LONGEST)));
        Some(left)
    }

    fn percent(&mut self, now: Duration, done: u64, total: u64) -> Option<String> {
        let left = self.left(now, done, total)?.map(|left| format!(", {}", told(left)));
        Some(format!("{} %{}", percent(done, total), left.unwrap_or_default()))
    }
}

/// Of 100.
pub fn percent(done: u64, total: u64) -> u64 {
    done.saturating_mul(100).checked_div(total).unwrap_or(0)
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

    #[test]
    fn lines_come_late_and_ever_more_rarely() {
        let mut rarely = Rarely::default();
        let said: Vec<(u64, String)> = (0..=1000)
            .filter_map(|second| {
                let words = rarely.percent(Duration::from_secs(second), second, 1000)?;
                Some((second, words))
            })
            .collect();
        let moments: Vec<u64> = said.iter().map(|(second, _)| *second).collect();
        assert_eq!(moments, [15, 45, 105, 225, 465, 765]);
        assert_eq!(said[0].1, "1 %, about 16 min left");
        assert_eq!(said[5].1, "76 %, about 4 min left");
        let mut still = Rarely::default();
        assert_eq!(still.percent(Duration::ZERO, 0, 8), None);
        assert_eq!(still.percent(Duration::from_secs(60), 1, 8).as_deref(), Some("12 %"), "no basis, no promise");
    }
}
