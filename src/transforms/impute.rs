//! `impute`: fills missing values with what the training rows suggest.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{Group, Selection, as_levels, require, require_mut};
use super::statistics::{mean, most_frequent, present, quantile};
use super::{Entry, Features, FitContext, FittedTransform, Phase, Step, Transform};
use crate::codec;
use crate::data::{Categories, Column, Kind, NULL_CODE, Table, Values};
use crate::error::{Error, Result};
use crate::yaml::{self, Node, Value};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "impute",
    version: 1,
    summary: "fills missing values with the median, mean or most frequent value of the training rows, or a constant",
    phases: &[Phase::Learned],
    schema: yaml::schema::<Params>,
    build,
    load: Some(|bytes| Ok(Box::new(codec::decode::<Fitted>(bytes)?))),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The columns to fill; all that the strategy can take where none are given.
    #[schemars(with = "Option<Selection>")]
    columns: Option<Node>,
    /// What fills in; a column without any value in training gets 0 or `missing`.
    #[serde(default)]
    strategy: Strategy,
    /// With `constant` alone: a number for numeric columns, else a text.
    #[schemars(extend("type" = ["number", "string", "boolean", "null"]))]
    value: Option<Node>,
    /// Whether to add `<column>_missing` for each column with missing values in training.
    #[serde(default)]
    indicator: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    /// The median of a numeric column.
    #[default]
    Median,
    /// The mean of a numeric column.
    Mean,
    /// The most frequent value, the smallest of equally frequent ones.
    MostFrequent,
    /// The `value`.
    Constant,
}

struct Impute {
    columns: Selection,
    strategy: Strategy,
    /// Only with [`Strategy::Constant`].
    constant: Option<Fill>,
    indicator: bool,
}

/// What stands where a value is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Fill {
    Number(f64),
    Text(String),
}

#[derive(Serialize, Deserialize)]
struct Fitted {
    columns: Vec<Imputed>,
}

#[derive(Serialize, Deserialize)]
struct Imputed {
    column: String,
    fill: Fill,
    indicator: bool,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    let constant = match (params.strategy, &params.value) {
        (Strategy::Constant, Some(value)) => Some(read_constant(value)?),
        (Strategy::Constant, None) => return Err(node.error("`strategy: constant` needs a `value`")),
        (_, Some(value)) => return Err(value.error("`value` goes with `strategy: constant` only")),
        (_, None) => None,
    };
    let group = match (params.strategy, &constant) {
        (_, Some(Fill::Number(_))) | (Strategy::Median | Strategy::Mean, _) => Group::Numeric,
        (_, Some(Fill::Text(_))) => Group::Categorical,
        _ => Group::All,
    };
    let columns = Selection::read(params.columns.as_ref(), group)?;
    Ok(Step::Learned(Box::new(Impute { columns, strategy: params.strategy, constant, indicator: params.indicator })))
}

fn read_constant(node: &Node) -> Result<Fill> {
    match &node.value {
        Value::Integer(i) => Ok(Fill::Number(*i as f64)),
        Value::Float(x) if x.is_finite() => Ok(Fill::Number(*x)),
        Value::Bool(b) => Ok(Fill::Number(f64::from(u8::from(*b)))),
        Value::String(text) => Ok(Fill::Text(text.clone())),
        _ => Err(node.error(format!("expected a number or a text, found {}", node.describe()))),
    }
}

impl Impute {
    fn accepts(&self, kind: Kind) -> bool {
        let texts = matches!(kind, Kind::Category | Kind::Text);
        match (self.strategy, &self.constant) {
            (Strategy::Constant, Some(Fill::Text(_))) => texts,
            (Strategy::MostFrequent, _) => texts || kind.is_numeric(),
            _ => kind.is_numeric(),
        }
    }

    fn takes(&self) -> &'static str {
        match (self.strategy, &self.constant) {
            (Strategy::Constant, Some(Fill::Text(_))) => "a category or text one for a text as `value`",
            (Strategy::Constant, _) => "a numeric one for a number as `value`",
            (Strategy::MostFrequent, _) => "a numeric, category or text one",
            _ => "a numeric one; categories take `most_frequent` or `constant`",
        }
    }

    fn fill(&self, column: &Column) -> Fill {
        if let Some(constant) = &self.constant {
            return constant.clone();
        }
        if let Values::Number(numbers) = &column.values {
            let mut values = present(numbers);
            let fill = match self.strategy {
                Strategy::Mean => mean(&values),
                Strategy::MostFrequent => most_frequent(&mut values),
                _ => quantile(&mut values, 0.5),
            };
            return Fill::Number(fill.unwrap_or(0.0));
        }
        Fill::Text(most_frequent_level(&as_levels(column)).unwrap_or("missing").to_owned())
    }
}

fn most_frequent_level(levels: &Categories) -> Option<&str> {
    let mut counts = vec![0usize; levels.levels.len()];
    for code in &levels.codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let used = counts.iter().zip(&levels.levels).filter(|(count, _)| **count > 0);
    // The smallest text first, so that it wins a tie.
    used.max_by(|(a, x), (b, y)| a.cmp(b).then_with(|| y.cmp(x))).map(|(_, level)| level.as_str())
}

impl Transform for Impute {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.columns.check(columns)
    }

    fn fit(&self, features: Features, _: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)> {
        let names = self.columns.resolve(&features.table, |kind| self.accepts(kind), self.takes())?;
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            let column = require(&features.table, &name)?;
            let indicator = self.indicator && (0..column.len()).any(|row| column.is_null(row));
            columns.push(Imputed { fill: self.fill(column), indicator, column: name });
        }
        check_indicators(&columns, &features.table)?;
        let fitted = Fitted { columns };
        let features = fitted.apply(features)?;
        Ok((Box::new(fitted), features))
    }
}

fn check_indicators(columns: &[Imputed], table: &Table) -> Result<()> {
    let names: HashSet<&str> = table.names().into_iter().collect();
    match columns.iter().find(|c| c.indicator && names.contains(indicator_name(&c.column).as_str())) {
        Some(taken) => Err(Error::usage(format!(
            "`impute` cannot add `{}`: a column of that name exists already",
            indicator_name(&taken.column)
        ))),
        None => Ok(()),
    }
}

fn indicator_name(column: &str) -> String {
    format!("{column}_missing")
}

impl FittedTransform for Fitted {
    fn apply(&self, mut features: Features) -> Result<Features> {
        for imputed in &self.columns {
            let column = require_mut(&mut features.table, &imputed.column)?;
            let flags = imputed.indicator.then(|| missing_flags(column));
            fill(column, &imputed.fill)?;
            if let Some(flags) = flags {
                let flags = Column::number(indicator_name(&imputed.column), flags);
                features.table.set(Column { kind: Kind::Bool, ..flags });
            }
        }
        Ok(features)
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }

    fn origins(&self) -> Vec<(String, String)> {
        let indicated = self.columns.iter().filter(|imputed| imputed.indicator);
        indicated.map(|imputed| (indicator_name(&imputed.column), imputed.column.clone())).collect()
    }
}

fn missing_flags(column: &Column) -> Vec<f64> {
    (0..column.len()).map(|row| f64::from(u8::from(column.is_null(row)))).collect()
}

fn fill(column: &mut Column, fill: &Fill) -> Result<()> {
    match (&mut column.values, fill) {
        (Values::Number(numbers), Fill::Number(value)) => {
            numbers.iter_mut().filter(|x| x.is_nan()).for_each(|x| *x = *value);
            // The mean of whole numbers is seldom whole; the kind follows from what was learned alone.
            let fits = match column.kind {
                Kind::Bool => *value == 0.0 || *value == 1.0,
                _ => value.fract() == 0.0,
            };
            if !fits {
                column.kind = Kind::Number;
            }
        }
        (Values::Category(levels), Fill::Text(value)) => fill_levels(levels, value),
        (Values::Text(texts), Fill::Text(value)) => {
            *texts = texts.iter().map(|text| Some(text.unwrap_or(value))).collect();
        }
        _ => {
            let message = format!("column `{}` has kind {}, unlike in training", column.name, column.kind.name());
            return Err(Error::data(message));
        }
    }
    Ok(())
}

fn fill_levels(levels: &mut Categories, value: &str) {
    if !levels.codes.contains(&NULL_CODE) {
        return;
    }
    let code = levels.levels.iter().position(|l| l == value).unwrap_or_else(|| {
        levels.levels.push(value.to_owned());
        levels.levels.len() - 1
    });
    levels.codes.iter_mut().filter(|c| **c == NULL_CODE).for_each(|c| *c = code as u32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Target;
    use crate::yaml::parse;

    fn features() -> Features {
        Features::new(Table::new(vec![
            Column::number("x", vec![1.0, f64::NAN, 4.0, 2.0, 4.0]),
            Column { kind: Kind::Bool, ..Column::number("paid", vec![1.0, 0.0, 1.0, f64::NAN, 0.0]) },
            Column::category("plan", [Some("b"), Some("a"), None, Some("b"), Some("a")]),
            Column::number("none", vec![f64::NAN; 5]),
        ]))
    }

    fn fit(params: &str) -> Result<Table> {
        let Step::Learned(step) = build(&parse(params, "f.yaml")?)? else { panic!() };
        Ok(step.fit(features(), &FitContext { target: &Target::Values(vec![0.0; 5]), seed: 1, copies: None })?.1.table)
    }

    fn shown(table: &Table, column: &str, row: usize) -> String {
        as_levels(table.column(column).unwrap()).get(row).unwrap_or("-").to_owned()
    }

    #[test]
    fn each_strategy_fills_what_it_can() {
        for (params, expected) in [
            ("{}", ["3", "0.5", "-", "0"]),
            ("{strategy: mean}", ["2.75", "0.5", "-", "0"]),
            ("{strategy: most_frequent}", ["4", "0", "a", "0"]),
            ("{strategy: most_frequent, columns: categorical}", ["-", "-", "a", "-"]),
            ("{strategy: constant, value: -1}", ["-1", "-1", "-", "-1"]),
            ("{strategy: constant, value: new}", ["-", "-", "new", "-"]),
            ("{strategy: constant, value: 0, columns: [x]}", ["0", "-", "-", "-"]),
        ] {
            let table = fit(params).unwrap();
            let found = [("x", 1), ("paid", 3), ("plan", 2), ("none", 0)].map(|(c, row)| shown(&table, c, row));
            assert_eq!(found, expected, "{params}");
        }
    }

    #[test]
    fn indicators_mark_what_was_missing() {
        let table = fit("{columns: [x], indicator: true}").unwrap();
        assert_eq!(table.names(), ["x", "paid", "plan", "none", "x_missing"]);
        assert_eq!((shown(&table, "x_missing", 0), shown(&table, "x_missing", 1)), ("0".into(), "1".into()));
    }

    #[test]
    fn bad_parameters_are_refused_in_their_place() {
        for (params, expected) in [
            ("{strategy: constant}", "f.yaml:1:1: `strategy: constant` needs a `value`"),
            ("{value: 3}", "f.yaml:1:9: `value`: `value` goes with `strategy: constant` only"),
            ("{columns: [y]}", "f.yaml:1:12: `columns[0]`: column `y` is gone at this step"),
            (
                "{columns: [plan]}",
                "f.yaml:1:12: `columns[0]`: column `plan` has kind category, expected a numeric one; categories take \
                 `most_frequent` or `constant`",
            ),
        ] {
            assert_eq!(fit(params).unwrap_err().message(), expected);
        }
    }
}
