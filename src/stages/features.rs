//! features: derived columns that learn nothing.

use super::clean::refuse_name;
use super::{Context, Report, steps};
use crate::data::schema::{Phase as DataPhase, Recipe};
use crate::data::{Kind, PART, ROW_ID, Schema, artifact};
use crate::error::Result;
use crate::project::schema_of;
use crate::transforms::{Phase, Step, apply_fix};

/// Runs `features.derive` in order and writes the table with its derived columns.
///
/// # Errors
/// Exit code 2 for steps that do not fit the columns.
pub fn features(ctx: &Context) -> Result<Report> {
    let names = ctx.config.names();
    let steps = steps::build(&ctx.config.features.derive, &[Phase::ColumnFix])?;
    // The learned steps are fitted in `train`; a mistake in them should show now.
    let learned = steps::build_learned(&ctx.config.features.learned)?;
    let read: Vec<&str> = learned.iter().flat_map(|step| step.transform.reads_text()).collect();
    let (mut table, schema) = artifact::read(ctx.project, &names.clean())?;
    let spec = schema.target()?.clone();
    let mut report = Report { stage: "features".into(), rows_in: Some(table.rows() as u64), ..Report::default() };
    // The target is set aside, so that no derived column can be made of it.
    let target = table.remove(&spec.column);
    let before: Vec<String> = table.names().into_iter().map(str::to_owned).collect();
    let mut derive = Vec::new();
    for built in steps {
        let Step::ColumnFix(fix) = built.step else { continue };
        fix.check(&mut table.names().into_iter().map(str::to_owned).collect())?;
        report.notes.extend(apply_fix(fix.as_ref(), &mut table)?);
        derive.push(built.recipe);
    }
    refuse_name(&table, &spec.column)?;
    if !before.iter().any(|b| b == PART) {
        refuse_name(&table, PART)?;
    }
    let derived: Vec<&str> = table.names().into_iter().filter(|n| !before.iter().any(|b| b == n)).collect();
    if !derived.is_empty() {
        report.notes.push(format!("derived {}: {}", derived.len(), derived.join(", ")));
    }
    for column in &ctx.config.features.drop {
        column.find("column", &table.names())?;
    }
    let unused: Vec<String> = table
        .columns()
        .iter()
        .filter(|c| c.name != ROW_ID && c.name != PART && matches!(c.kind, Kind::Id | Kind::Date | Kind::Text))
        .filter(|c| !ctx.config.features.drop.iter().any(|d| d.value == c.name))
        .filter(|c| c.kind != Kind::Text || !read.contains(&c.name.as_str()))
        .map(|c| format!("{} ({})", c.name, c.kind.name()))
        .collect();
    if !unused.is_empty() {
        report.notes.push(format!("carried along, no features: {}", unused.join(", ")));
    }
    if let Some(target) = target {
        table.set(target);
    }
    let csv = names.features();
    let recipe = Recipe { derive, ..schema.recipe()?.clone() };
    let next = Schema { target: Some(spec), recipe: Some(recipe), ..Schema::of(&table, DataPhase::Features) };
    artifact::write(ctx.project, &csv, &table, next)?;
    report.rows_out = Some(table.rows() as u64);
    report.outputs = vec![csv.clone(), schema_of(&csv)];
    Ok(report)
}
