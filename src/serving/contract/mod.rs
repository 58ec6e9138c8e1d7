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
pub use rows::{Part, Policy, Rows, row_name};
pub use table::read_csv;

use std::borrow::Cow;
use std::collections::HashMap;

use crate::data::schema::Typing;
use crate::data::{Kind, PART, ROW_ID};
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
            Kind::Number | Kind::Integer => self.number(text).map_or_else(Default::default, Into::into),
            Kind::Bool => (text == "true").into(),
            Kind::Category | Kind::Text | Kind::Date | Kind::Id => text.clone().into(),
        }
    }

    /// The number that a raw text is, as JSON has it; none where it is written in a way that JSON has not.
    pub fn number(&self, text: &str) -> Option<serde_json::Number> {
        let text = if self.typing.decimal_comma { Cow::Owned(text.replace(',', ".")) } else { Cow::Borrowed(text) };
        serde_json::from_str(&text).ok()
    }

    /// Whether there is a field of that name.
    pub fn has(&self, name: &str) -> bool {
        matches!(self.place(name), Some(Place::Field(_)))
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
