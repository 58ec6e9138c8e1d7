//! Which parameters mattered: the permutation importance in a random forest that foretells scores from parameters.
//!
//! fANOVA, which Optuna has by default, asks for variances over all of a forest's boxes; to shuffle one parameter and
//! see how far the forest is off then tells the same of single parameters.

use serde_json::json;

use super::history::{State, Trial};
use super::problem::{Point, Problem};
use crate::data::{Block, Matrix, SplitMix64, Target};
use crate::error::Result;
use crate::models::{self, FitContext, FittedModel};
use crate::yaml::{Node, Value};

/// Fewer trials tell nothing.
const FEWEST: usize = 8;
/// How often each parameter is shuffled.
const SHUFFLES: usize = 10;

/// What is shuffled together.
struct Group {
    name: String,
    columns: Vec<usize>,
    /// The trials that it is shuffled among.
    rows: Vec<usize>,
}

/// The share of each parameter, the greatest first; of several algorithms `xgb.max_depth`, and which `algorithm` it is.
/// Nothing where complete trials are too few or all alike.
///
/// # Errors
/// Exit code 1 where the forest cannot be fitted.
pub fn importance(problem: &Problem, trials: &[Trial], seed: u64) -> Result<Vec<(String, f64)>> {
    let complete = trials.iter().filter(|trial| trial.state == State::Complete);
    let (points, scores): (Vec<Point>, Vec<f64>) =
        complete.filter_map(|trial| Some((problem.point(trial)?, trial.mean?))).unzip();
    let mut random = SplitMix64::new(seed);
    let (groups, columns) = columns(problem, &points, &mut random);
    if points.len() < FEWEST || columns.is_empty() || scores.iter().all(|score| *score == scores[0]) {
        return Ok(Vec::new());
    }
    let forest =
        json!({"n_estimators": 200, "max_depth": 8, "max_features": 1.0, "min_samples_leaf": 2, "max_samples": 0.7});
    let entry = models::find(&Node::new(Value::String("rf".to_owned())))?;
    let estimator = (entry.build)(&Node::from_json(&forest))?;
    let names = (0..columns.len()).map(|at| at.to_string()).collect();
    let matrix = Matrix { rows: points.len(), names, blocks: vec![Block::Dense(columns.clone())] };
    let context = FitContext::of(seed, 1);
    let model = estimator.fit(&matrix, &Target::Values(scores.clone()), None, &context)?;
    let mut losses = Vec::with_capacity(groups.len());
    for group in &groups {
        losses.push(loss(model.as_ref(), &columns, &scores, group, &mut random)?.max(0.0));
    }
    let total: f64 = losses.iter().sum();
    if total <= 0.0 {
        return Ok(Vec::new());
    }
    let names = groups.into_iter().map(|group| group.name);
    let mut shares: Vec<(String, f64)> = names.zip(losses.iter().map(|loss| loss / total)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(shares)
}

/// How much greater the squared errors are when a group is shuffled, summed over the shuffles.
fn loss(
    model: &dyn FittedModel,
    columns: &[Vec<f64>],
    scores: &[f64],
    group: &Group,
    random: &mut SplitMix64,
) -> Result<f64> {
    // Only the errors of rows that are shuffled change.
    let error = |from: &[usize]| {
        let mut own: Vec<Vec<f64>> =
            columns.iter().map(|column| group.rows.iter().map(|row| column[*row]).collect()).collect();
        for at in &group.columns {
            own[*at] = from.iter().map(|row| columns[*at][*row]).collect();
        }
        let names = (0..own.len()).map(|at| at.to_string()).collect();
        let foretold = model.predict(&Matrix { rows: from.len(), names, blocks: vec![Block::Dense(own)] })?;
        let off = |(a, row): (&f64, &usize)| (a - scores[*row]) * (a - scores[*row]);
        Ok(foretold.values.iter().zip(&group.rows).map(off).sum::<f64>())
    };
    let before = error(&group.rows)?;
    let mut shuffled = group.rows.clone();
    let mut loss = 0.0;
    for _ in 0..SHUFFLES {
        random.shuffle(&mut shuffled);
        loss += error(&shuffled)? - before;
    }
    Ok(loss)
}

/// A column for each algorithm, where there are several, and for each parameter.
///
/// A parameter is shuffled among the trials of its algorithm. In those of others it has values drawn from these: were it
/// missing there, or always the same, it would tell which algorithm it is, and have its part in what that does.
fn columns(problem: &Problem, points: &[Point], random: &mut SplitMix64) -> (Vec<Group>, Vec<Vec<f64>>) {
    let several = problem.branches.len() > 1;
    let (mut groups, mut columns) = (Vec::new(), Vec::new());
    if several {
        let is_of = |branch: usize| points.iter().map(|p| f64::from(u8::from(p.branch == branch))).collect();
        columns.extend((0..problem.branches.len()).map(is_of));
        let all = (0..columns.len()).collect();
        groups.push(Group { name: "algorithm".to_owned(), columns: all, rows: (0..points.len()).collect() });
    }
    for (at, branch) in problem.branches.iter().enumerate() {
        let rows: Vec<usize> = (0..points.len()).filter(|row| points[*row].branch == at).collect();
        if rows.is_empty() {
            continue;
        }
        for (of, dimension) in branch.dimensions.iter().enumerate() {
            let mut value = |point: &Point| match point.branch == at {
                true => point.values[of],
                false => points[rows[random.below(rows.len())]].values[of],
            };
            let column = points.iter().map(&mut value).collect();
            let name = &dimension.name;
            let name = if several { format!("{}.{name}", branch.entry.name) } else { name.clone() };
            groups.push(Group { name, columns: vec![columns.len()], rows: rows.clone() });
            columns.push(column);
        }
    }
    (groups, columns)
}
