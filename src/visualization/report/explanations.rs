//! What the models' answers rest on.

use super::super::page::{Cell, Markup, Table, details, html};
use super::{Facts, Place};

/// Features told of each model.
const MOST: usize = 15;

/// Importance by the models themselves, by permutation, and the pictures of it.
pub fn section(facts: &Facts) -> Option<Markup> {
    let lang = facts.lang();
    let tables: Vec<(&str, Table)> = facts
        .models
        .iter()
        .filter(|model| !model.importance.is_empty())
        .map(|model| (model.info.algorithm.as_str(), native(facts, model)))
        .collect();
    let permuted = facts.evaluation.permutation_importance.as_ref();
    let tells_terms = facts.evaluation.models.values().any(|model| !model.terms.is_empty());
    if tables.is_empty() && !tells_terms && permuted.is_none() && !facts.has_pictures(Place::Explanation) {
        return None;
    }
    Some(html! {
        (facts.pictures(Place::Explanation))
        @for (name, table) in terms(facts) {
            (details(&format!("{}: {name}", lang.pick("Strongest terms", "Términos con más peso")), &html! { (table) }))
        }
        @if let Some(table) = permutation(facts) { (table) }
        @for (name, table) in &tables {
            (details(&format!("{}: {name}", lang.pick("Importance by the model itself", "Importancia según el modelo")),
                &html! { (table) }))
        }
    })
}

/// Of each model that tells, the terms that speak most for each class.
fn terms<'a>(facts: &'a Facts) -> Vec<(&'a str, Table)> {
    let lang = facts.lang();
    let able = facts.evaluation.models.iter().filter(|(_, model)| !model.terms.is_empty());
    able.map(|(name, model)| {
        let caption = format!(
            "{}: {name}",
            lang.pick("Terms that speak most for a class", "Términos que más hablan a favor de una clase")
        );
        let mut table = Table::new(lang, caption)
            .column(lang.pick("class", "clase"))
            .column(lang.pick("column", "columna"))
            .column(lang.pick("term", "término"))
            .numbers(lang.pick("weight", "peso"))
            .sortable();
        for class in &model.terms {
            for one in &class.terms {
                let leaning = Cell::number(lang.value(one.leaning), one.leaning);
                let of = class.class.as_deref().unwrap_or_default();
                table.row(vec![Cell::code(of), Cell::code(&one.column), Cell::code(&one.term), leaning]);
            }
        }
        (name.as_str(), table)
    })
    .collect()
}

fn native(facts: &Facts, model: &super::Model) -> Table {
    let lang = facts.lang();
    let caption =
        format!("{}: {}", lang.pick("Most important features", "Variables más importantes"), model.info.algorithm);
    let mut table = Table::new(lang, caption)
        .column(lang.pick("feature", "variable"))
        .numbers(lang.pick("share", "parte"))
        .at_most(MOST);
    for (feature, share) in &model.importance {
        table.row(vec![Cell::code(feature), Cell::number(lang.percent(*share), *share)]);
    }
    table
}

/// How much worse the champion is without each column.
fn permutation(facts: &Facts) -> Option<Table> {
    let lang = facts.lang();
    let found = facts.evaluation.permutation_importance.as_ref()?;
    let caption = format!(
        "{} ({}, {} {})",
        lang.pick(
            "How much worse the champion is with a column in random order",
            "Cuánto empeora el campeón con una columna en orden aleatorio"
        ),
        lang.metric(&found.metric),
        lang.count(found.repeats),
        lang.pick("orders", "órdenes")
    );
    let mut table = Table::new(lang, caption)
        .column(lang.pick("column", "columna"))
        .numbers(lang.pick("mean", "media"))
        .numbers(lang.pick("deviation", "desviación"))
        .sortable()
        .at_most(2 * MOST);
    for column in &found.columns {
        table.row(vec![
            Cell::code(&column.feature),
            Cell::number(lang.signed(column.mean), column.mean),
            Cell::number(lang.value(column.std), column.std),
        ]);
    }
    Some(table)
}
