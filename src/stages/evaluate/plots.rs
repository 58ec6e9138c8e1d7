//! Curves as CSV, for `dvc plots`: a file a model and plot, whose size does not grow with the rows.

use super::super::Context;
use super::details::{CALIBRATION_BINS, POINTS, shown_rows};
use super::{Evaluated, Test};
use crate::config::Plot;
use crate::data::{Column, Table, Target, Task};
use crate::error::{Error, Result};
use crate::fs;
use crate::metrics::Ranking;
use crate::metrics::curves::{self, ScoreCurve};

/// Rows of a confusion plot.
const MOST_ROWS: usize = 50_000;

/// The plots that a task has.
pub fn able(task: Task) -> &'static [Plot] {
    use Plot::{Calibration, Confusion, Gain, PrecisionRecall, Residuals, Roc, Threshold};
    match task {
        Task::Binary => &[Roc, PrecisionRecall, Calibration, Threshold, Gain, Confusion],
        Task::Multiclass => &[Roc, PrecisionRecall, Calibration, Confusion],
        Task::Regression => &[Residuals],
    }
}

/// Refuses plots that the task does not have.
///
/// # Errors
/// Exit code 2, where they stand.
pub fn check(ctx: &Context, task: Task) -> Result<()> {
    let plots = &ctx.config.evaluate.plots;
    let able = able(task);
    match plots.value.iter().find(|plot| !able.contains(plot)) {
        None => Ok(()),
        Some(wrong) => {
            let names: Vec<&str> = able.iter().map(|plot| plot.name()).collect();
            let task = task.name();
            Err(plots
                .error(format!("a {task} target has no plot `{}`", wrong.name()))
                .hint(format!("its plots: {}", names.join(", "))))
        }
    }
}

/// Writes the plots of a model, and tells their paths.
///
/// # Errors
/// Exit code 1 where a file cannot be written.
pub fn write(ctx: &Context, one: &Evaluated, test: &Test) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for plot in &ctx.config.evaluate.plots.value {
        let path = ctx.config.names().plot(plot.name(), one.algorithm());
        let file = ctx.project.path(&path);
        let table = table(*plot, one, test)?;
        fs::atomic_write(&file, |w| crate::data::artifact::write_csv(w, &file, &table))?;
        paths.push(path);
    }
    Ok(paths)
}

fn table(plot: Plot, one: &Evaluated, test: &Test) -> Result<Table> {
    let (codes, classes) = match &test.target {
        Target::Classes { codes, classes } => (codes, *classes),
        Target::Values(actual) => {
            let (actual, predicted) = shown_rows(actual, &one.scores.values).into_iter().unzip();
            return Ok(numbers([("actual", actual), ("predicted", predicted)]));
        }
    };
    if plot == Plot::Confusion {
        return Ok(confusion(one, codes, classes));
    }
    let (scores, positive) = against_rest(one, codes, classes);
    if plot == Plot::Calibration {
        let bins = curves::uniform(&scores, &positive, CALIBRATION_BINS);
        let of = |value: fn(&curves::CalibrationBin) -> f64| bins.iter().map(value).collect();
        let columns =
            [("predicted", of(|b| b.predicted)), ("observed", of(|b| b.observed)), ("rows", of(|b| b.rows as f64))];
        return Ok(numbers(columns));
    }
    let ranking = Ranking::new(scores.iter().copied().zip(positive.iter().copied()))?;
    let curve = ScoreCurve::thinned(&ranking, POINTS, one.package.info.decision.threshold());
    drawn(plot, &curve, &one.package.info.decision.costs)
        .ok_or_else(|| Error::failure(format!("`{}` cannot be drawn", plot.name())))
}

/// Of two classes the scores of the positive one; of several each against the rest, all together.
fn against_rest(one: &Evaluated, codes: &[u32], classes: usize) -> (Vec<f64>, Vec<bool>) {
    if classes == 2 {
        return (one.scores.column(1), codes.iter().map(|code| *code == 1).collect());
    }
    let positive = codes.iter().flat_map(|code| (0..classes as u32).map(move |class| class == *code));
    (one.scores.values.clone(), positive.collect())
}

/// The points of a curve; without any, where a class is missing, the header alone.
fn drawn(plot: Plot, curve: &ScoreCurve, costs: &[Vec<f64>]) -> Option<Table> {
    let or_missing = |value: Option<f64>| value.unwrap_or(f64::NAN);
    Some(match plot {
        Plot::Roc => {
            let points = curve.roc().unwrap_or_default();
            numbers([
                ("false_positive_rate", points.iter().map(|p| p.false_positive_rate).collect()),
                ("true_positive_rate", points.iter().map(|p| p.true_positive_rate).collect()),
                ("threshold", points.iter().map(|p| or_missing(p.threshold)).collect()),
            ])
        }
        Plot::PrecisionRecall => {
            let points = curve.precision_recall().unwrap_or_default();
            numbers([
                ("recall", points.iter().map(|p| p.recall).collect()),
                ("precision", points.iter().map(|p| p.precision).collect()),
                ("threshold", points.iter().map(|p| or_missing(p.threshold)).collect()),
            ])
        }
        Plot::Threshold => {
            let points = curve.thresholds(costs);
            numbers([
                ("threshold", points.iter().map(|p| p.threshold).collect()),
                ("precision", points.iter().map(|p| p.precision).collect()),
                ("recall", points.iter().map(|p| p.recall).collect()),
                ("f1", points.iter().map(|p| p.f1).collect()),
                ("cost", points.iter().map(|p| or_missing(p.cost)).collect()),
            ])
        }
        Plot::Gain => {
            let points = curve.gains().unwrap_or_default();
            numbers([
                ("share", points.iter().map(|p| p.share).collect()),
                ("gain", points.iter().map(|p| p.gain).collect()),
                ("lift", points.iter().map(|p| or_missing(p.lift)).collect()),
                ("threshold", points.iter().map(|p| or_missing(p.threshold)).collect()),
            ])
        }
        Plot::Calibration | Plot::Confusion | Plot::Residuals => return None,
    })
}

fn numbers<const N: usize>(columns: [(&str, Vec<f64>); N]) -> Table {
    Table::new(columns.into_iter().map(|(name, values)| Column::number(name, values)).collect())
}

/// Actual and predicted class of each row, which is what DVC counts; of very many rows, of each cell as many as it has by
/// share.
fn confusion(one: &Evaluated, codes: &[u32], classes: usize) -> Table {
    let mut counts = vec![0usize; classes * classes];
    codes.iter().zip(&one.decided).for_each(|(a, p)| counts[*a as usize * classes + *p as usize] += 1);
    let rows = codes.len();
    if rows > MOST_ROWS {
        // Whole parts first, then one more for the largest remainders.
        let parts: Vec<(usize, usize)> = counts.iter().map(|n| (n * MOST_ROWS / rows, n * MOST_ROWS % rows)).collect();
        let left = MOST_ROWS - parts.iter().map(|(whole, _)| whole).sum::<usize>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|cell| std::cmp::Reverse(parts[*cell].1));
        counts = parts.into_iter().map(|(whole, _)| whole).collect();
        order.into_iter().take(left).for_each(|cell| counts[cell] += 1);
    }
    let cells = || counts.iter().enumerate().flat_map(|(cell, n)| std::iter::repeat_n(cell, *n));
    let label = |class: usize| one.package.info.target.classes.get(class).cloned();
    Table::new(vec![
        Column::text("actual", cells().map(|cell| label(cell / classes)).collect()),
        Column::text("predicted", cells().map(|cell| label(cell % classes)).collect()),
    ])
}
