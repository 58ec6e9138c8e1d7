//! Events become bars, on terminals alone.

use std::collections::BTreeMap;
use std::sync::Mutex;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::printer::Printer;
use crate::event::{Event, Observer, Silent};

const TEMPLATE: &str = "{msg:24} [{bar:40}] {percent:>3} % {eta:>4}";
const UNKNOWN: &str = "{msg:24} {spinner} {pos}";

/// Bars for a person, nothing for anybody else.
pub fn observer(printer: &Printer) -> Box<dyn Observer> {
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
