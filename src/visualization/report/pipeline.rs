//! What happens to the rows, stage by stage.

use serde_json::Value as Json;

use super::super::page::{Cell, Markup, Table, clip, details, html};
use super::{Dataset, Facts};
use crate::data::schema::RecipeStep;
use crate::yaml::Node;

/// Characters of a step's parameters.
const LONGEST: usize = 200;

/// Rows in and out of each stage, and the steps taken.
pub fn section(facts: &Facts) -> Markup {
    let lang = facts.lang();
    html! {
        (rows(facts))
        (details(lang.pick("Steps of cleaning and features", "Pasos de limpieza y variables"), &steps(facts)))
    }
}

fn rows(facts: &Facts) -> Table {
    let lang = facts.lang();
    let mut table =
        Table::new(lang, lang.pick("Rows in and out of each stage", "Filas que entran y salen de cada etapa"))
            .column(lang.pick("stage", "etapa"))
            .numbers(lang.pick("rows in", "filas de entrada"))
            .numbers(lang.pick("rows out", "filas de salida"))
            .numbers(lang.pick("dropped", "descartadas"))
            .numbers(lang.pick("columns", "columnas"))
            .column(lang.pick("writes", "escribe"));
    let mut before: Option<u64> = None;
    let mut datasets = facts.datasets.iter().peekable();
    while let Some(first) = datasets.next() {
        let mut written: Vec<&Dataset> = vec![first];
        while let Some(next) = datasets.next_if(|next| next.stage == first.stage) {
            written.push(next);
        }
        let out: u64 = written.iter().map(|dataset| dataset.schema.rows).sum();
        let dropped = before.map(|rows| rows.saturating_sub(out));
        table.row(vec![
            Cell::code(first.stage),
            before.map_or_else(Cell::none, |rows| Cell::count(lang, rows)),
            Cell::count(lang, out),
            dropped.map_or_else(Cell::none, |rows| Cell::count(lang, rows)),
            Cell::count(lang, first.schema.columns.len() as u64),
            files(&written),
        ]);
        before = Some(out);
    }
    models(facts, &mut table);
    table
}

/// The stages that learn and measure.
fn models(facts: &Facts, table: &mut Table) {
    let lang = facts.lang();
    let rows = facts.models.iter().map(|model| model.info.provenance.rows).max();
    let columns = facts.models.iter().map(|model| model.info.inputs.len()).max().unwrap_or(0);
    let models = facts.models.iter().take(12).map(|model| model.file.as_str());
    table.row(vec![
        Cell::code("train"),
        rows.map_or_else(Cell::none, |rows| Cell::count(lang, rows)),
        Cell::none(),
        Cell::none(),
        Cell::count(lang, columns as u64),
        Cell::markup(html! { @for file in models { code { (file) } br; } }),
    ]);
    table.row(vec![
        Cell::code("evaluate"),
        Cell::count(lang, facts.evaluation.rows),
        Cell::none(),
        Cell::none(),
        Cell::none(),
        Cell::code(&facts.config.names().evaluation()),
    ]);
}

fn files(written: &[&Dataset]) -> Cell {
    let several = written.len() > 1;
    Cell::markup(html! {
        @for dataset in written {
            code { (dataset.file) }
            @if several { " (" (dataset.schema.rows) ")" }
            br;
        }
    })
}

fn steps(facts: &Facts) -> Markup {
    let lang = facts.lang();
    let info = facts.champion().map(|(model, _)| &model.info);
    html! {
        h3 { "clean" }
        (configured(&facts.config.clean.steps, lang.pick("nothing", "nada")))
        h3 { "features" }
        (configured(&facts.config.features.derive, lang.pick("nothing", "nada")))
        h3 { (lang.pick("learned in train, on training rows only", "aprendido en train, solo con filas de entrenamiento")) }
        @if let Some(info) = info {
            ol { @for step in &info.learned { li { (learned(step)) } } }
        }
    }
}

/// Steps as the config has them.
fn configured(steps: &[Node], nothing: &str) -> Markup {
    html! {
        @if steps.is_empty() { p.note { (nothing) } }
        ol {
            @for step in steps {
                li { code { (clip(&serde_json::to_string(&step.to_json()).unwrap_or_default(), LONGEST)) } }
            }
        }
    }
}

fn learned(step: &RecipeStep) -> Markup {
    html! { code { (step.name) } " " @if step.params != Json::Null { code { (clip(&step.params.to_string(), LONGEST)) } } }
}
