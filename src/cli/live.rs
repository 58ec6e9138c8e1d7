//! What the running stages do right now: a line each on a terminal, their own lines elsewhere.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::printer::Printer;
use super::progress::relayed;
use crate::error::Result;

const TEMPLATE: &str = "{spinner} {prefix:16} {elapsed:>4}  {wide_msg}";
const TICK: Duration = Duration::from_millis(120);
/// Lines kept of a stage, for what has to be told when it fails.
const KEPT: usize = 200;

/// Shows what runs.
pub struct Live<'a> {
    printer: &'a Printer,
    all: Option<MultiProgress>,
    bars: BTreeMap<String, ProgressBar>,
    said: BTreeMap<String, Vec<String>>,
    /// Whether lines are told by whom they come from.
    several: bool,
}

impl<'a> Live<'a> {
    pub fn new(printer: &'a Printer, jobs: usize) -> Self {
        let all = printer.is_lively().then(MultiProgress::new);
        Self { printer, all, bars: BTreeMap::new(), said: BTreeMap::new(), several: jobs > 1 }
    }

    /// A stage begins.
    pub fn started(&mut self, name: &str) {
        let Some(all) = &self.all else { return };
        let style = ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = all.add(ProgressBar::new_spinner().with_style(style).with_prefix(name.to_owned()));
        bar.enable_steady_tick(TICK);
        self.bars.insert(name.to_owned(), bar);
    }

    /// A stage has written a line. What other programs say is told by whom, where several run.
    pub fn said(&mut self, name: &str, line: &str, own: bool) {
        if let Some((task, done, total)) = relayed(line) {
            if let (Some(bar), false) = (self.bars.get(name), total == 0) {
                bar.set_message(format!("{task} {} %", (done * 100).checked_div(total).unwrap_or(0)));
            }
            return;
        }
        let kept = self.said.entry(name.to_owned()).or_default();
        if kept.len() < KEPT {
            kept.push(line.to_owned());
        }
        if self.printer.is_json() {
            return;
        }
        let line = if self.several && !own { format!("{name} | {line}\n") } else { format!("{line}\n") };
        self.print(|| {
            stderr().write_all(line.as_bytes()).ok();
            Ok(())
        })
        .ok();
    }

    /// A stage has ended: its line goes. What it said is given back.
    pub fn ended(&mut self, name: &str) -> Vec<String> {
        if let (Some(bar), Some(all)) = (self.bars.remove(name), &self.all) {
            bar.finish_and_clear();
            all.remove(&bar);
        }
        self.said.remove(name).unwrap_or_default()
    }

    /// Prints, with the moving lines out of the way.
    pub fn print(&self, print: impl FnOnce() -> Result<()>) -> Result<()> {
        match &self.all {
            Some(all) => all.suspend(print),
            None => print(),
        }
    }
}
