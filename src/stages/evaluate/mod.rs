//! evaluate: every model on the test rows, through its model file; leaderboard, champion, quality gates, and all that
//! is looked at besides.

mod details;
mod gates;
mod leaderboard;
mod permutation;
mod plots;
mod slices;
mod top_errors;
mod uncertainty;
mod writing;

pub(super) use leaderboard::by_rank;
pub(super) use plots::check as check_plots;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::train::point_at;
use super::{Context, Report, rows};
use crate::data::{Scores, Table, Target, Task, artifact, schema};
use crate::error::{Error, Result};
use crate::metrics;
use crate::package::evaluation::{self, Evaluation};
use crate::package::{self, Decision, ModelPackage, decode_target};
use crate::project::Side;

/// Named metric values in a fixed order.
type Values = Vec<(&'static str, Option<f64>)>;

/// The test rows.
struct Test {
    table: Table,
    spec: schema::TargetSpec,
    target: Target,
}

/// One model on the test rows.
struct Evaluated {
    package: ModelPackage,
    model: String,
    scores: Scores,
    /// The class decided of each row; nothing for numbers.
    decided: Vec<u32>,
    test: Values,
    at_half: Option<Values>,
}

impl Evaluated {
    fn algorithm(&self) -> &str {
        &self.package.info.algorithm
    }
}

/// The metric a champion is chosen by where the config names none.
pub fn default_metric(task: Task) -> &'static str {
    match task {
        Task::Binary => "roc_auc",
        Task::Multiclass => "f1_macro",
        Task::Regression => "rmse",
    }
}

/// Evaluates all configured models and writes metrics, leaderboard, test predictions, curves and the champion.
///
/// Missed quality gates stand in the report ([`Report::check_gates`]).
///
/// # Errors
/// Exit code 2 for slices and plots that the test rows do not have, 3 for model files that are missing, damaged or of
/// another target.
pub fn evaluate(ctx: &Context) -> Result<Report> {
    let (table, schema) = artifact::read(ctx.project, &ctx.config.names().split(Side::Test))?;
    let spec = schema.target()?.clone();
    let target = decode_target(schema::require(&table, &spec.column, "the test rows")?, &spec)?;
    let test = Test { table, spec, target };
    let task = test.spec.task;
    let select = select_metric(ctx, task)?;
    let gates = gates::of(ctx, task)?;
    plots::check(ctx, task)?;
    let slices = slices::of(ctx, &test.table)?;
    let mut report = Report { stage: "evaluate".into(), rows_in: Some(test.table.rows() as u64), ..Report::default() };
    let evaluated = all_models(ctx, &test)?;
    report.warnings.extend(different_rows(&evaluated));
    let leaderboard = leaderboard::rank(&evaluated, select);
    let champion = evaluated
        .iter()
        .find(|e| e.algorithm() == leaderboard.champion)
        .ok_or_else(|| Error::failure("no model to evaluate"))?;
    let mut models = BTreeMap::new();
    for one in &evaluated {
        models.insert(one.algorithm().to_owned(), details::of(one, &test, &slices)?);
    }
    let mut evaluation = Evaluation {
        rows: test.table.rows() as u64,
        task,
        target: test.spec.column.clone(),
        classes: test.spec.classes.clone(),
        select: select.name.to_owned(),
        champion: leaderboard.champion.clone(),
        models,
        bootstrap: None,
        comparisons: Vec::new(),
        top_errors: top_errors::of(champion, &test, ctx.config.evaluate.top_errors.value),
        permutation_importance: permutation::of(ctx, champion, &test, select)?,
    };
    let order: Vec<&str> = leaderboard.rows.iter().map(|row| row.algorithm.as_str()).collect();
    uncertainty::add(ctx, &mut evaluation, &evaluated, &order, &test)?;
    report.outputs = writing::all(ctx, &evaluated, champion, &leaderboard, &evaluation, &test)?;
    report.warnings.extend(leaderboard::undecided(&leaderboard));
    report.notes.push(format!("champion {} by out-of-fold {}", leaderboard.champion, leaderboard.select));
    report.notes.extend(uncertainty::told(&evaluation, select));
    report.leaderboard = Some(leaderboard);
    gates::check(&gates, champion, &mut report);
    Ok(report)
}

fn all_models(ctx: &Context, test: &Test) -> Result<Vec<Evaluated>> {
    let mut evaluated = Vec::new();
    for algorithm in &ctx.config.train.algorithms {
        let model = ctx.config.names().model(algorithm.name.as_str().unwrap_or_default());
        let package = ModelPackage::load(&ctx.project.path(&model), &model)?;
        if package.info.target != test.spec {
            return Err(Error::data(format!("`{model}` was trained on another target"))
                .hint("train it again with `mlops train`"));
        }
        evaluated.push(score(package, model, test)?);
    }
    Ok(evaluated)
}

fn score(package: ModelPackage, model: String, test: &Test) -> Result<Evaluated> {
    let scores = package.scores(Cow::Borrowed(&test.table), &rows::namer(&test.table))?;
    let at = |decision: &Decision| package::all_metrics(&test.target, &scores, decision);
    let values = at(&package.info.decision)?;
    let half = package.info.decision.threshold().map(|_| Decision::at(0.5, String::new()));
    let at_half = half.as_ref().map(at).transpose()?;
    let decided = match test.target {
        Target::Classes { .. } => package.info.decision.classes(&scores),
        Target::Values(_) => Vec::new(),
    };
    Ok(Evaluated { package, model, scores, decided, test: values, at_half })
}

fn different_rows(evaluated: &[Evaluated]) -> Option<String> {
    let rows = |one: &Evaluated| one.package.info.provenance.train_data.clone();
    let first = evaluated.first().map(rows)?;
    evaluated
        .iter()
        .any(|one| rows(one) != first)
        .then(|| "the models were trained on different training rows; run `mlops train` for all".to_owned())
}

fn select_metric(ctx: &Context, task: Task) -> Result<&'static metrics::Metric> {
    match &ctx.config.evaluate.select {
        Some(name) => metrics::find_for(name, task).map_err(|e| point_at(name, &e)),
        None => metrics::find_for(default_metric(task), task),
    }
}

fn value(values: &Values, name: &str) -> Option<f64> {
    values.iter().find(|(n, _)| *n == name).and_then(|(_, v)| *v)
}

/// The defined ones.
fn defined(values: &Values) -> evaluation::Values {
    values.iter().filter_map(|(name, v)| v.map(|v| ((*name).to_owned(), v))).collect()
}

/// The id of a row, or its number.
fn row_id(test: &Table, row: usize) -> String {
    rows::ids(test).and_then(|ids| ids.get(row)).map_or_else(|| (row + 1).to_string(), str::to_owned)
}
