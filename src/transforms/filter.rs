//! `filter`: keeps the rows where an expression is true.

use schemars::JsonSchema;
use serde::Deserialize;

use super::expression::Expression;
use super::{Entry, Kept, Phase, RowFilter, Step};
use crate::data::Table;
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "filter",
    version: 1,
    summary: "keeps the rows where an expression is true; where it is null, the row goes",
    phases: &[Phase::RowFilter],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// A true-or-false expression over columns, such as `adults + children > 0`.
    r#where: Located<String>,
}

struct Filter(Expression);

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    Ok(Step::RowFilter(Box::new(Filter(Expression::parse_condition(params.r#where)?))))
}

impl RowFilter for Filter {
    fn check(&self, columns: &[String]) -> Result<()> {
        self.0.check(columns)
    }

    fn keep(&self, table: &Table) -> Result<Kept> {
        Ok(Kept { keep: self.0.evaluate_condition(table)?, reason: format!("not `{}`", self.0.text()) })
    }
}
