//! Permutation importance of the champion on the test rows.
//!
//! It stands in evaluate.yaml and is no command of its own, since it is a measure on the very test rows and models of
//! the evaluation, and its result belongs into the same file: whoever wants it wants it anew with every model.

use std::borrow::Cow;

use rayon::prelude::*;

use super::super::train::point_at;
use super::super::{Context, rows};
use super::{Evaluated, Test};
use crate::data::{Column, SplitMix64, Table};
use crate::error::{Error, Result};
use crate::metrics::{self, Metric};
use crate::package::evaluation::{PermutationImportance, PermutedColumn};

/// Rows up to which columns are tried side by side; of more rows, the model is at work on all threads anyway.
const SIDE_BY_SIDE: usize = 100_000;

/// How much worse the champion gets with each column in random order; none where it is not asked for.
///
/// # Errors
/// Exit code 2 for a metric that is not defined for the task; 1 for one that is not for these rows.
pub fn of(
    ctx: &Context,
    champion: &Evaluated,
    test: &Test,
    select: &'static Metric,
) -> Result<Option<PermutationImportance>> {
    let Some(config) = &ctx.config.evaluate.permutation_importance else { return Ok(None) };
    let metric = match &config.metric {
        Some(name) => metrics::find_for(name, test.spec.task).map_err(|e| point_at(name, &e))?,
        None => select,
    };
    let repeats = config.repeats.value;
    let inputs: Vec<Column> =
        champion.package.info.inputs.iter().filter_map(|input| test.table.column(&input.name).cloned()).collect();
    let run = Run { champion, test, metric, table: Table::new(inputs) };
    let whole = run.score(&run.table)?;
    let columns = run.table.columns().len();
    let one = |at: usize| {
        let random = SplitMix64::stream(ctx.config.evaluate.seed, at);
        run.score(&run.permuted(at / repeats, random)).map(|score| run.worse(whole, score))
    };
    let all = 0..columns * repeats;
    let found: Vec<f64> = match run.table.rows() <= SIDE_BY_SIDE {
        true => all.into_par_iter().map(one).collect::<Result<_>>()?,
        false => all.map(one).collect::<Result<_>>()?,
    };
    let column = |(column, found): (&Column, &[f64])| {
        let n = found.len() as f64;
        let mean = found.iter().sum::<f64>() / n;
        let variance = found.iter().map(|worse| (worse - mean) * (worse - mean)).sum::<f64>() / n;
        PermutedColumn { feature: column.name.clone(), mean, std: libm::sqrt(variance) }
    };
    let mut columns: Vec<PermutedColumn> =
        run.table.columns().iter().zip(found.chunks_exact(repeats)).map(column).collect();
    columns.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(Some(PermutationImportance { metric: metric.name.to_owned(), repeats: repeats as u64, columns }))
}

struct Run<'a> {
    champion: &'a Evaluated,
    test: &'a Test,
    metric: &'static Metric,
    table: Table,
}

impl Run<'_> {
    /// The rows with a column in random order.
    fn permuted(&self, column: usize, mut random: SplitMix64) -> Table {
        let mut order: Vec<usize> = (0..self.table.rows()).collect();
        random.shuffle(&mut order);
        let mut table = self.table.clone();
        let permuted = Table::new(vec![self.table.columns()[column].clone()]).select_rows(&order);
        permuted.into_columns().into_iter().for_each(|column| table.set(column));
        table
    }

    fn score(&self, table: &Table) -> Result<f64> {
        let package = &self.champion.package;
        let scores = package.scores(Cow::Borrowed(table), &rows::namer(&self.test.table))?;
        let decided = package.info.decision.classes(&scores);
        self.metric.value(&self.test.target, &scores, &decided)?.ok_or_else(|| {
            Error::failure(format!("`{}` is not defined on the test rows", self.metric.name))
                .hint("name another one under `evaluate.permutation_importance.metric`")
        })
    }

    fn worse(&self, whole: f64, permuted: f64) -> f64 {
        if self.metric.higher_is_better { whole - permuted } else { permuted - whole }
    }
}
