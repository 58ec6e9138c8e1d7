//! The rows that the champion gets most wrong.

use serde_json::Value as Json;

use super::super::page::{Cell, Markup, Table, clip, html};
use super::{Facts, Lang};
use crate::data::Task;
use crate::package::evaluation::TopError;

/// Rows told of, and columns of each: the most important ones.
const MOST: (usize, usize) = (20, 12);
/// Characters of a value.
const LONGEST: usize = 40;

/// The worst errors; none where none was asked for.
pub fn section(facts: &Facts) -> Option<Markup> {
    let evaluation = facts.evaluation;
    let lang = facts.lang();
    if evaluation.top_errors.is_empty() {
        return None;
    }
    let is_number = evaluation.task == Task::Regression;
    let score = if is_number {
        lang.pick("predicted value", "valor predicho")
    } else {
        lang.pick("probability of the actual class", "probabilidad de la clase real")
    };
    let columns = columns(facts);
    let caption = match lang {
        Lang::En => format!("Test rows that {} gets most wrong", evaluation.champion),
        Lang::Es => format!("Filas de prueba en las que {} más se equivoca", evaluation.champion),
    };
    let mut table = Table::new(lang, caption)
        .column("row_id")
        .column(lang.pick("actual", "real"))
        .column(lang.pick("predicted", "predicho"))
        .numbers(score)
        .at_most(MOST.0)
        .sortable();
    for column in &columns {
        table = table.column(clip(column, LONGEST));
    }
    for error in &evaluation.top_errors {
        table.row(row(lang, error, &columns));
    }
    Some(html! {
        (table)
        p.note {
            (lang.pick("Why a row is answered so:", "Por qué una fila recibe esa respuesta:")) " "
            code { "mlops explain --row ROW_ID" }
        }
    })
}

fn row(lang: Lang, error: &TopError, columns: &[String]) -> Vec<Cell> {
    let mut cells = vec![
        Cell::code(&error.row_id),
        Cell::text(&value(lang, &error.actual)),
        Cell::text(&value(lang, &error.predicted)),
        Cell::number(lang.value(error.score), error.score),
    ];
    let of = |column: &String| match error.features.get(column) {
        None | Some(Json::Null) => Cell::none(),
        Some(found) => Cell::text(&value(lang, found)),
    };
    cells.extend(columns.iter().map(of));
    cells
}

fn value(lang: Lang, value: &Json) -> String {
    match value {
        Json::String(text) => clip(text, LONGEST),
        Json::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |number| lang.plain(number)),
        Json::Null => "–".to_owned(),
        other => clip(&other.to_string(), LONGEST),
    }
}

/// The columns of the rows, those first whose features matter most to the champion.
fn columns(facts: &Facts) -> Vec<String> {
    let Some(first) = facts.evaluation.top_errors.first() else { return Vec::new() };
    let importance = facts.champion().map(|(model, _)| model.importance.as_slice()).unwrap_or_default();
    // A feature is a column, or a level of one such as `sex=Male`.
    let rank = |column: &str| {
        let of_column = |(feature, _): &(String, f64)| {
            feature.strip_prefix(column).is_some_and(|rest| rest.is_empty() || !rest.starts_with(char::is_alphanumeric))
        };
        importance.iter().position(of_column).unwrap_or(usize::MAX)
    };
    let mut columns: Vec<(usize, &String)> = first.features.keys().map(|column| (rank(column), column)).collect();
    columns.sort();
    columns.into_iter().take(MOST.1).map(|(_, column)| column.clone()).collect()
}
