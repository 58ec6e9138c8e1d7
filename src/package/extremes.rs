//! Values so large that calculating with them overflows: they are named where a model fails because of them.

use crate::data::{Table, Values};
use crate::error::Error;

/// The square of anything beyond this overflows, or is next to it.
const LARGE: f64 = 1e150;

/// Where such a value stands.
struct Extreme<'a> {
    row: usize,
    column: &'a str,
    value: f64,
}

/// The largest of them.
fn largest(inputs: &Table) -> Option<Extreme<'_>> {
    let mut found: Option<Extreme> = None;
    for column in inputs.columns() {
        let Values::Number(values) = &column.values else { continue };
        for (row, value) in values.iter().copied().enumerate() {
            let most = found.as_ref().map_or(LARGE, |extreme| extreme.value.abs());
            if value.abs() > most {
                found = Some(Extreme { row, column: &column.name, value });
            }
        }
    }
    found
}

/// The error, or what explains it where the rows hold a value too large to calculate with.
pub fn explain(error: Error, inputs: &Table, row_name: &dyn Fn(usize) -> String, hint: &str) -> Error {
    let Some(Extreme { row, column, value }) = largest(inputs) else { return error };
    let message = format!("column `{column}`: `{value:e}` in {} is too large to calculate with", row_name(row));
    Error::data(message).because(anyhow::anyhow!("{}", error.message())).hint(hint)
}
