//! clean: raw text to typed rows; row filters and column fixes that learn nothing.

mod typing;

use super::steps::{self, Built};
use super::target;
use super::{Context, Report, rows};
use crate::config::{ColumnType, Decimal};
use crate::data::schema::{Phase as DataPhase, Recipe, Typing};
use crate::data::{Column, Kind, Schema, Table, TypeChoices, artifact, memory};
use crate::error::{Error, Result, suggest};
use crate::fs;
use crate::project::schema_of;
use crate::transforms::{Phase, RowFilter, Step, apply_fix};

/// Types the raw rows, settles the target, and runs `clean.steps` in order.
///
/// The raw rows are read twice, block by block: once to decide the types, once to make typed columns.
///
/// # Errors
/// Exit code 2 for configs that do not fit the columns, 3 for data that cannot be typed.
pub fn clean(ctx: &Context) -> Result<Report> {
    let names = ctx.config.names();
    let steps = steps::build(&ctx.config.clean.steps, &[Phase::RowFilter, Phase::ColumnFix])?;
    // The typed columns and what the steps need beside them take about three times the text.
    let size = fs::size(&ctx.project.path(names.raw())).unwrap_or(0);
    memory::check(size.saturating_mul(3), &format!("cleaning `{}`", names.raw()))?;
    let raw = artifact::RawRows::open(ctx.project, &names.raw())?;
    let mut report = Report { stage: "clean".into(), rows_in: Some(raw.rows() as u64), ..Report::default() };
    let mut typing = typing(ctx, &raw.names())?;
    report.warnings = typing::decide(&raw, &mut typing, &choices(ctx), &ctx.config.main.target.column)?;
    let typing::RawColumns { keys, inputs, target } = typing::apply(&raw, &typing, &ctx.config.main.target.column)?;
    report.notes.push(kinds(&inputs));

    let labels = target::settle(ctx, target, &rows::namer(&keys), &mut report)?;
    let mut table = with_keys(keys, inputs, labels.column);
    drop_rows(&mut table, &labels.missing, "no target", &mut report);
    let clean_steps = run_steps(steps, &mut table, &ctx.config.main.target.column, &mut report)?;
    let spec = target::specify(ctx, &table, labels.map, &mut report)?;
    let table = target::as_kind(table, &spec);

    let csv = names.clean();
    let recipe = Recipe { typing, clean: clean_steps, derive: Vec::new() };
    let schema = Schema { target: Some(spec), recipe: Some(recipe), ..Schema::of(&table, DataPhase::Clean) };
    artifact::write(ctx.project, &csv, &table, schema)?;
    report.rows_out = Some(table.rows() as u64);
    report.outputs = vec![csv.clone(), schema_of(&csv)];
    Ok(report)
}

/// The rules of `clean.yaml`, their columns checked against the raw columns.
fn typing(ctx: &Context, known: &[&str]) -> Result<Typing> {
    let config = &ctx.config.clean;
    ctx.config.main.target.column.find("target column", known)?;
    let located = config.values.iter().map(|(c, _)| c).chain(config.types.iter().map(|(c, _)| c));
    for column in located.chain(config.date_formats.iter().map(|(c, _)| c)) {
        column.find("column", known)?;
    }
    let values = config.values.iter().map(|(column, map)| {
        let pairs = map.iter().map(|(from, to)| (from.value.clone(), to.as_ref().map(|t| t.0.clone()))).collect();
        (column.value.clone(), pairs)
    });
    Ok(Typing {
        trim: config.trim,
        decimal_comma: config.decimal == Decimal::Comma,
        missing: config.missing.iter().map(|t| t.0.clone()).collect(),
        values: values.collect(),
        columns: Vec::new(),
    })
}

fn choices(ctx: &Context) -> TypeChoices {
    let config = &ctx.config.clean;
    TypeChoices {
        kinds: config.types.iter().map(|(column, kind)| (column.value.clone(), kind_of(*kind))).collect(),
        formats: config
            .date_formats
            .iter()
            .map(|(column, format)| (column.value.clone(), format.value.clone()))
            .collect(),
    }
}

fn kind_of(kind: ColumnType) -> Kind {
    match kind {
        ColumnType::Number => Kind::Number,
        ColumnType::Integer => Kind::Integer,
        ColumnType::Category => Kind::Category,
        ColumnType::Text => Kind::Text,
        ColumnType::Date => Kind::Date,
        ColumnType::Bool => Kind::Bool,
        ColumnType::Id => Kind::Id,
    }
}

/// `3 number, 2 category` and so on.
fn kinds(table: &Table) -> String {
    let counts = Kind::ALL.into_iter().filter_map(|kind| {
        let count = table.columns().iter().filter(|c| c.kind == kind).count();
        (count > 0).then(|| format!("{count} {}", kind.name()))
    });
    format!("columns: {}", counts.collect::<Vec<_>>().join(", "))
}

/// Row id first, then the part where there is one, the inputs, the target last.
fn with_keys(keys: Table, inputs: Table, target: Column) -> Table {
    let mut columns = keys.into_columns();
    columns.extend(inputs.into_columns());
    columns.push(target);
    Table::new(columns)
}

fn drop_rows(table: &mut Table, drop: &[bool], reason: &str, report: &mut Report) {
    let count = drop.iter().filter(|d| **d).count();
    if count > 0 {
        table.retain_rows(&drop.iter().map(|d| !d).collect::<Vec<_>>());
        let rows = if count == 1 { "row" } else { "rows" };
        report.notes.push(format!("dropped {count} {rows}: {reason}"));
    }
}

/// Runs the steps; row filters are left out of the recipe, since they never act on new rows.
fn run_steps(
    steps: Vec<Built>,
    table: &mut Table,
    target: &str,
    report: &mut Report,
) -> Result<Vec<crate::data::schema::RecipeStep>> {
    let mut recipe = Vec::new();
    for built in steps {
        tracing::debug!(step = built.recipe.name, params = %built.recipe.params, rows = table.rows(), "clean step");
        match built.step {
            Step::RowFilter(filter) => {
                filter.check(&table.names().into_iter().map(str::to_owned).collect::<Vec<_>>())?;
                run_filter(filter.as_ref(), table, report)?;
            }
            Step::ColumnFix(fix) => {
                // Without the target: at prediction there is none, and no feature may be made of it.
                let aside = table.remove(target);
                fix.check(&mut table.names().into_iter().map(str::to_owned).collect())?;
                report.notes.extend(apply_fix(fix.as_ref(), table)?);
                if let Some(column) = aside {
                    refuse_name(table, target)?;
                    table.set(column);
                }
                recipe.push(built.recipe);
            }
            Step::Learned(_) => {}
        }
    }
    Ok(recipe)
}

/// A column made by a step may not take the target's name.
///
/// # Errors
/// Exit code 2.
pub(super) fn refuse_name(table: &Table, name: &str) -> Result<()> {
    match table.column(name) {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!("a step makes a column `{name}`, which is the target or mlops' own"))
            .hint("give the new column another name")),
    }
}

/// Row filters act on labelled rows before the split, never on a given test part.
fn run_filter(filter: &dyn RowFilter, table: &mut Table, report: &mut Report) -> Result<()> {
    let test = rows::in_test_part(table);
    let kept = filter.keep(table)?;
    let drop: Vec<bool> = kept.keep.iter().zip(test).map(|(keep, test)| !keep && !test).collect();
    drop_rows(table, &drop, &kept.reason, report);
    if table.rows() == 0 {
        return Err(Error::data(format!("no row is left after dropping: {}", kept.reason)).maybe_hint(suggest(
            &kept.reason,
            "steps that ran",
            &report.notes,
        )));
    }
    Ok(())
}
