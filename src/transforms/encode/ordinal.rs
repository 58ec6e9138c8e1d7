//! The position of a level among the sorted ones.

use serde::{Deserialize, Serialize};

use super::levels::{Lookup, count};
use crate::data::{Column, Table};
use crate::error::Result;
use crate::transforms::Features;
use crate::transforms::columns::{as_levels, require};

#[derive(Serialize, Deserialize)]
pub struct Ordinal {
    columns: Vec<OrdinalColumn>,
}

#[derive(Serialize, Deserialize)]
struct OrdinalColumn {
    column: String,
    /// Sorted by text.
    levels: Vec<String>,
}

impl Ordinal {
    pub fn fit(table: &Table, names: &[String]) -> Result<Self> {
        let fit = |name: &String| {
            let counts = count(&as_levels(require(table, name)?));
            Ok(OrdinalColumn {
                column: name.clone(),
                levels: counts.levels.into_iter().map(|(level, _)| level).collect(),
            })
        };
        Ok(Self { columns: names.iter().map(fit).collect::<Result<_>>()? })
    }

    pub fn apply(&self, mut features: Features) -> Result<Features> {
        for OrdinalColumn { column, levels } in &self.columns {
            let encoded = {
                let categories = as_levels(require(&features.table, column)?);
                let lookup = Lookup::new(&categories, levels, |known| known.map_or(f64::NAN, |at| at as f64), f64::NAN);
                categories.codes.iter().map(|code| lookup.get(*code)).collect()
            };
            features.table.set(Column::number(column.clone(), encoded));
        }
        Ok(features)
    }
}
