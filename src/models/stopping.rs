//! Early stopping: the training rows held out of a fit, and the loss on them.

use std::num::NonZeroUsize;

use hessboost::data::MetaInfo;
use hessboost::metric::Metric;

use super::FitContext;
use crate::data::{SplitMix64, Target};
use crate::error::{Error, Result};

/// Keeps the draw of the slice apart from others of the same seed.
const SALT: u64 = 0x3c6e_f372_fe94_f82b;
/// The least probability a loss is taken of: log loss stays finite.
const LEAST: f64 = 1e-16;

/// When boosting ends before its last round.
pub struct Stopping {
    /// Rounds without a lower loss.
    pub rounds: NonZeroUsize,
    /// Share of the rows that the loss is taken on.
    pub fraction: f64,
}

impl Stopping {
    /// The rows to learn from and those held out, either in rising order; of every class alike, by the seed. Copies of
    /// a row are on the same side. A class of one row is learned from.
    ///
    /// # Errors
    /// Exit code 3 where the slice would be empty.
    pub fn slice(&self, y: &Target, context: &FitContext) -> Result<(Vec<usize>, Vec<usize>)> {
        let mut random = SplitMix64::new(context.seed ^ SALT);
        let (mut learned, mut held_out) = (Vec::new(), Vec::new());
        let mut wanted = 0.0;
        for mut originals in originals(y, context.copies) {
            wanted += originals.len() as f64 * self.fraction;
            random.shuffle(&mut originals);
            let share = libm::round(originals.len() as f64 * self.fraction) as usize;
            let held = share.max(1).min(originals.len().saturating_sub(1));
            let kept = originals.split_off(held);
            learned.extend(kept.into_iter().flatten());
            held_out.extend(originals.into_iter().flatten());
        }
        if wanted < 1.0 || held_out.is_empty() {
            return Err(Error::data(format!(
                "{} training rows are too few for early stopping on a share of {} of them",
                y.len(),
                self.fraction
            ))
            .hint("raise `validation_fraction`, or leave out `early_stopping_rounds`"));
        }
        learned.sort_unstable();
        held_out.sort_unstable();
        Ok((learned, held_out))
    }
}

/// The rows of each class, or of all where there are none; each with its copies.
fn originals(y: &Target, copies: Option<&[usize]>) -> Vec<Vec<Vec<usize>>> {
    let (codes, classes) = match y {
        Target::Classes { codes, classes } => (Some(codes), *classes),
        Target::Values(_) => (None, 1),
    };
    let mut rows: Vec<usize> = (0..y.len()).collect();
    let original = |row: usize| copies.and_then(|copies| copies.get(row)).copied().unwrap_or(row);
    rows.sort_by_key(|row| (original(*row), *row));
    let mut of_class: Vec<Vec<Vec<usize>>> = vec![Vec::new(); classes];
    for same in rows.chunk_by(|a, b| original(*a) == original(*b)) {
        let class = codes.and_then(|codes| codes.get(same[0])).map_or(0, |code| *code as usize);
        if let Some(originals) = of_class.get_mut(class) {
            originals.push(same.to_vec());
        }
    }
    of_class
}

/// The task's loss, weighted: of classes the log loss, of values the squared error. Summed row by row in f64, so it is
/// the same at any number of threads and on any CPU, unlike the library's own.
pub struct SliceLoss {
    /// Classes, or 0 for values.
    classes: usize,
}

impl SliceLoss {
    /// The loss for such targets.
    pub fn of(y: &Target) -> Self {
        Self { classes: if let Target::Classes { classes, .. } = y { *classes } else { 0 } }
    }

    /// Margins of a row.
    fn width(&self) -> usize {
        if self.classes > 2 { self.classes } else { 1 }
    }

    fn of_row(&self, margins: &[f32], label: f32) -> f64 {
        let margin = |at: usize| f64::from(margins.get(at).copied().unwrap_or_default());
        match self.classes {
            0 => (margin(0) - f64::from(label)) * (margin(0) - f64::from(label)),
            2 => {
                let against = if label == 1.0 { -margin(0) } else { margin(0) };
                // log(1 + e^against), without an overflow.
                against.max(0.0) + libm::log1p(libm::exp(-against.abs()))
            }
            _ => {
                let greatest = (0..margins.len()).map(margin).fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = (0..margins.len()).map(|at| libm::exp(margin(at) - greatest)).sum();
                -libm::log((libm::exp(margin(label as usize) - greatest) / sum).max(LEAST))
            }
        }
    }
}

impl Metric for SliceLoss {
    fn name(&self) -> &str {
        "loss"
    }

    fn prediction_width(&self, _: &MetaInfo) -> Option<usize> {
        Some(self.width())
    }

    fn eval(&self, preds: &[f32], labels: &[f32], weights: Option<&[f32]>) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for (row, (margins, label)) in preds.chunks_exact(self.width()).zip(labels).enumerate() {
            let weight = f64::from(weights.and_then(|w| w.get(row)).copied().unwrap_or(1.0));
            sum += weight * self.of_row(margins, *label);
            total += weight;
        }
        sum / total
    }
}
