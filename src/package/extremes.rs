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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Column;

    #[test]
    fn the_largest_value_is_named_and_ordinary_ones_are_not_blamed() {
        let table = |values: Vec<f64>| Table::new(vec![Column::number("a", vec![1.0; 3]), Column::number("b", values)]);
        let explained = |values| explain(Error::usage("x"), &table(values), &|row| format!("row {row}"), "clip it");
        let error = explained(vec![1e200, -1e308, 0.0]);
        assert_eq!(error.message(), "column `b`: `-1e308` in row 1 is too large to calculate with");
        assert_eq!((error.code() as i32, error.hint_text()), (3, Some("clip it")));
        assert_eq!(explained(vec![1e100, f64::NAN, 0.0]).message(), "x");
    }
}
