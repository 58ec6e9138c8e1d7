//! Numbers as Python compares and subtracts them, since DVC does.

use serde_json::{Number, Value as Json};

use crate::yaml::Value;

/// How much a number has changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Difference {
    /// Between whole numbers.
    Whole(i64),
    /// Between others.
    Real(f64),
}

/// Changes too small to count.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tolerance {
    /// At the most so much.
    pub absolute: f64,
    /// At the most this part of the old value.
    pub relative: f64,
}

impl Tolerance {
    /// Whether a change is too small to count.
    pub fn covers(self, old: f64, new: f64) -> bool {
        (new - old).abs() <= self.absolute.max(self.relative * old.abs())
    }
}

impl Difference {
    /// None where one of the two is no number; `true` is 1.
    pub(super) fn between(old: &Value, new: &Value) -> Option<Self> {
        match (whole(old), whole(new)) {
            (Some(old), Some(new)) => {
                Some(new.checked_sub(old).map_or(Self::Real(new as f64 - old as f64), Self::Whole))
            }
            _ => Some(Self::Real(of(new)? - of(old)?)),
        }
    }

    /// As a plain number.
    pub fn value(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }

    /// As JSON; what JSON has no number for is a text.
    pub fn to_json(self) -> Json {
        match self {
            Self::Whole(number) => Json::from(number),
            Self::Real(number) => Number::from_f64(number).map_or_else(|| Json::from(number.to_string()), Json::Number),
        }
    }
}

/// A value as a number, truths among them.
pub(super) fn of(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        other => whole(other).map(|number| number as f64),
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Integer(number) => Some(*number),
        _ => None,
    }
}

/// Equal as numbers: 3 is 3.0, `true` is 1, and nothing is NaN.
pub(super) fn equal(old: &Value, new: &Value) -> bool {
    match (whole(old), whole(new)) {
        (Some(old), Some(new)) => old == new,
        _ => of(old).is_some() && of(old) == of(new),
    }
}
