//! The classification losses of gradient boosting.
//!
//! They are XGBoost's `binary:logistic` and `multi:softprob`. The library has both built in, but with
//! vector kernels whose last bits depend on the CPU; these have the same bits everywhere.

use hessboost::metric::EvalMetric;
use hessboost::objective::{GradPair, Loss};
use rayon::prelude::*;

use super::exp::{exp_f32, sigmoid_f32};

/// XGBoost's floor of a row's second derivative.
const MIN_HESSIAN: f32 = 1e-16;
/// XGBoost's `kRtEps`, which keeps base scores finite.
const MIN_SHARE: f64 = 1e-6;
/// Rows per parallel task; rows do not look at one another, so it never changes the result.
const CHUNK: usize = 8192;

/// Log loss of classes: one margin a row for two of them, else one per class.
pub struct LogLoss {
    /// Margins every row starts from.
    base: Vec<f32>,
}

impl LogLoss {
    /// The loss for rows with these (weighted) class shares: the base margins are their log odds,
    /// or their logarithms less the mean of these.
    pub fn new(shares: &[f64]) -> Self {
        let base = match shares {
            [_, positive] => {
                let p = positive.clamp(MIN_SHARE, 1.0 - MIN_SHARE);
                vec![-libm::log(1.0 / p - 1.0) as f32]
            }
            shares => {
                let logs: Vec<f64> = shares.iter().map(|share| libm::log(share + MIN_SHARE)).collect();
                let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
                logs.iter().map(|log| (log - mean) as f32).collect()
            }
        };
        Self { base }
    }
}

impl Loss for LogLoss {
    fn name(&self) -> &str {
        if self.base.len() == 1 { "mlops:logistic" } else { "mlops:softprob" }
    }

    fn n_outputs(&self) -> usize {
        self.base.len()
    }

    fn gradient(&self, margins: &[f32], labels: &[f32], weights: Option<&[f32]>, out: &mut [GradPair]) {
        let width = self.base.len();
        out.par_chunks_mut(CHUNK * width).zip(margins.par_chunks(CHUNK * width)).enumerate().for_each(
            |(chunk, (out, margins))| {
                let from = chunk * CHUNK;
                let weight = |row: usize| weights.and_then(|w| w.get(from + row)).copied().unwrap_or(1.0);
                let labels = labels.get(from..).unwrap_or_default();
                if width == 1 {
                    logistic(margins, labels, out);
                } else {
                    softmax(margins, labels, width, out);
                }
                if weights.is_some() {
                    for (row, pairs) in out.chunks_mut(width).enumerate() {
                        for pair in pairs {
                            *pair = GradPair::new(pair.grad * weight(row), pair.hess * weight(row));
                        }
                    }
                }
            },
        );
    }

    fn base_margins_info(&self, _: &hessboost::data::MetaInfo) -> Vec<f32> {
        self.base.clone()
    }

    fn default_metric(&self) -> EvalMetric {
        if self.base.len() == 1 { EvalMetric::LogLoss } else { EvalMetric::MLogLoss }
    }
}

/// With p = sigmoid(margin): gradient p - y, second derivative p (1 - p).
fn logistic(margins: &[f32], labels: &[f32], out: &mut [GradPair]) {
    for ((pair, margin), label) in out.iter_mut().zip(margins).zip(labels) {
        let p = sigmoid_f32(*margin);
        *pair = GradPair::new(p - label, (p * (1.0 - p)).max(MIN_HESSIAN));
    }
}

/// With p = softmax(margins): gradient p - y, and XGBoost's bound 2 p (1 - p) of the second derivative.
fn softmax(margins: &[f32], labels: &[f32], width: usize, out: &mut [GradPair]) {
    let mut p = vec![0.0f32; width];
    for ((pairs, margins), label) in out.chunks_exact_mut(width).zip(margins.chunks_exact(width)).zip(labels) {
        let max = margins.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for (p, margin) in p.iter_mut().zip(margins) {
            *p = exp_f32(margin - max);
            sum += *p;
        }
        for (class, (pair, p)) in pairs.iter_mut().zip(&p).enumerate() {
            let p = p / sum;
            let y = if class as f32 == *label { 1.0 } else { 0.0 };
            *pair = GradPair::new(p - y, (2.0 * p * (1.0 - p)).max(MIN_HESSIAN));
        }
    }
}
