//! explain: what each feature adds to the scores of rows, through the model file as `predict` goes.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value as Json;

use super::predict::{champion, input, output, shown};
use super::{Context, exchange, rows};
use crate::data::{Column, ROW_ID, Scores, Table, Task, artifact};
use crate::error::{Error, Result, suggest};
use crate::fs;
use crate::models::RawScore;
use crate::package::{Explanation, ModelPackage};
use crate::project::Side;

/// What `explain` is asked for.
#[derive(Debug, Clone, Default)]
pub struct ExplainOptions {
    /// The model file; by default the champion.
    pub model: Option<PathBuf>,
    /// Test rows by their id.
    pub rows: Vec<String>,
    /// Rows of a file, `-` for standard input, in place of test rows.
    pub input: Option<PathBuf>,
    /// Features shown of each row, those that count most; all where none is given.
    pub top: Option<usize>,
    /// Where explanations are written, as CSV or as JSON by the ending; `-` for CSV on standard output.
    pub output: Option<PathBuf>,
}

/// Rows with what each feature adds to their scores.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// The model file.
    pub model: String,
    /// Its algorithm.
    pub algorithm: String,
    /// What a raw score is.
    pub raw_score: RawScore,
    /// Whether probabilities are calibrated after that.
    pub calibrated: bool,
    /// Of each row.
    pub rows: Vec<ExplainedRow>,
}

/// A row with its answer.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedRow {
    /// Its id, or its number.
    pub row_id: String,
    /// The class or value predicted.
    pub prediction: Json,
    /// Of the positive class of two, of each of several, or of the value.
    pub outputs: Vec<ExplainedOutput>,
}

/// A raw score taken apart: `expected`, `contributions` and `others` sum to `score`.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedOutput {
    /// Its class; none for a number.
    pub class: Option<String>,
    /// The probability of this class.
    pub probability: Option<f64>,
    /// The raw score.
    pub score: f64,
    /// That of a row of which nothing is known.
    pub expected: f64,
    /// What features add, the most first.
    pub contributions: Vec<Contribution>,
    /// Those left out: their number, and what they add together.
    pub others: (usize, f64),
}

/// What a feature adds.
#[derive(Debug, Clone, Serialize)]
pub struct Contribution {
    /// The column.
    pub feature: String,
    /// Its value in this row.
    pub value: Json,
    /// What it adds to the raw score.
    pub contribution: f64,
}

/// Explains test rows or rows of a file, and writes that where asked.
///
/// # Errors
/// Exit code 2 for a row that is none of the test rows or an algorithm that cannot tell; as of `predict` for rows of a
/// file.
pub fn explain(ctx: &Context, options: &ExplainOptions) -> Result<Explained> {
    let model = match &options.model {
        Some(path) => path.clone(),
        None => ctx.project.path(champion(ctx)?),
    };
    let place = options.output.as_deref().filter(|place| place.as_os_str() != "-");
    if let Some(place) = place {
        let reads = [(Some(model.as_path()), "the model"), (options.input.as_deref(), "the rows")];
        output::check_other(ctx, place, &reads, ending(place)?)?;
    }
    let package = ModelPackage::load(&model, &shown(ctx, &model))?;
    let table = match &options.input {
        Some(path) => {
            let (texts, _) = input::read(ctx, path, &package)?;
            let mut features = package.features(&texts, &rows::namer(&texts))?;
            if let (None, Some(ids)) = (rows::ids(&features), rows::ids(&texts)) {
                features.set(Column::text(ROW_ID, ids.clone()));
            }
            features
        }
        None => test_rows(ctx, &options.rows)?,
    };
    let explained = explain_rows(&package, &shown(ctx, &model), &table, options.top)?;
    if let Some(place) = &options.output {
        exchange::write(place, &mut |w| write(w, place, &explained))?;
    }
    Ok(explained)
}

/// The ending of a file to be written: that of CSV or JSON.
fn ending(place: &Path) -> Result<&'static str> {
    match place.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => Ok("csv"),
        Some("json") => Ok("json"),
        _ => Err(Error::usage(format!("`{}` ends neither in `.csv` nor in `.json`", place.display()))
            .hint("name a file such as `explanations.csv`")),
    }
}

fn test_rows(ctx: &Context, wanted: &[String]) -> Result<Table> {
    let path = ctx.config.names().split(Side::Test);
    let (test, _) = artifact::read(ctx.project, &path)?;
    let index = rows::index(&test);
    let place = |id: &String| {
        index.get(id.as_str()).copied().ok_or_else(|| {
            let mut ids: Vec<&str> = rows::ids(&test).map(|ids| ids.iter().flatten().collect()).unwrap_or_default();
            ids.truncate(1000);
            Error::usage(format!("row `{id}` is none of the test rows")).maybe_hint(suggest(id, "their ids", &ids))
        })
    };
    let places: Vec<usize> = wanted.iter().map(place).collect::<Result<_>>()?;
    Ok(test.select_rows(&places))
}

fn explain_rows(package: &ModelPackage, model: &str, table: &Table, top: Option<usize>) -> Result<Explained> {
    let name = rows::namer(table);
    let explanation = package.explain(table, &name)?;
    let scores = package.scores(table, &name)?;
    let ids = rows::ids(table);
    let row = |row: usize| ExplainedRow {
        row_id: ids.and_then(|ids| ids.get(row)).map_or_else(|| (row + 1).to_string(), str::to_owned),
        prediction: prediction(package, scores.row(row)),
        outputs: (0..explanation.width()).map(|at| output(&explanation, table, &scores, (row, at), top)).collect(),
    };
    Ok(Explained {
        model: model.to_owned(),
        algorithm: package.info.algorithm.clone(),
        raw_score: explanation.raw_score,
        calibrated: package.is_calibrated(),
        rows: (0..table.rows()).map(row).collect(),
    })
}

fn prediction(package: &ModelPackage, scores: &[f64]) -> Json {
    let info = &package.info;
    if info.task() == Task::Regression {
        return scores.first().copied().into();
    }
    info.target.classes.get(info.decision.class(scores) as usize).cloned().into()
}

fn output(
    explanation: &Explanation,
    table: &Table,
    scores: &Scores,
    (row, at): (usize, usize),
    top: Option<usize>,
) -> ExplainedOutput {
    let mut contributions: Vec<Contribution> = explanation
        .columns
        .iter()
        .zip(explanation.of(row, at))
        .map(|(feature, contribution)| Contribution {
            feature: feature.clone(),
            value: table.column(feature).map_or(Json::Null, |column| rows::value(column, row)),
            contribution: *contribution,
        })
        .collect();
    // A stable sort: equal ones stay in the order of the columns.
    contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let others = contributions.split_off(top.unwrap_or(usize::MAX).min(contributions.len()));
    let class = explanation.outputs.get(at).cloned();
    // Of two classes, the positive one alone is explained.
    let of_class = if explanation.outputs.len() == 1 { 1 } else { at };
    ExplainedOutput {
        probability: class.as_ref().and_then(|_| scores.row(row).get(of_class).copied()),
        class,
        score: explanation.score(row, at),
        expected: explanation.expected.get(at).copied().unwrap_or(f64::NAN),
        contributions,
        others: (others.len(), others.iter().map(|other| other.contribution).sum()),
    }
}

fn write(writer: &mut dyn Write, place: &Path, explained: &Explained) -> Result<()> {
    if place.extension().is_some_and(|ending| ending == "json") {
        let failed = |e: serde_json::Error| fs::write_error(place, e.into());
        serde_json::to_writer_pretty(&mut *writer, explained).map_err(failed)?;
        return writer.write_all(b"\n").map_err(|e| fs::write_error(place, e));
    }
    artifact::write_csv(&mut { writer }, place, &as_table(explained))
}

/// A line a row, output and feature; of features left out one line with their sum.
fn as_table(explained: &Explained) -> Table {
    let text = |value: &Json| match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let (mut texts, mut numbers): ([Vec<Option<String>>; 5], [Vec<f64>; 3]) = Default::default();
    for row in &explained.rows {
        for output in &row.outputs {
            let (count, sum) = output.others;
            let others = (count > 0).then(|| (format!("({count} others)"), None, sum));
            let each = output.contributions.iter().map(|c| (c.feature.clone(), text(&c.value), c.contribution));
            for (feature, value, contribution) in each.chain(others) {
                let of_line =
                    [Some(row.row_id.clone()), text(&row.prediction), output.class.clone(), Some(feature), value];
                texts.iter_mut().zip(of_line).for_each(|(column, text)| column.push(text));
                let of_line = [output.score, output.expected, contribution];
                // What JSON writes as null is empty here: the score of a class that training never saw.
                let finite = |value: f64| if value.is_finite() { value } else { f64::NAN };
                numbers.iter_mut().zip(of_line).for_each(|(column, value)| column.push(finite(value)));
            }
        }
    }
    let [ids, predictions, classes, features, values] = texts;
    let [scores, expected, contributions] = numbers;
    Table::new(vec![
        Column::text(ROW_ID, ids.into_iter().collect()),
        Column::text("prediction", predictions.into_iter().collect()),
        Column::text("class", classes.into_iter().collect()),
        Column::number("score", scores),
        Column::number("expected", expected),
        Column::text("feature", features.into_iter().collect()),
        Column::text("value", values.into_iter().collect()),
        Column::number("contribution", contributions),
    ])
}
