//! Growing ensembles of trees: boosted ones, and those side by side.
//!
//! Its histograms are summed in a fixed order, so an ensemble is the same at any number of threads;
//! the losses are our own (see [`super::loss`]), so it is also the same on any CPU of an architecture.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

use hessboost::config::{MultiStrategy, TrainingParamsBuilder, TreeMethod};
use hessboost::error::HessboostError;
use hessboost::model::BoostedModel;
use hessboost::objective::{Objective, RegLoss};
use hessboost::training::Trainer;
use rayon::prelude::*;

use super::ensemble::{Answer, Ensemble, decode, encode};
use super::loss::LogLoss;
use super::stopping::{SliceLoss, Stopping};
use super::weighted::{mean, shares};
use super::{FitContext, FittedModel, checks, rows};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};

/// Trees of a forest grown together, at the most.
const LOT: usize = 25;
/// More lots than this are not worth their overhead; such a forest is grown at once.
const MOST_LOTS: usize = 400;

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

/// Rounds of boosting, and when they end early.
pub struct Rounds {
    /// The most of them.
    pub most: usize,
    /// When they end early.
    pub stopping: Option<Stopping>,
}

/// Gradient boosting: each round's trees correct the rounds before it.
///
/// Classes are learned by log loss (XGBoost's `binary:logistic`, `multi:softprob`), values by squared
/// error on the target less its mean, which keeps f32 precise for targets far from zero.
pub fn fit_boosted(
    data: &Data,
    params: TrainingParamsBuilder,
    rounds: &Rounds,
    context: &FitContext,
) -> Result<Box<dyn FittedModel>> {
    checks::fit_features(data.x, data.y, data.weights)?;
    let Some(stopping) = &rounds.stopping else {
        return boost(data, None, params, rounds, context);
    };
    let (learned, held_out) = stopping.slice(data.y, context)?;
    let part = |rows: &[usize]| {
        let weights = data.weights.map(|weights| rows.iter().map(|row| weights[*row]).collect::<Vec<f64>>());
        (data.x.select(rows), data.y.select(rows), weights)
    };
    let (learned, held_out) = (part(&learned), part(&held_out));
    fn data_of<'a>(name: &'static str, (x, y, weights): &'a (Matrix, Target, Option<Vec<f64>>)) -> Data<'a> {
        Data { name, x, y, weights: weights.as_deref() }
    }
    boost(&data_of(data.name, &learned), Some(&data_of(data.name, &held_out)), params, rounds, context)
}

/// Boosts on `data`, stopping by the loss on `held_out` where there is such a part.
fn boost(
    data: &Data,
    held_out: Option<&Data>,
    params: TrainingParamsBuilder,
    rounds: &Rounds,
    context: &FitContext,
) -> Result<Box<dyn FittedModel>> {
    let (params, answer, shift) = match data.y {
        Target::Classes { codes, classes } => {
            let loss = LogLoss::new(&shares(codes, *classes, data.weights));
            (params.objective(Objective::custom(loss)), Answer::LogOdds { classes: *classes }, 0.0)
        }
        Target::Values(values) => {
            let shift = mean(values, data.weights);
            let params = params.objective(Objective::SquaredError(RegLoss::default())).base_score(0.0);
            (params, Answer::Value { shift, scale: 1.0 }, shift)
        }
    };
    let params = params.tree_method(TreeMethod::Hist).seed(context.seed).nthread(context.threads.max(1));
    let params = params.build().map_err(failed(data))?;
    let matrix = rows::training(data.x, labels(data.y, shift)?, narrow_weights(data)).map_err(failed(data))?;
    let slice = match held_out {
        Some(part) => Some(
            rows::evaluation(part.x, &labels(part.y, shift)?, narrow_weights(part).as_deref()).map_err(failed(part))?,
        ),
        None => None,
    };
    (context.progress)(0, rounds.most);
    let mut trainer = Trainer::new(&params, &matrix, rounds.most).on_round(|round| {
        (context.progress)(round.iteration() + 1, rounds.most);
        ControlFlow::Continue(())
    });
    if let (Some(slice), Some(stopping)) = (&slice, &rounds.stopping) {
        let loss = Box::new(SliceLoss::of(data.y));
        trainer = trainer.eval(slice, "slice").custom_metric(loss).early_stopping_rounds(stopping.rounds);
    }
    let model = trainer.train().map_err(failed(data))?.model;
    // The rounds after the best one are cut off, so neither the file nor an answer holds them.
    let Some(best) = model.best_iteration() else {
        return Ok(Box::new(Ensemble { answer, boosters: vec![model], best: None }));
    };
    let model = model.slice(..=best, 1).map_err(failed(data))?;
    Ok(Box::new(Ensemble { answer, boosters: vec![model], best: Some((best + 1, rounds.most)) }))
}

/// Class codes, or values less `shift`, as the library takes them.
fn labels(y: &Target, shift: f64) -> Result<Vec<f32>> {
    match y {
        Target::Classes { codes, .. } => Ok(codes.iter().map(|code| *code as f32).collect()),
        Target::Values(values) => narrow(values.iter().map(|v| v - shift)),
    }
}

fn narrow_weights(data: &Data) -> Option<Vec<f32>> {
    data.weights.map(|weights| weights.iter().map(|w| *w as f32).collect())
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
    Ok(Box::new(Ensemble { answer, boosters, best: None }))
}

fn failed(data: &Data) -> impl Fn(HessboostError) -> Error {
    let name = data.name;
    move |e| Error::failure(format!("`{name}` cannot be fitted")).because(e)
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
