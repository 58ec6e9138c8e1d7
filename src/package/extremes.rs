//! Values so large that calculating with them overflows: they are named where a model fails because of them.

use crate::data::{Table, Values};
use crate::error::Error;

/// The square of anything beyond this overflows, or is next to it.
const LARGE: f64 = 1e150;

/// The largest of such values, and where it stands.
pub struct Extreme {
    row: usize,
    column: String,
    value: f64,
}

impl Extreme {
    /// Among the rows; none where all values are ordinary.
    pub fn of(inputs: &Table) -> Option<Self> {
        let (mut found, mut most) = (None, LARGE);
        for column in inputs.columns() {
            let Values::Number(values) = &column.values else { continue };
            for (row, value) in values.iter().copied().enumerate() {
                if value.abs() > most {
                    most = value.abs();
                    found = Some((row, column, value));
                }
            }
        }
        found.map(|(row, column, value)| Self { row, column: column.name.clone(), value })
    }

    /// What explains the error.
    pub fn explain(&self, error: Error, row_name: &dyn Fn(usize) -> String, hint: &str) -> Error {
        let Self { row, column, value } = self;
        let message = format!("column `{column}`: `{value:e}` in {} is too large to calculate with", row_name(*row));
        Error::data(message).because(anyhow::anyhow!("{}", error.message())).hint(hint)
    }
}

/// The error, or what explains it where the rows hold a value too large to calculate with.
pub fn explain(error: Error, inputs: &Table, row_name: &dyn Fn(usize) -> String, hint: &str) -> Error {
    match Extreme::of(inputs) {
        Some(extreme) => extreme.explain(error, row_name, hint),
        None => error,
    }
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
