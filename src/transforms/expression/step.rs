//! `expression`: a column computed from others.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Expression;
use crate::data::Table;
use crate::error::Result;
use crate::transforms::columns::refuse_row_id;
use crate::transforms::{ColumnFix, Entry, Phase, Step};
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "expression",
    version: 1,
    summary: "a column computed from the others of its row",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The new column; an existing one of that name is replaced.
    name: Located<String>,
    /// An expression of + - * / % ^, == != < <= > >=, and, or, not, parentheses, numbers, 'texts', columns (in
    /// backticks where a name is odd) and the functions abs, sqrt, log, log1p, exp, floor, ceil, round, min, max, if,
    /// is_null, coalesce, length, lower, contains; null in, null out; a result that is not finite is null.
    value: Located<String>,
}

struct Derived {
    name: String,
    value: Expression,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    refuse_row_id(&params.name)?;
    if params.name.is_empty() {
        return Err(params.name.error("expected a column name"));
    }
    let value = Expression::parse(params.value)?;
    Ok(Step::ColumnFix(Box::new(Derived { name: params.name.value, value })))
}

impl ColumnFix for Derived {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.value.check(columns)?;
        if !columns.contains(&self.name) {
            columns.push(self.name.clone());
        }
        Ok(())
    }

    fn makes(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = self.value.evaluate(table, &self.name)?;
        table.set(column);
        Ok(Vec::new())
    }
}
