//! Fitted ensembles of trees: scoring rows and storing, whatever algorithm grew them.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::exp::{sigmoid, softmax};
use super::trees::{self, Entry, Scorer, Tree, Ways};
use super::{Contributions, FittedModel, RawScore, checks, exchange, rows};
use crate::codec;
use crate::data::{Matrix, Scores};
use crate::error::{Error, Result};

/// Rows explained at a time: many share what is found for one of them.
const EXPLAINED: usize = 256;

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
    /// The same as rows are sent down them.
    pub(super) scorer: Scorer,
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
    Ok(Box::new(Ensemble::new(answer, width, base, averaged, trees)))
}

impl Ensemble {
    /// An ensemble of these trees, each field as it is told there.
    pub(super) fn new(answer: Answer, width: usize, base: Vec<f32>, averaged: bool, trees: Vec<Tree>) -> Self {
        let scorer = Scorer::of(&trees, width);
        Self { answer, width, base, averaged, trees, scorer, best: None }
    }

    /// What a leaf adds, in the unit of the answer.
    pub(super) fn scaled(&self, leaf: f32) -> f64 {
        self.share(f64::from(leaf))
    }

    /// What a number of one tree adds, in the unit of the answer.
    fn share(&self, of_tree: f64) -> f64 {
        let trees = if self.averaged { self.trees.len() as f64 } else { 1.0 };
        self.shift_and_scale().1 * of_tree / trees
    }

    /// From sums to the unit of the answer.
    fn shift_and_scale(&self) -> (f64, f64) {
        if let Answer::Value { shift, scale } = self.answer { (shift, scale) } else { (0.0, 1.0) }
    }

    /// The outputs whose sums a tree adds to, as the first and their number.
    fn outputs_of(&self, tree: usize) -> (usize, usize) {
        let outputs = self.answer.outputs();
        if self.averaged { (0, outputs) } else { (tree % outputs, 1) }
    }

    /// What each output is for a row of which nothing is known.
    fn expected(&self, ways: &[Ways]) -> Vec<f64> {
        let mut sums = vec![0.0; self.answer.outputs()];
        for (at, (tree, ways)) in self.trees.iter().zip(ways).enumerate() {
            let (first, count) = self.outputs_of(at);
            ways.add_expected(tree, &mut sums[first..first + count]);
        }
        sums.iter().enumerate().map(|(output, sum)| self.start(output) + self.share(*sum)).collect()
    }

    /// What each feature adds to the outputs of row-major rows.
    fn shapley(&self, ways: &[Ways], rows: &[f32]) -> Vec<f64> {
        let stride = self.answer.outputs() * self.width;
        let mut values = vec![0.0; rows.len() / self.width * stride];
        for (at, (tree, ways)) in self.trees.iter().zip(ways).enumerate() {
            let first = self.outputs_of(at).0 * self.width;
            ways.add(tree, rows, self.width, values.get_mut(first..).unwrap_or_default(), stride);
        }
        values.iter_mut().for_each(|value| *value = self.share(*value));
        values
    }

    /// What an output starts from before the first tree, in the unit of the answer.
    pub(super) fn start(&self, output: usize) -> f64 {
        let (shift, scale) = self.shift_and_scale();
        shift + scale * self.base.get(output).copied().map_or(0.0, f64::from)
    }

    /// The outputs' sums: each row's in the order of the trees, whatever rows are beside it.
    fn sums(&self, x: &Matrix, rows: Range<usize>) -> Vec<f64> {
        let outputs = self.answer.outputs();
        let start: Vec<f64> =
            if self.averaged { vec![0.0; outputs] } else { self.base.iter().copied().map(f64::from).collect() };
        let mut sums = start.repeat(rows.len());
        self.scorer.add(self.trees.len(), (x, rows), &mut sums, |tree| self.outputs_of(tree).0, outputs);
        if self.averaged {
            let trees = self.trees.len() as f64;
            sums.iter_mut().for_each(|sum| *sum /= trees);
        }
        sums
    }
}

impl FittedModel for Ensemble {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        checks::predict_width(x, self.width)?;
        let outputs = self.answer.outputs();
        let step = self.scorer.rows_at_once();
        let chunk = |from: usize| {
            let mut values = Vec::new();
            let sums = self.sums(x, from..x.rows.min(from + step));
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

    fn contributions(&self, x: &Matrix) -> Result<Option<Contributions>> {
        checks::predict_width(x, self.width)?;
        let ways: Option<Vec<Ways>> = self.trees.par_iter().map(Ways::of).collect();
        let ways = ways.ok_or_else(|| {
            Error::data("the trees do not tell how many rows went which way, and so explain nothing")
                .hint("import a model whose trees have `sum_hessian`, as XGBoost's own `save_model` writes it")
        })?;
        let starts: Vec<usize> = (0..x.rows).step_by(EXPLAINED).collect();
        let chunk = |from: usize| {
            let rows = from..x.rows.min(from + EXPLAINED);
            (self.sums(x, rows.clone()), self.shapley(&ways, &rows::dense(x, rows)))
        };
        let parts: Vec<(Vec<f64>, Vec<f64>)> = starts.into_par_iter().map(chunk).collect();
        let (sums, values): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let (shift, scale) = self.shift_and_scale();
        Ok(Some(Contributions {
            raw_score: match self.answer {
                Answer::LogOdds { .. } => RawScore::LogOdds,
                Answer::Shares { .. } => RawScore::Probability,
                Answer::Value { .. } => RawScore::Value,
            },
            expected: self.expected(&ways),
            scores: sums.concat().into_iter().map(|sum| shift + scale * sum).collect(),
            values: values.concat(),
        }))
    }

    fn facts(&self) -> Vec<String> {
        self.best.map(|(round, asked)| format!("best iteration {round} of {asked}")).into_iter().collect()
    }

    fn xgboost_json(&self, names: &[String]) -> Result<Option<String>> {
        exchange::export(self, names).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{FitContext, REGISTRY};
    use crate::data::{Block, Matrix, Target};
    use crate::yaml::parse;

    /// A step of four levels, the first row's target somewhere else.
    fn fitted(name: &str, unit: f64, first: f64) -> Vec<f64> {
        let value = |row: usize| (row % 40) as f64;
        let level = |row: usize| (value(row) / 10.0).floor() * unit;
        let names = ["a", "b"].map(String::from).to_vec();
        let columns = vec![(0..400).map(value).collect(), (0..400).map(|row| (row * 7 % 400) as f64).collect()];
        let x = Matrix { rows: 400, names: names.into(), blocks: vec![Block::Dense(columns)] };
        let y = Target::Values((0..400).map(|row| if row == 0 { first } else { level(row) }).collect());
        let entry = REGISTRY.iter().find(|entry| entry.name == name).unwrap();
        let estimator = (entry.build)(&parse("{max_depth: 6}", "").unwrap()).unwrap();
        let context = FitContext::of(1, 1);
        let model = estimator.fit(&x, &y, None, &context).unwrap();
        let stored = (entry.load)(&model.encode().unwrap()).unwrap();
        let found = stored.predict(&x).unwrap().values;
        (0..400).map(|row| (found[row] - level(row)).abs() / unit).collect()
    }

    #[test]
    fn neither_the_unit_of_a_target_nor_one_far_from_the_others_spoils_the_rest() {
        for name in ["xgb", "dt", "rf"] {
            for (unit, first) in [(1.0, 0.0), (1e30, 0.0), (1e-20, 0.0), (1.0, 1e6)] {
                // Trees that look at one of two features share such a row's leaf with many.
                if name == "rf" && first > 0.0 {
                    continue;
                }
                let mut errors = fitted(name, unit, first);
                errors.sort_by(f64::total_cmp);
                assert!(errors[360] < 0.05, "{name} {unit} {first}: {}", errors[360]);
            }
        }
    }
}
