//! Trees side by side whose leaves hold the averages of their rows: class shares, or the mean target.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::boosting::{Data, narrow};
use super::ensemble::{Answer, Ensemble};
use super::trees::{Binned, Classes, Derivatives, Grid, Grower, Growth, Layout, Statistic, Tree, draw};
use super::weighted::mean;
use super::{FitContext, FittedModel, checks};
use crate::data::Target;
use crate::error::{Error, Result};

/// Most classes that trees with a share of each can tell apart.
const MOST_CLASSES: usize = 256;

/// How the trees are grown.
pub struct Averaging {
    /// Number of trees.
    pub trees: usize,
    /// Of each tree.
    pub growth: Growth,
    /// Share of the rows each tree sees.
    pub subsample: f64,
    /// Most bins of a feature.
    pub max_bin: usize,
}

impl Averaging {
    /// Fits the trees. A split takes away Gini impurity, or variance. Weights are scaled to a mean of 1, and values to
    /// a mean of 0 and a deviation of 1, so that neither's unit matters.
    ///
    /// # Errors
    /// Exit code 2 for too many classes, 3 for targets too large.
    pub fn fit(&self, data: &Data, context: &FitContext) -> Result<Box<dyn FittedModel>> {
        checks::fit_features(data.x, data.y, data.weights)?;
        let all: Vec<u32> = (0..data.x.rows as u32).collect();
        let weights = data.weights.map(|weights| {
            let mean = weights.iter().sum::<f64>() / weights.len() as f64;
            weights.iter().map(|weight| weight / mean).collect::<Vec<f64>>()
        });
        let layout = Layout::of(data.x, &all, weights.as_deref(), self.max_bin);
        let width = layout.width;
        let binned = Binned::of(data.x, layout);
        let weights = match weights {
            Some(weights) => {
                let grid = Grid::of(weights.iter().copied().fold(0.0, f64::max), weights.len());
                weights.iter().map(|weight| grid.round(*weight as f32)).collect()
            }
            None => vec![1.0; data.x.rows],
        };
        let rows = Rows { binned: &binned, all: &all, context };
        let (answer, trees) = match data.y {
            Target::Classes { codes, classes: 2 } => {
                let answer = Answer::Shares { classes: 2 };
                let labels: Vec<f32> = codes.iter().map(|code| *code as f32).collect();
                (answer, self.by_mean(&rows, &labels, &weights)?)
            }
            Target::Classes { codes, classes } => {
                (Answer::Shares { classes: *classes }, self.by_class(data.name, &rows, codes, *classes, &weights)?)
            }
            Target::Values(values) => {
                let shift = mean(values, data.weights);
                let squares: Vec<f64> = values.iter().map(|v| (v - shift) * (v - shift)).collect();
                let deviation = libm::sqrt(mean(&squares, data.weights));
                let scale = if deviation > 0.0 && deviation.is_finite() { deviation } else { 1.0 };
                let labels = narrow(values.iter().map(|v| (v - shift) / scale))?;
                (Answer::Value { shift, scale }, self.by_mean(&rows, &labels, &weights)?)
            }
        };
        let base = vec![0.0; answer.outputs()];
        Ok(Box::new(Ensemble::new(answer, width, base, true, trees)))
    }

    /// Trees of the mean label: squared error is half the Gini impurity where labels are 0 and 1.
    fn by_mean(&self, rows: &Rows, labels: &[f32], weights: &[f32]) -> Result<Vec<Tree>> {
        let weighted: Vec<f32> = labels.iter().zip(weights).map(|(label, weight)| -label * weight).collect();
        let most = weighted.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
        let grid = Grid::of(f64::from(most), weighted.len());
        let derivatives: Vec<[f32; 2]> =
            weighted.iter().zip(weights).map(|(value, weight)| [grid.round(*value), *weight]).collect();
        let statistic = Derivatives { rows: &derivatives, outputs: 1, output: 0, lambda: 0.0, alpha: 0.0, eta: 1.0 };
        self.grow(rows, &statistic, 1)
    }

    fn by_class(&self, name: &str, rows: &Rows, codes: &[u32], classes: usize, weights: &[f32]) -> Result<Vec<Tree>> {
        match classes {
            ..=4 => self.by_at_most::<4>(rows, codes, classes, weights),
            5..=8 => self.by_at_most::<8>(rows, codes, classes, weights),
            9..=16 => self.by_at_most::<16>(rows, codes, classes, weights),
            17..=64 => self.by_at_most::<64>(rows, codes, classes, weights),
            65..=MOST_CLASSES => self.by_at_most::<MOST_CLASSES>(rows, codes, classes, weights),
            _ => Err(Error::usage(format!(
                "`{name}` can tell {MOST_CLASSES} classes apart, and the target has {classes}"
            ))
            .hint("group rare classes, or use `lr` or `xgb`")),
        }
    }

    fn by_at_most<const K: usize>(
        &self,
        rows: &Rows,
        codes: &[u32],
        classes: usize,
        weights: &[f32],
    ) -> Result<Vec<Tree>> {
        let statistic = Classes::<K> { codes, weights, classes };
        self.grow(rows, &statistic, classes)
    }

    fn grow<S: Statistic<K>, const K: usize>(&self, rows: &Rows, statistic: &S, outputs: usize) -> Result<Vec<Tree>> {
        let Rows { binned, all, context } = *rows;
        let done = AtomicUsize::new(0);
        // Trees take turns on the threads; a single one has them all.
        let threads = if self.trees == 1 { context.threads } else { 1 };
        let tree = |at: usize| {
            let seed = draw::mix(context.seed ^ draw::mix(at as u64));
            let (mut rows, _) = draw::rows(all.iter().copied(), self.subsample, seed);
            let part = Grower { binned, statistic, growth: &self.growth, seed, threads }.grow(&mut rows);
            (context.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, self.trees);
            Tree::grown(&part, statistic, outputs).ok_or_else(|| Error::failure("a tree cannot be grown"))
        };
        if self.trees == 1 { Ok(vec![tree(0)?]) } else { (0..self.trees).into_par_iter().map(tree).collect() }
    }
}

/// What all trees share.
#[derive(Clone, Copy)]
struct Rows<'a> {
    binned: &'a Binned,
    all: &'a [u32],
    context: &'a FitContext<'a>,
}
