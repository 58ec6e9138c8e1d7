//! Which parameters mattered: the permutation importance in a random forest that foretells scores from parameters.
//!
//! fANOVA, which Optuna has by default, asks for variances over all of a forest's boxes; to shuffle one parameter and
//! see how far the forest is off then tells the same of single parameters.

use serde_json::json;

use super::history::{State, Trial};
use super::problem::Problem;
use crate::data::{Block, Matrix, SplitMix64, Target};
use crate::error::Result;
use crate::models::{self, FitContext, FittedModel, HoldOut};
use crate::yaml::{Node, Value};

/// Fewer trials tell nothing.
const FEWEST: usize = 8;
/// How often each parameter is shuffled.
const SHUFFLES: usize = 10;

/// The share of each parameter, the greatest first; of several algorithms `xgb.max_depth`, and which `algorithm` it is.
/// Nothing where complete trials are too few or all alike.
///
/// # Errors
/// Exit code 1 where the forest cannot be fitted.
pub fn importance(problem: &Problem, trials: &[Trial], seed: u64) -> Result<Vec<(String, f64)>> {
    let trials: Vec<&Trial> = trials.iter().filter(|trial| trial.state == State::Complete).collect();
    let scores: Vec<f64> = trials.iter().filter_map(|trial| trial.mean).collect();
    let (names, columns) = columns(problem, &trials)?;
    if trials.len() < FEWEST || names.is_empty() || scores.iter().all(|score| *score == scores[0]) {
        return Ok(Vec::new());
    }
    let forest =
        json!({"n_estimators": 200, "max_depth": 8, "max_features": 1.0, "min_samples_leaf": 2, "max_samples": 0.7});
    let entry = models::find(&Node::new(Value::String("rf".to_owned())))?;
    let estimator = (entry.build)(&Node::from_json(&forest))?;
    let mut matrix = Matrix { rows: trials.len(), names, blocks: vec![Block::Dense(columns)] };
    let context = FitContext { seed, threads: 1, progress: &|_, _| {}, copies: None, hold_out: HoldOut::Any };
    let model = estimator.fit(&matrix, &Target::Values(scores.clone()), None, &context)?;
    let before = error(model.as_ref(), &matrix, &scores)?;
    let mut random = SplitMix64::new(seed);
    let mut losses = Vec::with_capacity(matrix.names.len());
    for at in 0..matrix.names.len() {
        let mut loss = 0.0;
        for _ in 0..SHUFFLES {
            let Block::Dense(columns) = &mut matrix.blocks[0] else { continue };
            let kept = columns[at].clone();
            random.shuffle(&mut columns[at]);
            loss += error(model.as_ref(), &matrix, &scores)? - before;
            if let Block::Dense(columns) = &mut matrix.blocks[0] {
                columns[at] = kept;
            }
        }
        losses.push(loss.max(0.0));
    }
    let total: f64 = losses.iter().sum();
    if total <= 0.0 {
        return Ok(Vec::new());
    }
    let mut shares: Vec<(String, f64)> = matrix.names.into_iter().zip(losses.iter().map(|loss| loss / total)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(shares)
}

/// Squared errors.
fn error(model: &dyn FittedModel, matrix: &Matrix, scores: &[f64]) -> Result<f64> {
    let foretold = model.predict(matrix)?;
    Ok(foretold.values.iter().zip(scores).map(|(a, b)| (a - b) * (a - b)).sum())
}

/// A column for each parameter, missing where the trial is of another algorithm.
fn columns(problem: &Problem, trials: &[&Trial]) -> Result<(Vec<String>, Vec<Vec<f64>>)> {
    let points = trials.iter().map(|trial| problem.point(trial)).collect::<Result<Vec<_>>>()?;
    let several = problem.branches.len() > 1;
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    if several {
        names.push("algorithm".to_owned());
        columns.push(points.iter().map(|point| point.branch as f64).collect());
    }
    for (at, branch) in problem.branches.iter().enumerate() {
        for (of, dimension) in branch.dimensions.iter().enumerate() {
            let name = &dimension.name;
            names.push(if several { format!("{}.{name}", branch.entry.name) } else { name.clone() });
            let value = |branch: usize, values: &[f64]| if branch == at { values[of] } else { f64::NAN };
            columns.push(points.iter().map(|point| value(point.branch, &point.values)).collect());
        }
    }
    Ok((names, columns))
}
