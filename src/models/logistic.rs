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
use super::vectors::{add_scaled, dot, length};
use super::weighted;
use crate::data::Matrix;

/// Least rows of a part that is summed apart from the others.
const PART: usize = 4096;
/// Most parts, since each makes a gradient of its own.
const PARTS: usize = 64;
/// Rows whose sums are held at a time.
const BAND: usize = 256;

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
    /// Stop once the gradient of the mean loss is shorter than this, with features at a common scale.
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
    /// Length of the gradient of the mean loss that is left, as the solver measures it.
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
        let design = Design::new(self.x, &centres, &scales);
        let ordered: Vec<f64> = design.order.iter().map(|place| scales[*place]).collect();
        let strengths = |of: &dyn Fn(f64) -> f64| {
            let coefficients = ordered.iter().flat_map(|scale| std::iter::repeat_n(of(*scale) / unit, self.outputs));
            std::iter::repeat_n(0.0, self.outputs).chain(coefficients).collect::<Vec<f64>>()
        };
        let l2 = strengths(&|scale| self.l2 * scale * scale);
        let smooth = |at: &[f64], gradient: &mut [f64]| {
            let loss = self.loss(&design, at, gradient) / unit;
            let mut penalty = 0.0;
            for ((gradient, w), l2) in gradient.iter_mut().zip(at).zip(&l2) {
                penalty += l2 * w * w;
                *gradient = *gradient / unit + l2 * w;
            }
            loss + penalty / 2.0
        };
        let l1 = strengths(&|scale| self.l1 * scale);
        let tolerance = self.tolerance / curvature;
        let found = Search { smooth: &smooth, l1: &l1, tolerance, max_iterations: self.max_iterations }.run();
        let (intercepts, coefficients) = self.back(&design.order, &scales, &found.at);
        Solution { intercepts, coefficients, gradient: found.gradient * curvature }
    }

    /// Length of the gradient of the mean loss with an L2 penalty, with features as they are.
    pub fn gradient_as_is(&self, solution: &Solution) -> f64 {
        let width = self.x.width();
        let design = Design::new(self.x, &vec![0.0; width], &vec![1.0; width]);
        let mut at = solution.intercepts.clone();
        for place in &design.order {
            at.extend(&solution.coefficients[place * self.outputs..][..self.outputs]);
        }
        let mut gradient = vec![0.0; at.len()];
        self.loss(&design, &at, &mut gradient);
        let (_, coefficients) = gradient.split_at_mut(self.outputs);
        add_scaled(coefficients, self.l2, &at[self.outputs..]);
        length(&gradient) / self.x.rows as f64
    }

    /// The summed log loss, and its gradient into `gradient`. Parts are the same at any number of threads, and
    /// are added in their order; no more than a thread each are held, since a gradient of text is long.
    fn loss(&self, design: &Design, at: &[f64], gradient: &mut [f64]) -> f64 {
        let rows = self.x.rows;
        let size = rows.div_ceil(PARTS).max(PART);
        let part = |part: usize| self.part(design, part * size..rows.min((part + 1) * size), at);
        let (count, threads) = (rows.div_ceil(size), self.threads.max(1));
        let mut loss = 0.0;
        gradient.fill(0.0);
        for first in (0..count).step_by(threads) {
            let parts = first..count.min(first + threads);
            let parts: Vec<(f64, Vec<f64>)> =
                if threads > 1 { parts.into_par_iter().map(part).collect() } else { parts.map(part).collect() };
            for (of_part, its_gradient) in parts {
                loss += of_part;
                add_scaled(gradient, 1.0, &its_gradient);
            }
        }
        design.centre(self.outputs, gradient);
        loss
    }

    fn part(&self, design: &Design, rows: Range<usize>, at: &[f64]) -> (f64, Vec<f64>) {
        let (mut loss, mut gradient) = (0.0, vec![0.0; at.len()]);
        let mut sums = vec![0.0; BAND * self.outputs];
        let end = rows.end;
        for from in rows.step_by(BAND) {
            let rows = from..end.min(from + BAND);
            let sums = &mut sums[..rows.len() * self.outputs];
            design.sums(rows.clone(), at, self.outputs, sums);
            loss += self.errors(rows.clone(), sums);
            design.add_gradient(rows, sums, self.outputs, &mut gradient);
        }
        (loss, gradient)
    }

    /// Turns the sums of rows into weighted errors, probability less target, and returns their log loss.
    fn errors(&self, rows: Range<usize>, sums: &mut [f64]) -> f64 {
        let (codes, weights) = (&self.codes[rows.clone()], self.weights.map(|weights| &weights[rows]));
        let mut losses = [0.0; BAND];
        let losses = &mut losses[..codes.len()];
        if self.outputs == 1 {
            logistic(sums, codes, losses);
        } else {
            softmax(sums, codes, losses);
        }
        let Some(weights) = weights else { return losses.iter().sum() };
        for (errors, weight) in sums.chunks_exact_mut(self.outputs).zip(weights) {
            errors.iter_mut().for_each(|error| *error *= weight);
        }
        dot(losses, weights)
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
