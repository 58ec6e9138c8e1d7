//! `drop_columns`: takes columns out.

use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::{Names, check_list, find_all, refuse_row_id};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::Table;
use crate::error::Result;
use crate::yaml::{self, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "drop_columns",
    version: 1,
    summary: "takes columns out",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The columns to drop; `row_id` stays.
    #[schemars(length(min = 1))]
    columns: Names,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    check_list(&params.columns)?;
    params.columns.iter().try_for_each(refuse_row_id)?;
    Ok(Step::ColumnFix(Box::new(params)))
}

impl ColumnFix for Params {
    fn only_drops(&self) -> bool {
        true
    }

    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        find_all(&self.columns, columns)?;
        columns.retain(|column| !self.columns.iter().any(|dropped| dropped.value == *column));
        Ok(())
    }

    /// New rows need not have the column, since it goes anyway.
    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        for name in self.columns.iter() {
            table.remove(name);
        }
        Ok(Vec::new())
    }
}
