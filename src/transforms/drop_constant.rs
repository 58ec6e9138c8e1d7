//! `drop_constant`: drops columns that say nothing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{Group, Selection, require};
use super::{Entry, Features, FitContext, FittedTransform, Phase, Step, Transform};
use crate::codec;
use crate::data::{Column, Values};
use crate::error::Result;
use crate::yaml::{self, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "drop_constant",
    version: 1,
    summary: "drops columns with one and the same value, or none, in every training row",
    phases: &[Phase::Learned],
    schema: yaml::schema::<Params>,
    build,
    load: Some(|bytes| Ok(Box::new(codec::decode::<Fitted>(bytes)?))),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Where to look; columns already encoded are left alone. Null is a value, so a column of one value and nulls
    /// stays.
    #[schemars(with = "Option<Selection>", extend("default" = "all"))]
    columns: Option<Node>,
}

struct DropConstant {
    columns: Selection,
}

#[derive(Serialize, Deserialize)]
struct Fitted {
    dropped: Vec<String>,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    let columns = Selection::read(params.columns.as_ref(), Group::All)?;
    Ok(Step::Learned(Box::new(DropConstant { columns })))
}

fn is_constant(column: &Column) -> bool {
    fn alike<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
        let first = values.next();
        values.all(|value| Some(value) == first)
    }
    match &column.values {
        Values::Number(values) => alike(values.iter().map(|x| (!x.is_nan()).then_some(*x))),
        Values::Date(values) => alike(values.iter()),
        Values::Category(values) => alike(values.codes.iter()),
        Values::Text(values) => alike(values.iter()),
    }
}

impl Transform for DropConstant {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.columns.check(columns)
    }

    fn fit(&self, features: Features, _: &FitContext) -> Result<(Box<dyn FittedTransform>, Features)> {
        let mut dropped = Vec::new();
        for name in self.columns.resolve(&features.table, |_| true, "any")? {
            if is_constant(require(&features.table, &name)?) {
                dropped.push(name);
            }
        }
        let fitted = Fitted { dropped };
        let features = fitted.apply(features)?;
        Ok((Box::new(fitted), features))
    }
}

impl FittedTransform for Fitted {
    fn apply(&self, mut features: Features) -> Result<Features> {
        for name in &self.dropped {
            features.table.remove(name);
        }
        Ok(features)
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Table, Target};

    #[test]
    fn columns_of_one_value_go() {
        let Step::Learned(step) = build(&Node::empty()).unwrap() else { panic!() };
        let table = Table::new(vec![
            Column::number("one", vec![1.0, 1.0]),
            Column::number("two", vec![1.0, 2.0]),
            Column::number("none", vec![f64::NAN, f64::NAN]),
            Column::number("some", vec![1.0, f64::NAN]),
            Column::category("level", [Some("a"), Some("a")]),
            Column::category("levels", [Some("a"), None]),
        ]);
        let context = FitContext { target: &Target::Values(vec![0.0; 2]), seed: 1, copies: None };
        let (_, features) = step.fit(Features::new(table), &context).unwrap();
        assert_eq!(features.table.names(), ["two", "some", "levels"]);
        assert_eq!(features.rows, 2);
    }
}
