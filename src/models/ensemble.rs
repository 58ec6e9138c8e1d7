//! Fitted ensembles of trees: scoring rows and storing, whatever algorithm grew them.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::exp::{sigmoid, softmax};
use super::trees::{self, Entry, Tree};
use super::{FittedModel, checks, exchange, rows};
use crate::codec;
use crate::data::{Matrix, Scores};
use crate::error::{Error, Result};

/// Values of rows scored at a time: they and a tree stay in the CPU's cache, and wide sparse rows take little memory.
const CHUNK: usize = 1 << 13;

/// A guess at how long trees take to grow that see this share of the values: each level costs about as much as the
/// first, until there are few rows in a leaf.
pub(super) fn effort(trees: usize, depth: Option<usize>, share: f64) -> f64 {
    const DEEP: usize = 12;
    trees as f64 * depth.unwrap_or(DEEP).min(DEEP) as f64 * share
}

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

/// A fitted ensemble of trees.
pub(super) struct Ensemble {
    /// How sums become an answer.
    pub(super) answer: Answer,
    /// Number of features.
    pub(super) width: usize,
    /// What each output starts from.
    pub(super) base: Vec<f32>,
    /// Whether the mean of the trees counts and not their sum; a tree then gives all outputs.
    pub(super) averaged: bool,
    /// The trees; of a sum, those of each round one after the other, output by output.
    pub(super) trees: Vec<Tree>,
    /// The boosting round that did best on held out rows, and the rounds asked for; known after the fit alone.
    pub(super) best: Option<(usize, usize)>,
}

/// An [`Ensemble`] as stored.
#[derive(Serialize, Deserialize)]
struct Saved {
    answer: Answer,
    width: usize,
    base: Vec<f32>,
    averaged: bool,
    trees: Vec<trees::Saved>,
}

fn damaged() -> Error {
    Error::failure("the trees of the model are damaged")
}

/// Reads an ensemble back.
///
/// # Errors
/// Exit code 1 for bytes that are not one.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let Saved { answer, width, base, averaged, trees } = codec::decode(bytes)?;
    let classes = match answer {
        Answer::LogOdds { classes } | Answer::Shares { classes } => classes,
        Answer::Value { .. } => 2,
    };
    let outputs = answer.outputs();
    if classes < 2 || width == 0 || base.len() != outputs || base.iter().any(|base| !base.is_finite()) {
        return Err(damaged());
    }
    let of_tree = if averaged { outputs } else { 1 };
    let trees: Option<Vec<Tree>> = trees.into_iter().map(|saved| saved.tree(of_tree)).collect();
    let trees = trees.filter(|trees| trees.iter().all(|tree| tree.fits(width))).ok_or_else(damaged)?;
    let whole = trees.len().is_multiple_of(outputs / of_tree) && !(averaged && trees.is_empty());
    if !whole {
        return Err(damaged());
    }
    Ok(Box::new(Ensemble { answer, width, base, averaged, trees, best: None }))
}

impl Ensemble {
    /// What a leaf adds, in the unit of the answer.
    pub(super) fn scaled(&self, leaf: f32) -> f64 {
        let scale = if let Answer::Value { scale, .. } = self.answer { scale } else { 1.0 };
        let trees = if self.averaged { self.trees.len() as f64 } else { 1.0 };
        scale * f64::from(leaf) / trees
    }

    /// What an output starts from before the first tree, in the unit of the answer.
    pub(super) fn start(&self, output: usize) -> f64 {
        let (shift, scale) = if let Answer::Value { shift, scale } = self.answer { (shift, scale) } else { (0.0, 1.0) };
        shift + scale * self.base.get(output).copied().map_or(0.0, f64::from)
    }

    /// The outputs' sums for row-major rows: each row's in the order of the trees, whatever rows are beside it.
    fn sums(&self, rows: &[f32]) -> Vec<f64> {
        let outputs = self.answer.outputs();
        let count = rows.len() / self.width;
        if self.averaged {
            let mut sums = vec![0.0; count * outputs];
            self.trees.iter().for_each(|tree| tree.add(rows, self.width, &mut sums));
            let trees = self.trees.len() as f64;
            sums.iter_mut().for_each(|sum| *sum /= trees);
            return sums;
        }
        let mut sums = vec![0.0; count * outputs];
        let mut of_output = vec![0.0; count];
        for (output, base) in self.base.iter().enumerate() {
            of_output.fill(f64::from(*base));
            self.trees.iter().skip(output).step_by(outputs).for_each(|tree| tree.add(rows, self.width, &mut of_output));
            sums.iter_mut().skip(output).step_by(outputs).zip(&of_output).for_each(|(sum, own)| *sum = *own);
        }
        sums
    }
}

impl FittedModel for Ensemble {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        checks::predict_width(x, self.width)?;
        let outputs = self.answer.outputs();
        let step = (CHUNK / self.width.max(1)).max(1);
        let chunk = |from: usize| {
            let mut values = Vec::new();
            let sums = self.sums(&rows::dense(x, from..x.rows.min(from + step)));
            sums.chunks_exact(outputs).for_each(|sums| self.answer.push(sums, &mut values));
            values
        };
        let values: Vec<f64> = if x.rows <= step {
            chunk(0)
        } else {
            let starts: Vec<usize> = (0..x.rows).step_by(step).collect();
            starts.into_par_iter().map(chunk).collect::<Vec<_>>().concat()
        };
        let width = match self.answer {
            Answer::LogOdds { classes } | Answer::Shares { classes } => classes,
            Answer::Value { .. } => 1,
        };
        checks::finite_scores(Scores { width, values })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        let trees = self.trees.iter().map(Tree::save).collect();
        let Ensemble { answer, width, averaged, .. } = *self;
        codec::encode(&Saved { answer, width, base: self.base.clone(), averaged, trees })
    }

    /// Each feature's share of the loss its splits took away.
    fn importance(&self) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; self.width];
        for entry in self.trees.iter().flat_map(Tree::entries) {
            if let Entry::Split { feature, gain, .. } = *entry
                && let Some(share) = shares.get_mut(feature as usize)
            {
                *share += f64::from(gain);
            }
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
