//! From rows to answers: the one path of evaluation, batch prediction and serving.

use std::borrow::Cow;
use std::collections::HashSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::extremes::Extreme;
use super::{ModelPackage, extremes};
use crate::data::{Column, Kind, Scores, Table, Target, Task, Values, schema};
use crate::error::{Error, Result, suggest};
use crate::transforms::apply_fix;

/// Rows transformed and scored at a time: bounds memory; each row is scored on its own, so no answer depends on it.
const CHUNK: usize = 16_384;

/// What helps where a value is too large.
pub(super) const TOO_LARGE: &str = "correct the value, or leave it empty where it is not known";

/// Levels of a column that training never saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// Column name.
    pub column: String,
    /// Rows with such a level.
    pub rows: u64,
    /// One of the levels.
    pub example: String,
}

impl ModelPackage {
    /// Raw text rows to feature columns: typing, column fixes, derived columns. Rows in = rows out.
    ///
    /// # Errors
    /// Exit code 3: a required column missing, or values that cannot be read, named by `row_name`.
    pub fn features(&self, texts: &Table, row_name: &(dyn Fn(usize) -> String + Sync)) -> Result<Table> {
        self.fixed(self.info.recipe.typing.apply(texts, row_name)?)
    }

    /// [`ModelPackage::features`] of rows that are typed already.
    ///
    /// # Errors
    /// Those of the fixes.
    pub fn fixed(&self, mut table: Table) -> Result<Table> {
        for fix in &self.fixes {
            apply_fix(fix.as_ref(), &mut table)?;
        }
        Ok(table)
    }

    /// Feature columns to scores, each row on its own.
    ///
    /// # Errors
    /// Exit code 3 where a column is missing or of another kind than in training, or holds a value too large to
    /// calculate with, named by `row_name`.
    pub fn scores(&self, table: Cow<Table>, row_name: &(dyn Fn(usize) -> String + Sync)) -> Result<Scores> {
        let inputs = select_inputs(table, &self.info.inputs)?;
        if (1..=CHUNK).contains(&inputs.rows()) {
            // The rows are gone once they are scored.
            let extreme = Extreme::of(&inputs);
            return self.score_chunk(inputs).map_err(|error| match &extreme {
                Some(extreme) => extreme.explain(error, row_name, TOO_LARGE),
                None => error,
            });
        }
        let starts: Vec<usize> = (0..inputs.rows()).step_by(CHUNK).collect();
        let parts = starts
            .par_iter()
            .map(|start| {
                let rows: Vec<usize> = (*start..(*start + CHUNK).min(inputs.rows())).collect();
                self.score_chunk(inputs.select_rows(&rows))
            })
            .collect::<Result<Vec<Scores>>>()
            .map_err(|error| extremes::explain(error, &inputs, row_name, TOO_LARGE))?;
        tracing::debug!(rows = inputs.rows(), chunks = parts.len(), "scored");
        let width = parts.first().map_or(0, |p| p.width);
        Ok(Scores { width, values: parts.into_iter().flat_map(|p| p.values).collect() })
    }

    fn score_chunk(&self, inputs: Table) -> Result<Scores> {
        let scores = self.model.predict(&self.transform(inputs)?)?;
        Ok(match &self.calibrator {
            Some(calibrator) => calibrator.apply(&scores),
            None => scores,
        })
    }

    /// Levels that training never saw, per input column; they are accepted.
    pub fn unknown_levels(&self, table: &Table) -> Vec<Unknown> {
        let mut found = Vec::new();
        for input in self.info.inputs.iter().filter(|i| i.kind == Kind::Category) {
            let Some(Values::Category(values)) = table.column(&input.name).map(|c| &c.values) else { continue };
            let known: HashSet<&str> = input.levels.iter().map(String::as_str).collect();
            let unknown: Vec<bool> = values.levels.iter().map(|l| !known.contains(l.as_str())).collect();
            let mut rows = 0;
            let mut example = None;
            for code in &values.codes {
                if unknown.get(*code as usize) == Some(&true) {
                    rows += 1;
                    example = example.or_else(|| values.levels.get(*code as usize));
                }
            }
            if let Some(example) = example {
                found.push(Unknown { column: input.name.clone(), rows, example: example.clone() });
            }
        }
        found
    }
}

/// The input columns in training order; of a table that others still need, copies of them.
pub(super) fn select_inputs(table: Cow<Table>, inputs: &[super::Input]) -> Result<Table> {
    let rows = table.rows();
    let places: Vec<Option<usize>> = inputs.iter().map(|input| table.index(&input.name)).collect();
    if let Some((input, _)) = inputs.iter().zip(&places).find(|(_, place)| place.is_none()) {
        let error = Error::data(format!("the model needs the column `{}`", input.name));
        return Err(error.maybe_hint(suggest(&input.name, "columns found", &table.names())));
    }
    let mut found: Vec<Option<Cow<Column>>> = match table {
        Cow::Owned(table) => table.into_columns().into_iter().map(|column| Some(Cow::Owned(column))).collect(),
        Cow::Borrowed(table) => table.columns().iter().map(|column| Some(Cow::Borrowed(column))).collect(),
    };
    let mut columns = Vec::with_capacity(inputs.len());
    for (input, place) in inputs.iter().zip(places) {
        // A column is an input once.
        let Some(column) = place.and_then(|at| found.get_mut(at)?.take()) else { continue };
        let fits = column.kind == input.kind || (column.kind.is_numeric() && input.kind.is_numeric());
        if !fits {
            return Err(Error::data(format!(
                "column `{}` is of kind {}, the model was trained on {}",
                input.name,
                column.kind.name(),
                input.kind.name()
            ))
            .hint("train again after changing types"));
        }
        columns.push(Column { kind: input.kind, ..column.into_owned() });
    }
    let selected = Table::new(columns);
    // A table of no columns would forget how many rows there are.
    if selected.rows() == rows { Ok(selected) } else { Err(Error::data("the model has no input columns")) }
}

/// The target column as classes or values, by its specification.
///
/// # Errors
/// Exit code 3: a null, or a label that is no class.
pub fn decode_target(column: &Column, spec: &schema::TargetSpec) -> Result<Target> {
    let wrong = |row: usize, what: &str| {
        Error::data(format!("target `{}`, data row {}: {what}", spec.column, row + 1)).hint("run `mlops clean` again")
    };
    match (&column.values, spec.task) {
        (Values::Number(values), Task::Regression) => match values.iter().position(|v| v.is_nan()) {
            Some(row) => Err(wrong(row, "missing")),
            None => Ok(Target::Values(values.clone())),
        },
        (Values::Category(values), Task::Binary | Task::Multiclass) => {
            let class_of: Vec<Option<u32>> =
                values.levels.iter().map(|l| spec.classes.iter().position(|c| c == l).map(|c| c as u32)).collect();
            let codes = values
                .codes
                .iter()
                .enumerate()
                .map(|(row, code)| match class_of.get(*code as usize) {
                    Some(Some(class)) => Ok(*class),
                    Some(None) => Err(wrong(row, &format!("`{}` is no class", values.get(row).unwrap_or_default()))),
                    None => Err(wrong(row, "missing")),
                })
                .collect::<Result<Vec<u32>>>()?;
            Ok(Target::Classes { codes, classes: spec.classes.len() })
        }
        _ => {
            Err(Error::data(format!("target `{}` does not fit its task", spec.column)).hint("run `mlops clean` again"))
        }
    }
}
