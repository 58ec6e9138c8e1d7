//! What can be known to be wrong before anything runs: every step, algorithm, metric and column name of
//! the configs, and dvc.yaml against the configs. No row is read; of the source only the header.

mod columns;
mod learning;
mod params;
mod pipeline;
mod plots;
mod repair;
mod tuning;

pub use pipeline::pipeline;
pub(super) use plots::wanted as wanted_plots;
pub use repair::{Repaired, read as read_pipeline, repair};

use super::{Context, steps};
use crate::data::dates;
use crate::error::Error;
use crate::transforms::{Phase, Step};
use crate::yaml::Node;

/// All problems of the configs, in the order of the stages.
pub fn configs(ctx: &Context) -> Vec<Error> {
    let mut problems = super::ingest::source_problems(ctx);
    let formats = ctx.config.clean.date_formats.iter().map(|(_, format)| format);
    problems.extend(formats.filter(|format| !dates::is_format(format)).map(|format| {
        format
            .error(format!("`{}` is no date format: it must tell year, month and day", format.value))
            .hint("write it such as \"%d/%m/%Y\"")
    }));
    let clean = build(&ctx.config.clean.steps, &[Phase::RowFilter, Phase::ColumnFix], &mut problems);
    let derive = build(&ctx.config.features.derive, &[Phase::ColumnFix], &mut problems);
    let mut learned = Vec::new();
    for node in &ctx.config.features.learned {
        match steps::build_learned(std::slice::from_ref(node)) {
            Ok(built) => learned.extend(built),
            Err(problem) => problems.push(problem),
        }
    }
    // Columns that a broken step would make are not missing elsewhere.
    if problems.is_empty() {
        columns::check(ctx, &clean, &derive, &learned, &mut problems);
    }
    learning::check(ctx, &mut problems);
    tuning::check(ctx, &mut problems);
    problems.extend(super::predict::output::config_problem(ctx));
    problems
}

fn build(nodes: &[Node], phases: &[Phase], problems: &mut Vec<Error>) -> Vec<Step> {
    let mut built = Vec::new();
    for node in nodes {
        match steps::build(std::slice::from_ref(node), phases) {
            Ok(step) => built.extend(step.into_iter().map(|b| b.step)),
            Err(problem) => problems.push(problem),
        }
    }
    built
}

#[cfg(test)]
mod tests;
