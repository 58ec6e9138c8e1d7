//! report: the figures of an evaluation and of its models.

mod figures;
mod learning;
mod plan;
mod sample;

pub use plan::Planned;
pub(super) use plan::{check, figures as planned};

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

/// Draws everything that configs/report.yaml asks for.
///
/// # Errors
/// Exit code 2 for figures that the target does not have, 3 for an evaluation or models that are missing or damaged.
pub fn report(ctx: &Context) -> Result<Report> {
    let evaluation = evaluation(ctx)?;
    plan::check(ctx, evaluation.task)?;
    let (drawn, mut outputs) = figures::draw(ctx, &evaluation)?;
    outputs.sort();
    Ok(Report {
        stage: "report".into(),
        rows_in: Some(evaluation.rows),
        notes: vec![format!("{} figures", drawn.len())],
        outputs,
        ..Report::default()
    })
}

fn evaluation(ctx: &Context) -> Result<Evaluation> {
    let shown = ctx.config.names().evaluation();
    let path = ctx.project.path(&shown);
    if !path.exists() {
        return Err(Error::data(format!("no such file `{shown}`")).hint("make it with `mlops evaluate`"));
    }
    Evaluation::from_bytes(&fs::read(&path)?, &shown)
}
