//! A tiny table of every kind, with nulls.

use mlops::data::{Column, Kind, Table, Values};

/// Rows of [`table`].
pub const ROWS: usize = 6;

/// Texts with what trips readers up.
const TEXTS: [Option<&str>; ROWS] = [Some("red"), Some("é, \"ü\""), None, Some(""), Some("2024-01-31"), Some("red")];

const FIRST: i64 = -8_334_601_228_800;
const LAST: i64 = 8_210_266_876_799;

/// The columns `x`, `n`, `flag`, `color`, `when`, `note` and `odd name`.
pub fn table() -> Table {
    let typed = |name: &str, kind, values| Column { name: name.into(), kind, values };
    let numbers = vec![0.1, -0.0, f64::NAN, 1e300, -3.5, 5e-324];
    let whole = vec![1.0, -2.0, f64::NAN, 9_007_199_254_740_992.0, 0.0, 7.0];
    Table::new(vec![
        Column::number("x", numbers.clone()),
        typed("n", Kind::Integer, Values::Number(whole)),
        typed("flag", Kind::Bool, Values::Number(vec![1.0, 0.0, f64::NAN, 1.0, 0.0, 1.0])),
        Column::category("color", TEXTS.map(|t| t.filter(|t| !t.is_empty()))),
        // The last and the first second that a format can read.
        typed(
            "when",
            Kind::Date,
            Values::Date([Some(0), None, Some(-1), Some(LAST), Some(86_400), Some(FIRST)].into()),
        ),
        typed("note", Kind::Text, Values::Text(TEXTS.into_iter().collect())),
        Column::number("odd name", numbers),
    ])
}

/// A value as text with its bits, so that NaN equals NaN.
pub fn shown(column: &Column, row: usize) -> String {
    match &column.values {
        Values::Number(values) if values[row].is_nan() => "null".to_owned(),
        Values::Number(values) => format!("{:x}", values[row].to_bits()),
        Values::Category(values) => format!("{:?}", values.get(row)),
        Values::Text(values) => format!("{:?}", values.get(row)),
        Values::Date(values) => format!("{:?}", values[row]),
    }
}

/// Numbers are finite or null, and every column has all rows.
pub fn assert_sound(table: &Table, rows: usize) {
    assert_eq!(table.rows(), rows);
    for column in table.columns() {
        assert_eq!(column.len(), rows, "{}", column.name);
        if let Values::Number(values) = &column.values {
            assert!(values.iter().all(|x| x.is_finite() || x.is_nan()), "{}: {values:?}", column.name);
        }
    }
}
