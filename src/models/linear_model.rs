//! What linear algorithms have in common once fitted: coefficients, and how rows are scored with them.

use serde::{Deserialize, Serialize};

use super::exp::{sigmoid, softmax};
use super::moments::Moments;
use super::{Contributions, FittedModel, RawScore, checks};
use crate::codec;
use crate::data::{Block, Matrix, Scores};
use crate::error::{Error, Result};

/// How sums become answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Link {
    /// The sum is the predicted value.
    Identity,
    /// The sum is the log odds of class 1.
    Logistic,
    /// The sums are logarithms of the class probabilities, up to a common constant.
    Softmax,
}

/// A fitted linear model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearModel {
    /// The algorithm, for messages.
    pub name: String,
    /// How sums become answers.
    pub link: Link,
    /// One per output; minus infinity for a class that no training row had.
    pub intercepts: Vec<f64>,
    /// `features * outputs`, feature by feature.
    pub coefficients: Vec<f64>,
    /// Mean of each feature in the training rows, from which contributions count.
    pub means: Vec<f64>,
    /// Standard deviation of each feature in the training rows, which makes coefficients comparable.
    pub deviations: Vec<f64>,
    /// What about the fit deserves a second look.
    pub notes: Vec<String>,
}

impl LinearModel {
    /// A model of features with these moments.
    pub fn new(name: &str, link: Link, moments: &[Moments]) -> Self {
        Self {
            name: name.to_owned(),
            link,
            intercepts: Vec::new(),
            coefficients: Vec::new(),
            means: moments.iter().map(|moments| moments.mean).collect(),
            deviations: moments.iter().map(|moments| moments.deviation).collect(),
            notes: Vec::new(),
        }
    }

    /// Sums of each row, row-major: the intercept, then the features in order, so that a row's bits do
    /// not depend on the rows beside it. Sparse blocks are not made dense.
    pub fn sums(&self, x: &Matrix) -> Vec<f64> {
        let outputs = self.intercepts.len();
        let mut sums = self.intercepts.repeat(x.rows);
        let mut features = self.coefficients.chunks_exact(outputs);
        for block in &x.blocks {
            match block {
                Block::Dense(columns) => {
                    for (column, coefficients) in columns.iter().zip(&mut features) {
                        for (sums, value) in sums.chunks_exact_mut(outputs).zip(column) {
                            add(sums, coefficients, *value);
                        }
                    }
                }
                Block::Sparse(sparse) => {
                    let of_block: Vec<&[f64]> = features.by_ref().take(sparse.width).collect();
                    for (row, sums) in sums.chunks_exact_mut(outputs).enumerate() {
                        for (at, value) in sparse.row(row) {
                            add(sums, of_block.get(at).copied().unwrap_or_default(), value);
                        }
                    }
                }
            }
        }
        sums
    }

    /// Scores of each row.
    pub fn score(&self, x: &Matrix) -> Scores {
        let mut sums = self.sums(x);
        match self.link {
            Link::Identity => Scores { width: 1, values: sums },
            Link::Logistic => {
                let both = |sum: f64| [1.0 - sigmoid(sum), sigmoid(sum)];
                Scores { width: 2, values: sums.into_iter().flat_map(both).collect() }
            }
            Link::Softmax => {
                let width = self.intercepts.len();
                sums.chunks_exact_mut(width).for_each(softmax);
                Scores { width, values: sums }
            }
        }
    }
}

fn add(sums: &mut [f64], coefficients: &[f64], value: f64) {
    for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
        *sum += coefficient * value;
    }
}

/// Reads a linear model back.
///
/// # Errors
/// Exit code 1 for bytes that are not one.
pub fn load(bytes: &[u8]) -> Result<Box<dyn FittedModel>> {
    let model: LinearModel = codec::decode(bytes)?;
    let outputs = model.intercepts.len();
    let fits = match model.link {
        Link::Identity | Link::Logistic => outputs == 1,
        Link::Softmax => outputs > 1,
    };
    let whole = model.coefficients.len() == model.deviations.len() * outputs;
    if !fits || !whole || model.means.len() != model.deviations.len() {
        return Err(Error::failure("the coefficients of the model are damaged"));
    }
    Ok(Box::new(model))
}

impl FittedModel for LinearModel {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        checks::predict_width(x, self.deviations.len())?;
        checks::all_finite(&self.name, x)?;
        checks::finite_scores(self.score(x))
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }

    /// How far the sums move where a feature moves by its standard deviation.
    fn importance(&self) -> Option<Vec<f64>> {
        let of_feature = self.coefficients.chunks_exact(self.intercepts.len());
        let sizes = of_feature.map(|coefficients| coefficients.iter().map(|w| w.abs()).sum::<f64>());
        let moves: Vec<f64> = sizes.zip(&self.deviations).map(|(size, deviation)| size * deviation).collect();
        let total: f64 = moves.iter().sum();
        (total > 0.0 && total.is_finite()).then(|| moves.iter().map(|moved| moved / total).collect())
    }

    /// How far each sum moves, and where to, where a feature rises by its standard deviation.
    fn leanings(&self) -> Option<Vec<f64>> {
        let of_feature = self.coefficients.chunks_exact(self.intercepts.len()).zip(&self.deviations);
        Some(of_feature.flat_map(|(coefficients, deviation)| coefficients.iter().map(move |w| w * deviation)).collect())
    }

    /// Coefficient by distance from the training mean: Shapley values where features are independent.
    fn contributions(&self, x: &Matrix) -> Result<Option<Contributions>> {
        checks::predict_width(x, self.deviations.len())?;
        checks::all_finite(&self.name, x)?;
        let (outputs, width) = (self.intercepts.len(), self.means.len());
        let rows = x.to_row_major(0.0);
        let mut values = vec![0.0; x.rows * outputs * width];
        for (row, values) in rows.chunks_exact(width).zip(values.chunks_exact_mut(outputs * width)) {
            for (at, coefficients) in self.coefficients.chunks_exact(outputs).enumerate() {
                let off = row[at] - self.means[at];
                coefficients.iter().enumerate().for_each(|(output, w)| values[output * width + at] = w * off);
            }
        }
        let mut expected = self.intercepts.clone();
        for (coefficients, mean) in self.coefficients.chunks_exact(outputs).zip(&self.means) {
            add(&mut expected, coefficients, *mean);
        }
        let raw_score = if self.link == Link::Identity { RawScore::Value } else { RawScore::LogOdds };
        Ok(Some(Contributions { raw_score, expected, scores: self.sums(x), values }))
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
