//! The rounds of a search.

use std::time::Instant;

use super::history::{State, Trial};
use super::journal::Journal;
use super::problem::Problem;
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

impl Search<'_> {
    /// Runs what the journal does not hold yet; gives all trials in the order of their numbers.
    ///
    /// # Errors
    /// Exit code 1 where every trial has failed; those of the journal.
    pub fn run(&self, deadline: Option<Instant>) -> Result<(Vec<Trial>, Ending)> {
        let mut trials = self.journal.trials()?;
        let proposer = Proposer { problem: self.problem, sampler: self.sampler, seed: self.seed, metric: self.metric };
        let (mut tried, mut late) = (Tried::new(self.problem), false);
        let mut start = 0;
        while start < self.trials && !late && !tried.is_all() {
            let numbers = start..(start + self.round).min(self.trials);
            let earlier: Vec<&Trial> = trials.iter().filter(|trial| trial.trial < start).collect();
            let (mut fresh, mut repeated) = (Vec::new(), Vec::new());
            for number in numbers.clone() {
                let Some(point) = proposer.propose(number, &earlier)? else { break };
                let first = tried.first(number, &point);
                match trials.binary_search_by_key(&number, |trial| trial.trial) {
                    Ok(_) => {}
                    Err(_) if first == number => fresh.push((number, point)),
                    Err(_) => repeated.push((number, first)),
                }
            }
            let ended;
            (ended, late) = Round::run(self, &earlier, fresh, deadline)?;
            trials.extend(ended);
            trials.sort_by_key(|trial| trial.trial);
            self.look_up(repeated, &mut trials)?;
            start = numbers.end;
            let is_over = start >= self.trials || late || tried.is_all();
            if let Some(error) = all_failed(&trials, is_over) {
                return Err(error);
            }
        }
        trials.truncate(trials.partition_point(|trial| trial.trial < self.trials));
        let ending = match trials.len() == self.trials {
            true => Ending::Trials,
            false if late => Ending::Time,
            false => Ending::Space,
        };
        Ok((trials, ending))
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
