//! evaluate: every model on the test rows, through its model file; leaderboard, champion, quality gates.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::train::{point_at, task_name};
use super::{Context, Leaderboard, LeaderboardRow, Report, rows};
use crate::data::{Column, Kind, ROW_ID, Scores, Table, Target, Task, artifact, schema};
use crate::error::{Error, Result};
use crate::fs;
use crate::metrics;
use crate::package::{self, By, Decision, ModelPackage, decode_target};
use crate::project::Side;

/// Named metric values in a fixed order.
type Values = Vec<(&'static str, Option<f64>)>;

/// One model on the test rows.
struct Evaluated {
    package: ModelPackage,
    model: String,
    scores: Scores,
    test: Values,
    at_half: Option<Values>,
}

/// The metric a champion is chosen by where the config names none.
pub fn default_metric(task: Task) -> &'static str {
    match task {
        Task::Binary => "roc_auc",
        Task::Multiclass => "f1_macro",
        Task::Regression => "rmse",
    }
}

/// Evaluates all configured models and writes metrics, leaderboard, test predictions and the champion.
///
/// Missed quality gates stand in the report ([`Report::check_gates`]).
///
/// # Errors
/// Exit code 3 for model files that are missing, damaged or of another target.
pub fn evaluate(ctx: &Context) -> Result<Report> {
    let names = ctx.config.names();
    let (test, schema) = artifact::read(ctx.project, &names.split(Side::Test))?;
    let spec = schema.target()?;
    let target = decode_target(schema::require(&test, &spec.column, "the test rows")?, spec)?;
    let select = select_metric(ctx, spec.task)?;
    let gates = gates(ctx, spec.task)?;
    let mut report = Report { stage: "evaluate".into(), rows_in: Some(test.rows() as u64), ..Report::default() };
    let mut evaluated = Vec::new();
    for algorithm in &ctx.config.train.algorithms {
        let model = names.model(algorithm.name.as_str().unwrap_or_default());
        let package = ModelPackage::load(&ctx.project.path(&model), &model)?;
        if package.info.target != *spec {
            return Err(Error::data(format!("`{model}` was trained on another target"))
                .hint("train it again with `mlops train`"));
        }
        evaluated.push(score(package, model, &test, &target)?);
    }
    if let Some(first) = evaluated.first()
        && evaluated.iter().any(|e| e.package.info.provenance.train_data != first.package.info.provenance.train_data)
    {
        report
            .warnings
            .push("the models were trained on different training rows; run `mlops train` for all".to_owned());
    }
    let leaderboard = rank(&evaluated, select);
    let champion = evaluated
        .iter()
        .find(|e| e.package.info.algorithm == leaderboard.champion)
        .ok_or_else(|| Error::failure("no model to evaluate"))?;
    report.outputs = write_all(ctx, &evaluated, champion, &leaderboard, (&test, &target))?;
    report.warnings.extend(undecided(&leaderboard));
    report.notes.push(format!("champion {} by out-of-fold {}", leaderboard.champion, leaderboard.select));
    report.leaderboard = Some(leaderboard);
    check_gates(&gates, champion, &mut report);
    Ok(report)
}

fn score(package: ModelPackage, model: String, test: &Table, target: &Target) -> Result<Evaluated> {
    let scores = package.scores(test, &rows::namer(test))?;
    let at = |decision: &Decision| package::all_metrics(target, &scores, decision);
    let values = at(&package.info.decision)?;
    let half = package.info.decision.threshold().map(|_| Decision::at(0.5, String::new()));
    let at_half = half.as_ref().map(at).transpose()?;
    Ok(Evaluated { package, model, scores, test: values, at_half })
}

fn select_metric(ctx: &Context, task: Task) -> Result<&'static metrics::Metric> {
    match &ctx.config.evaluate.select {
        Some(name) => metrics::find_for(name, task).map_err(|e| point_at(name, &e)),
        None => metrics::find_for(default_metric(task), task),
    }
}

/// The models by out-of-fold score, best first; of equal ones the earlier in the config.
fn rank(evaluated: &[Evaluated], select: &metrics::Metric) -> Leaderboard {
    let score = |e: &Evaluated| e.package.info.out_of_fold.mean.get(select.name).copied();
    let mut order: Vec<&Evaluated> = evaluated.iter().collect();
    // A stable sort keeps the order of the config among equals.
    order.sort_by(|a, b| match (select.is_better(score(a), score(b)), select.is_better(score(b), score(a))) {
        (true, _) => std::cmp::Ordering::Less,
        (_, true) => std::cmp::Ordering::Greater,
        _ => std::cmp::Ordering::Equal,
    });
    let shown: &[&str] = match evaluated.first().map(|e| e.package.info.task()) {
        Some(Task::Regression) => &["rmse", "mae", "r2"],
        Some(Task::Multiclass) => &["f1_macro", "accuracy", "roc_auc", "log_loss"],
        _ => &["roc_auc", "pr_auc", "f1", "accuracy", "log_loss"],
    };
    let rows = order.iter().map(|e| LeaderboardRow {
        algorithm: e.package.info.algorithm.clone(),
        values: std::iter::once(score(e)).chain(shown.iter().map(|name| value(&e.test, name))).collect(),
        model: e.model.clone(),
    });
    Leaderboard {
        select: select.name.to_owned(),
        columns: std::iter::once(format!("oof_{}", select.name)).chain(shown.iter().map(|s| (*s).to_owned())).collect(),
        champion: order.first().map(|e| e.package.info.algorithm.clone()).unwrap_or_default(),
        rows: rows.collect(),
    }
}

/// Says that the champion is no better than the others, as far as is known.
fn undecided(leaderboard: &Leaderboard) -> Option<String> {
    let best = leaderboard.rows.first()?.values.first().copied().flatten();
    best.is_none().then(|| {
        format!(
            "no model has an out-of-fold {}, so the champion is the first of the config (have fewer and larger folds, or \
             choose by another metric with `evaluate.select`)",
            leaderboard.select
        )
    })
}

fn value(values: &Values, name: &str) -> Option<f64> {
    values.iter().find(|(n, _)| *n == name).and_then(|(_, v)| *v)
}

/// A flat object of the defined metrics; `dvc metrics show` drops nulls anyway.
fn object(values: &Values) -> Map<String, Json> {
    values.iter().filter_map(|(name, v)| v.map(|v| ((*name).to_owned(), json!(v)))).collect()
}

fn write_all(
    ctx: &Context,
    evaluated: &[Evaluated],
    champion: &Evaluated,
    leaderboard: &Leaderboard,
    (test, target): (&Table, &Target),
) -> Result<Vec<String>> {
    let names = ctx.config.names();
    let mut outputs = Vec::new();
    for one in evaluated {
        let path = names.metrics(&one.package.info.algorithm);
        write_json(ctx, &path, &headline(one))?;
        outputs.push(path);
    }
    let mut models = BTreeMap::new();
    for one in evaluated {
        models.insert(one.package.info.algorithm.as_str(), details(one, target)?);
    }
    write_json(
        ctx,
        &names.evaluation(),
        &json!({"rows": test.rows(), "task": task_name(champion.package.info.task()), "models": models}),
    )?;
    write_leaderboard(ctx, &names.leaderboard(), leaderboard)?;
    write_predictions(ctx, &names.test_predictions(), champion, test)?;
    let facts = json!({
        "algorithm": leaderboard.champion,
        "model": champion.model,
        "select": leaderboard.select,
        "out_of_fold": champion.package.info.out_of_fold.mean.get(&leaderboard.select),
        "threshold": champion.package.info.decision.threshold(),
        "test": object(&champion.test),
    });
    write_json(ctx, &names.champion(), &facts)?;
    outputs.extend([names.evaluation(), names.leaderboard(), names.test_predictions(), names.champion()]);
    Ok(outputs)
}

/// The metrics that `dvc metrics show` lines up, one file a model.
fn headline(one: &Evaluated) -> Map<String, Json> {
    const SHOWN: [&str; 16] = [
        "roc_auc",
        "pr_auc",
        "f1",
        "f1_macro",
        "precision",
        "recall",
        "accuracy",
        "balanced_accuracy",
        "mcc",
        "log_loss",
        "brier",
        "r2",
        "rmse",
        "mae",
        "medae",
        "mape",
    ];
    let binary = one.package.info.task() == Task::Binary;
    SHOWN
        .iter()
        .filter(|name| !(binary && **name == "f1_macro"))
        .filter_map(|name| value(&one.test, name).map(|v| ((*name).to_owned(), json!(v))))
        .chain(one.package.info.decision.threshold().map(|t| ("threshold".to_owned(), json!(t))))
        .collect()
}

fn details(one: &Evaluated, target: &Target) -> Result<Json> {
    let info = &one.package.info;
    let mut out = json!({
        "model": one.model,
        "test": object(&one.test),
        "out_of_fold": info.out_of_fold,
    });
    if let By::Thresholds(of_classes) = &info.decision.by {
        out["thresholds"] = json!(of_classes);
    }
    if let Some(at_half) = &one.at_half {
        out["threshold"] = json!(info.decision.threshold());
        out["test_at_0.5"] = json!(object(at_half));
    }
    if let Target::Classes { codes, classes } = target {
        let mut confusion = vec![vec![0u64; *classes]; *classes];
        for (actual, predicted) in codes.iter().zip(info.decision.classes(&one.scores)) {
            confusion[*actual as usize][predicted as usize] += 1;
        }
        out["confusion_matrix"] = json!({"classes": info.target.classes, "actual_by_predicted": confusion});
        if let Some(cost) = info.decision.mean_cost(codes, &one.scores)? {
            out["mean_cost"] = json!(cost);
        }
    }
    Ok(out)
}

fn write_json(ctx: &Context, path: &str, value: &impl Serialize) -> Result<()> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|e| Error::failure(format!("cannot write `{path}`")).because(e))?;
    bytes.push(b'\n');
    fs::atomic_write_bytes(&ctx.project.path(path), &bytes)
}

fn write_leaderboard(ctx: &Context, path: &str, leaderboard: &Leaderboard) -> Result<()> {
    let texts = |f: &dyn Fn(&LeaderboardRow) -> String| leaderboard.rows.iter().map(|r| Some(f(r))).collect();
    let mut columns = vec![Column::text("algorithm", texts(&|r| r.algorithm.clone()))];
    for (at, name) in leaderboard.columns.iter().enumerate() {
        let values = leaderboard.rows.iter().map(|r| r.values.get(at).copied().flatten().unwrap_or(f64::NAN)).collect();
        columns.push(Column::number(name.clone(), values));
    }
    columns.push(Column::text("model", texts(&|r| r.model.clone())));
    let file = ctx.project.path(path);
    fs::atomic_write(&file, |w| artifact::write_csv(w, &file, &Table::new(columns)))
}

/// The champion's answers on the test rows: row id, actual, predicted, scores; as `dvc plots` wants confusion data.
fn write_predictions(ctx: &Context, path: &str, champion: &Evaluated, test: &Table) -> Result<()> {
    let info = &champion.package.info;
    let mut columns = Vec::new();
    if let Some(ids) = rows::ids(test) {
        columns.push(Column { kind: Kind::Id, ..Column::text(ROW_ID, ids.clone()) });
    }
    if let Some(actual) = test.column(&info.target.column) {
        columns.push(Column { name: "actual".into(), ..actual.clone() });
    }
    columns.extend(super::predict::answer_columns(&champion.package, &champion.scores));
    let file = ctx.project.path(path);
    fs::atomic_write(&file, |w| artifact::write_csv(w, &file, &Table::new(columns)))
}

/// A quality gate of the config.
struct Gate {
    metric: &'static str,
    min: Option<f64>,
    max: Option<f64>,
}

fn gates(ctx: &Context, task: Task) -> Result<Vec<Gate>> {
    let gate = |(name, gate): &(crate::yaml::Located<String>, crate::config::Gate)| {
        let metric = metrics::find_for(name, task).map_err(|e| point_at(name, &e))?;
        Ok(Gate { metric: metric.name, min: gate.min, max: gate.max })
    };
    ctx.config.evaluate.gates.iter().map(gate).collect()
}

fn check_gates(gates: &[Gate], champion: &Evaluated, report: &mut Report) {
    for gate in gates {
        let found = value(&champion.test, gate.metric);
        let below = |min: f64| found.is_none_or(|v| v < min);
        let above = |max: f64| found.is_none_or(|v| v > max);
        let shown = found.map_or_else(|| "undefined".to_owned(), |v| format!("{v:.4}"));
        if let Some(min) = gate.min.filter(|min| below(*min)) {
            report.missed_gates.push(format!("{} is {shown}, at least {min} is asked", gate.metric));
        }
        if let Some(max) = gate.max.filter(|max| above(*max)) {
            report.missed_gates.push(format!("{} is {shown}, at most {max} is asked", gate.metric));
        }
    }
    if report.missed_gates.is_empty() && !gates.is_empty() {
        let gates: Vec<&str> = gates.iter().map(|g| g.metric).collect();
        report.notes.push(format!("quality gates passed: {}", gates.join(", ")));
    }
}
