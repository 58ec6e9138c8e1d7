//! Fitted ensembles of trees: scoring rows and storing, whatever algorithm grew them.

use hessboost::model::{BoostedModel, ImportanceType, Iterations, ModelFormat};
use serde::{Deserialize, Serialize};

use super::exp::{sigmoid, softmax};
use super::{FittedModel, checks, exchange, rows};
use crate::codec;
use crate::data::{Matrix, Scores};
use crate::error::{Error, Result};

/// Values scored at a time, to bound the memory of wide sparse rows.
const CHUNK: usize = 1 << 22;

/// How the sums of leaves become an answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Answer {
    /// Log odds of class 1, or a logarithm per class up to a common constant.
    LogOdds {
        /// Number of classes.
        classes: usize,
    },
    /// The share of class 1, or the share of each class.
    Shares {
        /// Number of classes.
        classes: usize,
    },
    /// A value: `shift + scale * sum`.
    Value {
        /// Mean of the training targets.
        shift: f64,
        /// Their standard deviation, or 1.
        scale: f64,
    },
}

impl Answer {
    /// Sums the ensemble gives a row.
    pub(super) fn outputs(self) -> usize {
        match self {
            Answer::LogOdds { classes } | Answer::Shares { classes } if classes > 2 => classes,
            _ => 1,
        }
    }

    /// Appends the answer of one row.
    fn push(self, sums: &[f64], out: &mut Vec<f64>) {
        let at = out.len();
        let sum = sums.first().copied().unwrap_or(0.0);
        match self {
            Answer::LogOdds { classes: 2 } => {
                let p = sigmoid(sum);
                out.extend([1.0 - p, p]);
            }
            Answer::LogOdds { .. } => {
                out.extend(sums);
                softmax(&mut out[at..]);
            }
            Answer::Shares { classes: 2 } => {
                let p = sum.clamp(0.0, 1.0);
                out.extend([1.0 - p, p]);
            }
            Answer::Shares { .. } => {
                out.extend(sums.iter().map(|s| s.clamp(0.0, 1.0)));
                let total: f64 = out[at..].iter().sum();
                let even = 1.0 / sums.len() as f64;
                out[at..].iter_mut().for_each(|p| *p = if total > 0.0 { *p / total } else { even });
            }
            Answer::Value { shift, scale } => out.push(shift + scale * sum),
        }
    }
}

/// A fitted ensemble of trees: the mean of its boosters, of which all but a forest have one.
pub(super) struct Ensemble {
    /// How sums become an answer.
    pub(super) answer: Answer,
    /// The trees.
    pub(super) boosters: Vec<BoostedModel>,
    /// The boosting round that did best on held out rows, and the rounds asked for; known after the fit alone.
    pub(super) best: Option<(usize, usize)>,
}

/// An [`Ensemble`] as stored: the library's own stable bytes beside ours.
#[derive(Serialize, Deserialize)]
struct Saved {
    answer: Answer,
    boosters: Vec<Vec<u8>>,
}

pub(super) fn encode(booster: &BoostedModel) -> Result<Vec<u8>> {
    booster.encode(ModelFormat::Binary).map_err(|e| Error::failure("cannot encode the trees of the model").because(e))
}

fn damaged() -> Error {
    Error::failure("the trees of the model are damaged")
}

pub(super) fn decode(bytes: &[u8]) -> Result<BoostedModel> {
    BoostedModel::decode(bytes, ModelFormat::Binary).map_err(|e| damaged().because(e))
}

/// Reads an ensemble back.
///
/// # Errors
/// Exit code 1 for bytes that are not one.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let saved: Saved = codec::decode(bytes)?;
    let boosters = saved.boosters.iter().map(|bytes| decode(bytes)).collect::<Result<Vec<_>>>()?;
    let classes = match saved.answer {
        Answer::LogOdds { classes } | Answer::Shares { classes } => classes,
        Answer::Value { .. } => 2,
    };
    let width = boosters.first().map_or(0, BoostedModel::n_features);
    let outputs = saved.answer.outputs();
    if classes < 2 || width == 0 || boosters.iter().any(|b| b.n_features() != width || b.n_outputs() != outputs) {
        return Err(damaged());
    }
    Ok(Box::new(Ensemble { answer: saved.answer, boosters, best: None }))
}

impl Ensemble {
    /// Number of features.
    pub(super) fn width(&self) -> usize {
        self.boosters.first().map_or(0, BoostedModel::n_features)
    }

    /// What a leaf adds to the mean of the boosters, in the unit of the answer.
    pub(super) fn scaled(&self, leaf: f32) -> f64 {
        let scale = if let Answer::Value { scale, .. } = self.answer { scale } else { 1.0 };
        scale * f64::from(leaf) / self.boosters.len() as f64
    }

    /// What an output starts from before the first tree, in the unit of the answer.
    pub(super) fn base(&self, output: usize) -> f64 {
        let shift = if let Answer::Value { shift, .. } = self.answer { shift } else { 0.0 };
        let bases = self.boosters.iter().filter_map(|booster| booster.base_scores().get(output).copied());
        shift + bases.map(|base| self.scaled(base)).sum::<f64>()
    }

    /// The mean of the boosters' sums, in their order.
    fn sums(&self, rows: &[f32]) -> Result<Vec<f64>> {
        let mut sums: Vec<f64> = Vec::new();
        for booster in &self.boosters {
            let own = booster
                .predict_margin_rows(rows, Iterations::Best)
                .map_err(|e| Error::failure("cannot score the rows").because(e))?;
            sums.resize(own.as_slice().len(), 0.0);
            sums.iter_mut().zip(own.as_slice()).for_each(|(sum, own)| *sum += f64::from(*own));
        }
        let count = self.boosters.len() as f64;
        sums.iter_mut().for_each(|sum| *sum /= count);
        Ok(sums)
    }
}

impl FittedModel for Ensemble {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        let width = self.width();
        checks::predict_width(x, width)?;
        let outputs = self.answer.outputs();
        let mut values = Vec::new();
        let step = (CHUNK / width.max(1)).max(1);
        for from in (0..x.rows).step_by(step) {
            let sums = self.sums(&rows::dense(x, from..x.rows.min(from + step)))?;
            sums.chunks_exact(outputs).for_each(|sums| self.answer.push(sums, &mut values));
        }
        let width = match self.answer {
            Answer::LogOdds { classes } | Answer::Shares { classes } => classes,
            Answer::Value { .. } => 1,
        };
        checks::finite_scores(Scores { width, values })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        let boosters = self.boosters.iter().map(encode).collect::<Result<Vec<_>>>()?;
        codec::encode(&Saved { answer: self.answer, boosters })
    }

    /// Each feature's share of the loss its splits took away.
    fn importance(&self) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; self.width()];
        for booster in &self.boosters {
            let gains = booster.feature_importance(ImportanceType::TotalGain);
            shares.iter_mut().enumerate().for_each(|(f, share)| *share += gains.get(&f).copied().unwrap_or(0.0));
        }
        let total: f64 = shares.iter().sum();
        (total > 0.0).then(|| shares.into_iter().map(|share| share / total).collect())
    }

    fn facts(&self) -> Vec<String> {
        self.best.map(|(round, asked)| format!("best iteration {round} of {asked}")).into_iter().collect()
    }

    fn xgboost_json(&self, names: &[String]) -> Result<Option<String>> {
        exchange::export(self, names).map(Some)
    }
}
