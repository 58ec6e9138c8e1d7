//! Minimises a smooth convex function with an L2 penalty: Newton's method, its steps by conjugate gradients that stop
//! early (Dembo and Steihaug 1983) and take each parameter in its own unit.
//!
//! A step reads and writes a few vectors as long as the parameters, where L-BFGS reads forty: with 50,000 terms and
//! five classes these, not the rows, took most of the time.

use rayon::prelude::*;

use super::lbfgs::Minimum;
use super::vectors::{add_scaled, dot, length, weighted_dot};

/// Share of the fall that the slope promises, which a step must bring.
const SUFFICIENT: f64 = 1e-4;
/// A rise below this share of the value may be rounding, and does not stop a step.
const ROUNDING: f64 = 1e-14;
/// Steps tried along one direction.
const TRIALS: usize = 40;
/// A direction is good enough once this share of the slope is left; less as the slope gets small.
const LEFT: f64 = 0.3;
/// A direction is good enough too once no more than this of the tolerance is left of the slope.
const ENOUGH: f64 = 0.7;
/// Parameters that are changed together.
const CHUNK: usize = 1 << 13;

/// A function of sums of rows, each linear in the parameters.
pub trait Smooth {
    /// The sums of all rows.
    fn sums(&self, parameters: &[f64]) -> Vec<f64>;
    /// The value at such sums, which become its slopes along each of them.
    fn slopes(&self, sums: &mut [f64]) -> f64;
    /// How the slopes change where the sums move, to first order, in the place of the move; returns the sum of the
    /// products of the two.
    fn bend(&self, slopes: &[f64], moved: &mut [f64]) -> f64;
    /// What slopes along the sums are along the parameters.
    fn gradient(&self, slopes: &[f64], out: &mut [f64]);
}

/// What is asked of a search.
pub struct Newton<'a, S> {
    /// The function, less its penalty.
    pub smooth: &'a S,
    /// Strength of the L2 penalty on each parameter.
    pub l2: &'a [f64],
    /// Of each parameter about the inverse of how the function with its penalty curves along it; above 0.
    pub units: &'a [f64],
    /// Stop once the gradient is no longer than this.
    pub tolerance: f64,
    /// Stop after so many looks at all rows.
    pub max_iterations: u64,
    /// Where to begin.
    pub from: Vec<f64>,
    /// Threads to use, which change no bit.
    pub threads: usize,
}

/// One conjugate gradient.
struct Step<'a> {
    along: &'a [f64],
    /// How the gradient changes along it, without the penalty.
    bent: &'a [f64],
    l2: &'a [f64],
    units: &'a [f64],
    size: f64,
}

impl Step<'_> {
    /// Adds it to the direction and takes it from what is left of the gradient; returns the squared length of the
    /// latter in its units, and its length as it is.
    fn take(&self, direction: &mut [f64], rest: &mut [f64], threads: usize) -> (f64, f64) {
        let chunk = |(at, (direction, rest)): (usize, (&mut [f64], &mut [f64]))| {
            let range = at * CHUNK..at * CHUNK + rest.len();
            let (along, bent) = (&self.along[range.clone()], &self.bent[range.clone()]);
            let (l2, units) = (&self.l2[range.clone()], &self.units[range]);
            for at in 0..rest.len() {
                direction[at] += self.size * along[at];
                rest[at] -= self.size * (bent[at] + l2[at] * along[at]);
            }
            let scaled: Vec<f64> = rest.iter().zip(units).map(|(rest, unit)| rest * unit).collect();
            (dot(rest, &scaled), dot(rest, rest))
        };
        let sums: Vec<(f64, f64)> = if threads > 1 {
            direction.par_chunks_mut(CHUNK).zip(rest.par_chunks_mut(CHUNK)).enumerate().map(chunk).collect()
        } else {
            direction.chunks_mut(CHUNK).zip(rest.chunks_mut(CHUNK)).enumerate().map(chunk).collect()
        };
        let (scaled, squares) = sums.iter().fold((0.0, 0.0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        (scaled, libm::sqrt(squares))
    }
}

impl<S: Smooth> Newton<'_, S> {
    /// Searches.
    pub fn run(&self) -> Minimum {
        let mut at = self.from.clone();
        let mut gradient = vec![0.0; at.len()];
        let mut sums = self.smooth.sums(&at);
        let mut left = self.max_iterations;
        loop {
            let mut slopes = sums.clone();
            let value = self.smooth.slopes(&mut slopes) + self.penalty(&at, &at) / 2.0;
            self.smooth.gradient(&slopes, &mut gradient);
            gradient.iter_mut().zip(&at).zip(self.l2).for_each(|((gradient, w), l2)| *gradient += l2 * w);
            let size = length(&gradient);
            // A value that is no number has no slope: NaN ends the search too.
            if size.partial_cmp(&self.tolerance) != Some(std::cmp::Ordering::Greater) || left == 0 {
                return Minimum { at, gradient: size };
            }
            let (direction, moved) = self.direction(&gradient, &slopes, &mut left);
            let Some(step) = self.step(&at, value, &gradient, &direction, &sums, &moved) else {
                return Minimum { at, gradient: size };
            };
            add_scaled(&mut at, -step, &direction);
            add_scaled(&mut sums, -step, &moved);
        }
    }

    /// The penalty's product of two vectors.
    fn penalty(&self, a: &[f64], b: &[f64]) -> f64 {
        weighted_dot(self.l2, a, b)
    }

    /// About the inverse of the curvature times the gradient, and how the sums move by it.
    fn direction(&self, gradient: &[f64], slopes: &[f64], left: &mut u64) -> (Vec<f64>, Vec<f64>) {
        let mut rest = gradient.to_vec();
        let mut along: Vec<f64> = rest.iter().zip(self.units).map(|(rest, unit)| rest * unit).collect();
        let mut product = dot(&rest, &along);
        let least = LEFT.min(libm::sqrt(libm::sqrt(product)));
        let least = least * least * product;
        let (mut direction, mut all_moved) = (vec![0.0; rest.len()], vec![0.0; slopes.len()]);
        let mut bent = vec![0.0; rest.len()];
        while *left > 0 {
            *left -= 1;
            let moved = self.smooth.sums(&along);
            let mut change = moved.clone();
            let curvature = self.smooth.bend(slopes, &mut change) + self.penalty(&along, &along);
            // Flat, or no number.
            if curvature.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
                break;
            }
            self.smooth.gradient(&change, &mut bent);
            let size = product / curvature;
            add_scaled(&mut all_moved, size, &moved);
            let step = Step { along: &along, bent: &bent, l2: self.l2, units: self.units, size };
            let (next, length) = step.take(&mut direction, &mut rest, self.threads);
            if next <= least || length <= ENOUGH * self.tolerance {
                break;
            }
            let again = next / product;
            product = next;
            self.turn(&mut along, &rest, again);
        }
        (direction, all_moved)
    }

    /// The next direction: what is left in its units, and so much of the last one.
    fn turn(&self, along: &mut [f64], rest: &[f64], again: f64) {
        let chunk = |(at, along): (usize, &mut [f64])| {
            let range = at * CHUNK..at * CHUNK + along.len();
            let (rest, units) = (&rest[range.clone()], &self.units[range]);
            for (along, (rest, unit)) in along.iter_mut().zip(rest.iter().zip(units)) {
                *along = rest * unit + again * *along;
            }
        };
        if self.threads > 1 {
            along.par_chunks_mut(CHUNK).enumerate().for_each(chunk);
        } else {
            along.chunks_mut(CHUNK).enumerate().for_each(chunk);
        }
    }

    /// How far to go down the direction; none where no step falls enough.
    fn step(
        &self,
        at: &[f64],
        value: f64,
        gradient: &[f64],
        direction: &[f64],
        sums: &[f64],
        moved: &[f64],
    ) -> Option<f64> {
        let slope = dot(gradient, direction);
        let (cross, own) = (self.penalty(at, direction), self.penalty(direction, direction));
        let here = self.penalty(at, at);
        let mut size = 1.0;
        for _ in 0..TRIALS {
            let mut next: Vec<f64> = sums.iter().zip(moved).map(|(sum, moved)| sum - size * moved).collect();
            let found = self.smooth.slopes(&mut next) + (here - 2.0 * size * cross + size * size * own) / 2.0;
            if found <= value - SUFFICIENT * size * slope + ROUNDING * value.abs() {
                return (size * slope > 0.0).then_some(size);
            }
            size *= 0.5;
        }
        None
    }
}
