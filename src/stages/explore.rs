//! explore: a look at the rows before they are split.
//!
//! It reads what cleaning leaves, since there every column has its type and none has been left out as a feature yet; and
//! all labelled rows, since what is found is for people to decide on: no model learns from it.

use rayon::prelude::*;

use super::{Context, Report};
use crate::config::{Config, ExploreData, FigureFormat};
use crate::data::{PART, ROW_ID, Table, artifact, schema};
use crate::error::{Error, Result};
use crate::exploration::{self, Exploration, ExploreOptions, Severity};
use crate::fs;
use crate::package::decode_target;
use crate::visualization::Lang;
use crate::visualization::explore::{self as drawn, PageOptions};

/// Looks at every column of the rows, and writes what is found.
///
/// # Errors
/// Exit code 2 for a column that is not there, 3 for rows that were changed since they were written.
pub fn explore(ctx: &Context) -> Result<(Report, Exploration)> {
    let names = ctx.config.names();
    let csv = match ctx.config.explore.data {
        ExploreData::Clean => names.clean(),
        ExploreData::Features => names.features(),
    };
    let (table, schema) = artifact::read(ctx.project, &csv)?;
    let spec = schema.target()?;
    decode_target(schema::require(&table, &spec.column, &format!("`{csv}`"))?, spec)?;
    let table = chosen(ctx, table, &spec.column)?;
    let found = exploration::explore(&table, Some(spec), &options(ctx));
    let mut report = Report { stage: "explore".into(), rows_in: Some(found.rows), ..Report::default() };
    report.notes = notes(&found);
    let high = found.findings.iter().filter(|insight| insight.severity == Severity::High);
    report.warnings = high.map(|insight| drawn::sentence(insight, Lang::En)).collect();
    report.outputs = write(ctx, &found)?;
    Ok((report, found))
}

/// As configured.
fn options(ctx: &Context) -> ExploreOptions {
    let config = &ctx.config.explore;
    ExploreOptions {
        bins: config.bins.value,
        top_levels: config.top_levels.value,
        correlated: config.correlated.value,
        seed: ctx.config.main.seed,
    }
}

/// The columns that are to be looked at, with keys and target.
fn chosen(ctx: &Context, table: Table, target: &str) -> Result<Table> {
    let Some(columns) = &ctx.config.explore.columns else { return Ok(table) };
    for column in columns {
        column.find("column", &table.names())?;
    }
    let is_wanted =
        |name: &str| [ROW_ID, PART, target].contains(&name) || columns.iter().any(|column| column.value == name);
    Ok(Table::new(table.into_columns().into_iter().filter(|column| is_wanted(&column.name)).collect()))
}

fn notes(found: &Exploration) -> Vec<String> {
    let weight = |severity: Severity| found.findings.iter().filter(|insight| insight.severity == severity).count();
    let (high, medium, low) = (weight(Severity::High), weight(Severity::Medium), weight(Severity::Low));
    vec![format!(
        "{} columns, {} findings: {high} high, {medium} medium, {low} low",
        found.columns.len(),
        found.findings.len()
    )]
}

/// The files that are written, by name: numbers, page, and each figure in each format.
pub(super) fn outputs(config: &Config) -> Vec<String> {
    let names = config.names();
    let figures = drawn::TOPICS.iter().flat_map(|topic| {
        config.explore.formats.value.iter().map(|format| names.figure(topic, format.ending())).collect::<Vec<_>>()
    });
    [names.exploration(), names.explore_page()].into_iter().chain(figures).collect()
}

/// Writes the numbers, the page and the figures, side by side; tells the paths.
fn write(ctx: &Context, found: &Exploration) -> Result<Vec<String>> {
    let names = ctx.config.names();
    let (numbers, lang) = (names.exploration(), ctx.config.main.lang);
    let dataset = &ctx.config.main.dataset.value;
    let failed = |e: serde_json::Error| Error::failure(format!("cannot write `{numbers}`")).because(e);
    let mut bytes = serde_json::to_vec_pretty(found).map_err(failed)?;
    bytes.push(b'\n');
    fs::atomic_write_bytes(&ctx.project.path(&numbers), &bytes)?;
    let options = PageOptions {
        name: dataset,
        lang,
        cards: ctx.config.explore.cards.value,
        notes: Some(&ctx.config.main.columns),
    };
    let page =
        || fs::atomic_write_bytes(&ctx.project.path(names.explore_page()), drawn::page(found, &options).as_bytes());
    let draw = |topic: &&str| {
        let figure = drawn::figure(found, topic, dataset, lang);
        ctx.config.explore.formats.value.iter().try_for_each(|format| {
            let bytes = match format {
                FigureFormat::Png => figure.png()?,
                FigureFormat::Svg => figure.svg().into_bytes(),
            };
            fs::atomic_write_bytes(&ctx.project.path(names.figure(topic, format.ending())), &bytes)
        })
    };
    let (page, figures) = rayon::join(page, || drawn::TOPICS.par_iter().try_for_each(draw));
    page.and(figures)?;
    Ok(outputs(ctx.config))
}
