//! How good the champion is on parts of the test rows.

use super::super::page::{Cell, Markup, Table, Tone, badge, html};
use super::{Facts, higher_is_better};
use crate::package::evaluation::{ModelEvaluation, Slice};

/// Slices told of.
const MOST: usize = 200;
/// Metrics told of each.
const METRICS: usize = 6;

/// The champion's metrics by slice; none where none was asked for.
pub fn section(facts: &Facts) -> Option<Markup> {
    let lang = facts.lang();
    let (model, measured) = facts.champion().filter(|(_, measured)| !measured.slices.is_empty())?;
    let smallest = facts.config.evaluate.min_rows.value as u64;
    Some(html! {
        (table(facts, &model.info.algorithm, measured))
        p.note {
            (badge(Tone::Warning, lang.pick("small", "pequeño"))) " "
            (lang.pick("rows: fewer than", "filas: menos de")) " " (lang.count(smallest))
            (lang.pick(": too few to tell much. ", ": demasiado pocas para decir mucho. "))
            (badge(Tone::Bad, lang.pick("worst", "peor"))) " "
            (lang.pick("the worst of the slices that are not small.", "el peor de los segmentos que no son pequeños."))
        }
    })
}

fn table(facts: &Facts, champion: &str, measured: &ModelEvaluation) -> Table {
    let lang = facts.lang();
    let metrics = metrics(facts, measured);
    let caption = match lang {
        super::Lang::En => format!("{champion} on parts of the test rows"),
        super::Lang::Es => format!("{champion} en partes de las filas de prueba"),
    };
    let mut table = Table::new(lang, caption)
        .column(lang.pick("slice", "segmento"))
        .numbers(lang.pick("rows", "filas"))
        .sortable()
        .at_most(MOST);
    for metric in &metrics {
        table = table.numbers(lang.metric(metric));
    }
    let mut all = vec![Cell::text(lang.pick("all rows", "todas las filas")), Cell::count(lang, facts.evaluation.rows)];
    all.extend(metrics.iter().map(|metric| Cell::value(lang, measured.test.get(*metric).copied())));
    table.marked_row("strong", all);
    let worst: Vec<Option<f64>> = metrics.iter().map(|metric| worst(&measured.slices, metric)).collect();
    for slice in &measured.slices {
        let mut cells = vec![name(facts, slice), Cell::count(lang, slice.rows)];
        for (metric, worst) in metrics.iter().zip(&worst) {
            let value = slice.metrics.get(*metric).copied();
            let is_worst = !slice.small && value.is_some() && value == *worst;
            cells.push(match value.filter(|_| is_worst) {
                Some(value) => Cell::ordered(
                    html! { (badge(Tone::Bad, lang.pick("worst", "peor"))) " " (lang.value(value)) },
                    value,
                ),
                None => Cell::value(lang, value),
            });
        }
        table.marked_row(if slice.small { "faint" } else { "" }, cells);
    }
    table
}

fn name(facts: &Facts, slice: &Slice) -> Cell {
    let lang = facts.lang();
    Cell::markup(html! {
        code { (super::super::page::clip(&slice.column, 60)) } " = " (super::super::page::clip(&slice.level, 60)) " "
        @if slice.small { (badge(Tone::Warning, lang.pick("small", "pequeño"))) }
    })
}

/// The metric of choice first, then others that slices have.
fn metrics<'a>(facts: &'a Facts, measured: &'a ModelEvaluation) -> Vec<&'a str> {
    const WANTED: [&str; 9] =
        ["roc_auc", "f1_macro", "f1", "precision", "recall", "accuracy", "log_loss", "rmse", "mae"];
    let has = |metric: &str| measured.slices.iter().any(|slice| slice.metrics.contains_key(metric));
    let select = facts.evaluation.select.as_str();
    let others = WANTED.into_iter().filter(|metric| *metric != select);
    std::iter::once(select).chain(others).filter(|metric| has(metric)).take(METRICS).collect()
}

/// The worst value among slices that are not small, where there are several.
fn worst(slices: &[Slice], metric: &str) -> Option<f64> {
    let higher = higher_is_better(metric)?;
    let values: Vec<f64> =
        slices.iter().filter(|slice| !slice.small).filter_map(|slice| slice.metrics.get(metric).copied()).collect();
    let worst = values.iter().copied().reduce(|a, b| if (b < a) == higher { b } else { a })?;
    values.iter().any(|value| *value != worst).then_some(worst)
}
