//! The rounds of a search.

use std::time::Instant;

use super::history::{State, Trial};
use super::journal::Journal;
use super::problem::Problem;
use super::round::Round;
use super::sampler::Proposer;
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
    /// The grid has no further combination.
    Grid,
    /// The time is over.
    Time,
}

impl Search<'_> {
    /// Runs what the journal does not hold yet; gives all trials in the order of their numbers.
    ///
    /// # Errors
    /// Those of the trials where a whole round of them has failed; those of the journal.
    pub fn run(&self, deadline: Option<Instant>) -> Result<(Vec<Trial>, Ending)> {
        let mut trials = self.journal.trials()?;
        let proposer = Proposer { problem: self.problem, sampler: self.sampler, seed: self.seed, metric: self.metric };
        let mut start = 0;
        while start < self.trials {
            let numbers = start..(start + self.round).min(self.trials);
            let earlier: Vec<&Trial> = trials.iter().filter(|trial| trial.trial < start).collect();
            let mut points = Vec::new();
            let mut end = Ending::Trials;
            for number in numbers.clone() {
                match proposer.propose(number, &earlier)? {
                    Some(_) if trials.iter().any(|trial| trial.trial == number) => {}
                    Some(point) => points.push((number, point)),
                    None => end = Ending::Grid,
                }
            }
            let (ended, late) = Round::run(self, &earlier, points, deadline)?;
            trials.extend(ended);
            trials.sort_by_key(|trial| trial.trial);
            let of_round: Vec<&Trial> = trials.iter().filter(|trial| numbers.contains(&trial.trial)).collect();
            if let Some(error) = all_failed(&of_round) {
                return Err(error);
            }
            if late {
                return Ok((trials, Ending::Time));
            }
            if end == Ending::Grid {
                return Ok((trials, end));
            }
            start = numbers.end;
        }
        trials.truncate(trials.partition_point(|trial| trial.trial < self.trials));
        Ok((trials, Ending::Trials))
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

/// Where no trial of a round came to an end, none of the next would.
fn all_failed(round: &[&Trial]) -> Option<Error> {
    let first = round.first()?;
    round.iter().all(|trial| trial.state == State::Failed).then(|| {
        let why = first.error.as_deref().unwrap_or_default();
        Error::failure(format!("all trials from {} to {} failed: {why}", first.trial, first.trial + round.len() - 1))
            .hint("try the same with `mlops train`, mend it, then begin anew with `--force`")
    })
}
