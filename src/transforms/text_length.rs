//! `text_length`: how long a text is.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{add_new, require, wrong_kind};
use super::{ColumnFix, Entry, Phase, Step};
use crate::data::{Column, Kind, Table, Values};
use crate::error::Result;
use crate::yaml::{self, Located, Node};

/// See [`Entry`].
pub const ENTRY: Entry = Entry {
    name: "text_length",
    version: 1,
    summary: "the length of a text in characters or words; null stays null",
    phases: &[Phase::ColumnFix],
    schema: yaml::schema::<Params>,
    build,
    load: None,
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// A text or category column.
    column: Located<String>,
    /// What is counted.
    #[serde(default)]
    unit: Unit,
    /// The new column; `<column>_<unit>` where none is given.
    name: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Unit {
    /// Every character.
    #[default]
    Characters,
    /// What white space parts.
    Words,
}

struct TextLength {
    column: Located<String>,
    unit: Unit,
    name: String,
}

fn build(node: &Node) -> Result<Step> {
    let Params { column, unit, name } = node.to()?;
    let suffix = match unit {
        Unit::Characters => "characters",
        Unit::Words => "words",
    };
    let name = name.unwrap_or_else(|| format!("{}_{suffix}", column.value));
    Ok(Step::ColumnFix(Box::new(TextLength { column, unit, name })))
}

impl TextLength {
    fn length(&self, text: Option<&str>) -> f64 {
        match (text, self.unit) {
            (None, _) => f64::NAN,
            (Some(text), Unit::Characters) => text.chars().count() as f64,
            (Some(text), Unit::Words) => text.split_whitespace().count() as f64,
        }
    }
}

impl ColumnFix for TextLength {
    fn check(&self, columns: &mut Vec<String>) -> Result<()> {
        self.column.find("column", columns)?;
        add_new(&self.name, columns, &self.column)
    }

    fn apply(&self, table: &mut Table) -> Result<Vec<String>> {
        let column = require(table, &self.column)?;
        let lengths = match &column.values {
            Values::Text(texts) => texts.iter().map(|t| self.length(t)).collect(),
            Values::Category(levels) => levels.iter().map(|t| self.length(t)).collect(),
            _ => return Err(wrong_kind(&self.column, column.kind, "a text or category column")),
        };
        table.set(Column { kind: Kind::Integer, ..Column::number(self.name.clone(), lengths) });
        Ok(Vec::new())
    }
}
