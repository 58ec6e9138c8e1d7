//! report: the figures of an evaluation and of its models, the page they stand on, and a card of each model.

mod figures;
mod learning;
mod page;
mod plan;
mod sample;

pub use plan::Planned;
pub(super) use plan::check;

use super::{Context, Report};
use crate::error::{Error, Result};
use crate::fs;
use crate::package::evaluation::Evaluation;
use crate::visualization::Figure;

/// A figure with what it is.
pub struct Drawn {
    /// What was planned.
    pub planned: Planned,
    /// The figure.
    pub figure: Figure,
}

/// Draws everything that configs/report.yaml asks for, and writes the page and the cards.
///
/// # Errors
/// Exit code 2 for figures that the target does not have, 3 for an evaluation or models that are missing or damaged.
pub fn report(ctx: &Context) -> Result<Report> {
    let evaluation = evaluation(ctx)?;
    plan::check(ctx, evaluation.task)?;
    let (drawn, mut outputs) = figures::draw(ctx, &evaluation)?;
    let pages = page::write(ctx, &evaluation, &drawn)?;
    outputs.extend(pages);
    outputs.sort();
    Ok(Report {
        stage: "report".into(),
        rows_in: Some(evaluation.rows),
        notes: vec![format!("{} figures", drawn.len())],
        outputs,
        ..Report::default()
    })
}

/// Everything that the stage writes, from the configs alone.
pub(super) fn outs(ctx: &Context) -> Vec<String> {
    let names = ctx.config.names();
    let mut all: Vec<String> = plan::figures(ctx).iter().flat_map(|planned| planned.paths(ctx)).collect();
    all.push(names.report());
    let algorithms = ctx.config.train.algorithms.iter().filter_map(|algorithm| algorithm.name.as_str());
    all.extend(algorithms.map(|algorithm| names.model_card(algorithm)));
    all
}

fn evaluation(ctx: &Context) -> Result<Evaluation> {
    let shown = ctx.config.names().evaluation();
    let path = ctx.project.path(&shown);
    if !path.exists() {
        return Err(Error::data(format!("no such file `{shown}`")).hint("make it with `mlops evaluate`"));
    }
    Evaluation::from_bytes(&fs::read(&path)?, &shown)
}
