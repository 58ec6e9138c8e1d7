//! One round of trials, dealt to workers fold by fold.
//!
//! A worker takes a fold of a trial that is begun before it begins another trial, so that few trials are lost when the
//! process is killed, and that all workers are busy to the end. Where trials may be pruned, the folds of a trial follow
//! one another.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::history::{State, Trial};
use super::problem::{Fitting, Point};
use super::pruning::Medians;
use super::search::Search;
use crate::data::Scores;
use crate::error::{Error, Result};
use crate::fs::Lock;

/// Between two looks at what other processes have done.
const PAUSE: Duration = Duration::from_millis(100);

/// A round at work.
pub(super) struct Round<'a> {
    search: &'a Search<'a>,
    /// Of the rounds before.
    medians: &'a Medians,
    deadline: Option<Instant>,
    state: Mutex<Work>,
    changed: Condvar,
}

#[derive(Default)]
struct Work {
    /// Trials that nobody here has begun: number and point.
    waiting: Vec<(usize, Point)>,
    begun: Vec<Begun>,
    ended: Vec<Trial>,
    /// Whether no further trial is to begin.
    late: bool,
    failed: Option<Error>,
}

/// A trial at work.
struct Begun {
    number: usize,
    point: Point,
    fitting: Arc<Fitting>,
    /// Folds handed out.
    next: usize,
    scores: Vec<Option<Scores>>,
    steps: Vec<Option<f64>>,
    error: Option<Error>,
    running: usize,
    pruned: bool,
    since: Instant,
    /// Held as long as the trial runs.
    _claim: Lock,
}

/// What a worker does next.
enum Next {
    Fold { number: usize, fold: usize, fitting: Arc<Fitting> },
    Nothing,
}

impl<'a> Round<'a> {
    /// Runs the trials that are not in the journal yet; gives those that ended here or elsewhere, and whether the time
    /// was too short for all.
    pub(super) fn run(
        search: &'a Search<'a>,
        medians: &'a Medians,
        mut points: Vec<(usize, Point)>,
        deadline: Option<Instant>,
    ) -> Result<(Vec<Trial>, bool)> {
        if points.is_empty() {
            return Ok((Vec::new(), false));
        }
        if search.workers() > 1 {
            // The last fold that is dealt decides how long workers wait for one another.
            let effort = |(_, point): &(usize, Point)| {
                let fitting = search.problem.branches[point.branch].fitting(&point.values);
                fitting.map_or(0.0, |fitting| fitting.estimator.effort())
            };
            points.sort_by(|a, b| effort(b).total_cmp(&effort(a)));
        }
        let state = Mutex::new(Work { waiting: points, ..Work::default() });
        let round = Self { search, medians, deadline, state, changed: Condvar::new() };
        std::thread::scope(|scope| {
            for _ in 0..search.workers() {
                scope.spawn(|| {
                    if let Err(error) = round.work()
                        && let Ok(mut work) = round.lock()
                    {
                        work.failed = work.failed.take().or(Some(error));
                        round.changed.notify_all();
                    }
                });
            }
        });
        let mut work = round.state.into_inner().map_err(|_| broken())?;
        work.ended.sort_by_key(|trial| trial.trial);
        work.failed.map_or(Ok((work.ended, work.late)), Err)
    }

    fn work(&self) -> Result<()> {
        while let Next::Fold { number, fold, fitting } = self.next()? {
            let (folds, threads) = (self.search.folds, self.search.of_a_fit());
            let scores = folds.scores(fold, fitting.estimator.as_ref(), &fitting.candidate(), threads);
            self.scored(number, fold, scores)?;
        }
        Ok(())
    }

    /// Waits for something to do.
    fn next(&self) -> Result<Next> {
        let mut work = self.lock()?;
        loop {
            if work.failed.is_some() {
                return Ok(Next::Nothing);
            }
            if let Some(next) = self.fold(&mut work) {
                return Ok(next);
            }
            if self.begin(&mut work)? {
                continue;
            }
            if work.begun.is_empty() && (work.waiting.is_empty() || work.late) {
                return Ok(Next::Nothing);
            }
            // What others hold is looked at again; what runs here makes itself heard.
            work = self.changed.wait_timeout(work, PAUSE).map_err(|_| broken())?.0;
        }
    }

    /// A fold of a trial that is begun.
    fn fold(&self, work: &mut Work) -> Option<Next> {
        let folds = self.search.folds.folds();
        let in_turn = self.search.prunes();
        let is_open = |b: &&mut Begun| b.next < folds && b.error.is_none() && !b.pruned && !(in_turn && b.running > 0);
        let begun = work.begun.iter_mut().find(is_open)?;
        let fold = begun.next;
        begun.next += 1;
        begun.running += 1;
        Some(Next::Fold { number: begun.number, fold, fitting: Arc::clone(&begun.fitting) })
    }

    /// Begins a trial that nobody has begun; says whether something has changed.
    fn begin(&self, work: &mut Work) -> Result<bool> {
        if work.waiting.is_empty() {
            return Ok(false);
        }
        work.late |= self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let search = self.search;
        if work.late || work.begun.len() >= search.jobs {
            return Ok(false);
        }
        for at in 0..work.waiting.len() {
            let number = work.waiting[at].0;
            let Some(claim) = search.journal.claim(number % search.round)? else { continue };
            let (number, point) = work.waiting.remove(at);
            // Whoever held the claim before has written the trial, or has not ended it.
            if let Some(trial) = search.journal.find(number)? {
                (search.heard)(&trial);
                work.ended.push(trial);
                return Ok(true);
            }
            let fitting = match search.problem.branches[point.branch].fitting(&point.values) {
                Ok(fitting) => Arc::new(fitting),
                Err(error) => {
                    let trial = Trial { error: Some(error.message().to_owned()), ..blank(search, number, &point) };
                    search.journal.append(&trial)?;
                    (search.heard)(&trial);
                    work.ended.push(trial);
                    return Ok(true);
                }
            };
            let scores = (0..search.folds.folds()).map(|_| None).collect();
            let (next, running, pruned, error) = (0, 0, false, None);
            let (steps, since) = (Vec::new(), Instant::now());
            let begun =
                Begun { number, point, fitting, next, scores, steps, error, running, pruned, since, _claim: claim };
            work.begun.push(begun);
            return Ok(true);
        }
        Ok(false)
    }

    /// Takes the scores of a fold, and ends the trial where that was the last of it.
    fn scored(&self, number: usize, fold: usize, scores: Result<Scores>) -> Result<()> {
        let search = self.search;
        let step = match (&scores, search.prunes()) {
            (Ok(scores), true) => Some(self.step(number, scores)?),
            _ => None,
        };
        let mut work = self.lock()?;
        let Some(at) = work.begun.iter().position(|begun| begun.number == number) else { return Ok(()) };
        let begun = &mut work.begun[at];
        begun.running -= 1;
        match scores {
            Ok(scores) => begun.scores[fold] = Some(scores),
            Err(error) => begun.error = begun.error.take().or(Some(error)),
        }
        let folds = search.folds.folds();
        if let Some(step) = step {
            begun.steps.push(step);
            begun.pruned = begun.next < folds && self.medians.are_better_than(&begun.steps, search.metric);
        }
        let is_over = begun.next == folds || begun.error.is_some() || begun.pruned;
        if !is_over || begun.running > 0 {
            self.changed.notify_all();
            return Ok(());
        }
        let mut begun = work.begun.remove(at);
        drop(work);
        let trial = end(search, &mut begun);
        search.journal.append(&trial)?;
        (search.heard)(&trial);
        let mut work = self.lock()?;
        work.ended.push(trial);
        drop(begun);
        self.changed.notify_all();
        Ok(())
    }

    /// The mean over the folds so far; these follow one another here. None where they alone do not tell it, such as
    /// those of one class, which teach no calibration.
    fn step(&self, number: usize, last: &Scores) -> Result<Option<f64>> {
        let work = self.lock()?;
        let begun = work.begun.iter().find(|begun| begun.number == number);
        let mut scores: Vec<Scores> = begun.iter().flat_map(|b| b.scores.iter().flatten().cloned()).collect();
        drop(work);
        scores.push(last.clone());
        Ok(self.search.folds.measure(self.search.metric, scores).ok().and_then(|metrics| metrics.mean))
    }

    fn lock(&self) -> Result<MutexGuard<'_, Work>> {
        self.state.lock().map_err(|_| broken())
    }
}

fn broken() -> Error {
    Error::failure("a worker of the search has stopped")
}

/// A trial of which nothing is known yet.
fn blank(search: &Search, number: usize, point: &Point) -> Trial {
    let branch = &search.problem.branches[point.branch];
    Trial {
        trial: number,
        algorithm: branch.entry.name.to_owned(),
        params: branch.searched(&point.values),
        state: State::Failed,
        folds: Vec::new(),
        mean: None,
        std: None,
        steps: Vec::new(),
        error: None,
        same_as: None,
        seconds: 0.0,
    }
}

/// What came of a trial.
fn end(search: &Search, begun: &mut Begun) -> Trial {
    let seconds = begun.since.elapsed().as_secs_f64();
    let mut trial = Trial { seconds, ..blank(search, begun.number, &begun.point) };
    let scores: Vec<Scores> = begun.scores.iter_mut().filter_map(Option::take).collect();
    let measured = match begun.error.take() {
        Some(error) => Err(error),
        None => search.folds.measure(search.metric, scores),
    };
    match measured {
        Ok(metrics) if metrics.mean.is_some() => {
            (trial.folds, trial.mean, trial.std) = (metrics.folds, metrics.mean, metrics.std);
            trial.steps = std::mem::take(&mut begun.steps);
            trial.state = if begun.pruned { State::Pruned } else { State::Complete };
        }
        Ok(_) => trial.error = Some(format!("`{}` is undefined in every fold", search.metric)),
        Err(error) => trial.error = Some(error.message().to_owned()),
    }
    trial
}
