//! train: learned transforms and one algorithm, or all that the config lists.

use super::{Context, Report, steps};
use crate::config::{self, Algorithm, Threshold};
use crate::data::{Task, artifact};
use crate::error::{Error, Result};
use crate::metrics;
use crate::models;
use crate::package::{
    self, Calibration, Cap, ClassWeight, FitOptions, LearnedStep, Sampling, ThresholdRule, Validation,
};
use crate::project::Side;

/// Trains `algorithm`, or every configured one, on the training rows and writes a model file for each.
///
/// # Errors
/// Exit code 2 for an algorithm that is not configured or cannot do what is asked, 3 for data it cannot learn from.
pub fn train(ctx: &Context, algorithm: Option<&str>) -> Result<Report> {
    let names = ctx.config.names();
    let chosen: Vec<&Algorithm> = match algorithm {
        Some(name) => vec![ctx.config.algorithm(name)?],
        None => ctx.config.train.algorithms.iter().collect(),
    };
    let learned = steps::build_learned(&ctx.config.features.learned)?;
    let (table, schema) = artifact::read(ctx.project, &names.split(Side::Train))?;
    let task = schema.target()?.task;
    let mut report = Report { stage: "train".into(), rows_in: Some(table.rows() as u64), ..Report::default() };
    for algorithm in chosen {
        let fitted = fit(ctx, algorithm, &learned, task, (&table, &schema))?;
        let path = names.model(&fitted.info.algorithm);
        fitted.save(&ctx.project.path(&path))?;
        report.notes.push(describe(&fitted, task));
        report.notes.extend(fitted.facts().into_iter().map(|fact| format!("{}: {fact}", fitted.info.algorithm)));
        report.warnings.extend(fitted.notes().into_iter().map(|n| format!("{}: {n}", fitted.info.algorithm)));
        report.outputs.push(path);
        if report.outputs.len() == 1 {
            report.warnings.extend(lonely_classes(&fitted));
        }
    }
    Ok(report)
}

/// Says which classes no fold could both learn and be tried on.
fn lonely_classes(fitted: &package::ModelPackage) -> Option<String> {
    const LISTED: usize = 5;
    let counts = fitted.info.target.classes.iter().zip(&fitted.info.provenance.class_counts);
    let lonely: Vec<String> = counts.filter(|(_, rows)| **rows == 1).map(|(class, _)| format!("`{class}`")).collect();
    let more = if lonely.len() > LISTED { format!(" and {} more", lonely.len() - LISTED) } else { String::new() };
    let listed = lonely.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
    (!lonely.is_empty()).then(|| {
        format!("classes with a single training row: {listed}{more}; out of fold they are never got right, so scores are too low")
    })
}

fn fit(
    ctx: &Context,
    algorithm: &Algorithm,
    learned: &[LearnedStep],
    task: Task,
    (table, schema): (&crate::data::Table, &crate::data::Schema),
) -> Result<package::ModelPackage> {
    let config = &ctx.config.train;
    let entry = models::find(&algorithm.name)?;
    check_task(entry, algorithm, task)?;
    let class_weight = class_weight(config.class_weight_of(algorithm));
    let names = ctx.config.names();
    let drop: Vec<String> = ctx.config.features.drop.iter().map(|d| d.value.clone()).collect();
    let threshold = threshold_rule(&config.threshold, task)?;
    let (validation, sampling) = (validation(ctx, table)?, sampling(&config.sampling));
    let sample_weight = config.sample_weight.as_ref();
    if let Some(name) = sample_weight {
        name.find("column", &table.names())?;
    }
    let options = FitOptions {
        algorithm: entry,
        params: &algorithm.params,
        learned,
        drop: &drop,
        dataset: &names.dataset,
        version: names.version,
        validation: &validation,
        seed: ctx.config.train_seed(),
        class_weight: &class_weight,
        sample_weight: sample_weight.map(|name| name.value.as_str()),
        sampling: &sampling,
        calibration: config.calibration.as_ref().map(|method| match method.value {
            config::Calibration::Platt => Calibration::Platt,
            config::Calibration::Isotonic => Calibration::Isotonic,
        }),
        threshold: &threshold,
        threads: ctx.threads,
        observer: ctx.observer,
    };
    package::fit(table, schema, &options).map_err(|e| e.context(format!("`{}`", entry.name)))
}

fn check_task(entry: &models::Entry, algorithm: &Algorithm, task: Task) -> Result<()> {
    if entry.tasks.contains(&task) {
        return Ok(());
    }
    let fitting: Vec<&str> = models::REGISTRY.iter().filter(|e| e.tasks.contains(&task)).map(|e| e.name).collect();
    Err(algorithm
        .name
        .error(format!("`{}` cannot do a {} task", entry.name, task_name(task)))
        .hint(format!("algorithms that can: {}", fitting.join(", "))))
}

/// The task as users read it.
pub(super) fn task_name(task: Task) -> &'static str {
    match task {
        Task::Binary => "binary",
        Task::Multiclass => "multiclass",
        Task::Regression => "regression",
    }
}

fn validation(ctx: &Context, table: &crate::data::Table) -> Result<Validation> {
    use config::ValidationMethod;
    let config = &ctx.config.train.validation;
    let column = match &config.column {
        Some(name) => table.columns()[name.find("column", &table.names())?].name.clone(),
        None => String::new(),
    };
    let method = match config.method.value {
        ValidationMethod::KFold => package::Method::KFold,
        ValidationMethod::Stratified => package::Method::Stratified,
        ValidationMethod::Group => package::Method::Group(column),
        ValidationMethod::Time => package::Method::Time(column),
        ValidationMethod::Predefined => package::Method::Predefined(column),
    };
    Ok(Validation { method, folds: ctx.config.train.folds.value, repeats: config.repeats.value })
}

fn sampling(config: &config::Sampling) -> Sampling {
    match config {
        config::Sampling::All => Sampling::None,
        config::Sampling::Under => Sampling::Under,
        config::Sampling::Over => Sampling::Over,
        config::Sampling::Caps(caps) => Sampling::Caps(
            caps.iter().map(|(label, most)| (label.clone(), most.map_or(Cap::Others, Cap::Rows))).collect(),
        ),
    }
}

fn class_weight(config: &config::ClassWeight) -> ClassWeight {
    match config {
        config::ClassWeight::Equal => ClassWeight::None,
        config::ClassWeight::Balanced => ClassWeight::Balanced,
        config::ClassWeight::Given(weights) => ClassWeight::Given(weights.clone()),
    }
}

fn threshold_rule(config: &Threshold, task: Task) -> Result<ThresholdRule> {
    Ok(match config {
        Threshold::Fixed(value) => ThresholdRule::Fixed(*value),
        Threshold::Costs(costs) => ThresholdRule::Costs(costs.value.clone()),
        Threshold::Metric(name) => {
            let metric = metrics::find(name).map_err(|e| point_at(name, &e))?;
            if task == Task::Binary && !metric.has_threshold() {
                return Err(name
                    .error(format!("metric `{metric}` does not depend on the threshold"))
                    .hint(format!("metrics that do: {}", metrics::names_with_threshold().join(", "))));
            }
            ThresholdRule::Metric(metric)
        }
    })
}

/// The same error, pointing at the config's own place.
pub(super) fn point_at(name: &crate::yaml::Located<String>, error: &Error) -> Error {
    name.error(error.message()).maybe_hint(error.hint_text().map(str::to_owned))
}

fn describe(fitted: &package::ModelPackage, task: Task) -> String {
    let info = &fitted.info;
    let metric = super::evaluate::default_metric(task);
    let score = info.out_of_fold.mean.get(metric).map_or_else(|| "undefined".to_owned(), |v| format!("{v:.4}"));
    let threshold = info.decision.threshold().map(|t| format!(", threshold {t:.3}")).unwrap_or_default();
    format!(
        "{}: {metric} {score} over {} folds, {} features{threshold}",
        info.algorithm,
        info.out_of_fold.folds,
        info.features.len()
    )
}
