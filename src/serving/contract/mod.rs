//! From the bytes of a request to raw rows: every field that does not fit the model is named, all at once.
//!
//! Rows become the raw text that a table would hold in their place, as `predict --input rows.json` has it; from there
//! on the model file does the same for both.

mod body;
mod envelope;
mod json;
mod problem;
mod rows;
mod table;

pub use body::{Body, Layout};
pub use envelope::{Format, Params, read as read_envelope};
pub use json::{Shape, read_lines, read_records};
pub use problem::{Problem, ProblemKind, Problems};
pub use rows::{Policy, Rows};
pub use table::read_csv;

use std::collections::HashMap;

use crate::data::schema::Typing;
use crate::data::{Kind, PART, ROW_ID, Values};
use crate::error::suggest_one;
use crate::package::{Field, ModelPackage};

/// The fields that rows of a request may have.
#[derive(Debug)]
pub struct Contract {
    /// The raw columns, in their order.
    pub fields: Vec<Field>,
    typing: Typing,
    places: HashMap<String, Place>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A field.
    Field(usize),
    /// What a row of the dataset has beside its fields: its id, its part and its target. It is taken and left aside.
    Carried,
}

impl Contract {
    /// That of a model.
    pub fn of(package: &ModelPackage) -> Self {
        let fields = package.fields();
        let mut places: HashMap<String, Place> = [ROW_ID, PART, package.info.target.column.as_str()]
            .into_iter()
            .map(|name| (name.to_owned(), Place::Carried))
            .collect();
        places.extend(fields.iter().enumerate().map(|(at, field)| (field.column.name.clone(), Place::Field(at))));
        Self { fields, typing: package.info.recipe.typing.clone(), places }
    }

    /// The fields that a request must have.
    pub fn required(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.column.required)
    }

    /// A valid record, of usual values.
    pub fn example(&self) -> serde_json::Map<String, serde_json::Value> {
        self.required().map(|field| (field.column.name.clone(), self.example_of(field))).collect()
    }

    fn example_of(&self, field: &Field) -> serde_json::Value {
        let Some(text) = &field.example else { return serde_json::Value::Null };
        match field.column.kind {
            Kind::Number | Kind::Integer => {
                let number = if self.typing.decimal_comma { text.replace(',', ".") } else { text.clone() };
                serde_json::from_str(&number).unwrap_or_default()
            }
            Kind::Bool => (text == "true").into(),
            Kind::Category | Kind::Text | Kind::Date | Kind::Id => text.clone().into(),
        }
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.places.get(name).copied()
    }

    /// The field that a name was most likely meant as.
    fn closest(&self, name: &str) -> Option<String> {
        let names: Vec<&str> = self.fields.iter().map(|field| field.column.name.as_str()).collect();
        suggest_one(name, &names).map(str::to_owned)
    }
}

/// A typed value of a field as a request may have it.
pub fn value(field: &Field, values: &Values, row: usize) -> serde_json::Value {
    /// Whole numbers up to this are those that were meant.
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    match values {
        Values::Number(numbers) if numbers[row].is_nan() => serde_json::Value::Null,
        Values::Number(numbers) if field.column.kind == Kind::Bool => (numbers[row] >= 0.5).into(),
        Values::Number(numbers) if numbers[row].fract() == 0.0 && numbers[row].abs() < WHOLE => {
            (numbers[row] as i64).into()
        }
        Values::Number(numbers) => numbers[row].into(),
        Values::Date(dates) => dates[row].map(|date| field.shown(date as f64)).into(),
        Values::Text(texts) => texts.get(row).into(),
        Values::Category(levels) => levels.get(row).into(),
    }
}
