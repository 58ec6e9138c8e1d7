//! The losses of gradient boosting: XGBoost's `binary:logistic`, `multi:softprob` and `reg:squarederror`.
//!
//! Their derivatives are made of plain multiplications and additions, so they have the same bits on every machine.

use rayon::prelude::*;

use super::exp::{exp_f32, sigmoid_f32};
use super::trees::Grid;
use super::vectors::fewest_chunks;
use super::weighted::shares;
use crate::data::Target;

/// XGBoost's `kRtEps`, which keeps base scores finite.
const MIN_SHARE: f64 = 1e-6;
/// Rows per parallel task; rows do not look at one another, so it never changes the result.
const CHUNK: usize = 8192;
/// The least probability a loss is taken of: log loss stays finite.
const LEAST: f64 = 1e-16;

/// What boosting makes small, with what it is held against.
#[derive(Debug)]
pub enum Loss<'a> {
    /// Log loss of two classes: each row's.
    Logistic(&'a [u32]),
    /// Log loss of so many classes: each row's.
    Softmax(usize, &'a [u32]),
    /// Squared error: each row's value.
    Squared(Vec<f32>),
}

impl Loss<'_> {
    /// Margins of a row.
    pub fn outputs(&self) -> usize {
        if let Loss::Softmax(classes, _) = self { *classes } else { 1 }
    }

    /// The margins every row starts from: the log odds, or the logarithms of the (weighted) shares of the classes less
    /// the mean of these; zero for values.
    pub fn base(y: &Target, weights: Option<&[f64]>) -> Vec<f32> {
        let Target::Classes { codes, classes } = y else { return vec![0.0] };
        match shares(codes, *classes, weights).as_slice() {
            [_, positive] => {
                let p = positive.clamp(MIN_SHARE, 1.0 - MIN_SHARE);
                vec![-libm::log(1.0 / p - 1.0) as f32]
            }
            shares => {
                let logs: Vec<f64> = shares.iter().map(|share| libm::log(share + MIN_SHARE)).collect();
                let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
                logs.iter().map(|log| (log - mean) as f32).collect()
            }
        }
    }

    /// First and second derivatives at these margins, on a grid; row by row those of each output. On one thread or all.
    pub fn derive(&self, margins: &[f32], weights: Option<&[f32]>, threads: usize, out: &mut Vec<[f32; 2]>) {
        let heaviest = weights.map_or(1.0, |weights| f64::from(weights.iter().copied().fold(0.0, f32::max)));
        let (gradient, hessian) = match self {
            Loss::Logistic(_) => (1.0, 0.25),
            Loss::Softmax(..) => (1.0, 0.5),
            Loss::Squared(labels) => {
                let errors = margins.iter().zip(labels).map(|(margin, label)| (margin - label).abs());
                (f64::from(errors.fold(0.0, f32::max)), 1.0)
            }
        };
        let rows = margins.len() / self.outputs();
        let grids = [Grid::of(gradient * heaviest, rows), Grid::of(hessian * heaviest, rows)];
        out.resize(margins.len(), [0.0; 2]);
        let chunk = |(at, (out, margins)): (usize, (&mut [[f32; 2]], &[f32]))| {
            self.derive_rows(margins, at * CHUNK, out);
            if let Some(weights) = weights {
                for (pairs, weight) in out.chunks_mut(self.outputs()).zip(&weights[at * CHUNK..]) {
                    pairs.as_flattened_mut().iter_mut().for_each(|derivative| *derivative *= weight);
                }
            }
            for [gradient, hessian] in out {
                *gradient = grids[0].round(*gradient);
                *hessian = grids[1].round(*hessian);
            }
        };
        let size = CHUNK * self.outputs();
        let chunks = out.par_chunks_mut(size).zip(margins.par_chunks(size)).enumerate();
        chunks.with_min_len(fewest_chunks(threads)).for_each(chunk);
    }

    /// Of the rows from `first` on, which have these margins.
    fn derive_rows(&self, margins: &[f32], first: usize, out: &mut [[f32; 2]]) {
        match self {
            // With p = sigmoid(margin): p - y, and p (1 - p).
            Loss::Logistic(codes) => {
                for ((out, margin), code) in out.iter_mut().zip(margins).zip(&codes[first..]) {
                    let p = sigmoid_f32(*margin);
                    *out = [p - *code as f32, p * (1.0 - p)];
                }
            }
            Loss::Squared(labels) => {
                for ((out, margin), label) in out.iter_mut().zip(margins).zip(&labels[first..]) {
                    *out = [margin - label, 1.0];
                }
            }
            // With p = softmax(margins): p - y, and XGBoost's bound 2 p (1 - p) of the second derivative.
            Loss::Softmax(width, codes) => {
                let mut p = vec![0.0f32; *width];
                let rows = out.chunks_exact_mut(*width).zip(margins.chunks_exact(*width));
                for ((out, margins), code) in rows.zip(&codes[first..]) {
                    let most = margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let mut sum = 0.0;
                    for (p, margin) in p.iter_mut().zip(margins) {
                        *p = exp_f32(margin - most);
                        sum += *p;
                    }
                    for (class, (out, p)) in out.iter_mut().zip(&p).enumerate() {
                        let p = p / sum;
                        let y = if class == *code as usize { 1.0 } else { 0.0 };
                        *out = [p - y, 2.0 * p * (1.0 - p)];
                    }
                }
            }
        }
    }

    /// The mean loss of `rows`, weighted.
    pub fn mean(&self, margins: &[f32], weights: Option<&[f32]>, rows: &[u32]) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        let width = self.outputs();
        for row in rows {
            let row = *row as usize;
            let weight = f64::from(weights.map_or(1.0, |weights| weights[row]));
            sum += weight * self.of_row(&margins[row * width..][..width], row);
            total += weight;
        }
        sum / total
    }

    fn of_row(&self, margins: &[f32], row: usize) -> f64 {
        let margin = |at: usize| f64::from(margins.get(at).copied().unwrap_or_default());
        match self {
            Loss::Squared(labels) => (margin(0) - f64::from(labels[row])) * (margin(0) - f64::from(labels[row])),
            Loss::Logistic(codes) => {
                let against = if codes[row] == 1 { -margin(0) } else { margin(0) };
                // log(1 + e^against), without an overflow.
                against.max(0.0) + libm::log1p(libm::exp(-against.abs()))
            }
            Loss::Softmax(_, codes) => {
                let greatest = (0..margins.len()).map(margin).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = (0..margins.len()).map(|at| libm::exp(margin(at) - greatest)).sum();
                -libm::log((libm::exp(margin(codes[row] as usize) - greatest) / sum).max(LEAST))
            }
        }
    }
}
