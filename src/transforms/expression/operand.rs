//! Values of a part of an expression, for all rows or alike in every row.

use std::borrow::Cow;

use crate::data::{Categories, Column, Strings, Values};

/// Numbers (NaN is null; true and false are 1 and 0) or texts.
pub enum Operand<'t> {
    /// The same number in every row.
    One(f64),
    /// A number a row.
    Numbers(Cow<'t, [f64]>),
    /// The same text in every row.
    OneText(&'t str),
    /// A text a row.
    Texts(Cow<'t, Strings>),
    /// A level a row.
    Levels(Cow<'t, Categories>),
}

impl<'t> Operand<'t> {
    /// The values of a column.
    pub fn of(column: &'t Column) -> Self {
        match &column.values {
            Values::Number(numbers) => Operand::Numbers(Cow::Borrowed(numbers)),
            Values::Category(levels) => Operand::Levels(Cow::Borrowed(levels)),
            Values::Text(texts) => Operand::Texts(Cow::Borrowed(texts)),
            Values::Date(dates) => {
                Operand::Numbers(dates.iter().map(|d| d.map_or(f64::NAN, |seconds| seconds as f64)).collect())
            }
        }
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Operand::OneText(_) | Operand::Texts(_) | Operand::Levels(_))
    }

    /// The number at a row; null for a text, which the checker rules out.
    pub fn number(&self, row: usize) -> f64 {
        match self {
            Operand::One(x) => *x,
            Operand::Numbers(numbers) => numbers[row],
            _ => f64::NAN,
        }
    }

    /// The text at a row; null for a number, which is the literal `null`.
    pub fn text(&self, row: usize) -> Option<&str> {
        match self {
            Operand::OneText(text) => Some(text),
            Operand::Texts(texts) => texts.get(row),
            Operand::Levels(levels) => levels.get(row),
            _ => None,
        }
    }

    pub fn is_null(&self, row: usize) -> bool {
        if self.is_text() { self.text(row).is_none() } else { self.number(row).is_nan() }
    }

    /// The numbers of all rows.
    pub fn into_numbers(self, rows: usize) -> Vec<f64> {
        match self {
            Operand::Numbers(numbers) => numbers.into_owned(),
            other => (0..rows).map(|row| other.number(row)).collect(),
        }
    }
}
