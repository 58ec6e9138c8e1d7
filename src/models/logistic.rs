//! Logistic regression by our own solver.
//!
//! linfa's takes neither weights nor an L1 penalty, makes one-hot columns dense (where Adult's have 14 values of
//! 105 in a row), and its last bits depend on the CPU. Here features are centred and scaled on the way, so that
//! the search does not depend on their units; the penalty is on the coefficients as they are.

use std::ops::Range;

use rayon::prelude::*;

use super::design::Design;
use super::exp::{exp_below_0, log_1_to_2};
use super::lbfgs::Search;
use super::moments::Moments;
use super::newton::{Newton, Smooth};
use super::vectors::{add_scaled, dot, fewest_chunks, length};
use super::weighted;
use crate::data::Matrix;

/// Rows whose errors are taken together.
const BAND: usize = 256;
/// A rare class is taken to curve no less than this, beside the class that curves most.
const LEAST_SHARE: f64 = 1e-3;

/// What is minimised: the log loss summed over weighted rows + l1 |w| + l2 ||w||² / 2. Intercepts are free.
pub struct Problem<'a> {
    /// The features.
    pub x: &'a Matrix,
    /// Their moments under the weights.
    pub moments: &'a [Moments],
    /// Class of each row, from 0 and each with rows.
    pub codes: &'a [u32],
    /// 1 for the log odds of class 1 of two, else the number of classes.
    pub outputs: usize,
    /// Weight of each row.
    pub weights: Option<&'a [f64]>,
    /// Strength of the L1 penalty.
    pub l1: f64,
    /// Strength of the L2 penalty.
    pub l2: f64,
    /// Stop once the gradient of the mean loss is shorter than this, with features at a common scale; or, with an L2 penalty
    /// alone, once that makes sure that little is left: see [`Problem::share`].
    pub tolerance: f64,
    /// Stop here at the latest.
    pub max_iterations: u64,
    /// Threads to use.
    pub threads: usize,
}

/// What a solver found.
pub struct Solution {
    /// One per output.
    pub intercepts: Vec<f64>,
    /// `features * outputs`, feature by feature.
    pub coefficients: Vec<f64>,
    /// Length of the gradient of the mean loss that is left, as the solver measures it; no more than the tolerance where
    /// the value is known to be near its least.
    pub gradient: f64,
}

impl Problem<'_> {
    /// Minimises it.
    pub fn solve(&self) -> Solution {
        let shares = weighted::shares(self.codes, self.outputs.max(2), self.weights);
        let total = self.weights.map_or(self.x.rows as f64, |w| w.iter().sum());
        // How the mean loss curves along an intercept, where no feature has a say.
        let curvature = shares.iter().fold(0.0, |most: f64, share| most.max(share * (1.0 - share)));
        let unit = total * curvature;
        // In these units the loss curves alike along each coefficient, so far as features do not overlap.
        let scale = |moments: &Moments| match libm::hypot(moments.deviation, libm::sqrt(self.l2 / unit)) {
            _ if moments.deviation == 0.0 => 0.0,
            size => 1.0 / size,
        };
        let scales: Vec<f64> = self.moments.iter().map(scale).collect();
        let centres: Vec<f64> = self.moments.iter().map(|moments| moments.mean).collect();
        let design = Design::new(self.x, &centres, &scales, self.threads);
        let ordered: Vec<f64> = design.order.iter().map(|place| scales[*place]).collect();
        let strengths = |of: &dyn Fn(f64) -> f64| {
            let mut strengths = Vec::with_capacity(self.outputs * (ordered.len() + 1));
            strengths.resize(self.outputs, 0.0);
            ordered.iter().for_each(|scale| strengths.extend(std::iter::repeat_n(of(*scale) / unit, self.outputs)));
            strengths
        };
        let l2 = strengths(&|scale| self.l2 * scale * scale);
        let rows = Rows { problem: self, design: &design, factor: 1.0 / unit };
        let max_iterations = self.max_iterations;
        let (at, gradient) = if self.l1 == 0.0 {
            let own = |share: &f64| (share * (1.0 - share) / curvature).max(LEAST_SHARE);
            let (own, mut from) = if self.outputs == 1 {
                (vec![1.0], vec![libm::log(shares[1] / shares[0])])
            } else {
                (shares.iter().map(own).collect(), shares.iter().map(|share| libm::log(*share)).collect())
            };
            // Of the penalty and of the loss, which add up to 1 for the class that curves most.
            let mut units = l2.clone();
            for of_feature in units.chunks_exact_mut(self.outputs) {
                of_feature.iter_mut().zip(&own).for_each(|(l2, own)| *l2 = 1.0 / (*l2 + (1.0 - *l2) * own));
            }
            from.resize(units.len(), 0.0);
            let (tolerance, share, threads) = (self.tolerance / curvature, self.share(), self.threads);
            let search =
                Newton { smooth: &rows, l2: &l2, units: &units, tolerance, share, max_iterations, from, threads };
            let end = search.run();
            (end.at, end.gradient)
        } else {
            let smooth = |at: &[f64], gradient: &mut [f64]| rows.with_penalty(&l2, at, gradient);
            let l1 = strengths(&|scale| self.l1 * scale);
            let found =
                Search { smooth: &smooth, l1: &l1, tolerance: self.tolerance / curvature, max_iterations }.run();
            (found.at, found.gradient)
        };
        let (intercepts, coefficients) = self.back(&design.order, &scales, &at);
        Solution { intercepts, coefficients, gradient: gradient * curvature }
    }

    /// The share of itself by which the value may still fall at the end, where the penalty tells. It falls with the square
    /// of the gradient; by default it is as small as anybody could want it.
    fn share(&self) -> f64 {
        let share = 1e2 * self.tolerance;
        if self.l2 > 0.0 { (share * share).min(1e-4) } else { 0.0 }
    }

    /// Length of the gradient of the mean loss with an L2 penalty, with features as they are.
    pub fn gradient_as_is(&self, solution: &Solution) -> f64 {
        let width = self.x.width();
        let design = Design::new(self.x, &vec![0.0; width], &vec![1.0; width], self.threads);
        let mut at = solution.intercepts.clone();
        for place in &design.order {
            at.extend(&solution.coefficients[place * self.outputs..][..self.outputs]);
        }
        let mut gradient = vec![0.0; at.len()];
        let rows = Rows { problem: self, design: &design, factor: 1.0 };
        let mut sums = vec![0.0; rows.count()];
        rows.sums(&at, &mut gradient, &mut sums);
        rows.slopes(&mut sums);
        rows.gradient(&sums, &mut gradient);
        let (_, coefficients) = gradient.split_at_mut(self.outputs);
        add_scaled(coefficients, self.l2, &at[self.outputs..]);
        length(&gradient) / self.x.rows as f64
    }

    /// Calls `of` with the rows of each band and their numbers, in the place of which it may leave others; the sum of
    /// what it returns, in the order of the rows.
    fn bands(&self, numbers: &mut [f64], of: impl Fn(Range<usize>, &mut [f64]) -> f64 + Sync) -> f64 {
        let band =
            |(band, numbers): (usize, &mut [f64])| of(band * BAND..band * BAND + numbers.len() / self.outputs, numbers);
        let size = BAND * self.outputs;
        let bands = numbers.par_chunks_mut(size).enumerate().with_min_len(fewest_chunks(self.threads));
        let found: Vec<f64> = bands.map(band).collect();
        found.iter().sum()
    }

    /// Turns the sums of rows into their errors, probability less target, times weight and factor; returns their log
    /// loss alike.
    fn errors(&self, rows: Range<usize>, factor: f64, sums: &mut [f64]) -> f64 {
        let (codes, weights) = (&self.codes[rows.clone()], self.weights.map(|weights| &weights[rows]));
        let mut losses = [0.0; BAND];
        let losses = &mut losses[..codes.len()];
        if self.outputs == 1 {
            logistic(sums, codes, losses);
        } else {
            softmax(sums, codes, losses);
        }
        let Some(weights) = weights else {
            sums.iter_mut().for_each(|error| *error *= factor);
            return factor * losses.iter().sum::<f64>();
        };
        for (errors, weight) in sums.chunks_exact_mut(self.outputs).zip(weights) {
            errors.iter_mut().for_each(|error| *error *= weight * factor);
        }
        factor * dot(losses, weights)
    }

    /// How errors change to first order where the sums move, in the place of the move; returns the sum of the products
    /// of the two.
    fn changes(&self, rows: Range<usize>, factor: f64, errors: &[f64], moved: &mut [f64]) -> f64 {
        let errors = errors[rows.start * self.outputs..].chunks_exact(self.outputs);
        let mut products = 0.0;
        for ((row, errors), moved) in rows.zip(errors).zip(moved.chunks_exact_mut(self.outputs)) {
            let (code, weight) = (self.codes[row] as usize, factor * self.weights.map_or(1.0, |weights| weights[row]));
            if let ([moved], [error]) = (&mut *moved, errors) {
                let p = error / weight + code as f64;
                let change = weight * p * (1.0 - p) * *moved;
                products += change * *moved;
                *moved = change;
                continue;
            }
            // Of the class of the row, the weight less its error is the weight of its probability.
            let weighted = |at: usize| if at == code { errors[at] + weight } else { errors[at] };
            let mean = moved.iter().enumerate().map(|(at, moved)| weighted(at) * moved).sum::<f64>() / weight;
            for (at, moved) in moved.iter_mut().enumerate() {
                let change = weighted(at) * (*moved - mean);
                products += change * *moved;
                *moved = change;
            }
        }
        products
    }

    /// Intercepts and coefficients of the features as they are, in the order of the matrix.
    fn back(&self, order: &[usize], scales: &[f64], at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (intercepts, found) = at.split_at(self.outputs);
        let mut intercepts = intercepts.to_vec();
        let mut coefficients = vec![0.0; found.len()];
        for (found, place) in found.chunks_exact(self.outputs).zip(order) {
            let own = &mut coefficients[place * self.outputs..][..self.outputs];
            add_scaled(own, scales[*place], found);
            add_scaled(&mut intercepts, -self.moments[*place].mean, own);
        }
        (intercepts, coefficients)
    }
}

/// The log loss of all rows.
struct Rows<'a> {
    problem: &'a Problem<'a>,
    design: &'a Design<'a>,
    /// Of the log loss summed over the rows.
    factor: f64,
}

impl Rows<'_> {
    /// The value with an L2 penalty at these parameters, and its gradient.
    fn with_penalty(&self, l2: &[f64], at: &[f64], gradient: &mut [f64]) -> f64 {
        let mut sums = vec![0.0; self.count()];
        self.sums(at, gradient, &mut sums);
        let loss = self.slopes(&mut sums);
        self.gradient(&sums, gradient);
        let mut penalty = 0.0;
        for ((gradient, w), l2) in gradient.iter_mut().zip(at).zip(l2) {
            penalty += l2 * w * w;
            *gradient += l2 * w;
        }
        loss + penalty / 2.0
    }
}

impl Smooth for Rows<'_> {
    fn count(&self) -> usize {
        self.problem.x.rows * self.problem.outputs
    }

    fn sums(&self, parameters: &[f64], room: &mut [f64], out: &mut [f64]) {
        self.design.sums(parameters, self.problem.outputs, room, out);
    }

    fn slopes(&self, sums: &mut [f64]) -> f64 {
        let (problem, factor) = (self.problem, self.factor);
        problem.bands(sums, |rows, sums| problem.errors(rows, factor, sums))
    }

    fn bend(&self, slopes: &[f64], moved: &mut [f64]) -> f64 {
        let (problem, factor) = (self.problem, self.factor);
        problem.bands(moved, |rows, moved| problem.changes(rows, factor, slopes, moved))
    }

    fn gradient(&self, slopes: &[f64], out: &mut [f64]) {
        self.design.gradient(slopes, self.problem.outputs, out);
    }
}

/// For each sum, the log odds of class 1, the log loss of the row, and the error in its place.
fn logistic(sums: &mut [f64], codes: &[u32], losses: &mut [f64]) {
    for ((sum, code), loss) in sums.iter_mut().zip(codes).zip(losses) {
        let (x, class) = (*sum, f64::from(*code));
        let e = exp_below_0(-x.abs());
        *loss = x.max(0.0) - class * x + log_1_to_2(1.0 + e);
        *sum = if x >= 0.0 { 1.0 } else { e } / (1.0 + e) - class;
    }
}

/// The same for a sum per class.
fn softmax(sums: &mut [f64], codes: &[u32], losses: &mut [f64]) {
    let classes = sums.len() / codes.len();
    for ((sums, class), loss) in sums.chunks_exact_mut(classes).zip(codes).zip(losses) {
        let max = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let own = sums[*class as usize];
        sums.iter_mut().for_each(|sum| *sum = exp_below_0(*sum - max));
        let total: f64 = sums.iter().sum();
        *loss = max - own + libm::log(total);
        sums.iter_mut().for_each(|sum| *sum /= total);
        sums[*class as usize] -= 1.0;
    }
}
