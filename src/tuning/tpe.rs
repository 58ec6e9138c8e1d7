//! The tree-structured Parzen estimator (Bergstra et al. 2011), as Optuna's univariate `TPESampler` has it.
//!
//! Trials are split into a tenth of good ones and the others; of 24 values drawn from a density of the good ones, the
//! one is proposed that is likeliest to be good. The densities are mixtures of truncated normal distributions, one for
//! each value seen and a wide one for what was not; their widths are the distances to the neighbours, within bounds.
//!
//! It is our own rather than the `tpe` crate, since that one knows no spaces that belong to one algorithm alone, takes
//! its random numbers from a version of `rand` that it dictates, and has no place for logarithms and steps; and since
//! rounds need proposals that are functions of a seed and of finished trials.

use super::problem::{Point, Problem};
use super::sampler::Seen;
use super::scale::{Scale, choices, scale};
use crate::config::Space;
use crate::data::SplitMix64;

/// Values drawn, of which the best is taken.
const CANDIDATES: usize = 24;
/// The most good trials.
const MOST_GOOD: usize = 25;
/// The most of the others, which Optuna has no bound for: the latest. A proposal would take the longer the more trials
/// there are, and the weight of those long ago is small.
const MOST_OTHERS: usize = 500;
/// The weight of what was not seen, in trials.
const PRIOR: f64 = 1.0;

/// The point that is likeliest to be good: the algorithm by all trials, its parameters by its own.
pub(super) fn propose(problem: &Problem, seen: &[Seen], random: &mut SplitMix64) -> Point {
    let all: Vec<&Seen> = seen.iter().collect();
    let branch = match problem.branches.len() {
        1 => 0,
        count => {
            let (good, bad) = split(&all);
            let at = |seen: &&Seen| seen.point.branch;
            among(count, &good.iter().map(at).collect::<Vec<_>>(), &bad.iter().map(at).collect::<Vec<_>>(), random)
        }
    };
    let own: Vec<&Seen> = seen.iter().filter(|seen| seen.point.branch == branch).collect();
    let (good, bad) = split(&own);
    let dimensions = problem.branches[branch].dimensions.iter().enumerate();
    let values = dimensions
        .map(|(at, dimension)| {
            let of = |side: &[&Seen]| side.iter().map(|seen| seen.point.values[at]).collect::<Vec<f64>>();
            value(&dimension.space, &of(&good), &of(&bad), random)
        })
        .collect();
    Point { branch, values }
}

/// The good trials and the latest of the others, both in the order of their numbers.
fn split<'a>(seen: &[&'a Seen]) -> (Vec<&'a Seen>, Vec<&'a Seen>) {
    let good = seen.len().div_ceil(10).min(MOST_GOOD);
    let mut order: Vec<usize> = (0..seen.len()).collect();
    let rank = |at: usize| (seen[at].rank, at);
    if good < order.len() {
        order.select_nth_unstable_by(good, |a, b| {
            let ((a, first), (b, second)) = (rank(*a), rank(*b));
            (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)).then(first.cmp(&second))
        });
    }
    let mut is_good = vec![false; seen.len()];
    order.iter().take(good).for_each(|at| is_good[*at] = true);
    let side = |wanted: bool| seen.iter().zip(&is_good).filter(move |(_, is)| **is == wanted).map(|(seen, _)| *seen);
    let others = seen.len() - good;
    (side(true).collect(), side(false).skip(others.saturating_sub(MOST_OTHERS)).collect())
}

fn value(space: &Space, good: &[f64], bad: &[f64], random: &mut SplitMix64) -> f64 {
    let Some(scale) = scale(space) else {
        let at = |values: &[f64]| values.iter().map(|v| *v as usize).collect::<Vec<_>>();
        return among(choices(space), &at(good), &at(bad), random) as f64;
    };
    if scale.high <= scale.low {
        return scale.value(scale.low);
    }
    let (good, bad) = (Mixture::of(&scale, good), Mixture::of(&scale, bad));
    let mut best = (f64::NEG_INFINITY, scale.low);
    for _ in 0..CANDIDATES {
        let value = scale.value(good.draw(random));
        let at = scale.at(value);
        let gain = good.log_density(&scale, at) - bad.log_density(&scale, at);
        if gain > best.0 {
            best = (gain, value);
        }
    }
    if best.0.is_finite() { best.1 } else { scale.value(good.draw(random)) }
}

/// The one of `count` choices that is likeliest to be good, by how often each was seen.
fn among(count: usize, good: &[usize], bad: &[usize], random: &mut SplitMix64) -> usize {
    let (good, bad) = (shares(count, good), shares(count, bad));
    let mut best = (f64::NEG_INFINITY, 0);
    for _ in 0..CANDIDATES {
        let choice = pick(&good, random);
        let gain = libm::log(good[choice]) - libm::log(bad[choice]);
        if gain > best.0 {
            best = (gain, choice);
        }
    }
    best.1
}

/// The probability of each choice: a mixture with one part for each that was seen, smoothed by the prior.
fn shares(count: usize, seen: &[usize]) -> Vec<f64> {
    let weights = weights(seen.len());
    let smooth = PRIOR / weights.len() as f64;
    let whole = 1.0 + count as f64 * smooth;
    let mut shares = vec![0.0; count];
    for (at, weight) in weights.iter().enumerate() {
        for (choice, share) in shares.iter_mut().enumerate() {
            *share += match seen.get(at) {
                Some(own) => weight * (smooth + f64::from(u8::from(*own == choice))) / whole,
                None => weight / count as f64,
            };
        }
    }
    shares
}

/// The weights of `count` values in the order of their trials, and of the prior behind them: the last 25 count alike,
/// those before them the less the older they are.
fn weights(count: usize) -> Vec<f64> {
    const RECENT: usize = 25;
    let old = count.saturating_sub(RECENT);
    let first = 1.0 / count.max(1) as f64;
    let mut weights: Vec<f64> = (0..count)
        .map(|at| match at {
            at if at >= old => 1.0,
            at => first + (1.0 - first) * at as f64 / old.saturating_sub(1).max(1) as f64,
        })
        .collect();
    weights.push(PRIOR);
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

fn pick(shares: &[f64], random: &mut SplitMix64) -> usize {
    let mut left = random.unit_f64() * shares.iter().sum::<f64>();
    let found = shares.iter().position(|share| {
        left -= share;
        left < 0.0
    });
    found.unwrap_or(shares.len() - 1)
}

/// Truncated normal distributions side by side.
struct Mixture {
    low: f64,
    high: f64,
    weights: Vec<f64>,
    means: Vec<f64>,
    widths: Vec<f64>,
    /// The part of each distribution that is within the bounds.
    inside: Vec<f64>,
}

impl Mixture {
    fn of(scale: &Scale, values: &[f64]) -> Self {
        let (low, high) = (scale.low, scale.high);
        let mut means: Vec<f64> = values.iter().map(|value| scale.at(*value)).collect();
        means.push(0.5 * (low + high));
        let widths = widths(&means, low, high);
        let below = |at: f64, of: usize| normal((at - means[of]) / widths[of]);
        let inside = (0..means.len()).map(|of| below(high, of) - below(low, of)).collect();
        Self { low, high, weights: weights(values.len()), means, widths, inside }
    }

    /// A place drawn from it.
    fn draw(&self, random: &mut SplitMix64) -> f64 {
        let of = pick(&self.weights, random);
        let (mean, width) = (self.means[of], self.widths[of]);
        let below = |at: f64| normal((at - mean) / width);
        let (from, to) = (below(self.low), below(self.high));
        let wanted = from + random.unit_f64() * (to - from);
        // Halving finds the place to the last bit, and is the same on every machine.
        let (mut low, mut high) = (self.low, self.high);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if below(middle) < wanted { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }

    /// The logarithm of its density at a place, or of the mass of the step that the place is on.
    fn log_density(&self, scale: &Scale, at: f64) -> f64 {
        let mut sum = 0.0;
        let distributions = self.weights.iter().zip(&self.means).zip(&self.widths).zip(&self.inside);
        for (((weight, mean), width), inside) in distributions {
            let below = |at: f64| normal((at - mean) / width);
            let mass = match scale.bin(at) {
                Some((from, to)) => below(to.min(self.high)) - below(from.max(self.low)),
                None => {
                    let z = (at - mean) / width;
                    libm::exp(-0.5 * z * z) / (width * libm::sqrt(2.0 * std::f64::consts::PI))
                }
            };
            sum += weight * mass / inside;
        }
        libm::log(sum)
    }
}

/// The width of each distribution: the greater distance to a neighbour, within bounds that close as trials grow many.
/// The last of the means is the prior's, which is as wide as the space.
fn widths(means: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..means.len()).collect();
    order.sort_by(|a, b| means[*a].total_cmp(&means[*b]));
    let at = |position: usize| means[order[position]];
    let last = order.len() - 1;
    let mut widths = vec![0.0; means.len()];
    let (least, most) = ((high - low) / (1.0 + means.len() as f64).min(100.0), high - low);
    for (position, of) in order.iter().enumerate() {
        let left = if position > 0 { at(position) - at(position - 1) } else { at(position) - low };
        let right = if position < last { at(position + 1) - at(position) } else { high - at(position) };
        // The outermost look inwards alone, where there are others to look at.
        let width = match position {
            0 if last >= 1 => right,
            position if position == last && last >= 1 => left,
            _ => left.max(right),
        };
        widths[*of] = width.clamp(least, most);
    }
    widths[means.len() - 1] = most;
    widths
}

/// The normal distribution function.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}
