//! Naive Bayes once fitted: how likely a value of a feature is in a class, and rows scored with it.

use serde::{Deserialize, Serialize};

use super::exp::softmax;
use super::{FittedModel, checks};
use crate::codec;
use crate::data::{Block, Matrix, Scores};
use crate::error::{Error, Result};

/// Logarithm of how likely a value of one feature is in one class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Likelihood {
    /// `offset - scale (x - mean)²`: a normal distribution.
    Gaussian {
        /// Logarithm of its highest density.
        offset: f64,
        /// Its mean.
        mean: f64,
        /// 1 by twice its variance.
        scale: f64,
    },
    /// Above 0 or not.
    Bernoulli {
        /// The logarithm above 0.
        present: f64,
        /// The logarithm otherwise.
        absent: f64,
    },
    /// `x log_share`: one of the things a row is made of, so many times.
    Multinomial {
        /// Logarithm of its share.
        log_share: f64,
    },
}

impl Likelihood {
    /// The normal distribution of this mean and variance.
    pub fn gaussian(mean: f64, variance: f64) -> Self {
        let offset = -0.5 * libm::log(2.0 * std::f64::consts::PI * variance);
        Likelihood::Gaussian { offset, mean, scale: 0.5 / variance }
    }

    /// Whether it gives every value a number.
    pub fn is_finite(self) -> bool {
        match self {
            Likelihood::Gaussian { offset, mean, scale } => offset.is_finite() && mean.is_finite() && scale.is_finite(),
            Likelihood::Bernoulli { present, absent } => present.is_finite() && absent.is_finite(),
            Likelihood::Multinomial { log_share } => log_share.is_finite(),
        }
    }

    fn of(self, value: f64) -> f64 {
        match self {
            Likelihood::Gaussian { offset, mean, scale } => offset - scale * (value - mean) * (value - mean),
            Likelihood::Bernoulli { present, absent } => {
                if value > 0.0 {
                    present
                } else {
                    absent
                }
            }
            Likelihood::Multinomial { log_share } => value * log_share,
        }
    }

    /// What a value of 1, or of the mean, says for the class, and how much that counts.
    fn presence(self) -> (f64, f64) {
        match self {
            Likelihood::Gaussian { mean, scale, .. } => (mean * libm::sqrt(2.0 * scale), 1.0),
            Likelihood::Bernoulli { present, .. } => (present, libm::exp(present)),
            // The weight of a complement, which is above 0, is that of a share as small.
            Likelihood::Multinomial { log_share } => (log_share, libm::exp(-log_share.abs())),
        }
    }

    /// What a value has over 0.
    fn over_zero(self, value: f64) -> f64 {
        match self {
            Likelihood::Gaussian { mean, scale, .. } => scale * value * (2.0 * mean - value),
            _ => self.of(value) - self.of(0.0),
        }
    }
}

/// A fitted naive Bayes.
#[derive(Debug, Serialize, Deserialize)]
pub struct NaiveBayes {
    /// Logarithm of each class's share; minus infinity for a class that no training row had.
    pub log_priors: Vec<f64>,
    /// `features * classes`, feature by feature.
    pub likelihoods: Vec<Likelihood>,
}

impl NaiveBayes {
    /// Joint log likelihood of each row and class: the prior, then the features in order, so that a row's bits do
    /// not depend on the rows beside it. Of a sparse block all zeros are taken first, then what the values that are
    /// there have over them.
    fn sums(&self, x: &Matrix) -> Vec<f64> {
        let classes = self.log_priors.len();
        let mut sums = self.log_priors.repeat(x.rows);
        let mut features = self.likelihoods.chunks_exact(classes);
        for block in &x.blocks {
            match block {
                Block::Dense(columns) => {
                    for (column, likelihoods) in columns.iter().zip(&mut features) {
                        for (sums, value) in sums.chunks_exact_mut(classes).zip(column) {
                            add(sums, likelihoods, |likelihood| likelihood.of(*value));
                        }
                    }
                }
                Block::Sparse(sparse) => {
                    let of_block: Vec<&[Likelihood]> = features.by_ref().take(sparse.width).collect();
                    let mut zeros = vec![0.0; classes];
                    of_block.iter().for_each(|likelihoods| add(&mut zeros, likelihoods, |l| l.of(0.0)));
                    for (row, sums) in sums.chunks_exact_mut(classes).enumerate() {
                        sums.iter_mut().zip(&zeros).for_each(|(sum, zero)| *sum += zero);
                        for (at, value) in sparse.row(row) {
                            let likelihoods = of_block.get(at).copied().unwrap_or_default();
                            add(sums, likelihoods, |likelihood| likelihood.over_zero(value));
                        }
                    }
                }
            }
        }
        sums
    }
}

fn add(sums: &mut [f64], likelihoods: &[Likelihood], term: impl Fn(Likelihood) -> f64) {
    for (sum, likelihood) in sums.iter_mut().zip(likelihoods) {
        *sum += term(*likelihood);
    }
}

/// Reads a naive Bayes back.
///
/// # Errors
/// Exit code 1 for bytes that are not one.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let model: NaiveBayes = codec::decode(bytes)?;
    let classes = model.log_priors.len();
    let finite = model.likelihoods.iter().all(|likelihood| likelihood.is_finite());
    if classes < 2 || !model.likelihoods.len().is_multiple_of(classes) || !finite {
        return Err(Error::failure("the likelihoods of the model are damaged"));
    }
    Ok(Box::new(model))
}

impl FittedModel for NaiveBayes {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        let width = self.log_priors.len();
        checks::predict_width(x, self.likelihoods.len() / width)?;
        checks::all_finite("nb", x)?;
        let mut values = self.sums(x);
        values.chunks_exact_mut(width).for_each(softmax);
        checks::finite_scores(Scores { width, values })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }

    /// How much likelier a feature is in a class than in the classes on average, times how likely it is: what is rare in
    /// all of them says little.
    fn leanings(&self) -> Option<Vec<f64>> {
        let seen: Vec<bool> = self.log_priors.iter().map(|prior| prior.is_finite()).collect();
        let of_feature = |likelihoods: &[Likelihood]| {
            let of: Vec<(f64, f64)> = likelihoods.iter().map(|likelihood| likelihood.presence()).collect();
            let known = of.iter().zip(&seen).filter(|(_, seen)| **seen).map(|((log, _), _)| log);
            let mean = known.clone().sum::<f64>() / known.count().max(1) as f64;
            let leaning = |((log, share), seen): (&(f64, f64), &bool)| if *seen { share * (log - mean) } else { 0.0 };
            of.iter().zip(&seen).map(leaning).collect::<Vec<f64>>()
        };
        Some(self.likelihoods.chunks_exact(seen.len()).flat_map(of_feature).collect())
    }
}
