//! explain: what each feature adds to the scores of rows, through the model file as `predict` goes.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::predict::{champion, input, output, shown};
use super::{Context, exchange, rows};
use crate::data::{Column, ROW_ID, Table, artifact};
use crate::error::{Error, Result, suggest};
use crate::fs;
use crate::package::{Explained, ModelPackage};
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
    let explained = package.explain_rows(&shown(ctx, &model), &table, options.top, &rows::namer(&table))?;
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
