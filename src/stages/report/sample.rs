//! Test rows whose scores are explained.

use super::super::{Context, rows};
use crate::data::{Column, Kind, SplitMix64, Table, Values, artifact};
use crate::error::Result;
use crate::fs;
use crate::package::ModelPackage;
use crate::project::Side;
use crate::visualization::figures::{ExplainedSample, FeatureValues};

/// Rows by bytes of the model file, at the most: the work for a row grows with the leaves of all trees.
const MOST_WORK: u64 = 250_000_000;
/// Rows that are explained whatever that takes.
const FEWEST: usize = 20;

/// Test rows drawn at random; all where there are no more than are wanted.
///
/// # Errors
/// As of [`artifact::read`].
pub fn rows(ctx: &Context) -> Result<Table> {
    let config = &ctx.config.report;
    let (test, _) = artifact::read(ctx.project, &ctx.config.names().split(Side::Test))?;
    let mut chosen: Vec<usize> = (0..test.rows()).collect();
    SplitMix64::new(config.seed).shuffle(&mut chosen);
    chosen.truncate(config.shap_rows.value);
    Ok(test.select_rows(&chosen))
}

/// What columns add to the scores of these rows by the model of an algorithm; of a large one to those of the first rows.
///
/// # Errors
/// Exit code 3 for a model file that is missing, damaged or cannot be explained.
pub fn explained(ctx: &Context, algorithm: &str, table: &Table) -> Result<ExplainedSample> {
    let model = ctx.config.names().model(algorithm);
    let path = ctx.project.path(&model);
    let package = ModelPackage::load(&path, &model)?;
    let affordable = usize::try_from(MOST_WORK / fs::size(&path)?.max(1)).unwrap_or(usize::MAX).max(FEWEST);
    let first: Vec<usize> = (0..table.rows().min(affordable)).collect();
    let table = &table.select_rows(&first);
    let explanation = package.explain(table, &rows::namer(table)).map_err(|error| {
        error.context(format!("`{model}` has no `shap_summary` and `shap_dependence`, which `report.figures` asks for"))
    })?;
    let values = |name: &String| table.column(name).map_or(FeatureValues::Numbers(Vec::new()), feature);
    let features = explanation.columns.iter().map(values).collect();
    Ok(ExplainedSample { algorithm: algorithm.to_owned(), explanation, features })
}

fn feature(column: &Column) -> FeatureValues {
    match &column.values {
        Values::Number(values) if column.kind == Kind::Bool => FeatureValues::Levels(
            values.iter().map(|value| (!value.is_nan()).then(|| (*value != 0.0).to_string())).collect(),
        ),
        Values::Number(values) => FeatureValues::Numbers(values.clone()),
        Values::Category(levels) => FeatureValues::Levels(levels.iter().map(|l| l.map(str::to_owned)).collect()),
        Values::Text(texts) => FeatureValues::Levels(texts.iter().map(|t| t.map(str::to_owned)).collect()),
        Values::Date(seconds) => FeatureValues::Numbers(
            seconds.iter().map(|seconds| seconds.map_or(f64::NAN, |seconds| seconds as f64 / 86_400.0)).collect(),
        ),
    }
}
