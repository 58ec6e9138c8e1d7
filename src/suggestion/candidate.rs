//! One column that could be derived, as the steps that make it.

use serde::Serialize;

use crate::data::schema::RecipeStep;
use crate::data::{Column, Table};
use crate::error::{Error, Result};
use crate::package::LearnedStep;
use crate::transforms::{self, Phase, Step, apply_fix};
use crate::yaml::edit::flow;
use crate::yaml::{Node, Value};

/// A column that could be derived, or encoded in another way.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The new column; where none is made, the one that is encoded.
    pub name: String,
    /// The columns it is made of.
    pub sources: Vec<String>,
    /// What it is.
    pub family: Family,
    /// The step of `features.derive` that makes it.
    pub derive: Option<RecipeStep>,
    /// The step of `features.learned` that it needs.
    pub learned: Option<RecipeStep>,
}

/// What a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A part of a date.
    DatePart,
    /// Days between two dates.
    Days,
    /// One number by another.
    Ratio,
    /// The product of two numbers.
    Product,
    /// The difference of two numbers.
    Difference,
    /// The sum of two numbers.
    Sum,
    /// The logarithm of a number.
    Logarithm,
    /// The square of a number.
    Square,
    /// Whether a number is missing.
    Missing,
    /// The bin of a number.
    Bins,
    /// The length of a text.
    Length,
    /// The joint level of two categories.
    Pair,
    /// A category whose rare levels are one.
    RareLevels,
    /// A category by the mean of the target per level, out of fold.
    TargetMean,
}

impl Candidate {
    /// Its steps as YAML, that of `features.derive` first.
    pub fn lines(&self) -> Vec<String> {
        self.derive.iter().chain(&self.learned).map(line).collect()
    }

    /// The column it makes of the columns of a table; that of its source where it makes none.
    ///
    /// # Errors
    /// Those of the step.
    pub fn column(&self, table: &Table) -> Result<Column> {
        let absent = || Error::failure(format!("the step of `{}` makes no such column", self.name));
        let Some(derive) = &self.derive else { return table.column(&self.name).cloned().ok_or_else(absent) };
        let sources = self.sources.iter().filter_map(|name| table.column(name)).cloned();
        let mut made = Table::new(sources.collect());
        match build(derive, Phase::ColumnFix)? {
            Step::ColumnFix(fix) => apply_fix(fix.as_ref(), &mut made)?,
            Step::RowFilter(_) | Step::Learned(_) => return Err(absent()),
        };
        made.remove(&self.name).ok_or_else(absent)
    }
}

/// A step as it is written in features.yaml.
pub fn line(step: &RecipeStep) -> String {
    format!("{}: {}", step.name, flow(&step.params))
}

/// A learned step as training takes it.
///
/// # Errors
/// Those of its parameters.
pub fn learned(step: &RecipeStep) -> Result<LearnedStep> {
    match build(step, Phase::Learned)? {
        Step::Learned(transform) => {
            Ok(LearnedStep { name: step.name.clone(), params: Node::from_json(&step.params), transform })
        }
        Step::RowFilter(_) | Step::ColumnFix(_) => Err(Error::failure(format!("`{}` learns nothing", step.name))),
    }
}

fn build(step: &RecipeStep, phase: Phase) -> Result<Step> {
    let name = Node::new(Value::String(step.name.clone()));
    (transforms::find(&name, &[phase])?.build)(&Node::from_json(&step.params))
}
