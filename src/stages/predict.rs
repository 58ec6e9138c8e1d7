//! predict: new rows through a model file. Rows in = rows out.

pub(super) mod input;
pub(super) mod output;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use super::{Context, Report, rows};
use crate::data::{Column, Kind, PART, ROW_ID, Scores, Strings, Table, Task, artifact, number};
use crate::error::{Error, Result};
use crate::fs;
use crate::package::ModelPackage;
use crate::project::Side;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

/// What `predict` is asked on the command line; what is absent comes from predict.yaml, then from the defaults.
#[derive(Debug, Clone, Default)]
pub struct PredictOptions {
    /// Rows to predict, `-` for standard input; by default the raw dataset.
    pub input: Option<PathBuf>,
    /// Where the answers go, `-` for standard output; by default the predictions dataset, or standard
    /// output for an input of one's own.
    pub output: Option<PathBuf>,
    /// The model file; by default the champion.
    pub model: Option<PathBuf>,
    /// How answers are written; by default as the file's ending says, and rows as they came.
    pub format: Option<Format>,
}

/// Predicts every row and writes row id, ids, part, target where present, label and scores.
///
/// # Errors
/// Exit code 3 for missing required columns and unreadable values, named with row and column.
pub fn predict(ctx: &Context, options: &PredictOptions) -> Result<Report> {
    let names = ctx.config.names();
    let asked = Asked::of(ctx, options)?;
    let output = match (&asked.output, &options.input) {
        (Some(output), _) => output.clone(),
        (None, None) => ctx.project.path(names.predictions()),
        (None, Some(_)) => PathBuf::from("-"),
    };
    if output.as_os_str() != "-" {
        output::check(ctx, &output, asked.input.as_deref(), &asked.model)?;
    }
    let package = asked.package()?;
    let (texts, read_as) = asked.rows(ctx, &package)?;
    // An empty list of objects has no names; there is nothing to miss.
    let texts = if texts.columns().is_empty() { without_rows(&package) } else { texts };
    let mut report = Report { stage: "predict".into(), rows_in: Some(texts.rows() as u64), ..Report::default() };
    report.notes.push(format!("model {}", asked.shown_model));
    let features = package.features(&texts, &rows::namer(&texts))?;
    for unknown in package.unknown_levels(&features) {
        let have = if unknown.rows == 1 { "row has" } else { "rows have" };
        report.warnings.push(format!(
            "{} {have} a level of `{}` that training never saw, such as `{}`",
            unknown.rows, unknown.column, unknown.example
        ));
    }
    let scores = package.scores(Cow::Borrowed(&features), &rows::namer(&texts))?;
    let mut columns = carried_columns(&package, &texts, &features);
    if asked.input.is_none() {
        columns.insert(1, sides(ctx, &texts)?);
    }
    columns.extend(answer_columns(&package, &scores));
    let table = Table::new(columns);
    if table.rows() != texts.rows() {
        return Err(Error::failure(format!("{} rows in, {} rows out", texts.rows(), table.rows())));
    }
    report.notes.extend(label_counts(&package, &scores));
    let by_ending =
        if output.extension().is_some_and(|e| e == "jsonl" || e == "ndjson") { Some(Format::JsonLines) } else { None };
    let format = options.format.or(by_ending).unwrap_or(if output.as_os_str() == "-" { read_as } else { Format::Csv });
    write(&output, &table, format)?;
    if output.as_os_str() != "-" {
        report.outputs.push(shown(ctx, &output));
    }
    report.rows_out = Some(table.rows() as u64);
    Ok(report)
}

/// Options and config brought together.
struct Asked {
    input: Option<PathBuf>,
    output: Option<PathBuf>,
    model: PathBuf,
    shown_model: String,
}

impl Asked {
    fn of(ctx: &Context, options: &PredictOptions) -> Result<Self> {
        let config = &ctx.config.predict;
        let configured =
            |path: &Option<crate::yaml::Located<String>>| path.as_ref().map(|p| ctx.project.path(&p.value));
        let model = match (&options.model, &config.model) {
            (Some(path), _) => path.clone(),
            (None, Some(path)) => ctx.project.path(&path.value),
            (None, None) => ctx.project.path(champion(ctx)?),
        };
        let shown_model = shown(ctx, &model);
        Ok(Self {
            input: options.input.clone().or_else(|| configured(&config.input)),
            output: options.output.clone().or_else(|| configured(&config.output)),
            model,
            shown_model,
        })
    }

    fn package(&self) -> Result<ModelPackage> {
        ModelPackage::load(&self.model, &self.shown_model)
    }

    /// The rows as text, and the format they came in.
    fn rows(&self, ctx: &Context, package: &ModelPackage) -> Result<(Table, Format)> {
        match &self.input {
            Some(path) => input::read(ctx, path, package),
            None => Ok((artifact::read(ctx.project, &ctx.config.names().raw())?.0, Format::Csv)),
        }
    }
}

/// No rows, of the columns that the model takes.
fn without_rows(package: &ModelPackage) -> Table {
    let columns = package.info.recipe.typing.columns.iter();
    Table::new(columns.map(|column| Column::text(column.name.as_str(), Strings::default())).collect())
}

/// The model file that `evaluate` chose for this dataset and version.
///
/// # Errors
/// Exit code 3 where there is none yet, or one of another dataset or version.
pub fn champion(ctx: &Context) -> Result<String> {
    let path = ctx.config.names().champion();
    let file = ctx.project.path(&path);
    if !file.exists() {
        return Err(Error::data(format!("there is no champion yet: `{path}` does not exist"))
            .hint("run `mlops evaluate`, or name a model with `--model`"));
    }
    let json: Json = serde_json::from_slice(&fs::read(&file)?).map_err(|e| {
        Error::data(format!("`{path}` is not valid JSON")).because(e).hint("run `mlops evaluate` again")
    })?;
    let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let current = ctx.config.names().model(&text("algorithm"));
    if text("model") != current {
        return Err(Error::data(format!("the champion is `{}`, of another dataset or version", text("model")))
            .hint("run `mlops train` and `mlops evaluate`, or name a model with `--model`"));
    }
    Ok(current)
}

/// Row id (made here where the rows have none), id columns, and the target where present.
fn carried_columns(package: &ModelPackage, texts: &Table, features: &Table) -> Vec<Column> {
    let ids = rows::ids(texts).cloned().unwrap_or_else(|| (1..=texts.rows()).map(|id| Some(id.to_string())).collect());
    let mut columns = vec![Column { kind: Kind::Id, ..Column::text(ROW_ID, ids) }];
    let id_columns = package.info.recipe.typing.columns.iter().filter(|c| c.kind == Kind::Id && c.name != ROW_ID);
    for typed in id_columns.filter(|c| texts.column(&c.name).is_some()) {
        columns.extend(features.column(&typed.name).or_else(|| texts.column(&typed.name)).cloned());
    }
    for column in columns.iter_mut().filter(|c| is_answer(package, &c.name)) {
        column.name = format!("input_{}", column.name);
    }
    columns.extend(actual(package, texts));
    columns
}

/// Whether a carried column would take the name of an answer.
fn is_answer(package: &ModelPackage, name: &str) -> bool {
    let class = name.strip_prefix("probability_");
    matches!(name, "actual" | "prediction" | PART)
        || class.is_some_and(|class| package.info.target.classes.iter().any(|c| c == class))
}

/// The target where the rows have it, as labels or numbers.
fn actual(package: &ModelPackage, texts: &Table) -> Option<Column> {
    let target = &package.info.target;
    let texts = package.info.recipe.typing.target_texts(texts.column(&target.column)?);
    if target.task == Task::Regression {
        let values = texts.iter().map(|t| t.and_then(|t| target.label(t)).and_then(|t| number(&t)));
        return Some(Column::number("actual", values.map(|v| v.unwrap_or(f64::NAN)).collect()));
    }
    let labels: Strings = texts.iter().map(|t| t.and_then(|t| target.label(t))).collect();
    Some(Column::text("actual", labels))
}

/// The side of the split each row is on; none for rows that were filtered out.
fn sides(ctx: &Context, texts: &Table) -> Result<Column> {
    let mut side_of: HashMap<String, Side> = HashMap::new();
    for side in [Side::Train, Side::Test] {
        let (table, _) = artifact::read(ctx.project, &ctx.config.names().split(side))?;
        side_of.extend(rows::index(&table).into_keys().map(|id| (id.to_owned(), side)));
    }
    let Some(ids) = rows::ids(texts) else { return Err(Error::data(format!("the raw dataset has no `{ROW_ID}`"))) };
    Ok(Column::category(PART, ids.iter().map(|id| id.and_then(|id| side_of.get(id)).map(|s| s.name()))))
}

/// `prediction`, and for classes `probability_<class>`.
pub(super) fn answer_columns(package: &ModelPackage, scores: &Scores) -> Vec<Column> {
    let info = &package.info;
    if info.task() == Task::Regression {
        return vec![Column::number("prediction", scores.column(0))];
    }
    let classes = &info.target.classes;
    let decided = info.decision.classes(scores);
    let labels = decided.iter().map(|c| classes.get(*c as usize).map(String::as_str));
    let mut columns = vec![Column::category("prediction", labels)];
    for (at, class) in classes.iter().enumerate() {
        columns.push(Column::number(format!("probability_{class}"), scores.column(at)));
    }
    columns
}

fn label_counts(package: &ModelPackage, scores: &Scores) -> Option<String> {
    const SHOWN: usize = 6;
    let classes = &package.info.target.classes;
    if classes.is_empty() {
        return None;
    }
    let mut counts = vec![0usize; classes.len()];
    for class in package.info.decision.classes(scores) {
        counts[class as usize] += 1;
    }
    let shown: Vec<String> = classes.iter().zip(counts).take(SHOWN).map(|(c, n)| format!("{c} {n}")).collect();
    Some(format!("predicted {}", shown.join(", ")))
}

/// A path as the user knows it: relative to the project where it lies inside.
pub(super) fn shown(ctx: &Context, path: &Path) -> String {
    path.strip_prefix(ctx.project.root()).unwrap_or(path).display().to_string()
}

fn write(output: &Path, table: &Table, format: Format) -> Result<()> {
    let render = |w: &mut dyn Write, path: &Path| match format {
        Format::Csv => artifact::write_csv(&mut { w }, path, table),
        Format::JsonLines => write_json_lines(w, path, table),
    };
    if output.as_os_str() == "-" {
        let path = Path::new("standard output");
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        render(&mut out, path)?;
        return out.flush().map_err(|e| fs::write_error(path, e));
    }
    fs::atomic_write(output, |w| render(w, output))
}

fn write_json_lines(writer: &mut dyn Write, path: &Path, table: &Table) -> Result<()> {
    for row in 0..table.rows() {
        let mut object = Map::new();
        for column in table.columns() {
            object.insert(column.name.clone(), column.to_json(row));
        }
        serde_json::to_writer(&mut *writer, &object).map_err(|e| fs::write_error(path, e.into()))?;
        writer.write_all(b"\n").map_err(|e| fs::write_error(path, e))?;
    }
    Ok(())
}
