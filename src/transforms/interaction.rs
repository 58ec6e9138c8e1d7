//! `interaction`: two columns as one, by product or by joint level.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::{Names, add_new, as_levels, check_list, find_all, require};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Categories, Column, Kind, NULL_CODE, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "interaction",
    version: 1,
    summary: "two columns as one: the product of numbers, or the joint level of categories; null in, null out",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Two numeric or two category or text columns.
    #[schemars(length(equal = 2))]
    columns: Names,
    /// The new column, `<a>_x_<b>` where none is given; its levels read `a=x & b=y`.
    name: Option<String>,
}

struct Interaction {
    a: Located<String>,
    b: Located<String>,
    columns: Names,
    name: String,
}

fn build(node: &Node) -> Result<Step> {
    let Params { columns, name } = node.to()?;
    check_list(&columns)?;
    let [a, b] = columns.as_slice() else {
        return Err(columns.error(format!("expected two columns, found {}", columns.len())));
    };
    let (a, b) = (a.clone(), b.clone());
    let name = name.unwrap_or_else(|| format!("{}_x_{}", a.value, b.value));
    Ok(Step::ColumnFix(Box::new(Interaction { a, b, columns, name })))
}

impl ColumnFix for Interaction {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        find_all(&self.columns, columns)?;
        add_new(&self.name, columns, &self.columns)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let (a, b) = (require(table, &self.a)?, require(table, &self.b)?);
        let joined = match (&a.values, &b.values) {
            (Values::Number(x), Values::Number(y)) => {
                Column::number(self.name.clone(), x.iter().zip(y).map(|(x, y)| x * y).collect())
            }
            (Values::Category(_) | Values::Text(_), Values::Category(_) | Values::Text(_)) => {
                let values = Values::Category(join(a, b));
                Column { name: self.name.clone(), kind: Kind::Category, values }
            }
            _ => {
                let (a, b) = (a.kind.name(), b.kind.name());
                return Err(self
                    .columns
                    .error(format!("cannot join a column of kind {a} and one of kind {b}"))
                    .hint("both must be numeric, or both categories or texts; `bins` makes a number a category"));
            }
        };
        table.set(joined);
        Ok(Vec::new())
    }
}

/// The joint levels, one text for each pair that occurs.
fn join(a: &Column, b: &Column) -> Categories {
    let (x, y) = (as_levels(a), as_levels(b));
    let mut joined = Categories::default();
    let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
    for (i, j) in x.codes.iter().zip(&y.codes) {
        let code = match (x.levels.get(*i as usize), y.levels.get(*j as usize)) {
            (Some(left), Some(right)) => *pairs.entry((*i, *j)).or_insert_with(|| {
                joined.levels.push(format!("{}={left} & {}={right}", a.name, b.name));
                (joined.levels.len() - 1) as u32
            }),
            _ => NULL_CODE,
        };
        joined.codes.push(code);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse;

    fn apply(params: &str) -> Result<Table> {
        let Step::ColumnFix(fix) = build(&parse(params, "f.yaml")?)? else { panic!() };
        let mut table = Table::new(vec![
            Column::number("n", vec![2.0, f64::NAN, 3.0]),
            Column::number("m", vec![4.0, 1.0, 1e308]),
            Column::category("p", [Some("x"), Some("x"), None]),
            Column::category("q", [Some("y"), Some("z"), Some("y")]),
        ]);
        fix.apply(&mut table)?;
        Ok(table)
    }

    #[test]
    fn numbers_multiply_and_levels_join() {
        let table = apply("{columns: [n, m]}").unwrap();
        let Values::Number(product) = &table.column("n_x_m").unwrap().values else { panic!() };
        assert_eq!(product[0], 8.0);
        assert!(product[1].is_nan() && product[2].is_nan(), "null and overflow are null");
        let table = apply("{columns: [p, q], name: pq}").unwrap();
        let Values::Category(levels) = &table.column("pq").unwrap().values else { panic!() };
        assert_eq!(levels.iter().collect::<Vec<_>>(), [Some("p=x & q=y"), Some("p=x & q=z"), None]);
    }

    #[test]
    fn mixed_kinds_are_refused() {
        let error = apply("{columns: [n, q]}").unwrap_err();
        assert_eq!(
            error.message(),
            "f.yaml:1:11: `columns`: cannot join a column of kind number and one of kind category"
        );
        assert!(apply("{columns: [n]}").unwrap_err().message().ends_with("expected two columns, found 1"));
    }
}
