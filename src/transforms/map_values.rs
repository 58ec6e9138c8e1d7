//! `map_values`: replaces values by other values.

use std::collections::HashMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::columns::{as_levels, number_text, refuse_row_id, require, wrong_kind};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Column, Kind, Strings, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node, Value};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "map_values",
    version: 1,
    summary: "replaces values by others; nulls stay null",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)] // `default` is read from the node, where null and absent differ.
struct Params {
    /// A category, text or numeric column.
    column: Located<String>,
    /// `{from: to}`; `from` is a level's text or a number, `to` a text, number, true, false or null.
    #[schemars(schema_with = "values")]
    values: Node,
    /// What every other value becomes, null allowed; it stays where none is given. With it, a map to numbers gives a number column.
    #[schemars(extend("type" = ["string", "number", "boolean", "null"]))]
    default: Option<Node>,
}

fn values(_: &mut SchemaGenerator) -> Schema {
    let to = json_schema!({"type": ["string", "number", "boolean", "null"]});
    json_schema!({"type": "object", "additionalProperties": to, "minProperties": 1})
}

/// What a value becomes.
#[derive(Debug, Clone, PartialEq)]
enum To {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
}

struct MapValues {
    column: Located<String>,
    values: Vec<(Located<String>, To)>,
    default: Option<To>,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    refuse_row_id(&params.column)?;
    let entries =
        params.values.as_mapping().filter(|entries| !entries.is_empty()).ok_or_else(|| {
            params.values.error(format!("expected `{{from: to}}`, found {}", params.values.describe()))
        })?;
    let values =
        entries.iter().map(|(from, to)| Ok((from.to::<Located<String>>()?, To::read(to)?))).collect::<Result<_>>()?;
    let default = node.get("default").map(To::read).transpose()?;
    Ok(Step::ColumnFix(Box::new(MapValues { column: params.column, values, default })))
}

impl To {
    fn read(node: &Node) -> Result<Self> {
        match &node.value {
            Value::Null => Ok(To::Null),
            Value::Bool(b) => Ok(To::Bool(*b)),
            Value::Integer(i) => Ok(To::Number(*i as f64)),
            Value::Float(x) if x.is_finite() => Ok(To::Number(*x)),
            Value::String(s) => Ok(To::Text(s.clone())),
            _ => Err(node.error(format!("expected a text, number, true, false or null, found {}", node.describe()))),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            To::Null => Some(f64::NAN),
            To::Bool(b) => Some(f64::from(u8::from(*b))),
            To::Number(x) => Some(*x),
            To::Text(_) => None,
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            To::Null => None,
            To::Bool(b) => Some(b.to_string()),
            To::Number(x) => Some(number_text(*x)),
            To::Text(text) => Some(text.clone()),
        }
    }
}

impl ColumnFix for MapValues {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.column.find("column", columns).map(|_| ())
    }

    fn takes(&self) -> Option<(&str, Vec<&str>)> {
        // Without a default, others stay as they are.
        let known = self.values.iter().map(|(from, _)| from.as_str()).collect();
        self.default.is_some().then_some((self.column.as_str(), known))
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = require(table, &self.column)?;
        if column.kind == Kind::Date {
            return Err(wrong_kind(&self.column, column.kind, "a category, text or numeric column"));
        }
        let mapped = match (&column.values, self.number_kind(column.kind)) {
            (Values::Number(numbers), Some(kind)) => self.numbers_to_numbers(column, numbers, kind)?,
            (_, Some(kind)) => self.levels_to_numbers(column, kind),
            (Values::Text(texts), None) => {
                let map = self.by_text();
                let texts: Strings = texts.iter().map(|t| t.and_then(|t| self.text_for(&map, t))).collect();
                Column { name: column.name.clone(), kind: column.kind, values: Values::Text(texts) }
            }
            _ => self.levels_to_levels(column)?,
        };
        table.set(mapped);
        Ok(Vec::new())
    }
}

impl MapValues {
    /// The numeric kind of the result, if it has one. It follows from the parameters and the column's
    /// kind alone, so that one row and a table agree.
    fn number_kind(&self, kind: Kind) -> Option<Kind> {
        if !kind.is_numeric() && self.default.is_none() {
            return None;
        }
        let results: Vec<&To> = self.values.iter().map(|(_, to)| to).chain(&self.default).collect();
        let all = |fits: fn(&To) -> bool| results.iter().all(|to| fits(to) || **to == To::Null);
        let unmapped_bool = self.default.is_some() || kind == Kind::Bool;
        let unmapped_integer = self.default.is_some() || matches!(kind, Kind::Integer | Kind::Bool);
        if all(|to| matches!(to, To::Null)) {
            return kind.is_numeric().then_some(kind);
        }
        if all(|to| matches!(to, To::Bool(_))) && unmapped_bool {
            return Some(Kind::Bool);
        }
        if all(|to| to.number().is_some_and(|x| x.fract() == 0.0)) && unmapped_integer {
            return Some(Kind::Integer);
        }
        all(|to| to.number().is_some()).then_some(Kind::Number)
    }

    /// The `from` texts as numbers.
    ///
    /// # Errors
    /// Exit code 2 at the first that is none.
    fn by_number(&self) -> Result<Vec<(f64, &To)>> {
        self.values
            .iter()
            .map(|(from, to)| match from.as_str() {
                "true" => Ok((1.0, to)),
                "false" => Ok((0.0, to)),
                text => match text.parse::<f64>() {
                    Ok(x) if x.is_finite() => Ok((x, to)),
                    _ => {
                        Err(from
                            .error(format!("`{text}` is no number, but the column `{}` is numeric", self.column.value)))
                    }
                },
            })
            .collect()
    }

    fn by_text(&self) -> HashMap<&str, &To> {
        self.values.iter().map(|(from, to)| (from.as_str(), to)).collect()
    }

    fn text_for(&self, map: &HashMap<&str, &To>, level: &str) -> Option<String> {
        match map.get(level).copied().or(self.default.as_ref()) {
            Some(to) => to.text(),
            None => Some(level.to_owned()),
        }
    }

    fn numbers_to_numbers(&self, column: &Column, numbers: &[f64], kind: Kind) -> Result<Column> {
        let map = self.by_number()?;
        let values = numbers
            .iter()
            .map(|x| {
                let to = map.iter().find(|(from, _)| from == x).map(|(_, to)| *to).or(self.default.as_ref());
                if x.is_nan() { *x } else { to.map_or(*x, |to| to.number().unwrap_or(f64::NAN)) }
            })
            .collect();
        Ok(Column { kind, ..Column::number(column.name.clone(), values) })
    }

    fn levels_to_numbers(&self, column: &Column, kind: Kind) -> Column {
        let levels = as_levels(column);
        let map = self.by_text();
        let numbers: Vec<f64> = levels
            .levels
            .iter()
            .map(|level| map.get(level.as_str()).copied().or(self.default.as_ref()))
            .map(|to| to.and_then(To::number).unwrap_or(f64::NAN))
            .collect();
        let values = levels.codes.iter().map(|code| numbers.get(*code as usize).copied().unwrap_or(f64::NAN)).collect();
        Column { kind, ..Column::number(column.name.clone(), values) }
    }

    fn levels_to_levels(&self, column: &Column) -> Result<Column> {
        let levels = as_levels(column);
        let mapped: Vec<Option<String>> = if column.kind.is_numeric() {
            let map = self.by_number()?;
            let to = |x: f64| map.iter().find(|(from, _)| *from == x).map(|(_, to)| *to).or(self.default.as_ref());
            let number = |level: &str| level.parse::<f64>().unwrap_or(f64::NAN);
            levels.levels.iter().map(|l| to(number(l)).map_or(Some(l.clone()), To::text)).collect()
        } else {
            let map = self.by_text();
            levels.levels.iter().map(|level| self.text_for(&map, level)).collect()
        };
        let values = levels.codes.iter().map(|code| mapped.get(*code as usize).and_then(Option::as_deref));
        Ok(Column::category(column.name.clone(), values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn apply(params: &str, column: Column) -> Result<Column> {
        let Step::ColumnFix(fix) = build(&parse(params, "c.yaml")?)? else { panic!() };
        let mut table = Table::new(vec![column]);
        fix.apply(&mut table)?;
        Ok(table.columns()[0].clone())
    }

    fn texts(column: &Column) -> Vec<Option<String>> {
        as_levels(column).iter().map(|t| t.map(str::to_owned)).collect()
    }

    #[test]
    fn levels_and_numbers_map_by_their_text() {
        let plan = || Column::category("x", [Some("a"), Some("b"), None, Some("c")]);
        let count = || Column { kind: Kind::Integer, ..Column::number("x", vec![1.0, 2.0, f64::NAN, 3.0]) };
        for (params, column, kind, expected) in [
            ("{column: x, values: {a: z, b: z}}", plan(), Kind::Category, ["z", "z", "-", "c"]),
            ("{column: x, values: {a: null}}", plan(), Kind::Category, ["-", "b", "-", "c"]),
            ("{column: x, values: {a: 1}}", plan(), Kind::Category, ["1", "b", "-", "c"]),
            ("{column: x, values: {a: 1, b: 0.5}, default: null}", plan(), Kind::Number, ["1", "0.5", "-", "-"]),
            ("{column: x, values: {a: true}, default: false}", plan(), Kind::Bool, ["1", "0", "-", "0"]),
            ("{column: x, values: {1: 10, 2.0: null}}", count(), Kind::Integer, ["10", "-", "-", "3"]),
            ("{column: x, values: {1: low}, default: high}", count(), Kind::Category, ["low", "high", "-", "high"]),
            ("{column: x, values: {1: low}}", count(), Kind::Category, ["low", "2", "-", "3"]),
        ] {
            let mapped = apply(params, column).unwrap();
            let expected = expected.map(|t| (t != "-").then(|| t.to_owned()));
            assert_eq!((mapped.kind, texts(&mapped)), (kind, expected.to_vec()), "{params}");
        }
    }

    #[test]
    fn what_cannot_be_mapped_is_refused_in_its_place() {
        for (params, expected) in [
            ("{column: x, values: {a: 1}}", "c.yaml:1:22: `values.a`: `a` is no number, but the column `x` is numeric"),
            ("{column: x, values: [a]}", "c.yaml:1:21: `values`: expected `{from: to}`, found a list"),
            (
                "{column: x, values: {1: [2]}}",
                "c.yaml:1:25: `values.1`: expected a text, number, true, false or null, found a list",
            ),
        ] {
            assert_eq!(apply(params, Column::number("x", vec![1.0])).unwrap_err().message(), expected);
        }
    }
}
