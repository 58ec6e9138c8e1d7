//! Rows explained, as people and other programs read it.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value as Json;

use super::{Explanation, ModelPackage};
use crate::data::{ROW_ID, Scores, Table, Values};
use crate::error::Result;
use crate::models::RawScore;

/// Rows with what each feature adds to their scores.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// The model file.
    pub model: String,
    /// Its algorithm.
    pub algorithm: String,
    /// What a raw score is.
    pub raw_score: RawScore,
    /// Whether probabilities are calibrated after that.
    pub calibrated: bool,
    /// Of each row.
    pub rows: Vec<ExplainedRow>,
}

/// A row with its answer.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedRow {
    /// Its id, or its number.
    pub row_id: String,
    /// The class or value predicted.
    pub prediction: Json,
    /// Of the positive class of two, of each of several, or of the value.
    pub outputs: Vec<ExplainedOutput>,
}

/// A raw score taken apart: `expected`, `contributions` and `others` sum to `score`.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedOutput {
    /// Its class; none for a number.
    pub class: Option<String>,
    /// The probability of this class.
    pub probability: Option<f64>,
    /// The raw score.
    pub score: f64,
    /// That of a row of which nothing is known.
    pub expected: f64,
    /// What features add, the most first.
    pub contributions: Vec<Contribution>,
    /// Those left out: their number, and what they add together.
    pub others: (usize, f64),
}

/// What a feature adds.
#[derive(Debug, Clone, Serialize)]
pub struct Contribution {
    /// The column.
    pub feature: String,
    /// Its value in this row.
    pub value: Json,
    /// What it adds to the raw score.
    pub contribution: f64,
}

impl ModelPackage {
    /// Explains feature rows with their answers; of each row the `top` columns that add most, or all. `model` is the
    /// model's name in the account.
    ///
    /// # Errors
    /// As of [`ModelPackage::explain`].
    pub fn explain_rows(
        &self,
        model: &str,
        table: &Table,
        top: Option<usize>,
        row_name: &(dyn Fn(usize) -> String + Sync),
    ) -> Result<Explained> {
        let explanation = self.explain(table, row_name)?;
        let scores = self.scores(Cow::Borrowed(table), row_name)?;
        let ids = match table.column(ROW_ID).map(|column| &column.values) {
            Some(Values::Text(ids)) => Some(ids),
            _ => None,
        };
        let row = |row: usize| ExplainedRow {
            row_id: ids.and_then(|ids| ids.get(row)).map_or_else(|| (row + 1).to_string(), str::to_owned),
            prediction: self.info.answer(scores.row(row)).to_json(),
            outputs: (0..explanation.width()).map(|at| output(&explanation, table, &scores, (row, at), top)).collect(),
        };
        Ok(Explained {
            model: model.to_owned(),
            algorithm: self.info.algorithm.clone(),
            raw_score: explanation.raw_score,
            calibrated: self.is_calibrated(),
            rows: (0..table.rows()).map(row).collect(),
        })
    }
}

fn output(
    explanation: &Explanation,
    table: &Table,
    scores: &Scores,
    (row, at): (usize, usize),
    top: Option<usize>,
) -> ExplainedOutput {
    let mut contributions: Vec<Contribution> = explanation
        .columns
        .iter()
        .zip(explanation.of(row, at))
        .map(|(feature, contribution)| Contribution {
            feature: feature.clone(),
            value: table.column(feature).map_or(Json::Null, |column| column.to_json(row)),
            contribution: *contribution,
        })
        .collect();
    // A stable sort: equal ones stay in the order of the columns.
    contributions.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    let others = contributions.split_off(top.unwrap_or(usize::MAX).min(contributions.len()));
    let class = explanation.outputs.get(at).cloned();
    // Of two classes, the positive one alone is explained.
    let of_class = if explanation.outputs.len() == 1 { 1 } else { at };
    ExplainedOutput {
        probability: class.as_ref().and_then(|_| scores.row(row).get(of_class).copied()),
        class,
        score: explanation.score(row, at),
        expected: explanation.expected.get(at).copied().unwrap_or(f64::NAN),
        contributions,
        others: (others.len(), others.iter().map(|other| other.contribution).sum()),
    }
}
