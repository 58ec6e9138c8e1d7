//! The files of an evaluation.

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use super::super::{Context, Leaderboard, LeaderboardRow, predict, rows};
use super::{Evaluated, Test, defined, plots, value};
use crate::data::{self, Column, Kind, ROW_ID, Table, Task, artifact};
use crate::error::{Error, Result};
use crate::fs;
use crate::metrics::HEADLINE;
use crate::package::evaluation::Evaluation;

/// Writes all of them, and tells their paths.
///
/// # Errors
/// Exit code 1 where a file cannot be written.
pub fn all(
    ctx: &Context,
    evaluated: &[Evaluated],
    champion: &Evaluated,
    leaderboard: &Leaderboard,
    evaluation: &Evaluation,
    test: &Test,
) -> Result<Vec<String>> {
    let names = ctx.config.names();
    let mut outputs = Vec::new();
    for one in evaluated {
        let path = names.metrics(one.algorithm());
        write_json(ctx, &path, &headline(one))?;
        outputs.push(path);
    }
    for one in evaluated {
        outputs.extend(plots::write(ctx, one, test)?);
    }
    write_json(ctx, &names.evaluation(), evaluation)?;
    write_leaderboard(ctx, &names.leaderboard(), leaderboard)?;
    write_predictions(ctx, &names.test_predictions(), champion, &test.table)?;
    let facts = json!({
        "algorithm": leaderboard.champion,
        "model": champion.model,
        "select": leaderboard.select,
        "out_of_fold": champion.package.info.out_of_fold.mean.get(&leaderboard.select),
        "threshold": champion.package.info.decision.threshold(),
        "test": defined(&champion.test),
    });
    write_json(ctx, &names.champion(), &facts)?;
    outputs.extend([names.evaluation(), names.leaderboard(), names.test_predictions(), names.champion()]);
    Ok(outputs)
}

/// The metrics that `dvc metrics show` lines up, one file a model.
fn headline(one: &Evaluated) -> Map<String, Json> {
    let task = one.package.info.task();
    let ordered = data::are_ordered(&one.package.info.target.classes);
    let fits = |name: &str| match name {
        "f1_macro" => task != Task::Binary,
        // Of classes only where they are numbers: without an order they say nothing.
        "mae" | "cohen_kappa_quadratic" => task == Task::Regression || ordered,
        _ => true,
    };
    HEADLINE
        .iter()
        .filter(|name| fits(name))
        .filter_map(|name| value(&one.test, name).map(|v| ((*name).to_owned(), json!(v))))
        .chain(one.package.info.decision.threshold().map(|t| ("threshold".to_owned(), json!(t))))
        .collect()
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

/// The champion's answers on the test rows: row id, actual, predicted, scores.
fn write_predictions(ctx: &Context, path: &str, champion: &Evaluated, test: &Table) -> Result<()> {
    let info = &champion.package.info;
    let mut columns = Vec::new();
    if let Some(ids) = rows::ids(test) {
        columns.push(Column { kind: Kind::Id, ..Column::text(ROW_ID, ids.clone()) });
    }
    if let Some(actual) = test.column(&info.target.column) {
        columns.push(Column { name: "actual".into(), ..actual.clone() });
    }
    columns.extend(predict::answer_columns(&champion.package, &champion.scores));
    let file = ctx.project.path(path);
    fs::atomic_write(&file, |w| artifact::write_csv(w, &file, &Table::new(columns)))
}
