//! Rows explained, as people and other programs read it.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value as Json;

use super::terms::{Mark, term_of};
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
    /// Of a text, what of that its terms add.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<ExplainedTerms>,
}

/// Terms of a text: `strongest`, `others` and `absent` sum to what the text adds.
#[derive(Debug, Clone, Serialize)]
pub struct ExplainedTerms {
    /// Those that add most, up or down, the most first.
    pub strongest: Vec<TermContribution>,
    /// The other terms of the text: their number, and what they add together.
    pub others: (usize, f64),
    /// What the terms add that the text does not have.
    pub absent: f64,
    /// The words that all these terms are made of, in the order of the text.
    pub marks: Vec<Mark>,
}

/// What a term adds.
#[derive(Debug, Clone, Serialize)]
pub struct TermContribution {
    /// The term.
    pub term: String,
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
        let columns = self.columns_of_terms(true);
        let row = |row: usize| ExplainedRow {
            row_id: ids.and_then(|ids| ids.get(row)).map_or_else(|| (row + 1).to_string(), str::to_owned),
            prediction: self.info.answer(scores.row(row)).to_json(),
            outputs: (0..explanation.width())
                .map(|at| {
                    let mut output = output(&explanation, table, &scores, (row, at), top);
                    self.tell_terms(&mut output, &explanation, (row, at), &columns);
                    output
                })
                .collect(),
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

/// Terms told of a text that add most, as many that take most away.
const STRONGEST: usize = 10;

impl ModelPackage {
    /// Tells what the terms of each text add to an output of a row; `columns` has the text column of each term.
    fn tell_terms(
        &self,
        output: &mut ExplainedOutput,
        explanation: &Explanation,
        (row, at): (usize, usize),
        columns: &HashMap<String, String>,
    ) {
        let texts: BTreeSet<&String> = columns.values().collect();
        for contribution in output.contributions.iter_mut().filter(|one| texts.contains(&one.feature)) {
            let Json::String(text) = &contribution.value else { continue };
            let present = explanation.terms.get(row).into_iter().flatten();
            let mut terms: Vec<(&str, f64)> = present
                .filter_map(|term| {
                    let feature = self.info.features.get(term.feature)?;
                    let own = columns.get(feature) == Some(&contribution.feature);
                    own.then(|| Some((feature.as_str(), *term.contributions.get(at)?))).flatten()
                })
                .collect();
            let marks = self.marks(&contribution.feature, text, &terms.iter().copied().collect());
            // A stable sort: equal ones stay in the order of the features.
            terms.sort_by(|a, b| b.1.total_cmp(&a.1));
            let present: f64 = terms.iter().map(|(_, adds)| adds).sum();
            let last = terms.len().saturating_sub(STRONGEST);
            let told = |place: usize, adds: f64| (place < STRONGEST && adds > 0.0) || (place >= last && adds < 0.0);
            let (mut strongest, others): (Vec<_>, Vec<_>) =
                terms.into_iter().enumerate().partition(|(place, (_, adds))| told(*place, *adds));
            strongest.sort_by(|(_, a), (_, b)| b.1.abs().total_cmp(&a.1.abs()));
            let term = |(_, (feature, contribution)): (usize, (&str, f64))| TermContribution {
                term: columns.get(feature).map_or(feature, |column| term_of(feature, column)).to_owned(),
                contribution,
            };
            contribution.terms = Some(ExplainedTerms {
                absent: contribution.contribution - present,
                others: (others.len(), others.iter().map(|(_, (_, adds))| adds).sum()),
                strongest: strongest.into_iter().map(term).collect(),
                marks,
            });
        }
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
            terms: None,
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
