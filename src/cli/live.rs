//! What the running stages do right now: a line each on a terminal, their own lines elsewhere.

use std::collections::BTreeMap;
use std::io::{Write, stderr};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::estimate::{Estimate, told};
use super::printer::Printer;
use super::progress::{percent, relayed};
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
    /// What each stage does, and how fast.
    tasks: BTreeMap<String, (String, Estimate)>,
    start: Instant,
    said: BTreeMap<String, Vec<String>>,
    /// Whether lines are told by whom they come from.
    several: bool,
}

impl<'a> Live<'a> {
    pub fn new(printer: &'a Printer, jobs: usize) -> Self {
        let all = printer.is_lively().then(MultiProgress::new);
        let (bars, tasks, said) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { printer, all, bars, tasks, start: Instant::now(), said, several: jobs > 1 }
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
            return self.moved(name, task, done, total);
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

    /// A stage has told how far it is.
    fn moved(&mut self, name: &str, task: String, done: u64, total: u64) {
        let Some(bar) = self.bars.get(name).filter(|_| total > 0) else { return };
        let (at, estimate) = self.tasks.entry(name.to_owned()).or_default();
        if *at != task {
            (*at, *estimate) = (task, Estimate::default());
        }
        let left = estimate.left(self.start.elapsed(), done, total).map(|left| format!(", {}", told(left)));
        bar.set_message(format!("{at} {} %{}", percent(done, total), left.unwrap_or_default()));
    }

    /// A stage has ended: its line goes. What it said is given back.
    pub fn ended(&mut self, name: &str) -> Vec<String> {
        if let (Some(bar), Some(all)) = (self.bars.remove(name), &self.all) {
            bar.finish_and_clear();
            all.remove(&bar);
        }
        self.tasks.remove(name);
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
