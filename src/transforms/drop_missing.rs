//! `drop_missing`: drops rows without a value in any of some columns.

use schemars::JsonSchema;
use serde::Deserialize;

use super::columns::{Names, check_list, find_all, require};
use super::{Entry, Kept, Phase, RowFilter, Step};
use crate::data::Table;
use crate::error::Result;
use crate::yaml::{self, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "drop_missing",
    version: 1,
    summary: "drops rows that miss a value in any of the columns",
    phases: &[Phase::RowFilter],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// The columns that must have a value.
    #[schemars(length(min = 1))]
    columns: Names,
}

fn build(node: &Node) -> Result<Step> {
    let params: Params = node.to()?;
    check_list(&params.columns)?;
    Ok(Step::RowFilter(Box::new(params)))
}

impl RowFilter for Params {
    fn check(&self, columns: &[String]) -> Result<()> {
        find_all(&self.columns, columns)
    }

    fn keep(&self, table: &Table) -> Result<Kept> {
        let mut keep = vec![true; table.rows()];
        for name in self.columns.iter() {
            let column = require(table, name)?;
            for (row, keep) in keep.iter_mut().enumerate() {
                *keep &= !column.is_null(row);
            }
        }
        let names: Vec<&str> = self.columns.iter().map(|n| n.value.as_str()).collect();
        Ok(Kept { keep, reason: format!("{} missing", names.join(" or ")) })
    }
}
