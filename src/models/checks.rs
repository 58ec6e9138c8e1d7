//! What every algorithm checks alike: parameters, tasks, weights, missing values.

use crate::data::{Block, Matrix, Scores, Target};
use crate::error::{Error, Result};
use crate::yaml::Node;

/// Points at `params.<key>` unless `ok`; `expected` says what would be right.
///
/// # Errors
/// Exit code 2 with the place of the value.
pub fn param(params: &Node, key: &str, ok: bool, expected: &str) -> Result<()> {
    match params.get(key) {
        _ if ok => Ok(()),
        Some(node) => Err(node.error(format!("expected {expected}, found {}", node.describe()))),
        None => Err(params.error(format!("`{key}` must be {expected}"))),
    }
}

/// Refuses weights for an algorithm that cannot take them.
pub fn no_weights(name: &str, weights: Option<&[f64]>) -> Result<()> {
    match weights {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!("`{name}` takes no sample or class weights")).hint(format!(
            "leave out the weights, or use an algorithm that takes them: {}",
            takers(|e| e.takes_weights)
        ))),
    }
}

/// Refuses values that are missing or not finite, for an algorithm that needs every one.
pub fn all_finite(name: &str, x: &Matrix) -> Result<()> {
    let mut first = 0;
    for block in &x.blocks {
        let bad = match block {
            Block::Dense(columns) => columns
                .iter()
                .enumerate()
                .find_map(|(at, column)| column.iter().find(|v| !v.is_finite()).map(|v| (at, *v))),
            Block::Sparse(sparse) => sparse
                .indices
                .iter()
                .zip(&sparse.values)
                .find(|(_, v)| !v.is_finite())
                .map(|(at, v)| (*at as usize, *v)),
        };
        if let Some((at, value)) = bad {
            let feature = x.names.get(first + at).unwrap_or("?");
            return Err(if value.is_nan() {
                Error::usage(format!("`{name}` takes no missing values, and the feature `{feature}` has some"))
                    .hint(format!("add an `impute` step to `features.learned`, or use {}", takers(|e| e.takes_missing)))
            } else {
                Error::data(format!("the feature `{feature}` holds an infinite value"))
            });
        }
        first += block.width();
    }
    Ok(())
}

/// Sample weights that can be summed with others.
const WEIGHTS: std::ops::RangeInclusive<f64> = 1e-18..=1e18;

/// Checks that there is something to learn from.
pub fn fit_shape(x: &Matrix, y: &Target, weights: Option<&[f64]>) -> Result<()> {
    if x.rows == 0 || x.rows != y.len() || weights.is_some_and(|w| w.len() != x.rows) {
        return Err(Error::failure(format!("cannot fit {} rows with {} targets", x.rows, y.len())));
    }
    if weights.is_some_and(|w| w.iter().any(|w| !w.is_finite() || *w <= 0.0)) {
        return Err(Error::usage("sample weights must be positive numbers"));
    }
    // Their sums and squares must be numbers, in f32 too.
    if let Some(weight) = weights.and_then(|weights| weights.iter().find(|weight| !WEIGHTS.contains(weight))) {
        return Err(Error::data(format!("a sample weight is {weight:e}, and must be from 1e-18 to 1e18"))
            .hint("divide the weights by their mean"));
    }
    Ok(())
}

/// [`fit_shape`], for algorithms that look at features.
pub fn fit_features(x: &Matrix, y: &Target, weights: Option<&[f64]>) -> Result<()> {
    fit_shape(x, y, weights)?;
    if x.width() == 0 {
        return Err(Error::usage("there is no feature to learn from")
            .hint("keep at least one column in `features`, or use the algorithm `baseline`"));
    }
    Ok(())
}

/// The most features of a solver that makes them dense: its work grows with their square.
const MOST_FEATURES: usize = 2_000;
/// The most values it then holds, of which it has three copies: 6 GB.
const MOST_VALUES: usize = 250_000_000;

/// Refuses a matrix that a solver with dense features could not take in.
pub fn dense_size(name: &str, x: &Matrix, task: super::Task) -> Result<()> {
    let values = x.rows.saturating_mul(x.width());
    if x.width() <= MOST_FEATURES && values <= MOST_VALUES {
        return Ok(());
    }
    let most = if x.width() > MOST_FEATURES { "2,000 features" } else { "250 million values" };
    let size = 3.0 * 8.0 * values as f64 / 1e9;
    Err(Error::usage(format!(
        "`{name}` makes features dense and takes at most {most}: {} features of {} rows would take {size:.1} GB",
        x.width(),
        x.rows
    ))
    .hint(format!(
        "keep fewer features (`max_features` of `vectorize`, `min_count` or `max_levels` of `encode`), or use an \
         algorithm that takes sparse ones as they are: {}",
        takers(|e| e.takes_sparse && e.tasks.contains(&task))
    )))
}

/// Checks that rows to be scored have as many features as the model was fitted on.
pub fn predict_width(x: &Matrix, width: usize) -> Result<()> {
    if x.width() == width {
        return Ok(());
    }
    Err(Error::failure(format!("the model was fitted on {width} features, and is given {}", x.width())))
}

/// Refuses scores that are not numbers, as huge inputs can bring about in linear models.
pub fn finite_scores(scores: Scores) -> Result<Scores> {
    match scores.values.iter().position(|v| !v.is_finite()) {
        None => Ok(scores),
        Some(at) => {
            Err(Error::data(format!("row {} cannot be scored: its values are too large", at / scores.width + 1)))
        }
    }
}

/// The error for a target an algorithm is not made for.
pub fn wrong_task(name: &str) -> Error {
    let tasks = super::REGISTRY.iter().find(|e| e.name == name).map_or(&[][..], |e| e.tasks);
    let kind = if tasks.contains(&super::Task::Regression) { "classes" } else { "a numeric target" };
    let other = super::REGISTRY.iter().filter(|e| e.tasks.iter().any(|t| !tasks.contains(t)));
    let names: Vec<&str> = other.map(|e| e.name).collect();
    Error::usage(format!("`{name}` cannot predict {kind}")).hint(format!("these can: {}", names.join(", ")))
}

fn takers(takes: impl Fn(&super::Entry) -> bool) -> String {
    let names: Vec<String> = super::REGISTRY.iter().filter(|e| takes(e)).map(|e| format!("`{}`", e.name)).collect();
    names.join(", ")
}

/// The target values, for an algorithm that knows no classes.
pub fn values<'a>(name: &str, y: &'a Target) -> Result<&'a [f64]> {
    match y {
        Target::Values(values) => Ok(values),
        Target::Classes { .. } => Err(wrong_task(name)),
    }
}
