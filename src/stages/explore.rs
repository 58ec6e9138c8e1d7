//! explore: a look at the rows before they are split.
//!
//! It reads what cleaning leaves, since there every column has its type and none has been left out as a feature yet; and
//! all labelled rows, since what is found is for people to decide on: no model learns from it.

use super::{Context, Report};
use crate::config::ExploreData;
use crate::data::{PART, ROW_ID, Table, artifact, schema};
use crate::error::{Error, Result};
use crate::exploration::{self, Exploration, ExploreOptions, Severity};
use crate::fs;
use crate::package::decode_target;
use crate::visualization::Lang;
use crate::visualization::explore as drawn;

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

/// Writes the numbers; tells the paths.
fn write(ctx: &Context, found: &Exploration) -> Result<Vec<String>> {
    let numbers = ctx.config.names().exploration();
    let failed = |e: serde_json::Error| Error::failure(format!("cannot write `{numbers}`")).because(e);
    let mut bytes = serde_json::to_vec_pretty(found).map_err(failed)?;
    bytes.push(b'\n');
    fs::atomic_write_bytes(&ctx.project.path(&numbers), &bytes)?;
    Ok(vec![numbers])
}
