//! The rounds of a search.

use std::ops::Range;
use std::time::Instant;

use super::history::{State, Trial};
use super::journal::Journal;
use super::problem::{Point, Problem};
use super::pruning::Medians;
use super::round::Round;
use super::sampler::Proposer;
use super::tried::{Tried, again};
use crate::config::{Pruning, Sampler};
use crate::error::{Error, Result};
use crate::metrics::Metric;
use crate::package::CrossValidation;

/// A search, ready to run.
pub struct Search<'a> {
    /// What is searched.
    pub problem: &'a Problem,
    /// What trials are scored on.
    pub folds: &'a CrossValidation<'a>,
    /// What they are scored by.
    pub metric: &'static Metric,
    /// How they are proposed.
    pub sampler: Sampler,
    /// Which end early.
    pub pruning: Pruning,
    /// How many there are to be.
    pub trials: usize,
    /// Trials of a round.
    pub round: usize,
    /// Trials at work at once.
    pub jobs: usize,
    /// Threads of all of them together.
    pub threads: usize,
    /// Of the proposals.
    pub seed: u64,
    /// Where trials are kept.
    pub journal: &'a Journal,
    /// Hears of every trial that ends, from any thread.
    pub heard: &'a (dyn Fn(&Trial) + Sync),
}

/// Why a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All trials are done.
    Trials,
    /// There is no further combination.
    Space,
    /// The time is over.
    Time,
}

/// The trials of a round that are still to come.
#[derive(Default)]
struct Proposed {
    /// Those to be run: number and point.
    fresh: Vec<(usize, Point)>,
    /// Those that are others once more: number, and that of the other.
    repeated: Vec<(usize, usize)>,
}

impl Search<'_> {
    /// Runs what the journal does not hold yet; gives all trials in the order of their numbers.
    ///
    /// # Errors
    /// Exit code 1 where every trial has failed; those of the journal.
    pub fn run(&self, deadline: Option<Instant>) -> Result<(Vec<Trial>, Ending)> {
        let mut trials = self.journal.trials()?;
        let mut proposer = Proposer::new(self.problem, self.sampler, self.seed, self.metric);
        let (mut medians, mut tried) = (Medians::default(), Tried::new(self.problem));
        let (mut start, mut late) = (0, false);
        while start < self.trials && !late && !tried.is_all() {
            let numbers = start..(start + self.round).min(self.trials);
            start = numbers.end;
            let Proposed { fresh, repeated } = self.proposals(numbers.clone(), &proposer, &mut tried, &trials)?;
            let ended;
            (ended, late) = Round::run(self, &medians, fresh, deadline)?;
            for trial in ended {
                let place = trials.partition_point(|other| other.trial < trial.trial);
                trials.insert(place, trial);
            }
            self.look_up(repeated, &mut trials)?;
            let at = |number: usize| trials.partition_point(|trial| trial.trial < number);
            let round = &trials[at(numbers.start)..at(numbers.end)];
            proposer.learn(round);
            medians.learn(round);
            let is_over = start >= self.trials || late || tried.is_all();
            if let Some(error) = all_failed(&trials, is_over) {
                return Err(error);
            }
        }
        // The journal may hold more than is asked for.
        trials.truncate(trials.partition_point(|trial| trial.trial < start));
        let ending = match trials.len() == self.trials {
            true => Ending::Trials,
            false if late => Ending::Time,
            false => Ending::Space,
        };
        Ok((trials, ending))
    }

    /// The trials of a round that the journal does not hold; those that it does are held against what is proposed.
    fn proposals(
        &self,
        numbers: Range<usize>,
        proposer: &Proposer,
        tried: &mut Tried,
        trials: &[Trial],
    ) -> Result<Proposed> {
        let mut proposed = Proposed::default();
        for number in numbers {
            let found = trials.binary_search_by_key(&number, |trial| trial.trial).map(|at| &trials[at]);
            let point = proposer.propose(number);
            if found.is_ok_and(|trial| point.is_none() || self.problem.point(trial) != point) {
                return Err(self.journal.foreign(number));
            }
            let Some(point) = point else { break };
            let first = tried.first(number, &point);
            match found {
                Ok(_) => {}
                Err(_) if first == number => proposed.fresh.push((number, point)),
                Err(_) => proposed.repeated.push((number, first)),
            }
        }
        Ok(proposed)
    }

    /// Ends the trials that are others once more, once those have ended.
    fn look_up(&self, repeated: Vec<(usize, usize)>, trials: &mut Vec<Trial>) -> Result<()> {
        for (number, first) in repeated {
            // Where the time was over, the other may not have begun.
            let Ok(at) = trials.binary_search_by_key(&first, |trial| trial.trial) else { continue };
            let trial = again(&trials[at], number);
            self.journal.append(&trial)?;
            (self.heard)(&trial);
            let place = trials.partition_point(|other| other.trial < number);
            trials.insert(place, trial);
        }
        Ok(())
    }

    /// Threads that take folds: those of one trial may be at work at once too.
    pub(super) fn workers(&self) -> usize {
        self.threads.max(self.jobs)
    }

    /// Threads of one fit.
    pub(super) fn of_a_fit(&self) -> usize {
        if self.prunes() { (self.threads / self.jobs.max(1)).max(1) } else { 1 }
    }

    pub(super) fn prunes(&self) -> bool {
        self.pruning == Pruning::Median
    }
}

/// Where no trial has come to an end yet, none of the next would; a few have to be tried before that is told of a
/// search that is not over.
fn all_failed(trials: &[Trial], is_over: bool) -> Option<Error> {
    const FEW: usize = 4;
    if trials.iter().any(|trial| trial.state != State::Failed) {
        return None;
    }
    let ran: Vec<&Trial> = trials.iter().filter(|trial| trial.same_as.is_none()).collect();
    let first = ran.first().filter(|_| is_over || ran.len() >= FEW)?;
    let why = first.error.as_deref().unwrap_or_default();
    let what = if ran.len() == 1 { "the one trial".to_owned() } else { format!("all {} trials", ran.len()) };
    Some(
        Error::failure(format!("{what} failed: {why}"))
            .hint("try the same with `mlops train`, mend it, then begin anew with `--force`"),
    )
}
