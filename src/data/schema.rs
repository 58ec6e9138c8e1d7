//! The schema that lies beside every dataset artifact, so that no later stage guesses types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::column::{Column, Kind, Values};
use super::table::Table;
use super::target::Task;
use crate::error::{Error, Result, suggest};

/// Name of the row key that `ingest` adds.
pub const ROW_ID: &str = "row_id";
/// Name of the column that says which part of the source a row comes from, where the source has parts.
pub const PART: &str = "part";

/// How far the data has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Text as ingested.
    Raw,
    /// Typed and filtered.
    Clean,
    /// With derived columns.
    Features,
}

/// What is known of a dataset artifact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    /// Version of this format.
    pub format: u32,
    /// How far the data has come.
    pub phase: Phase,
    /// Number of rows.
    pub rows: u64,
    /// XXH3 of the CSV's bytes, in hex: an artifact changed by hand is not read as good.
    pub checksum: String,
    /// Columns in file order.
    pub columns: Vec<Field>,
    /// The target, once `clean` has decided it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<TargetSpec>,
    /// What was done to come here from raw text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recipe: Option<Recipe>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Column name.
    pub name: String,
    /// What it means.
    pub kind: Kind,
    /// Number of nulls.
    pub missing: u64,
    /// Levels in use, in order of text; for categories.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub levels: Vec<String>,
}

/// The target as decided from the labelled rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetSpec {
    /// Its column.
    pub column: String,
    /// What is predicted.
    pub task: Task,
    /// Class labels; in binary tasks the positive one is last. Empty for regression.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub classes: Vec<String>,
    /// From raw text, or a comparison such as `>= 7`, to the label.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub map: Vec<(String, String)>,
}

/// Everything that learns nothing, in order: what turns new raw rows into feature columns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// How raw text is typed.
    pub typing: Typing,
    /// Steps after typing, row filters left out.
    pub clean: Vec<RecipeStep>,
    /// Derived columns.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub derive: Vec<RecipeStep>,
}

/// A transform with its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeStep {
    /// As in the registry.
    pub name: String,
    /// As in the config.
    pub params: serde_json::Value,
}

/// How raw text is typed; the same for a table and for one row.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typing {
    /// Whether white space around values goes.
    pub trim: bool,
    /// Whether numbers are written as `1.234,5`.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub decimal_comma: bool,
    /// Texts that mean missing; the empty text always does.
    pub missing: Vec<String>,
    /// Column → (text found, text put in its place; none for missing).
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub values: BTreeMap<String, Vec<(String, Option<String>)>>,
    /// Every raw column with its kind, in order; no row id, no part, no target.
    pub columns: Vec<TypedColumn>,
}

/// One raw column as typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedColumn {
    /// Column name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// How its dates are written, such as `%d/%m/%Y`; ISO 8601 where absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub format: Option<String>,
    /// Whether new rows must have it; a column that `clean` drops need not be there.
    pub required: bool,
}

impl Field {
    /// What a column holds.
    pub fn of(column: &Column) -> Self {
        let missing = (0..column.len()).filter(|row| column.is_null(*row)).count() as u64;
        let levels = match &column.values {
            Values::Category(categories) => {
                let mut used = vec![false; categories.levels.len()];
                for code in &categories.codes {
                    if let Some(flag) = used.get_mut(*code as usize) {
                        *flag = true;
                    }
                }
                let mut levels: Vec<String> = categories
                    .levels
                    .iter()
                    .zip(used)
                    .filter(|(_, used)| *used)
                    .map(|(level, _)| level.clone())
                    .collect();
                levels.sort();
                levels
            }
            _ => Vec::new(),
        };
        Self { name: column.name.clone(), kind: column.kind, missing, levels }
    }
}

impl Schema {
    /// The current version of the format.
    pub const FORMAT: u32 = 1;

    /// The schema of a table whose CSV is still to be written.
    pub fn of(table: &Table, phase: Phase) -> Self {
        Self {
            format: Self::FORMAT,
            phase,
            rows: table.rows() as u64,
            checksum: String::new(),
            columns: table.columns().iter().map(Field::of).collect(),
            target: None,
            recipe: None,
        }
    }

    /// Column names in order.
    pub fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// The target.
    ///
    /// # Errors
    /// Exit code 3 where the artifact is older than `clean`.
    pub fn target(&self) -> Result<&TargetSpec> {
        self.target.as_ref().ok_or_else(|| Error::data("the dataset has no target yet").hint("run `mlops clean` first"))
    }

    /// What was done to come here.
    ///
    /// # Errors
    /// Exit code 3 where the artifact is older than `clean`.
    pub fn recipe(&self) -> Result<&Recipe> {
        self.recipe.as_ref().ok_or_else(|| Error::data("the dataset is not clean yet").hint("run `mlops clean` first"))
    }
}

/// A column that must be there.
///
/// # Errors
/// Exit code 3 with a did-you-mean; `place` says where it was looked for.
pub fn require<'a>(table: &'a Table, name: &str, place: &str) -> Result<&'a Column> {
    table.column(name).ok_or_else(|| {
        Error::data(format!("column `{name}` not found in {place}")).maybe_hint(suggest(
            name,
            "columns",
            &table.names(),
        ))
    })
}
