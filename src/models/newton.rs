//! Minimises a smooth convex function with an L2 penalty: Newton's method, its steps by conjugate gradients that stop
//! early (Dembo and Steihaug 1983) and take each parameter in its own unit.
//!
//! A step reads and writes a few vectors as long as the parameters, where L-BFGS reads forty: with 50,000 terms and
//! five classes these, not the rows, took most of the time.

use rayon::prelude::*;

use super::vectors::{add_scaled, dot, fewest_chunks, weighted_dot};

/// Share of the fall that the slope promises, which a step must bring.
const SUFFICIENT: f64 = 1e-4;
/// A rise below this share of the value may be rounding, and does not stop a step.
const ROUNDING: f64 = 1e-14;
/// Steps tried along one direction.
const TRIALS: usize = 40;
/// A direction is good enough once this share of the slope is left; less as the slope gets small.
const LEFT: f64 = 0.3;
/// A direction is good enough too once no more than this of what may be left at the end is left.
const ENOUGH: f64 = 0.7;
/// A parameter without a penalty is taken to lie no more than so many times flatter than its unit says.
const FLATTEST: f64 = 10.0;
/// Parameters that are changed together.
const CHUNK: usize = 1 << 13;

/// A function of sums of rows, each linear in the parameters.
pub trait Smooth {
    /// How many sums there are.
    fn count(&self) -> usize;
    /// The sums of all rows; `room` is as long as the parameters, and holds nothing afterwards.
    fn sums(&self, parameters: &[f64], room: &mut [f64], out: &mut [f64]);
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
    /// Stop too once the value cannot fall by more than this share of itself, as the penalty alone makes sure.
    pub share: f64,
    /// Stop after so many looks at all rows.
    pub max_iterations: u64,
    /// Where to begin.
    pub from: Vec<f64>,
    /// Threads to use, which change no bit.
    pub threads: usize,
}

/// Where a search ended.
pub struct End {
    /// The parameters.
    pub at: Vec<f64>,
    /// Length of the gradient; no more than the tolerance where the share ended the search.
    pub gradient: f64,
}

/// Where to go.
struct Direction {
    /// How far each parameter goes down.
    down: Vec<f64>,
    /// How far the sums do.
    moved: Vec<f64>,
    /// By how much the function falls along it, to first order.
    slope: f64,
}

/// What a gradient says of what is left.
#[derive(Clone, Copy, Default)]
struct Rest {
    /// Its squared length in its units.
    scaled: f64,
    /// Its squared length.
    squares: f64,
    /// What the value could fall by at the most, where it curved by the penalty alone.
    fall: f64,
}

impl Rest {
    fn of(gradient: &[f64], l2: &[f64], units: &[f64]) -> Self {
        let mut rest = Self::default();
        for ((gradient, l2), unit) in gradient.iter().zip(l2).zip(units) {
            let square = gradient * gradient;
            rest.scaled += square * unit;
            rest.squares += square;
            rest.fall += 0.5 * square * if *l2 > 0.0 { 1.0 / l2 } else { FLATTEST * unit };
        }
        rest
    }

    fn and(self, other: Self) -> Self {
        Self { scaled: self.scaled + other.scaled, squares: self.squares + other.squares, fall: self.fall + other.fall }
    }

    /// Whether it is no longer than `tolerance`, or no more than `fall` is left of the value. What is no number is not.
    fn is_within(self, tolerance: f64, fall: f64) -> bool {
        libm::sqrt(self.squares) <= tolerance || self.fall <= fall
    }
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
    /// Adds it to the direction and takes it from what is left of the gradient.
    fn take(&self, direction: &mut [f64], rest: &mut [f64], threads: usize) -> Rest {
        let chunk = |(at, (direction, rest)): (usize, (&mut [f64], &mut [f64]))| {
            let range = at * CHUNK..at * CHUNK + rest.len();
            let (along, bent) = (&self.along[range.clone()], &self.bent[range.clone()]);
            let (l2, units) = (&self.l2[range.clone()], &self.units[range]);
            for at in 0..rest.len() {
                direction[at] += self.size * along[at];
                rest[at] -= self.size * (bent[at] + l2[at] * along[at]);
            }
            Rest::of(rest, l2, units)
        };
        let chunks = direction.par_chunks_mut(CHUNK).zip(rest.par_chunks_mut(CHUNK)).enumerate();
        let sums: Vec<Rest> = chunks.with_min_len(fewest_chunks(threads)).map(chunk).collect();
        sums.into_iter().fold(Rest::default(), Rest::and)
    }
}

impl<S: Smooth> Newton<'_, S> {
    /// Searches.
    pub fn run(mut self) -> End {
        let mut at = std::mem::take(&mut self.from);
        let mut gradient = vec![0.0; at.len()];
        let mut sums = vec![0.0; self.smooth.count()];
        self.smooth.sums(&at, &mut gradient, &mut sums);
        let mut left = self.max_iterations;
        loop {
            let mut slopes = sums.clone();
            let value = self.smooth.slopes(&mut slopes) + self.penalty(&at, &at) / 2.0;
            self.smooth.gradient(&slopes, &mut gradient);
            gradient.iter_mut().zip(&at).zip(self.l2).for_each(|((gradient, w), l2)| *gradient += l2 * w);
            let rest = Rest::of(&gradient, self.l2, self.units);
            let (size, fall) = (libm::sqrt(rest.squares), self.share * value);
            if rest.is_within(self.tolerance, fall) {
                return End { at, gradient: size.min(self.tolerance) };
            }
            // A value that is no number has no slope.
            if !size.is_finite() || left == 0 {
                return End { at, gradient: size };
            }
            let direction = self.direction(&mut gradient, &slopes, fall, &mut left);
            let Some(step) = self.step(&at, value, &direction, &sums) else {
                return End { at, gradient: size };
            };
            add_scaled(&mut at, -step, &direction.down);
            add_scaled(&mut sums, -step, &direction.moved);
        }
    }

    /// The penalty's product of two vectors.
    fn penalty(&self, a: &[f64], b: &[f64]) -> f64 {
        let chunk = |at: usize| {
            let range = at * CHUNK..a.len().min((at + 1) * CHUNK);
            weighted_dot(&self.l2[range.clone()], &a[range.clone()], &b[range])
        };
        let chunks = (0..a.len().div_ceil(CHUNK)).into_par_iter().with_min_len(fewest_chunks(self.threads));
        let sums: Vec<f64> = chunks.map(chunk).collect();
        sums.iter().sum()
    }

    /// About the inverse of the curvature times the gradient, which becomes what is left of it; no nearer than the end
    /// of the search, where no more than `fall` is left, asks for.
    fn direction(&self, rest: &mut [f64], slopes: &[f64], fall: f64, left: &mut u64) -> Direction {
        let mut along: Vec<f64> = rest.iter().zip(self.units).map(|(rest, unit)| rest * unit).collect();
        let mut product = dot(rest, &along);
        let least = LEFT.min(libm::sqrt(libm::sqrt(product)));
        let least = least * least * product;
        let mut direction = Direction { down: vec![0.0; rest.len()], moved: vec![0.0; slopes.len()], slope: 0.0 };
        // Vectors of this length are made once: to be given fresh memory takes longer than to fill it.
        let (mut bent, mut moved, mut change) =
            (vec![0.0; rest.len()], vec![0.0; slopes.len()], vec![0.0; slopes.len()]);
        while *left > 0 {
            *left -= 1;
            self.smooth.sums(&along, &mut bent, &mut moved);
            change.copy_from_slice(&moved);
            let curvature = self.smooth.bend(slopes, &mut change) + self.penalty(&along, &along);
            // Flat, or no number.
            if curvature.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
                break;
            }
            self.smooth.gradient(&change, &mut bent);
            let size = product / curvature;
            add_scaled(&mut direction.moved, size, &moved);
            // Conjugate to those before, a step meets as much of the gradient as is left of it.
            direction.slope += size * product;
            let step = Step { along: &along, bent: &bent, l2: self.l2, units: self.units, size };
            let next = step.take(&mut direction.down, rest, self.threads);
            if next.scaled <= least || next.is_within(ENOUGH * self.tolerance, ENOUGH * fall) {
                break;
            }
            let again = next.scaled / product;
            product = next.scaled;
            self.turn(&mut along, rest, again);
        }
        direction
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
        along.par_chunks_mut(CHUNK).enumerate().with_min_len(fewest_chunks(self.threads)).for_each(chunk);
    }

    /// How far to go down the direction; none where no step falls enough.
    fn step(&self, at: &[f64], value: f64, direction: &Direction, sums: &[f64]) -> Option<f64> {
        let Direction { down: direction, moved, slope } = direction;
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
