//! The models beside one another, the baseline first.

use super::super::page::{Cell, Markup, Table, Tone, badge, html};
use super::{Facts, Model};
use crate::data::{Task, are_ordered};
use crate::package::evaluation::{Comparison, Evaluation, ModelEvaluation};

/// Models told of.
const MOST: usize = 200;

/// Test metrics with their intervals, and how sure it is that the champion is better.
pub fn section(facts: &Facts) -> Markup {
    let lang = facts.lang();
    html! {
        (table(facts))
        @if let Some(bootstrap) = &facts.evaluation.bootstrap {
            p.note {
                (lang.pick("Intervals hold", "Los intervalos contienen el")) " " (lang.plain(bootstrap.confidence * 100.0)) "\u{a0}% "
                (lang.pick("of", "de")) " " (lang.count(bootstrap.resamples)) " "
                (lang.pick("resamples of the test rows.", "remuestreos de las filas de prueba."))
            }
        }
        @if !facts.evaluation.comparisons.is_empty() { (comparisons(facts)) }
    }
}

/// The metrics of the table, by task.
fn columns(evaluation: &Evaluation) -> &'static [&'static str] {
    match evaluation.task {
        Task::Binary => &["roc_auc", "pr_auc", "f1", "precision", "recall", "accuracy", "log_loss"],
        Task::Multiclass if are_ordered(&evaluation.classes) => {
            &["f1_macro", "accuracy", "balanced_accuracy", "mae", "cohen_kappa_quadratic", "roc_auc", "log_loss"]
        }
        Task::Multiclass => &["f1_macro", "accuracy", "balanced_accuracy", "roc_auc", "log_loss"],
        Task::Regression => &["rmse", "mae", "r2", "mape"],
    }
}

fn table(facts: &Facts) -> Table {
    let (lang, evaluation) = (facts.lang(), facts.evaluation);
    let metrics = columns(evaluation);
    let has_baseline = facts.models.iter().any(|model| model.info.algorithm == "baseline");
    let caption = match has_baseline {
        true => {
            lang.pick("Models: the baseline first, then by rank", "Modelos: primero la línea base, luego por orden")
        }
        false => lang.pick("Models by rank", "Modelos por orden"),
    };
    let mut table = Table::new(lang, caption)
        .column(lang.pick("model", "modelo"))
        .numbers(format!("{} ({})", facts.select(), lang.pick("out of fold", "validación cruzada")))
        .sortable()
        .at_most(MOST);
    for metric in metrics {
        table = table.numbers(lang.metric(metric));
    }
    let (baseline, others): (Vec<&Model>, Vec<&Model>) =
        facts.models.iter().partition(|model| model.info.algorithm == "baseline");
    for model in baseline.into_iter().chain(others) {
        let Some(measured) = facts.measured(&model.info.algorithm) else { continue };
        let is_champion = model.info.algorithm == evaluation.champion;
        let mut cells = vec![name(facts, model, is_champion), out_of_fold(facts, measured)];
        cells.extend(metrics.iter().map(|metric| with_interval(facts, measured, metric)));
        let class = if is_champion { "strong" } else { "" };
        table.marked_row(class, cells);
    }
    table
}

fn name(facts: &Facts, model: &Model, is_champion: bool) -> Cell {
    let lang = facts.lang();
    Cell::markup(html! {
        (model.info.algorithm) " "
        @if is_champion { (badge(Tone::Plain, lang.pick("champion", "campeón"))) }
    })
}

fn out_of_fold(facts: &Facts, measured: &ModelEvaluation) -> Cell {
    let (lang, select) = (facts.lang(), &facts.evaluation.select);
    let Some(mean) = measured.out_of_fold.mean.get(select) else { return Cell::none() };
    let spread = measured.out_of_fold.std.get(select).map(|std| format!(" ± {}", lang.value(*std)));
    Cell::number(format!("{}{}", lang.value(*mean), spread.unwrap_or_default()), *mean)
}

/// A test metric, its interval below.
fn with_interval(facts: &Facts, measured: &ModelEvaluation, metric: &str) -> Cell {
    let lang = facts.lang();
    let Some(value) = measured.test.get(metric) else { return Cell::none() };
    let interval = measured.intervals.get(metric);
    Cell::ordered(
        html! {
            (lang.value(*value))
            @if let Some(interval) = interval {
                br; span.note { (lang.value(interval.low)) "–" (lang.value(interval.high)) }
            }
        },
        *value,
    )
}

/// The champion less each of the others.
fn comparisons(facts: &Facts) -> Table {
    let (lang, evaluation) = (facts.lang(), facts.evaluation);
    let select = &evaluation.select;
    let caption = match lang {
        super::Lang::En => {
            format!("The champion {} less each of the others, on the same resamples", evaluation.champion)
        }
        super::Lang::Es => {
            format!("El campeón {} menos cada uno de los demás, en los mismos remuestreos", evaluation.champion)
        }
    };
    let mut table = Table::new(lang, caption)
        .column(lang.pick("against", "frente a"))
        .numbers(format!("{} {}", lang.pick("difference in", "diferencia en"), facts.select()))
        .numbers(lang.pick("interval", "intervalo"))
        .numbers("p")
        .at_most(MOST);
    let has_mcnemar = evaluation.comparisons.iter().any(|comparison| comparison.mcnemar.is_some());
    if has_mcnemar {
        table = table
            .numbers(lang.pick("only the champion is right", "solo acierta el campeón"))
            .numbers(lang.pick("only the other is right", "solo acierta el otro"))
            .numbers("McNemar p");
    }
    for comparison in &evaluation.comparisons {
        table.row(row(facts, comparison, select, has_mcnemar));
    }
    table
}

fn row(facts: &Facts, comparison: &Comparison, select: &str, has_mcnemar: bool) -> Vec<Cell> {
    let lang = facts.lang();
    let mut cells = vec![Cell::text(&comparison.challenger)];
    match comparison.differences.get(select) {
        Some(found) => {
            let interval = format!("{} {} {}", lang.signed(found.low), lang.pick("to", "a"), lang.signed(found.high));
            let difference = facts.difference(&comparison.challenger).unwrap_or(found.mean);
            cells.push(Cell::number(lang.signed(difference), difference));
            cells.push(Cell::number(interval, found.low));
            cells.push(Cell::number(lang.value(found.p_value), found.p_value));
        }
        None => cells.extend([Cell::none(), Cell::none(), Cell::none()]),
    }
    match &comparison.mcnemar {
        Some(test) => cells.extend([
            Cell::count(lang, test.first_only),
            Cell::count(lang, test.second_only),
            Cell::number(lang.value(test.p_value), test.p_value),
        ]),
        None if has_mcnemar => cells.extend([Cell::none(), Cell::none(), Cell::none()]),
        None => {}
    }
    cells
}
