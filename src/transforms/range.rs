//! `range`: keeps numbers between bounds, by dropping rows, nulling values or refusing the data.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

use super::columns::{ROW_ID, refuse_row_id, require, require_mut, wrong_kind};
use super::{ColumnFix, Entry, Kept, Phase, RowFilter, Step};
use crate::data::{Column, Table, Values};
use crate::error::{Error, Result};
use crate::yaml::{self, Located, Node, Value};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "range",
    version: 1,
    summary: "keeps the numbers of a column between bounds; nulls pass",
    phases: &[Phase::RowFilter, Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// A numeric column.
    column: Located<String>,
    /// The smallest value allowed.
    min: Option<Located<f64>>,
    /// The largest value allowed.
    max: Option<Located<f64>>,
    /// What becomes of a value beyond; `min`, `max` or both are needed.
    #[serde(default)]
    on_violation: OnViolation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
enum OnViolation {
    /// The row goes; labelled rows only.
    #[default]
    Drop,
    /// The value becomes null.
    Null,
    /// The stage stops.
    Error,
}

/// By hand, since a plain `null` in YAML is no text.
impl<'de> Deserialize<'de> for OnViolation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        match (&node.value, node.as_str()) {
            (Value::Null, _) | (_, Some("null")) => Ok(Self::Null),
            (_, Some("drop")) => Ok(Self::Drop),
            (_, Some("error")) => Ok(Self::Error),
            (_, found) => Err(de::Error::unknown_variant(found.unwrap_or_default(), &["drop", "null", "error"])),
        }
    }
}

impl JsonSchema for OnViolation {
    fn schema_name() -> Cow<'static, str> {
        "OnViolation".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"oneOf": [
            {"const": "drop", "description": "The row goes; labelled rows only."},
            {"enum": ["null", null], "description": "The value becomes null."},
            {"const": "error", "description": "The stage stops."},
        ]})
    }
}

/// The checked bounds of a column.
#[derive(Clone)]
struct Range {
    column: Located<String>,
    min: f64,
    max: f64,
}

struct DropRows(Range);
struct NullValues(Range);
struct Refuse(Range);

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    refuse_row_id(&params.column)?;
    if params.min.is_none() && params.max.is_none() {
        return Err(node.error("expected `min`, `max` or both"));
    }
    for bound in params.min.iter().chain(&params.max) {
        if !bound.is_finite() {
            return Err(bound.error("expected a finite number").hint("leave the key out for no bound"));
        }
    }
    let range = Range {
        column: params.column,
        min: params.min.as_ref().map_or(f64::NEG_INFINITY, |b| b.value),
        max: params.max.as_ref().map_or(f64::INFINITY, |b| b.value),
    };
    if let (true, Some(max)) = (range.min > range.max, &params.max) {
        return Err(max.error(format!("`max` {} is below `min` {}", range.max, range.min)));
    }
    Ok(match params.on_violation {
        OnViolation::Drop => Step::RowFilter(Box::new(DropRows(range))),
        OnViolation::Null => Step::ColumnFix(Box::new(NullValues(range))),
        OnViolation::Error => Step::ColumnFix(Box::new(Refuse(range))),
    })
}

impl Range {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.column.find("column", columns).map(|_| ())
    }

    fn violates(&self, value: f64) -> bool {
        value < self.min || value > self.max
    }

    /// The bound as a reader says it, such as `outside [0, 1000]`.
    fn outside(&self) -> String {
        match (self.min.is_finite(), self.max.is_finite()) {
            (true, true) => format!("outside [{}, {}]", self.min, self.max),
            (true, false) => format!("below {}", self.min),
            _ => format!("above {}", self.max),
        }
    }

    fn numbers<'c>(&self, column: &'c Column) -> Result<&'c [f64]> {
        match &column.values {
            Values::Number(numbers) => Ok(numbers),
            _ => Err(wrong_kind(&self.column, column.kind, "a numeric column")),
        }
    }
}

impl RowFilter for DropRows {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.0.check(columns)
    }

    fn keep(&self, table: &Table) -> Result<Kept> {
        let numbers = self.0.numbers(require(table, &self.0.column)?)?;
        Ok(Kept {
            keep: numbers.iter().map(|x| !self.0.violates(*x)).collect(),
            reason: format!("{} {}", self.0.column.value, self.0.outside()),
        })
    }
}

impl ColumnFix for NullValues {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.0.check(columns)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = require_mut(table, &self.0.column)?;
        let kind = column.kind;
        let Values::Number(numbers) = &mut column.values else {
            return Err(wrong_kind(&self.0.column, kind, "a numeric column"));
        };
        let mut nulled = 0;
        for x in numbers.iter_mut().filter(|x| self.0.violates(**x)) {
            *x = f64::NAN;
            nulled += 1;
        }
        Ok(match nulled {
            0 => Vec::new(),
            1 => vec![format!("1 value of `{}` {} set to null", self.0.column.value, self.0.outside())],
            n => vec![format!("{n} values of `{}` {} set to null", self.0.column.value, self.0.outside())],
        })
    }
}

impl ColumnFix for Refuse {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.0.check(columns)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let numbers = self.0.numbers(require(table, &self.0.column)?)?;
        let mut violations = numbers.iter().enumerate().filter(|(_, x)| self.0.violates(**x));
        let Some((row, value)) = violations.next() else { return Ok(Vec::new()) };
        let more = violations.count();
        let also = if more == 0 { String::new() } else { format!("; {} such rows in all", more + 1) };
        Err(Error::data(format!(
            "{}: `{}` is {value}, {}{also}",
            row_name(table, row),
            self.0.column.value,
            self.0.outside()
        ))
        .hint("correct the data, widen the range, or choose `on_violation: drop` or `null`"))
    }
}

/// How a row is named to the user: by its `row_id` where there is one.
fn row_name(table: &Table, row: usize) -> String {
    let id = table.column(ROW_ID).and_then(|column| match &column.values {
        Values::Text(texts) => texts.get(row).map(str::to_owned),
        Values::Number(numbers) => numbers.get(row).map(f64::to_string),
        _ => None,
    });
    match id {
        Some(id) => format!("row_id `{id}`"),
        None => format!("row {}", row + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Kind, Strings};
    use crate::error::Code;
    use crate::yaml::parse;

    fn table() -> Table {
        let ids: Strings = ["7", "8", "9", "10"].into_iter().map(Some).collect();
        Table::new(vec![
            Column { kind: Kind::Id, ..Column::text(ROW_ID, ids) },
            Column::number("adr", vec![5.0, -1.0, f64::NAN, 5400.0]),
        ])
    }

    fn step(text: &str) -> Result<Step> {
        build(&parse(text, "c.yaml")?)
    }

    #[test]
    fn each_way_to_treat_a_violation() {
        let Step::RowFilter(filter) = step("{column: adr, min: 0, max: 1000}").unwrap() else { panic!() };
        let kept = filter.keep(&table()).unwrap();
        assert_eq!((kept.keep, kept.reason.as_str()), (vec![true, false, true, false], "adr outside [0, 1000]"));

        let Step::ColumnFix(fix) = step("{column: adr, max: 1000, on_violation: null}").unwrap() else { panic!() };
        let mut fixed = table();
        assert_eq!(fix.apply(&mut fixed).unwrap(), ["1 value of `adr` above 1000 set to null"]);
        assert!(fixed.column("adr").unwrap().is_null(3) && !fixed.column("adr").unwrap().is_null(1));

        let Step::ColumnFix(fix) = step("{column: adr, min: 0, max: 1000, on_violation: error}").unwrap() else {
            panic!()
        };
        let error = fix.apply(&mut table()).unwrap_err();
        assert_eq!(error.code(), Code::Data);
        assert_eq!(error.message(), "row_id `8`: `adr` is -1, outside [0, 1000]; 2 such rows in all");
    }

    #[test]
    fn bad_bounds_are_refused_in_their_place() {
        for (text, expected) in [
            ("{column: adr}", "c.yaml:1:1: expected `min`, `max` or both"),
            ("{column: adr, min: 3, max: 1}", "c.yaml:1:28: `max`: `max` 1 is below `min` 3"),
            ("{column: adr, max: .inf}", "c.yaml:1:20: `max`: expected a finite number"),
            (
                "{column: row_id, max: 1}",
                "c.yaml:1:10: `column`: `row_id` stays as it is: it ties each prediction to its row",
            ),
        ] {
            assert_eq!(step(text).err().unwrap().message(), expected, "{text}");
        }
    }
}
