//! Gradient boosting: each round's trees correct the rounds before it (Friedman 2001; Chen and Guestrin 2016).

use std::borrow::Cow;

use super::ensemble::{Answer, Ensemble};
use super::loss::Loss;
use super::stopping::{Patience, Stopping};
use super::trees::{Binned, Derivatives, Grower, Growth, Layout, Part, Statistic, Tree, draw};
use super::weighted::mean;
use super::{FitContext, FittedModel, checks};
use crate::data::{Matrix, Target};
use crate::error::{Error, Result};

/// Log loss below which nothing is split, as XGBoost has it. Squared errors know no such number: it would depend on the
/// target's unit, or on its most distant value.
const LEAST_GAIN: f64 = 1e-6;

/// What an ensemble is fitted on.
pub struct Data<'a> {
    /// The algorithm, for messages.
    pub name: &'static str,
    /// Features.
    pub x: &'a Matrix,
    /// Targets of the rows.
    pub y: &'a Target,
    /// Weights of the rows.
    pub weights: Option<&'a [f64]>,
}

/// How boosting goes.
pub struct Boosting {
    /// The most rounds.
    pub rounds: usize,
    /// When they end early.
    pub stopping: Option<Stopping>,
    /// Of each tree.
    pub growth: Growth,
    /// Share of each tree that is added.
    pub eta: f64,
    /// L2 penalty on leaf values.
    pub lambda: f64,
    /// L1 penalty on leaf values.
    pub alpha: f64,
    /// Share of the rows each tree sees.
    pub subsample: f64,
    /// Most bins of a feature.
    pub max_bin: usize,
}

impl Boosting {
    /// Fits an ensemble. Classes are learned by log loss, values by squared error on the target less its mean, which
    /// keeps f32 precise for targets far from zero.
    ///
    /// # Errors
    /// Exit code 3 for rows too few to stop early on, or targets too large.
    pub fn fit(&self, data: &Data, context: &FitContext) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(data.x, data.y, data.weights)?;
        let run = || Run::new(self, data, context)?.run();
        // Within the pool, handing it work costs less; on one thread nothing is handed to it.
        if context.threads > 1 { rayon::scope(|_| run()) } else { run() }
    }
}

/// A fit under way.
struct Run<'a> {
    boosting: &'a Boosting,
    context: &'a FitContext<'a>,
    loss: Loss<'a>,
    growth: Growth,
    answer: Answer,
    base: Vec<f32>,
    /// The rows that are learned from; all where there is none.
    learned: Option<Vec<u32>>,
    held_out: Vec<u32>,
    weights: Option<Vec<f32>>,
    binned: Binned,
    /// Of each row, for every output.
    margins: Vec<f32>,
}

impl<'a> Run<'a> {
    fn new(boosting: &'a Boosting, data: &Data<'a>, context: &'a FitContext<'a>) -> Result<Self> {
        let slice = boosting.stopping.as_ref().map(|stopping| stopping.slice(data.y, context)).transpose()?;
        // What is known of the targets, without those held out.
        let (known, of_known) = match &slice {
            Some((learned, _)) => {
                let rows: Vec<usize> = learned.iter().map(|row| *row as usize).collect();
                let weights = data.weights.map(|weights| rows.iter().map(|row| weights[*row]).collect());
                (Cow::Owned(data.y.select(&rows)), weights.map(Cow::<[f64]>::Owned))
            }
            None => (Cow::Borrowed(data.y), data.weights.map(Cow::Borrowed)),
        };
        let of_known = of_known.as_deref();
        let (answer, loss, least_gain) = match data.y {
            Target::Classes { codes, classes } => {
                let loss = if *classes > 2 { Loss::Softmax(*classes, codes) } else { Loss::Logistic(codes) };
                (Answer::LogOdds { classes: *classes }, loss, LEAST_GAIN)
            }
            Target::Values(values) => {
                let Target::Values(known) = known.as_ref() else { return Err(checks::wrong_task(data.name)) };
                let shift = mean(known, of_known);
                let labels = narrow(values.iter().map(|value| value - shift))?;
                (Answer::Value { shift, scale: 1.0 }, Loss::Squared(labels), 0.0)
            }
        };
        let (learned, held_out) = slice.map_or((None, Vec::new()), |(learned, held_out)| (Some(learned), held_out));
        let layout = match &learned {
            Some(rows) => Layout::of(data.x, rows, data.weights, boosting.max_bin),
            None => Layout::of(data.x, &(0..data.x.rows as u32).collect::<Vec<u32>>(), data.weights, boosting.max_bin),
        };
        let base = Loss::base(&known, of_known);
        Ok(Self {
            boosting,
            context,
            loss,
            growth: Growth { gamma: boosting.growth.gamma.max(least_gain), ..boosting.growth.clone() },
            answer,
            margins: base.repeat(data.x.rows),
            base,
            learned,
            held_out,
            weights: data.weights.map(|weights| weights.iter().map(|weight| *weight as f32).collect()),
            binned: Binned::of(data.x, layout),
        })
    }

    fn run(mut self) -> Result<Box<dyn FittedModel>> {
        let Boosting { rounds, stopping, .. } = self.boosting;
        let mut trees = Vec::new();
        let mut patience = stopping.as_ref().map(|stopping| Patience::new(stopping.rounds));
        let mut derivatives = Vec::new();
        (self.context.progress)(0, *rounds);
        for round in 0..*rounds {
            self.loss.derive(&self.margins, self.weights.as_deref(), self.context.threads, &mut derivatives);
            for output in 0..self.loss.outputs() {
                let tree =
                    self.tree(&derivatives, round, output).ok_or_else(|| Error::failure("a tree cannot be grown"))?;
                trees.push(tree);
            }
            (self.context.progress)(round + 1, *rounds);
            if let Some(patience) = &mut patience {
                let loss = self.loss.mean(&self.margins, self.weights.as_deref(), &self.held_out);
                if patience.is_over(loss) {
                    break;
                }
            }
        }
        // The rounds after the best one are cut off, so neither the file nor an answer holds them.
        let best = patience.map(|patience| patience.best());
        trees.truncate(best.unwrap_or(*rounds) * self.loss.outputs());
        let width = self.binned.layout.width;
        let best = best.map(|best| (best, *rounds));
        Ok(Box::new(Ensemble { best, ..Ensemble::new(self.answer, width, self.base, false, trees) }))
    }

    /// Grows a round's tree of an output, and moves the margins by it.
    fn tree(&mut self, derivatives: &[[f32; 2]], round: usize, output: usize) -> Option<Tree> {
        let Boosting { eta, lambda, alpha, subsample, .. } = *self.boosting;
        let outputs = self.loss.outputs();
        let seed = draw::mix(self.context.seed ^ draw::mix((round * outputs + output) as u64));
        let statistic = Derivatives { rows: derivatives, outputs, output, lambda, alpha, eta };
        let threads = self.context.threads;
        let grower = Grower { binned: &self.binned, statistic: &statistic, growth: &self.growth, seed, threads };
        let (mut rows, mut others) = match &self.learned {
            Some(rows) => draw::rows(rows.iter().copied(), subsample, seed),
            None => draw::rows(0..(self.margins.len() / outputs) as u32, subsample, seed),
        };
        let part = grower.grow(&mut rows);
        let mut values = vec![0.0; part.nodes.len()];
        let mut value = Vec::new();
        for leaf in &part.leaves {
            value.clear();
            statistic.leaf(&part.nodes[leaf.node].sums, &mut value);
            values[leaf.node] = value[0];
            for row in &rows[leaf.start..leaf.start + leaf.rows] {
                self.margins[*row as usize * outputs + output] += value[0];
            }
        }
        others.extend_from_slice(&self.held_out);
        self.follow(&part, &values, &mut others, output);
        Tree::grown(&part, &statistic, 1)
    }

    /// Moves the margins of rows that the tree did not learn from.
    fn follow(&mut self, part: &Part<2>, values: &[f32], rows: &mut [u32], output: usize) {
        let outputs = self.loss.outputs();
        for (leaf, rows) in part.send(&self.binned, rows) {
            for row in rows {
                self.margins[*row as usize * outputs + output] += values[leaf];
            }
        }
    }
}

/// Targets as f32.
pub fn narrow(values: impl Iterator<Item = f64>) -> Result<Vec<f32>> {
    let labels: Vec<f32> = values.map(|v| v as f32).collect();
    match labels.iter().position(|v| !v.is_finite()) {
        None => Ok(labels),
        Some(row) => {
            Err(Error::data(format!("the target of training row {} is beyond 3.4e38 from their mean", row + 1))
                .hint("scale the target down, or drop such rows with a `range` step"))
        }
    }
}
