//! train: learned transforms and one algorithm, or all that the config lists.

use super::training::{check_class_weights, check_task};
use super::{Context, Report, Training};
use crate::config::Algorithm;
use crate::data::Task;
use crate::error::{Error, Result};
use crate::models;
use crate::package::{self, Candidate, ClassWeight};

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
    let training = Training::read(ctx)?;
    let rows = training.table.rows() as u64;
    let mut report = Report { stage: "train".into(), rows_in: Some(rows), ..Report::default() };
    for algorithm in chosen {
        let fitted = fit(ctx, algorithm, &training)?;
        let path = names.model(&fitted.info.algorithm);
        fitted.save(&ctx.project.path(&path))?;
        report.notes.push(describe(&fitted, training.task));
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

fn fit(ctx: &Context, algorithm: &Algorithm, training: &Training) -> Result<package::ModelPackage> {
    let entry = models::find(&algorithm.name)?;
    check_task(algorithm, training.task)?;
    check_class_weights(&ctx.config.train, algorithm, &training.schema.target()?.classes)?;
    let class_weight = ClassWeight::from(ctx.config.train.class_weight_of(algorithm));
    let candidate = Candidate { algorithm: entry, params: &algorithm.params, class_weight: &class_weight };
    package::fit(&training.table, &training.schema, &candidate, &training.options(ctx))
        .map_err(|e| e.context(format!("`{}`", entry.name)))
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
