//! Proposals: by chance, in the order of a grid, or by [`super::tpe`].

use super::history::{State, Trial};
use super::problem::{Dimension, Point, Problem};
use super::tpe;
use crate::config::{Sampler, Space};
use crate::data::SplitMix64;
use crate::error::Result;
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
    pub(super) problem: &'a Problem,
    pub(super) sampler: Sampler,
    pub(super) seed: u64,
    pub(super) metric: &'a Metric,
}

impl Proposer<'_> {
    /// The point of trial `number`, from trials of earlier rounds; none where a grid has come to its end.
    pub(super) fn propose(&self, number: usize, earlier: &[&Trial]) -> Result<Option<Point>> {
        let mut random = stream(self.seed, number);
        let branches = &self.problem.branches;
        if self.sampler == Sampler::Grid {
            return Ok(on_grid(self.problem, number));
        }
        let seen = if self.sampler == Sampler::Tpe { self.seen(earlier)? } else { Vec::new() };
        if seen.len() < START_UP {
            let branch = random.below(branches.len());
            let values = branches[branch].dimensions.iter().map(|d| by_chance(&d.space, &mut random)).collect();
            return Ok(Some(Point { branch, values }));
        }
        Ok(Some(tpe::propose(self.problem, &seen, &mut random)))
    }

    /// The trials that can be learned from, in their order.
    fn seen(&self, earlier: &[&Trial]) -> Result<Vec<Seen>> {
        let mut seen = Vec::with_capacity(earlier.len());
        for trial in earlier.iter().filter(|trial| trial.state != State::Failed) {
            let Some(mean) = trial.mean else { continue };
            let loss = if self.metric.higher_is_better { -mean } else { mean };
            let complete = trial.state == State::Complete;
            let folds_left = usize::MAX - trial.folds.len();
            seen.push(Seen { point: self.problem.point(trial)?, rank: (!complete, folds_left, loss) });
        }
        Ok(seen)
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

/// How many choices there are.
pub(super) fn choices(space: &Space) -> usize {
    if let Space::Choices(choices) = space { choices.len() } else { 1 }
}

/// A numeric space as a continuous line: its logarithm where it asks for that, widened by half a step on both sides
/// where it goes in steps.
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    log: bool,
    /// Least and greatest value.
    ends: (f64, f64),
    step: Option<f64>,
}

/// The line of a numeric space.
pub(super) fn scale(space: &Space) -> Option<Scale> {
    let (low, high, step, log) = match space {
        Space::Int { low, high, step, log } => (*low as f64, *high as f64, Some(*step as f64), *log),
        Space::Float { low, high, step, log } => (*low, *high, *step, *log),
        Space::Choices(_) | Space::Fixed(_) => return None,
    };
    // The last step may end before the greatest value.
    let high = step.map_or(high, |step| low + libm::floor((high - low) / step + 1e-9) * step);
    let half = step.unwrap_or(0.0) / 2.0;
    let (from, to) = (low - half, high + half);
    let (from, to) = if log { (libm::log(from), libm::log(to)) } else { (from, to) };
    Some(Scale { low: from, high: to, log, ends: (low, high), step })
}

impl Scale {
    /// Where a value stands on the line.
    pub(super) fn at(&self, value: f64) -> f64 {
        if self.log { libm::log(value) } else { value }
    }

    /// The value at a place of the line: on a step, or with as many digits as a person would write.
    pub(super) fn value(&self, at: f64) -> f64 {
        let value = if self.log { libm::exp(at) } else { at };
        let (low, high) = self.ends;
        let value = match self.step {
            Some(step) => low + libm::round((value - low) / step) * step,
            None => value,
        };
        format!("{value:.5e}").parse().ok().filter(|_| !self.is_whole()).unwrap_or(value).clamp(low, high)
    }

    /// The part of the line that becomes the same value as `at`; none where each place is a value of its own.
    pub(super) fn bin(&self, at: f64) -> Option<(f64, f64)> {
        let half = self.step.filter(|_| !self.log)? / 2.0;
        Some((at - half, at + half))
    }

    /// How many steps lead from end to end.
    fn steps(&self) -> usize {
        libm::round((self.ends.1 - self.ends.0) / self.step.unwrap_or(1.0)) as usize
    }

    fn is_whole(&self) -> bool {
        self.step.is_some_and(|step| libm::floor(step) == step) && libm::floor(self.ends.0) == self.ends.0
    }
}

/// How many points there are; none where a number may be any between its ends.
pub(super) fn size(problem: &Problem) -> Option<usize> {
    let of_space = |space: &Space| match (space, scale(space)) {
        (Space::Float { step: None, low, high, .. }, _) => (low == high).then_some(1),
        (_, Some(scale)) => Some(scale.steps().saturating_add(1)),
        (space, None) => Some(choices(space)),
    };
    let of_branch = |dimensions: &[Dimension]| {
        dimensions.iter().try_fold(1_usize, |size, d| Some(size.saturating_mul(of_space(&d.space)?)))
    };
    problem.branches.iter().try_fold(0_usize, |size, b| Some(size.saturating_add(of_branch(&b.dimensions)?)))
}

/// The values of a space in order; one that has no end has its ends.
fn values(space: &Space) -> Vec<f64> {
    match (space, scale(space)) {
        (Space::Float { step: None, low, .. }, _) => vec![*low],
        (_, Some(scale)) => {
            let step = scale.step.unwrap_or(1.0);
            (0..=scale.steps().min(MOST_VALUES))
                .map(|at| scale.value(scale.at(scale.ends.0 + at as f64 * step)))
                .collect()
        }
        (space, None) => (0..choices(space)).map(|at| at as f64).collect(),
    }
}

/// No more values of one parameter can be reached by any number of trials.
const MOST_VALUES: usize = 1_000_000;

/// The combination of that number: algorithm after algorithm, the last parameter moving fastest.
fn on_grid(problem: &Problem, number: usize) -> Option<Point> {
    let mut left = number;
    for (branch, of) in problem.branches.iter().enumerate() {
        let values: Vec<Vec<f64>> = of.dimensions.iter().map(|d: &Dimension| values(&d.space)).collect();
        let size = values.iter().fold(1_usize, |size, values| size.saturating_mul(values.len()));
        if left >= size {
            left -= size;
            continue;
        }
        let mut point = vec![0.0; values.len()];
        for (at, values) in values.iter().enumerate().rev() {
            point[at] = values[left % values.len()];
            left /= values.len();
        }
        return Some(Point { branch, values: point });
    }
    None
}
