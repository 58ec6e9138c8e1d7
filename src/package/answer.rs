//! What the scores of a row say: its class or its value.

use serde_json::Value as Json;

use super::Info;
use crate::data::Task;

/// The answer to a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer<'a> {
    /// Of a classifier: the class decided, and its place among the classes.
    Class(&'a str, usize),
    /// Of a regression.
    Value(f64),
}

impl Info {
    /// The answer to a row of these scores.
    pub fn answer(&self, scores: &[f64]) -> Answer<'_> {
        if self.task() == Task::Regression {
            return Answer::Value(scores.first().copied().unwrap_or(f64::NAN));
        }
        let class = self.decision.class(scores) as usize;
        Answer::Class(self.target.classes.get(class).map_or("", String::as_str), class)
    }
}

impl Answer<'_> {
    /// As JSON: a text or a number.
    pub fn to_json(self) -> Json {
        match self {
            Answer::Class(label, _) => label.into(),
            Answer::Value(value) => value.into(),
        }
    }
}
