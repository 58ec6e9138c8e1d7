//! `dvc repro` without DVC: decides for each stage, restores what was made before, runs the rest, and leaves
//! `dvc.lock`, the cache and `.gitignore` as DVC would.

mod decide;
mod inputs;
mod places;
mod repo;
mod restore;
mod save;
mod schedule;
mod select;

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope};

pub use repo::Repo;
pub use restore::Brought;
pub use select::Selection;

use super::definition::{Dep, Stage};
use super::plan::{Decision, Reason};
use super::runner::{self, Outcome, Runner};
use super::workspace::{PathGuard, PathLocks};
use crate::error::{Error, Result};
use crate::fs;

use inputs::Inputs;
use schedule::Schedule;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// The stages it is about.
    pub selection: Selection,
    /// Stages at work at once.
    pub jobs: usize,
    /// What stages of this program that are at work at once may read, in bytes. Each of them uses all threads: while
    /// there is little to read, several fill the pauses of one another; else they would only hold their memory at once.
    pub side_by_side: Option<u64>,
    /// Run all of them, whatever stands.
    pub force: bool,
    /// After a failure, go on with what does not depend on it.
    pub keep_going: bool,
    /// Take outs from the run-cache where they were made before.
    pub run_cache: bool,
}

/// What is happening.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The commands of a stage begin.
    Started {
        /// The stage.
        stage: &'a Stage,
        /// Why.
        reasons: &'a [Reason],
    },
    /// A line that a command writes for people.
    Said {
        /// The stage.
        stage: &'a Stage,
        /// Without its line end.
        line: &'a str,
    },
    /// A stage has ended.
    Ended {
        /// The stage.
        stage: &'a Stage,
        /// Why it ran.
        reasons: &'a [Reason],
        /// What came of it.
        ended: Ended<'a>,
    },
}

/// How a stage ended.
#[derive(Debug)]
pub enum Ended<'a> {
    /// Nothing was to be done.
    UpToDate,
    /// It was not asked for.
    NotSelected,
    /// Its outs were made before and came back from the cache.
    Restored,
    /// It is frozen or has no commands: its outs stand, and are recorded as they are.
    Verified,
    /// Its commands ran, and its outs are recorded.
    Ran(&'a Outcome),
    /// Its commands failed, or its outs could not be recorded.
    Failed(&'a Outcome, &'a Error),
    /// It was left, since the stage of that name failed.
    Skipped(&'a str),
}

enum Message {
    Said(usize, String),
    Ended(usize, Outcome, Result<()>),
}

/// A stage whose commands run.
struct Running {
    reasons: Vec<Reason>,
    /// What it read, as it was when it began.
    found: decide::Found,
    inputs: Inputs,
    _guard: PathGuard,
}

/// What came of a stage whose turn it was.
enum Begun {
    /// Its commands are to be started.
    Runs,
    /// It is done.
    Ended,
    /// Its commands are to be started once others have ended.
    Waits,
}

/// One run over the workspace.
struct Run<'a> {
    repo: &'a mut Repo,
    runner: &'a Runner,
    locks: PathLocks,
    options: &'a Options,
    selected: Vec<bool>,
    running: BTreeMap<usize, Running>,
    /// Stages that failed, and those left because of them with the failed one's name.
    failed: Vec<usize>,
    left: BTreeMap<usize, String>,
    first_error: Option<Error>,
    watch: &'a mut dyn FnMut(Progress),
}

/// Brings the stages up to date, and tells `watch` of every step.
///
/// # Errors
/// The first stage that fails, see [`Runner::run`]; 1 for an out that was not written, and where DVC is at work in
/// the project; 130 after an interrupt. What ended well before is recorded.
pub fn reproduce(repo: &mut Repo, runner: &Runner, options: &Options, watch: &mut dyn FnMut(Progress)) -> Result<()> {
    let selected = options.selection.of(&repo.stages, &repo.graph)?;
    let (graph, order, locks) = (repo.graph.clone(), repo.order.clone(), repo.path_locks());
    let run = Run {
        repo,
        runner,
        locks,
        options,
        selected,
        running: BTreeMap::new(),
        failed: Vec::new(),
        left: BTreeMap::new(),
        first_error: None,
        watch,
    };
    run.all(Schedule::new(&graph, &order))
}

impl Run<'_> {
    fn all(mut self, mut schedule: Schedule) -> Result<()> {
        let (sender, receiver) = mpsc::channel();
        let stages = self.repo.stages.clone();
        let runner = self.runner.clone();
        thread::scope(|scope| {
            let mut lock = self.repo.lock()?;
            loop {
                let mut waiting = Vec::new();
                while self.running.len() < self.options.jobs.max(1) && self.goes_on() {
                    let Some(at) = schedule.next() else { break };
                    match self.begin(at) {
                        Ok(Begun::Runs) => start(scope, &runner, &stages[at], at, sender.clone()),
                        Ok(Begun::Ended) => schedule.done(at),
                        Ok(Begun::Waits) => waiting.push(at),
                        Err(error) => self.fail(at, &Outcome::default(), error, &[]),
                    }
                }
                waiting.into_iter().for_each(|at| schedule.put_back(at));
                if self.running.is_empty() {
                    break;
                }
                // What was restored is recorded together.
                self.repo.write_lock()?;
                self.repo.ignore_before(schedule.frontier())?;
                // DVC and others may look and work while commands run.
                drop(lock);
                let (at, outcome, result) = self.next_end(&receiver, &stages);
                lock = self.repo.lock()?;
                if self.end(at, &outcome, result) {
                    schedule.done(at);
                }
            }
            self.repo.write_lock()?;
            self.repo.ignore_before(usize::MAX)?;
            drop(lock);
            Ok(())
        })?;
        let closed = self.repo.close();
        match self.first_error {
            None if runner::interrupted() => Err(Error::interrupted()),
            None => closed,
            Some(error) => Err(error),
        }
    }

    fn goes_on(&self) -> bool {
        !runner::interrupted() && (self.failed.is_empty() || self.options.keep_going)
    }

    /// Whether the commands of a stage may begin beside those at work; where none is, they may in any case.
    fn has_room_for(&self, stage: &Stage) -> bool {
        let (Some(most), true) = (self.options.side_by_side, runner::is_own(stage)) else { return true };
        let running = self.running.keys().map(|at| &self.repo.stages[*at]).filter(|stage| runner::is_own(stage));
        let read = |stage: &Stage| stage.deps.iter().map(|dep| self.size(dep)).fold(0, u64::saturating_add);
        let all = running.map(read).reduce(u64::saturating_add);
        all.is_none_or(|all| all.saturating_add(read(stage)) <= most)
    }

    /// Bytes of a dep. What a folder holds is not looked at: it may be anything.
    fn size(&self, dep: &Dep) -> u64 {
        match fs::stat(&self.repo.root.join(&dep.path)) {
            Ok(Some(stat)) if stat.kind == fs::Kind::File => stat.size,
            Ok(Some(_)) => u64::MAX,
            Ok(None) | Err(_) => 0,
        }
    }

    /// Decides on a stage.
    fn begin(&mut self, at: usize) -> Result<Begun> {
        let stage = self.repo.stages[at].clone();
        if !self.selected[at] {
            self.tell_end(&stage, &[], Ended::NotSelected);
            return Ok(Begun::Ended);
        }
        let (decision, found) = self.repo.decide(&stage, self.options.force)?;
        let Decision::Run(reasons) = decision else {
            self.tell_end(&stage, &[], Ended::UpToDate);
            return Ok(Begun::Ended);
        };
        self.repo.check_free(&stage, &self.locks)?;
        // Nothing is run for it: what stands is what counts from now on.
        if stage.frozen || stage.is_data() {
            self.repo.record(at, &found)?;
            self.tell_end(&stage, &reasons, Ended::Verified);
            return Ok(Begun::Ended);
        }
        self.repo.check_inputs(&stage, &found)?;
        if !self.options.force && self.options.run_cache && self.repo.restore(&stage, &found)? {
            self.repo.record(at, &found)?;
            self.tell_end(&stage, &reasons, Ended::Restored);
            return Ok(Begun::Ended);
        }
        if !self.has_room_for(&stage) {
            return Ok(Begun::Waits);
        }
        let guard = self.repo.claim(&stage, &self.locks)?;
        let inputs = Inputs::of(&stage, &self.repo.root, &self.repo.hasher)?;
        (self.watch)(Progress::Started { stage: &stage, reasons: &reasons });
        self.running.insert(at, Running { reasons, found, inputs, _guard: guard });
        Ok(Begun::Runs)
    }

    /// Waits for the next stage that ends, and passes on what is said till then.
    fn next_end(&mut self, receiver: &Receiver<Message>, stages: &[Stage]) -> (usize, Outcome, Result<()>) {
        loop {
            match receiver.recv() {
                Ok(Message::Said(at, line)) => (self.watch)(Progress::Said { stage: &stages[at], line: &line }),
                Ok(Message::Ended(at, outcome, result)) => return (at, outcome, result),
                // Each thread sends its end, and one of them runs.
                Err(_) => {
                    let at = self.running.keys().next().copied().unwrap_or_default();
                    return (at, Outcome::default(), Err(Error::failure("a stage ended without a word")));
                }
            }
        }
    }

    /// Records what a stage has left; says whether all went well.
    fn end(&mut self, at: usize, outcome: &Outcome, result: Result<()>) -> bool {
        let Some(Running { reasons, mut found, inputs, _guard }) = self.running.remove(&at) else { return false };
        let stage = self.repo.stages[at].clone();
        let recorded = result.and_then(|()| {
            let rewritten = inputs.afterwards(&stage, &mut found, &self.repo.root, &self.repo.hasher)?;
            self.repo.record(at, &found)?;
            self.repo.write_lock()?;
            Ok(rewritten)
        });
        match recorded {
            Ok(rewritten) => {
                for path in rewritten {
                    let line =
                        format!("`{path}` was changed meanwhile: the next run takes it up, and runs this stage again");
                    (self.watch)(Progress::Said { stage: &stage, line: &line });
                }
                self.tell_end(&stage, &reasons, Ended::Ran(outcome));
                true
            }
            Err(error) => {
                self.fail(at, outcome, error, &reasons);
                false
            }
        }
    }

    fn fail(&mut self, at: usize, outcome: &Outcome, error: Error, reasons: &[Reason]) {
        let stage = self.repo.stages[at].clone();
        self.tell_end(&stage, reasons, Ended::Failed(outcome, &error));
        self.failed.push(at);
        for after in self.repo.graph.descendants(at) {
            if let (true, false) = (self.selected[after], self.left.contains_key(&after)) {
                let left = self.repo.stages[after].clone();
                self.left.insert(after, stage.name.clone());
                if self.options.keep_going {
                    self.tell_end(&left, &[], Ended::Skipped(&stage.name));
                }
            }
        }
        self.first_error = self.first_error.take().or(Some(error));
    }

    fn tell_end(&mut self, stage: &Stage, reasons: &[Reason], ended: Ended) {
        (self.watch)(Progress::Ended { stage, reasons, ended });
    }
}

fn start<'scope, 'env: 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    runner: &'env Runner,
    stage: &'env Stage,
    at: usize,
    sender: Sender<Message>,
) {
    scope.spawn(move || {
        let say = |line: &str| drop(sender.send(Message::Said(at, line.to_owned())));
        let (outcome, result) = runner.run(stage, &say);
        sender.send(Message::Ended(at, outcome, result)).ok();
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Limits, Selection};

    /// Two stages of one command in place of this program's own, which says when it begins and ends.
    fn said(side_by_side: Option<u64>, script: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |name: &str, text: &str| fs::atomic_write_bytes(&root.join(name), text.as_bytes()).unwrap();
        write("dvc.yaml", "stages:\n  a: {cmd: mlops log, deps: [in]}\n  b: {cmd: mlops log, deps: [in]}\n");
        write("in", "four");
        write("run", &format!("#!/bin/sh\necho begin >> log\n{script}\necho end >> log\n"));
        fs::set_mode(&root.join("run"), 0o755).unwrap();
        let mut repo = Repo::open(root).unwrap();
        repo.prepare().unwrap();
        let runner = Runner {
            root: root.to_path_buf(),
            executable: root.join("run"),
            arguments: Vec::new(),
            environment: Vec::new(),
            limits: Limits::default(),
        };
        let selection = Selection { from: Vec::new(), to: Vec::new(), only: Vec::new() };
        let options = Options { selection, jobs: 2, side_by_side, force: false, keep_going: false, run_cache: false };
        reproduce(&mut repo, &runner, &options, &mut |_| {}).unwrap();
        fs::read_to_string(&root.join("log")).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn own_stages_that_read_much_follow_one_another() {
        assert_eq!(said(Some(7), "sleep 0.1"), ["begin", "end", "begin", "end"]);
        let together = "for i in $(seq 600); do test $(grep -c begin log) = 2 && break; sleep 0.1; done";
        for most in [Some(8), None] {
            assert_eq!(said(most, together)[..2], ["begin", "begin"], "{most:?}");
        }
    }
}
