//! Figures drawn and written, side by side.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::Context;
use super::plan::{self, Planned, Subject};
use super::{Drawn, learning, sample};
use crate::config::{FigureFormat, Topic};
use crate::error::{Error, Result};
use crate::fs;
use crate::package::evaluation::Evaluation;
use crate::visualization::figures::{self, ExplainedSample};
use crate::visualization::{Figure, Lang};

/// Draws all figures and writes their files, and tells the paths of these.
///
/// # Errors
/// Exit code 3 for models that are missing or damaged, 1 where a file cannot be written.
pub fn draw(ctx: &Context, evaluation: &Evaluation) -> Result<(Vec<Drawn>, Vec<String>)> {
    let planned = plan::figures(ctx);
    let made = Made::of(ctx, &planned)?;
    let one = |planned: Planned| {
        let figure = figure(ctx, evaluation, &made, &planned.subject)?;
        let paths = write(ctx, &planned, &figure)?;
        Ok((Drawn { planned, figure }, paths))
    };
    let all: Vec<(Drawn, Vec<String>)> = planned.into_par_iter().map(one).collect::<Result<_>>()?;
    let (drawn, paths): (Vec<Drawn>, Vec<Vec<String>>) = all.into_iter().unzip();
    Ok((drawn, paths.into_iter().flatten().collect()))
}

/// What figures show that the evaluation does not hold.
struct Made {
    samples: BTreeMap<String, ExplainedSample>,
    learning: Option<Figure>,
}

impl Made {
    fn of(ctx: &Context, planned: &[Planned]) -> Result<Self> {
        // Fits have threads of their own, so they are done before the pool begins to draw.
        let learns = planned.iter().any(|planned| planned.subject == Subject::LearningCurve);
        let learning = learns.then(|| learning::curve(ctx, ctx.config.main.lang)).transpose()?;
        Ok(Self { samples: samples(ctx, planned)?, learning })
    }
}

/// The rows that are explained, for each model of which a figure shows that.
fn samples(ctx: &Context, planned: &[Planned]) -> Result<BTreeMap<String, ExplainedSample>> {
    let mut algorithms: Vec<&str> = planned
        .iter()
        .filter_map(|planned| match &planned.subject {
            Subject::Model(topic, algorithm) if topic.explains() => Some(algorithm.as_str()),
            _ => None,
        })
        .collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    if algorithms.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sample::rows(ctx)?;
    let one = |name: &str| Ok((name.to_owned(), sample::explained(ctx, name, &rows)?));
    algorithms.into_par_iter().map(one).collect()
}

fn figure(ctx: &Context, evaluation: &Evaluation, made: &Made, subject: &Subject) -> Result<Figure> {
    let lang = ctx.config.main.lang;
    let found = match subject {
        Subject::Models(topic) => of_models(evaluation, *topic, lang),
        Subject::Model(topic, algorithm) => match made.samples.get(algorithm) {
            Some(sample) if *topic == Topic::ShapSummary => Some(figures::shap_summary(sample, lang)),
            Some(sample) if *topic == Topic::ShapDependence => Some(figures::shap_dependence(sample, lang)),
            _ => of_model(evaluation, *topic, algorithm, lang),
        },
        Subject::PermutationImportance => figures::permutation_importance(evaluation, lang),
        Subject::LearningCurve => made.learning.clone(),
    };
    found.ok_or_else(|| {
        Error::data(format!("`{}` is older than the configs", ctx.config.names().evaluation()))
            .hint("run `mlops evaluate` again")
    })
}

fn of_models(evaluation: &Evaluation, topic: Topic, lang: Lang) -> Option<Figure> {
    match topic {
        Topic::ModelComparison => Some(figures::model_comparison(evaluation, lang)),
        Topic::Roc => Some(figures::roc(evaluation, lang)),
        Topic::PrecisionRecall => Some(figures::precision_recall(evaluation, lang)),
        Topic::Calibration => Some(figures::calibration(evaluation, lang)),
        Topic::Gain => Some(figures::gain(evaluation, lang)),
        Topic::Lift => Some(figures::lift(evaluation, lang)),
        Topic::Importance => Some(figures::importance(evaluation, lang)),
        Topic::Terms => Some(figures::terms(evaluation, lang)),
        _ => None,
    }
}

fn of_model(evaluation: &Evaluation, topic: Topic, algorithm: &str, lang: Lang) -> Option<Figure> {
    match topic {
        Topic::ConfusionMatrix => figures::confusion_matrix(evaluation, algorithm, lang),
        Topic::Threshold => figures::threshold(evaluation, algorithm, lang),
        Topic::ScoreDistribution => figures::score_distribution(evaluation, algorithm, lang),
        Topic::Residuals => figures::residuals(evaluation, algorithm, lang),
        Topic::PredictedActual => figures::predicted_actual(evaluation, algorithm, lang),
        _ => None,
    }
}

fn write(ctx: &Context, planned: &Planned, figure: &Figure) -> Result<Vec<String>> {
    let paths = planned.paths(ctx);
    for (format, path) in ctx.config.report.figures.formats.value.iter().zip(&paths) {
        let bytes = match format {
            FigureFormat::Png => figure.png()?,
            FigureFormat::Svg => figure.svg().into_bytes(),
        };
        fs::atomic_write_bytes(&ctx.project.path(path), &bytes)?;
    }
    Ok(paths)
}
