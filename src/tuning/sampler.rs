//! Proposals: by chance, in the order of a grid, or by [`super::tpe`].

use super::history::{State, Trial};
use super::problem::{Point, Problem};
use super::scale::{choices, on_grid, scale};
use super::tpe;
use crate::config::{Sampler, Space};
use crate::data::SplitMix64;
use crate::metrics::Metric;

/// Trials before the first that learns from others.
const START_UP: usize = 10;

/// A trial that has ended, for samplers that learn.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) point: Point,
    /// Smaller is better: first by whether it is complete, then by folds scored, then by score.
    pub(super) rank: (bool, usize, f64),
}

/// What trials are proposed by.
pub(super) struct Proposer<'a> {
    problem: &'a Problem,
    sampler: Sampler,
    seed: u64,
    metric: &'a Metric,
    /// The trials that can be learned from, in their order.
    seen: Vec<Seen>,
}

impl<'a> Proposer<'a> {
    pub(super) fn new(problem: &'a Problem, sampler: Sampler, seed: u64, metric: &'a Metric) -> Self {
        Self { problem, sampler, seed, metric, seen: Vec::new() }
    }

    /// Takes the trials of a round that is over.
    pub(super) fn learn(&mut self, round: &[Trial]) {
        if self.sampler != Sampler::Tpe {
            return;
        }
        for trial in round.iter().filter(|trial| trial.state != State::Failed) {
            let (Some(mean), Some(point)) = (trial.mean, self.problem.point(trial)) else { continue };
            let loss = if self.metric.higher_is_better { -mean } else { mean };
            let complete = trial.state == State::Complete;
            let folds_left = usize::MAX - trial.folds.len();
            self.seen.push(Seen { point, rank: (!complete, folds_left, loss) });
        }
    }

    /// The point of trial `number`, from the rounds before; none where a grid has come to its end.
    pub(super) fn propose(&self, number: usize) -> Option<Point> {
        let mut random = stream(self.seed, number);
        let branches = &self.problem.branches;
        if self.sampler == Sampler::Grid {
            return on_grid(self.problem, number);
        }
        if self.seen.len() < START_UP {
            let branch = random.below(branches.len());
            let values = branches[branch].dimensions.iter().map(|d| by_chance(&d.space, &mut random)).collect();
            return Some(Point { branch, values });
        }
        Some(tpe::propose(self.problem, &self.seen, &mut random))
    }
}

/// The random numbers of one trial, whoever runs it.
fn stream(seed: u64, number: usize) -> SplitMix64 {
    let salted = SplitMix64::new(seed).next_u64() ^ number as u64;
    SplitMix64::new(SplitMix64::new(salted).next_u64())
}

/// A value of a space, all equally likely.
fn by_chance(space: &Space, random: &mut SplitMix64) -> f64 {
    match scale(space) {
        Some(scale) => scale.value(scale.low + random.unit_f64() * (scale.high - scale.low)),
        None => random.below(choices(space)) as f64,
    }
}
