//! configs/clean.yaml: what makes raw text a typed table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Problems;
use super::entries::{Entries, Text};
use crate::yaml::{Located, Node};

/// How raw text is read, and the steps that fix it; nothing here learns from rows.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Clean {
    /// Whether blanks around values go.
    pub trim: bool,
    /// The sign between whole part and fraction of numbers: `.` or `,`; with `,` points may group digits.
    pub decimal: Decimal,
    /// Values that mean "missing".
    pub missing: Vec<Text>,
    /// Column → {found: replacement}, on text, before types are decided; null makes it missing.
    pub values: Entries<Entries<Option<Text>>>,
    /// Column → type; those of the other columns are decided from all rows.
    pub types: Entries<ColumnType>,
    /// Column → format of its dates, such as `%d/%m/%Y`.
    pub date_formats: Entries<Located<String>>,
    /// Row filters and column fixes, in order.
    pub steps: Vec<Node>,
}

/// How numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
pub enum Decimal {
    /// `1234.5`
    #[default]
    #[serde(rename = ".")]
    Point,
    /// `1234,5` or `1.234,5`
    #[serde(rename = ",")]
    Comma,
}

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Any finite number.
    Number,
    /// A whole number.
    Integer,
    /// One of a set of levels.
    Category,
    /// Free text.
    Text,
    /// A date or a time.
    Date,
    /// True or false.
    Bool,
    /// A key: carried along, never a feature.
    Id,
}

impl Default for Clean {
    fn default() -> Self {
        let missing = ["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"];
        Self {
            trim: true,
            decimal: Decimal::Point,
            missing: missing.iter().map(|text| Text((*text).to_owned())).collect(),
            values: Entries::default(),
            types: Entries::default(),
            date_formats: Entries::default(),
            steps: Vec::new(),
        }
    }
}

impl Clean {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for (column, _) in self.date_formats.iter() {
            let stated = self.types.value(&column.value);
            problems.check(stated.is_none_or(|t| *t == ColumnType::Date), || {
                column
                    .error(format!("`{}` has a date format and another type", column.value))
                    .hint("remove the format, or make the type `date`")
            });
        }
    }
}
