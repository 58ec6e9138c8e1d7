//! Column names, followed from the source's header through cleaning and derived columns.

use super::super::{Context, source_columns};
use crate::config::ExploreData;
use crate::data::{PART, ROW_ID};
use crate::error::{Error, Result, suggest};
use crate::package::LearnedStep;
use crate::transforms::Step;

/// Checks every column the configs name; says nothing where the header cannot be read yet.
pub(super) fn check(
    ctx: &Context,
    clean: &[Step],
    derive: &[Step],
    learned: &[LearnedStep],
    problems: &mut Vec<Error>,
) {
    let header = match source_columns(ctx) {
        Ok(Some(header)) => header,
        Ok(None) => return,
        Err(problem) => return problems.push(problem),
    };
    let before = problems.len();
    let mut note = |result: Result<()>| problems.extend(result.err());
    let target = &ctx.config.main.target.column;
    note(target.find("column", &header).map(|_| ()));
    let config = &ctx.config.clean;
    let named = config.values.iter().map(|(c, _)| c).chain(config.types.iter().map(|(c, _)| c));
    for column in named.chain(config.date_formats.iter().map(|(c, _)| c)) {
        note(column.find("column", &header).map(|_| ()));
    }
    let mut columns = vec![ROW_ID.to_owned()];
    if ctx.config.main.sources.iter().any(|s| s.part.is_some()) {
        columns.push(PART.to_owned());
    }
    columns.extend(header);
    let mut known = columns.clone();
    for step in clean {
        // A row filter may look at the target; no column can be made of it, and no step learns from it
        // but as the target.
        match step {
            Step::RowFilter(_) => note(follow(step, &mut columns)),
            Step::ColumnFix(_) | Step::Learned(_) => {
                columns.retain(|c| *c != target.value);
                note(follow(step, &mut columns));
                columns.push(target.value.clone());
            }
        }
    }
    columns.retain(|c| *c != target.value);
    known.extend(columns.iter().cloned());
    let cleaned = columns.clone();
    for step in derive {
        note(follow(step, &mut columns));
    }
    if problems.len() > before {
        return;
    }
    let mut note = |result: Result<()>| problems.extend(result.err());
    known.extend(columns.iter().cloned());
    let mut seen = std::collections::BTreeSet::new();
    known.retain(|column| seen.insert(column.clone()));
    for (column, _) in ctx.config.main.columns.iter() {
        note(column.find("column", &known).map(|_| ()));
    }
    for column in &ctx.config.features.drop {
        note(column.find("column", &columns).map(|_| ()));
    }
    for column in ctx.config.split.accept_leaks.iter().chain(&ctx.config.split.column) {
        note(column.find("column", &columns).map(|_| ()));
    }
    let explored = if ctx.config.explore.data == ExploreData::Clean { &cleaned } else { &columns };
    for column in ctx.config.explore.columns.iter().flatten() {
        note(column.find("column", explored).map(|_| ()));
    }
    let sliced = |column: &str| columns.iter().any(|c| c == column) || column == target.value;
    for slice in ctx.config.evaluate.slices.iter().filter(|slice| !sliced(&slice.value.column)) {
        let column = &slice.value.column;
        let hint = suggest(column, "columns", &columns);
        note(Err(slice.error(format!("the test rows have no column `{column}`")).maybe_hint(hint)));
    }
    let dropped = |name: &String| ctx.config.features.drop.iter().any(|d| d.value == *name);
    columns.retain(|c| c != ROW_ID && c != PART && !dropped(c));
    for step in learned {
        note(step.transform.check(&columns));
    }
}

fn follow(step: &Step, columns: &mut Vec<String>) -> Result<()> {
    match step {
        Step::RowFilter(filter) => filter.check(columns),
        Step::ColumnFix(fix) => fix.check(columns),
        Step::Learned(transform) => transform.check(columns),
    }
}
