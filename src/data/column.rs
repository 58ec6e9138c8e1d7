//! One typed column.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::dates;
use super::strings::Strings;

/// What a column means; how it is stored follows from it ([`Values`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Any finite number.
    Number,
    /// A whole number of at most 2^53.
    Integer,
    /// True or false, stored as 1 and 0.
    Bool,
    /// One of a set of levels.
    Category,
    /// Free text.
    Text,
    /// A date or a time, stored as seconds since 1970-01-01 UTC.
    Date,
    /// A key: carried along, never a feature.
    Id,
}

impl Kind {
    /// Every kind, for messages.
    pub const ALL: [Kind; 7] =
        [Kind::Number, Kind::Integer, Kind::Bool, Kind::Category, Kind::Text, Kind::Date, Kind::Id];

    /// Its name in configs.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Number => "number",
            Kind::Integer => "integer",
            Kind::Bool => "bool",
            Kind::Category => "category",
            Kind::Text => "text",
            Kind::Date => "date",
            Kind::Id => "id",
        }
    }

    /// Whether values are stored as numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Kind::Number | Kind::Integer | Kind::Bool)
    }
}

/// The values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Number, integer and bool; NaN is null and no other NaN or infinity ever gets in.
    Number(Vec<f64>),
    /// Category.
    Category(Categories),
    /// Text and id.
    Text(Strings),
    /// Date, in seconds since 1970-01-01 UTC.
    Date(Vec<Option<i64>>),
}

impl Values {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Values::Number(v) => v.len(),
            Values::Category(v) => v.codes.len(),
            Values::Text(v) => v.len(),
            Values::Date(v) => v.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the values of all rows take.
    pub fn bytes(&self) -> usize {
        match self {
            Values::Number(v) => size_of_val(v.as_slice()),
            Values::Category(v) => size_of_val(v.codes.as_slice()),
            Values::Text(v) => v.bytes(),
            Values::Date(v) => size_of_val(v.as_slice()),
        }
    }

    /// The value at `row` of a column of this kind as JSON; null where it is missing.
    pub fn to_json(&self, kind: Kind, row: usize) -> Json {
        match (self, kind) {
            (Values::Number(values), Kind::Bool) => json!(values.get(row).filter(|v| !v.is_nan()).map(|v| *v != 0.0)),
            (Values::Number(values), Kind::Integer) => match values.get(row) {
                Some(value) if value.fract() == 0.0 => json!(*value as i64),
                value => json!(value),
            },
            (Values::Number(values), _) => json!(values.get(row)),
            (Values::Category(values), _) => json!(values.get(row)),
            (Values::Text(values), _) => json!(values.get(row)),
            (Values::Date(values), _) => json!(values.get(row).copied().flatten().map(dates::format_iso)),
        }
    }

    /// Keeps the rows where `keep` is true, in place.
    pub fn retain(&mut self, keep: &[bool]) {
        fn in_place<T>(values: &mut Vec<T>, keep: &[bool]) {
            let mut flags = keep.iter();
            values.retain(|_| flags.next().copied().unwrap_or(true));
        }
        match self {
            Values::Number(v) => in_place(v, keep),
            Values::Category(v) => in_place(&mut v.codes, keep),
            Values::Text(v) => *v = v.iter().zip(keep).filter(|(_, keep)| **keep).map(|(text, _)| text).collect(),
            Values::Date(v) => in_place(v, keep),
        }
    }

    /// Leaves the rows from `len` on out.
    pub fn truncate(&mut self, len: usize) {
        match self {
            Values::Number(v) => v.truncate(len),
            Values::Category(v) => v.codes.truncate(len),
            Values::Text(v) => v.truncate(len),
            Values::Date(v) => v.truncate(len),
        }
    }

    /// Adds the values of the same sort at the end; levels must be the same and in the same order.
    pub fn append(&mut self, more: Values) {
        match (self, more) {
            (Values::Number(all), Values::Number(more)) => all.extend(more),
            (Values::Category(all), Values::Category(more)) => {
                debug_assert!(all.levels == more.levels);
                all.codes.extend(more.codes);
            }
            (Values::Text(all), Values::Text(more)) => all.append(&more),
            (Values::Date(all), Values::Date(more)) => all.extend(more),
            _ => debug_assert!(false, "columns of two sorts"),
        }
    }
}

/// The code of a null in [`Categories`].
pub const NULL_CODE: u32 = u32::MAX;

/// Dictionary-encoded levels. The dictionary is this column's own, in order of first use or as read:
/// whatever compares levels between tables does it by text, never by code.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Categories {
    /// Position in `levels` per row, or [`NULL_CODE`].
    pub codes: Vec<u32>,
    /// Distinct levels; some may be unused.
    pub levels: Vec<String>,
}

impl Categories {
    /// The level at `row`.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.levels.get(self.codes[row] as usize).map(String::as_str)
    }

    /// All levels in row order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        (0..self.codes.len()).map(|row| self.get(row))
    }
}

impl<'a> FromIterator<Option<&'a str>> for Categories {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(values: I) -> Self {
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut categories = Self::default();
        for value in values {
            let code = match value {
                None => NULL_CODE,
                Some(level) => match seen.get(level) {
                    Some(code) => *code,
                    None => {
                        let code = categories.levels.len() as u32;
                        seen.insert(level.to_owned(), code);
                        categories.levels.push(level.to_owned());
                        code
                    }
                },
            };
            categories.codes.push(code);
        }
        categories
    }
}

/// A named, typed column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Unique in its table.
    pub name: String,
    /// What it means.
    pub kind: Kind,
    /// One value per row.
    pub values: Values,
}

impl Column {
    /// A numeric column; every non-finite value becomes null.
    pub fn number(name: impl Into<String>, mut values: Vec<f64>) -> Self {
        for value in values.iter_mut().filter(|v| !v.is_finite()) {
            *value = f64::NAN;
        }
        Self { name: name.into(), kind: Kind::Number, values: Values::Number(values) }
    }

    /// A category column.
    pub fn category<'a>(name: impl Into<String>, values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        Self { name: name.into(), kind: Kind::Category, values: Values::Category(values.into_iter().collect()) }
    }

    /// A text column.
    pub fn text(name: impl Into<String>, values: Strings) -> Self {
        Self { name: name.into(), kind: Kind::Text, values: Values::Text(values) }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the value at `row` is null.
    pub fn is_null(&self, row: usize) -> bool {
        match &self.values {
            Values::Number(v) => v[row].is_nan(),
            Values::Category(v) => v.codes[row] == NULL_CODE,
            Values::Text(v) => v.get(row).is_none(),
            Values::Date(v) => v[row].is_none(),
        }
    }

    /// The value at `row` as JSON; null where it is missing.
    pub fn to_json(&self, row: usize) -> Json {
        self.values.to_json(self.kind, row)
    }

    /// The rows at `rows`, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let values = match &self.values {
            Values::Number(v) => Values::Number(rows.iter().map(|r| v[*r]).collect()),
            Values::Category(v) => Values::Category(Categories {
                codes: rows.iter().map(|r| v.codes[*r]).collect(),
                levels: v.levels.clone(),
            }),
            Values::Text(v) => Values::Text(rows.iter().map(|r| v.get(*r)).collect()),
            Values::Date(v) => Values::Date(rows.iter().map(|r| v[*r]).collect()),
        };
        Self { name: self.name.clone(), kind: self.kind, values }
    }
}
