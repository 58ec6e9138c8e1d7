//! All that touches the boosting library: fitting, predicting and storing ensembles of trees.
//!
//! Its histograms are summed in a fixed order, so an ensemble is the same at any number of threads;
//! the losses are our own (see [`super::loss`]), so it is also the same on any CPU of an architecture.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use hessboost::config::{MultiStrategy, TrainingParamsBuilder, TreeMethod};
use hessboost::error::HessboostError;
use hessboost::model::{BoostedModel, ImportanceType, Iterations, ModelFormat};
use hessboost::objective::{Objective, RegLoss};
use hessboost::training::Trainer;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::exp::{sigmoid, softmax};
use super::loss::LogLoss;
use super::weighted::{mean, shares};
use super::{FitContext, FittedModel, checks, rows};
use crate::codec;
use crate::data::{Matrix, Scores, Target};
use crate::error::{Error, Result};

/// Values scored at a time, to bound the memory of wide sparse rows.
const CHUNK: usize = 1 << 22;
/// Trees of a forest grown together, at the most.
const LOT: usize = 25;
/// More lots than this are not worth their overhead; such a forest is grown at once.
const MOST_LOTS: usize = 400;

/// How the sums of leaves become an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Answer {
    /// Log odds of class 1, or a logarithm per class up to a common constant.
    LogOdds {
        /// Number of classes.
        classes: usize,
    },
    /// The share of class 1, or the share of each class.
    Shares {
        /// Number of classes.
        classes: usize,
    },
    /// A value: `shift + scale * sum`.
    Value {
        /// Mean of the training targets.
        shift: f64,
        /// Their standard deviation, or 1.
        scale: f64,
    },
}

impl Answer {
    /// Sums the ensemble gives a row.
    fn outputs(self) -> usize {
        match self {
            Answer::LogOdds { classes } | Answer::Shares { classes } if classes > 2 => classes,
            _ => 1,
        }
    }

    /// Appends the answer of one row.
    fn push(self, sums: &[f64], out: &mut Vec<f64>) {
        let at = out.len();
        let sum = sums.first().copied().unwrap_or(0.0);
        match self {
            Answer::LogOdds { classes: 2 } => {
                let p = sigmoid(sum);
                out.extend([1.0 - p, p]);
            }
            Answer::LogOdds { .. } => {
                out.extend(sums);
                softmax(&mut out[at..]);
            }
            Answer::Shares { classes: 2 } => {
                let p = sum.clamp(0.0, 1.0);
                out.extend([1.0 - p, p]);
            }
            Answer::Shares { .. } => {
                out.extend(sums.iter().map(|s| s.clamp(0.0, 1.0)));
                let total: f64 = out[at..].iter().sum();
                let even = 1.0 / sums.len() as f64;
                out[at..].iter_mut().for_each(|p| *p = if total > 0.0 { *p / total } else { even });
            }
            Answer::Value { shift, scale } => out.push(shift + scale * sum),
        }
    }
}

/// What an ensemble is fitted on.
pub struct Data<'a> {
    /// The algorithm, for messages.
    pub name: &'static str,
    /// Features.
    pub x: &'a Matrix,
    /// Targets of the rows.
    pub y: &'a Target,
    /// Weights of the rows.
    pub weights: Option<&'a [f64]>,
}

/// Gradient boosting: each round's trees correct the rounds before it.
///
/// Classes are learned by log loss (XGBoost's `binary:logistic`, `multi:softprob`), values by squared
/// error on the target less its mean, which keeps f32 precise for targets far from zero.
pub fn fit_boosted(
    data: &Data,
    params: TrainingParamsBuilder,
    rounds: usize,
    context: &FitContext,
) -> Result<Box<dyn FittedModel>> {
    checks::fit_features(data.x, data.y, data.weights)?;
    let weights = data.weights.map(|w| w.iter().map(|w| *w as f32).collect());
    match data.y {
        Target::Classes { codes, classes } => {
            let labels = codes.iter().map(|code| *code as f32).collect();
            let params = params.objective(Objective::custom(LogLoss::new(&shares(codes, *classes, data.weights))));
            train(data, labels, weights, params, rounds, context, Answer::LogOdds { classes: *classes })
        }
        Target::Values(values) => {
            let shift = mean(values, data.weights);
            let labels = narrow(values.iter().map(|v| v - shift))?;
            let params = params.objective(Objective::SquaredError(RegLoss::default())).base_score(0.0);
            train(data, labels, weights, params, rounds, context, Answer::Value { shift, scale: 1.0 })
        }
    }
}

/// Trees side by side whose leaves hold the averages of their rows: class shares, or the mean target.
///
/// Squared error on 0/1 per class makes a split's gain the decrease of the Gini impurity, and with no
/// regularisation a leaf the share of each class in it; several classes share their trees. Weights are
/// scaled to a mean of 1, and targets to a mean of 0 and a deviation of 1, so that neither's unit matters.
///
/// `trees` of them are grown a few at a time, each lot from a seed of its own, since the library keeps
/// what it needs for a lot until the lot is done.
pub fn fit_averages(
    data: &Data,
    params: TrainingParamsBuilder,
    trees: usize,
    context: &FitContext,
) -> Result<Box<dyn FittedModel>> {
    checks::fit_features(data.x, data.y, data.weights)?;
    let params = params
        .objective(Objective::SquaredError(RegLoss::default()))
        .multi_strategy(MultiStrategy::MultiOutputTree)
        .base_score(0.0)
        .lambda(0.0)
        .eta(1.0);
    let weights = data.weights.map(|weights| {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        weights.iter().map(|w| (w / mean) as f32).collect()
    });
    let (labels, answer) = match data.y {
        Target::Classes { codes, classes: 2 } => {
            (codes.iter().map(|code| *code as f32).collect(), Answer::Shares { classes: 2 })
        }
        Target::Classes { codes, classes } => {
            let indicator = |code: u32| (0..*classes).map(move |class| if class as u32 == code { 1.0 } else { 0.0 });
            (codes.iter().flat_map(|code| indicator(*code)).collect(), Answer::Shares { classes: *classes })
        }
        Target::Values(values) => {
            let shift = mean(values, data.weights);
            let squares: Vec<f64> = values.iter().map(|v| (v - shift) * (v - shift)).collect();
            let deviation = libm::sqrt(mean(&squares, data.weights));
            let scale = if deviation > 0.0 && deviation.is_finite() { deviation } else { 1.0 };
            (narrow(values.iter().map(|v| (v - shift) / scale))?, Answer::Value { shift, scale })
        }
    };
    // Lots of one size, so that each weighs the same in the average.
    let even = (1..=LOT).rev().find(|size| trees.is_multiple_of(*size)).unwrap_or(1);
    let lot = if trees / even > MOST_LOTS { trees } else { even };
    let lots = trees / lot;
    let params = params.num_parallel_tree(lot);
    let matrix = rows::training(data.x, labels, weights).map_err(failed(data))?;
    let done = AtomicUsize::new(0);
    let boosters = (0..lots)
        .into_par_iter()
        .map(|at| {
            let params = params.clone().tree_method(TreeMethod::Hist).seed(context.seed.wrapping_add(at as u64));
            let params = params.nthread(1).build().map_err(failed(data))?;
            let lot = Trainer::new(&params, &matrix, 1).train().map_err(failed(data))?.model;
            (context.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, lots);
            // Grown trees hold room to grow on; read back, they hold what they need.
            decode(&encode(&lot)?)
        })
        .collect::<Result<Vec<BoostedModel>>>()?;
    Ok(Box::new(Ensemble { answer, boosters }))
}

fn failed(data: &Data) -> impl Fn(HessboostError) -> Error {
    let name = data.name;
    move |e| Error::failure(format!("`{name}` cannot be fitted")).because(e)
}

fn train(
    data: &Data,
    labels: Vec<f32>,
    weights: Option<Vec<f32>>,
    params: TrainingParamsBuilder,
    rounds: usize,
    context: &FitContext,
    answer: Answer,
) -> Result<Box<dyn FittedModel>> {
    let params = params.tree_method(TreeMethod::Hist).seed(context.seed).nthread(context.threads.max(1));
    let params = params.build().map_err(failed(data))?;
    let matrix = rows::training(data.x, labels, weights).map_err(failed(data))?;
    (context.progress)(0, rounds);
    let result = Trainer::new(&params, &matrix, rounds)
        .on_round(|round| {
            (context.progress)(round.iteration() + 1, rounds);
            ControlFlow::Continue(())
        })
        .train()
        .map_err(failed(data))?;
    Ok(Box::new(Ensemble { answer, boosters: vec![result.model] }))
}

/// Targets as f32.
fn narrow(values: impl Iterator<Item = f64>) -> Result<Vec<f32>> {
    let labels: Vec<f32> = values.map(|v| v as f32).collect();
    match labels.iter().position(|v| !v.is_finite()) {
        None => Ok(labels),
        Some(row) => {
            Err(Error::data(format!("the target of training row {} is beyond 3.4e38 from their mean", row + 1))
                .hint("scale the target down, or drop such rows with a `range` step"))
        }
    }
}

/// A fitted ensemble of trees: the mean of its boosters, of which all but a forest have one.
struct Ensemble {
    answer: Answer,
    boosters: Vec<BoostedModel>,
}

/// An [`Ensemble`] as stored: the library's own stable bytes beside ours.
#[derive(Serialize, Deserialize)]
struct Saved {
    answer: Answer,
    boosters: Vec<Vec<u8>>,
}

fn encode(booster: &BoostedModel) -> Result<Vec<u8>> {
    booster.encode(ModelFormat::Binary).map_err(|e| Error::failure("cannot encode the trees of the model").because(e))
}

fn damaged() -> Error {
    Error::failure("the trees of the model are damaged")
}

fn decode(bytes: &[u8]) -> Result<BoostedModel> {
    BoostedModel::decode(bytes, ModelFormat::Binary).map_err(|e| damaged().because(e))
}

/// Reads an ensemble back.
///
/// # Errors
/// Exit code 1 for bytes that are not one.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let saved: Saved = codec::decode(bytes)?;
    let boosters = saved.boosters.iter().map(|bytes| decode(bytes)).collect::<Result<Vec<_>>>()?;
    let classes = match saved.answer {
        Answer::LogOdds { classes } | Answer::Shares { classes } => classes,
        Answer::Value { .. } => 2,
    };
    let width = boosters.first().map_or(0, BoostedModel::n_features);
    let outputs = saved.answer.outputs();
    if classes < 2 || width == 0 || boosters.iter().any(|b| b.n_features() != width || b.n_outputs() != outputs) {
        return Err(damaged());
    }
    Ok(Box::new(Ensemble { answer: saved.answer, boosters }))
}

impl Ensemble {
    fn width(&self) -> usize {
        self.boosters.first().map_or(0, BoostedModel::n_features)
    }

    /// The mean of the boosters' sums, in their order.
    fn sums(&self, rows: &[f32]) -> Result<Vec<f64>> {
        let mut sums: Vec<f64> = Vec::new();
        for booster in &self.boosters {
            let own = booster
                .predict_margin_rows(rows, Iterations::Best)
                .map_err(|e| Error::failure("cannot score the rows").because(e))?;
            sums.resize(own.as_slice().len(), 0.0);
            sums.iter_mut().zip(own.as_slice()).for_each(|(sum, own)| *sum += f64::from(*own));
        }
        let count = self.boosters.len() as f64;
        sums.iter_mut().for_each(|sum| *sum /= count);
        Ok(sums)
    }
}

impl FittedModel for Ensemble {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        let width = self.width();
        checks::predict_width(x, width)?;
        let outputs = self.answer.outputs();
        let mut values = Vec::new();
        let step = (CHUNK / width.max(1)).max(1);
        for from in (0..x.rows).step_by(step) {
            let sums = self.sums(&rows::dense(x, from..x.rows.min(from + step)))?;
            sums.chunks_exact(outputs).for_each(|sums| self.answer.push(sums, &mut values));
        }
        let width = match self.answer {
            Answer::LogOdds { classes } | Answer::Shares { classes } => classes,
            Answer::Value { .. } => 1,
        };
        checks::finite_scores(Scores { width, values })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        let boosters = self.boosters.iter().map(encode).collect::<Result<Vec<_>>>()?;
        codec::encode(&Saved { answer: self.answer, boosters })
    }

    /// Each feature's share of the loss its splits took away.
    fn importance(&self) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; self.width()];
        for booster in &self.boosters {
            let gains = booster.feature_importance(ImportanceType::TotalGain);
            shares.iter_mut().enumerate().for_each(|(f, share)| *share += gains.get(&f).copied().unwrap_or(0.0));
        }
        let total: f64 = shares.iter().sum();
        (total > 0.0).then(|| shares.into_iter().map(|share| share / total).collect())
    }
}
