//! The rows with the largest errors of the champion.

use serde_json::Value as Json;

use super::{Evaluated, Test, row_id};
use crate::data::Target;
use crate::package::evaluation::TopError;

/// Characters of a text that is told.
const LONGEST: usize = 200;

/// So many of them, the worst first; of equally wrong ones the earlier.
pub fn of(champion: &Evaluated, test: &Test, most: usize) -> Vec<TopError> {
    let info = &champion.package.info;
    let score = |row: usize| match &test.target {
        Target::Classes { codes, .. } => champion.scores.row(row).get(codes[row] as usize).copied().unwrap_or(0.0),
        Target::Values(_) => champion.scores.values[row],
    };
    let error = |row: usize| match &test.target {
        Target::Classes { .. } => -libm::log(score(row).clamp(f64::EPSILON, 1.0)),
        // What a file can hold.
        Target::Values(actual) => (actual[row] - score(row)).abs().min(f64::MAX),
    };
    let class = |code: u32| Json::from(info.target.classes.get(code as usize).cloned());
    let errors: Vec<f64> = (0..test.table.rows()).map(error).collect();
    let mut order: Vec<usize> = (0..errors.len()).collect();
    // A stable sort keeps the order of the rows among equals.
    order.sort_by(|a, b| errors[*b].total_cmp(&errors[*a]));
    order.truncate(most);
    let told = |row: usize| {
        let (actual, predicted) = match &test.target {
            Target::Classes { codes, .. } => (class(codes[row]), class(champion.decided[row])),
            Target::Values(actual) => (Json::from(actual[row]), Json::from(score(row))),
        };
        let features = info.inputs.iter().filter_map(|input| {
            let column = test.table.column(&input.name)?;
            Some((input.name.clone(), short(column.to_json(row))))
        });
        let row_id = row_id(&test.table, row);
        TopError { row_id, actual, predicted, score: score(row), error: errors[row], features: features.collect() }
    };
    order.into_iter().map(told).collect()
}

fn short(value: Json) -> Json {
    match value {
        Json::String(text) if text.chars().count() > LONGEST => {
            Json::String(text.chars().take(LONGEST - 1).chain(['…']).collect())
        }
        other => other,
    }
}
