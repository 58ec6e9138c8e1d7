//! The expression language: parse, check and evaluate on a tiny table.

use mlops::data::Table;
use mlops::error::{Error, Result};
use mlops::transforms::{Phase, Step, apply_fix, find};
use mlops::yaml::{Node, Value};
use serde_json::json;

use super::sample::{ROWS, assert_sound, shown, table};

/// A result has every row, no infinity, and is the same for one row and for the table.
pub fn expression(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    derive(text).unwrap_or_else(|e| assert_told(&e));
    keep(text).unwrap_or_else(|e| assert_told(&e));
}

fn derive(text: &str) -> Result<()> {
    let Step::ColumnFix(fix) = step("expression", &json!({ "name": "out", "value": text }))? else { return Ok(()) };
    let mut whole = table();
    fix.check(&mut names(&whole))?;
    apply_fix(fix.as_ref(), &mut whole)?;
    assert_sound(&whole, ROWS);
    for row in 0..ROWS {
        let mut one = table().select_rows(&[row]);
        if let Err(e) = apply_fix(fix.as_ref(), &mut one) {
            panic!("row {row} alone: {e}");
        }
        let value = |table: &Table, row| table.column("out").map(|c| shown(c, row));
        assert_eq!(value(&whole, row), value(&one, 0), "row {row}");
    }
    Ok(())
}

fn keep(text: &str) -> Result<()> {
    let Step::RowFilter(filter) = step("filter", &json!({ "where": text }))? else { return Ok(()) };
    let table = table();
    filter.check(&names(&table))?;
    let kept = filter.keep(&table)?.keep;
    assert_eq!(kept.len(), ROWS);
    for (row, keep) in kept.iter().enumerate() {
        assert_eq!(filter.keep(&table.select_rows(&[row]))?.keep, [*keep], "row {row}");
    }
    Ok(())
}

/// A step of that name.
fn step(name: &str, params: &serde_json::Value) -> Result<Step> {
    let phases = [Phase::RowFilter, Phase::ColumnFix];
    (find(&Node::new(Value::String(name.to_owned())), &phases)?.build)(&Node::from_json(params))
}

fn names(table: &Table) -> Vec<String> {
    table.names().into_iter().map(str::to_owned).collect()
}

/// A refusal says something.
fn assert_told(error: &Error) {
    assert!(!error.message().is_empty());
}
