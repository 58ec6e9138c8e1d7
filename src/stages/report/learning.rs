//! Learning curves: every algorithm trained on ever more of the training rows, as `train` would.

use std::borrow::Cow;

use super::super::train::point_at;
use super::super::{Context, Training};
use crate::config::Algorithm;
use crate::data::SplitMix64;
use crate::error::{Error, Result};
use crate::metrics::{self, Metric};
use crate::models;
use crate::package::{self, Candidate, ClassWeight, decode_target};
use crate::visualization::figures::{LearningCurve, LearningPoint, learning_curve};
use crate::visualization::{Figure, Lang};

/// The figure of all algorithms.
///
/// # Errors
/// Exit code 2 for a metric that is not defined for the task; else as of `train`.
pub fn curve(ctx: &Context, lang: Lang) -> Result<Figure> {
    let config = ctx.config.report.learning_curve.clone().unwrap_or_default();
    let training = Training::read(ctx)?;
    let name = config.metric.as_ref().or(ctx.config.evaluate.select.as_ref());
    let metric = match name {
        Some(name) => metrics::find_for(name, training.task).map_err(|e| point_at(name, &e))?,
        None => metrics::find_for(super::super::evaluate::default_metric(training.task), training.task)?,
    };
    let algorithms = &ctx.config.train.algorithms;
    let shares = &config.shares.value;
    let jobs: Vec<(usize, f64)> =
        (0..algorithms.len()).flat_map(|nth| shares.iter().map(move |share| (nth, *share))).collect();
    let point = |(nth, share): &(usize, f64)| point(ctx, &training, &algorithms[*nth], *share, metric);
    // One after the other: each fit has all threads.
    let points: Vec<LearningPoint> = jobs.iter().map(point).collect::<Result<_>>()?;
    // Colours go by the order of names, as in the figures of an evaluation.
    let mut names: Vec<&str> = algorithms.iter().filter_map(|algorithm| algorithm.name.as_str()).collect();
    names.sort_unstable();
    let curve = |(algorithm, points): (&Algorithm, &[LearningPoint])| {
        let algorithm = algorithm.name.as_str().unwrap_or_default();
        let nth = names.iter().position(|name| *name == algorithm).unwrap_or_default();
        LearningCurve { algorithm: algorithm.to_owned(), nth, points: points.to_vec() }
    };
    let curves: Vec<LearningCurve> = algorithms.iter().zip(points.chunks(shares.len())).map(curve).collect();
    Ok(learning_curve(&curves, metric.name, lang))
}

/// An algorithm trained on a share of the rows, drawn at random: a smaller share is part of a larger one.
fn point(
    ctx: &Context,
    training: &Training,
    algorithm: &Algorithm,
    share: f64,
    metric: &'static Metric,
) -> Result<LearningPoint> {
    let name = algorithm.name.as_str().unwrap_or_default();
    let all = training.table.rows();
    let mut chosen: Vec<usize> = (0..all).collect();
    SplitMix64::new(ctx.config.report.seed).shuffle(&mut chosen);
    chosen.truncate(((all as f64 * share).round() as usize).clamp(1, all));
    chosen.sort_unstable();
    let table = training.table.select_rows(&chosen);
    let class_weight = ClassWeight::from(ctx.config.train.class_weight_of(algorithm));
    let candidate =
        Candidate { algorithm: models::find(&algorithm.name)?, params: &algorithm.params, class_weight: &class_weight };
    let told = |error: Error| {
        error.context(format!("the learning curve of `{name}` with {} of the {all} training rows", chosen.len()))
    };
    let fitted = package::fit(&table, &training.schema, &candidate, &training.options(ctx)).map_err(told)?;
    let spec = training.schema.target()?;
    let target = decode_target(crate::data::schema::require(&table, &spec.column, "the training rows")?, spec)?;
    let scores = fitted.scores(Cow::Borrowed(&table), &super::super::rows::namer(&table))?;
    let decided = fitted.info.decision.classes(&scores);
    let out_of_fold = &fitted.info.out_of_fold;
    let of = |values: &std::collections::BTreeMap<String, f64>| values.get(metric.name).copied();
    Ok(LearningPoint {
        rows: chosen.len() as f64,
        training: metric.value(&target, &scores, &decided)?.unwrap_or(f64::NAN),
        validation: of(&out_of_fold.mean).unwrap_or(f64::NAN),
        deviation: of(&out_of_fold.std).unwrap_or(0.0),
    })
}
