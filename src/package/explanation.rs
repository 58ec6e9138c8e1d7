//! Why rows are answered as they are: what each column adds to the raw scores.

use std::borrow::Cow;
use std::collections::HashMap;

use super::apply::{TOO_LARGE, select_inputs};
use super::terms::PresentTerm;
use super::{ModelPackage, extremes};
use crate::data::{Table, Task};
use crate::error::{Error, Result};
use crate::models::{Contributions, REGISTRY, RawScore};

/// Contributions of features calculated at a time, which bounds memory: 32 MB.
const CELLS: usize = 1 << 22;

/// What each input column adds to the raw scores of rows: Shapley values, summed over the features that the learned
/// transforms make of the column. Of each row and output the expected score and the contributions sum to the score.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What a raw score is.
    pub raw_score: RawScore,
    /// The class that each output is of; nothing for a number.
    pub outputs: Vec<String>,
    /// The input columns, and whatever feature comes from none of them.
    pub columns: Vec<String>,
    /// Of each output the score of a row of which nothing is known.
    pub expected: Vec<f64>,
    /// `rows * outputs`, row by row.
    pub scores: Vec<f64>,
    /// `rows * outputs * columns`, row by row and then output by output.
    pub contributions: Vec<f64>,
    /// Of each row the terms of its texts.
    pub terms: Vec<Vec<PresentTerm>>,
}

impl Explanation {
    /// Outputs of a row.
    pub fn width(&self) -> usize {
        self.expected.len()
    }

    /// What each column adds to an output of a row.
    pub fn of(&self, row: usize, output: usize) -> &[f64] {
        let from = (row * self.width() + output) * self.columns.len();
        self.contributions.get(from..from + self.columns.len()).unwrap_or_default()
    }

    /// The raw score of an output of a row.
    pub fn score(&self, row: usize, output: usize) -> f64 {
        self.scores.get(row * self.width() + output).copied().unwrap_or(f64::NAN)
    }
}

impl ModelPackage {
    /// What each column adds to the raw scores of feature rows, before calibration and decision.
    ///
    /// # Errors
    /// Exit code 2 for a model of an algorithm that cannot tell; else as of [`ModelPackage::scores`].
    pub fn explain(&self, table: &Table, row_name: &(dyn Fn(usize) -> String + Sync)) -> Result<Explanation> {
        let inputs = select_inputs(Cow::Borrowed(table), &self.info.inputs)?;
        let (columns, places) = self.origins();
        let outputs = self.explained_outputs();
        let at_once = (CELLS / (places.len() * outputs.len().max(1)).max(1)).max(1);
        let mut out: Option<Explanation> = None;
        for from in (0..inputs.rows().max(1)).step_by(at_once) {
            let rows: Vec<usize> = (from..inputs.rows().min(from + at_once)).collect();
            let chunk = inputs.select_rows(&rows);
            let name = |row: usize| row_name(from + row);
            let found = self
                .transform(chunk.clone())
                .and_then(|matrix| Ok(self.model.contributions(&matrix)?.map(|found| (matrix, found))));
            let found = found.map_err(|error| extremes::explain(error, &chunk, &name, TOO_LARGE))?;
            let (matrix, found) = found.ok_or_else(|| self.unexplained())?;
            let terms = self.present_terms(&matrix, &found);
            let contributions = by_column(&found, &places, columns.len());
            match &mut out {
                Some(out) => {
                    out.scores.extend(found.scores);
                    out.contributions.extend(contributions);
                    out.terms.extend(terms);
                }
                None => {
                    let Contributions { raw_score, expected, scores, .. } = found;
                    let (columns, outputs) = (columns.clone(), outputs.clone());
                    out = Some(Explanation { raw_score, outputs, columns, expected, scores, contributions, terms });
                }
            }
        }
        out.ok_or_else(|| Error::failure("there is nothing to explain"))
    }

    /// The class of each output: the positive one of two, all of several, none for a number.
    fn explained_outputs(&self) -> Vec<String> {
        let classes = &self.info.target.classes;
        match self.info.task() {
            Task::Binary => classes.iter().skip(1).cloned().collect(),
            Task::Multiclass => classes.clone(),
            Task::Regression => Vec::new(),
        }
    }

    /// The input columns, then whatever feature comes from none of them; and where of these each feature is.
    fn origins(&self) -> (Vec<String>, Vec<usize>) {
        let mut columns: Vec<String> = self.info.inputs.iter().map(|input| input.name.clone()).collect();
        let mut place_of: HashMap<String, usize> =
            columns.iter().enumerate().map(|(at, name)| (name.clone(), at)).collect();
        let made: Vec<HashMap<String, String>> =
            self.learned.iter().map(|(_, fitted)| fitted.origins().into_iter().collect()).collect();
        let mut places = Vec::with_capacity(self.info.features.len());
        for feature in &self.info.features {
            let mut name = feature;
            for made in made.iter().rev() {
                name = made.get(name).unwrap_or(name);
            }
            places.push(*place_of.entry(name.clone()).or_insert_with(|| {
                columns.push(name.clone());
                columns.len() - 1
            }));
        }
        (columns, places)
    }

    fn unexplained(&self) -> Error {
        let name = &self.info.algorithm;
        let hint = match REGISTRY.iter().any(|entry| entry.name == *name && entry.is_ensemble()) {
            true => "explain one of its members: train it alone, and name its model file",
            false => {
                "models that can be explained: lr, linear, ridge, lasso, elasticnet, dt, rf, xgb; `mlops show` tells the \
                 importance of features, where a model has it"
            }
        };
        Error::usage(format!("`{name}` cannot tell what each feature adds to a row's score")).hint(hint)
    }
}

/// The contributions of features, summed by column.
fn by_column(found: &Contributions, places: &[usize], columns: usize) -> Vec<f64> {
    let each = found.values.chunks_exact(places.len().max(1));
    let mut out = vec![0.0; each.len() * columns];
    for (values, sums) in each.zip(out.chunks_exact_mut(columns.max(1))) {
        values.iter().zip(places).for_each(|(value, place)| sums[*place] += value);
    }
    out
}
