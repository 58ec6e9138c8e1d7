//! `baseline`: what one gets without looking at the features; every other algorithm must beat it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::weighted::{mean, shares};
use super::{Entry, Estimator, FitContext, FittedModel, Task, checks};
use crate::codec;
use crate::data::{Matrix, Scores, Target};
use crate::error::{Error, Result};
use crate::yaml::{self, Node};

/// The registry line.
pub const ENTRY: Entry = Entry {
    name: "baseline",
    version: 1,
    summary: "class shares or the mean of the training rows, whatever the features say",
    tasks: &[Task::Binary, Task::Multiclass, Task::Regression],
    takes_weights: true,
    takes_missing: true,
    takes_sparse: true,
    schema: yaml::schema::<Baseline>,
    build: |params| {
        let baseline: Baseline = params.to()?;
        Ok(Box::new(Baseline { at: params.get("strategy").cloned(), ..baseline }))
    },
    load: |bytes| {
        let constant: Constant = codec::decode(bytes)?;
        match constant.row.is_empty() || constant.row.iter().any(|v| !v.is_finite()) {
            true => Err(Error::failure("the answer of the model is damaged")),
            false => Ok(Box::new(constant)),
        }
    },
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Baseline {
    /// What is answered.
    #[serde(default)]
    strategy: Strategy,
    #[serde(skip)]
    at: Option<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    /// The shares of the classes; the mean of a number.
    #[default]
    Prior,
    /// The most frequent class.
    MostFrequent,
    /// The mean of a number.
    Mean,
    /// The median of a number.
    Median,
}

impl Estimator for Baseline {
    fn reads_features(&self) -> bool {
        false
    }
    fn fit(&self, x: &Matrix, y: &Target, weights: Option<&[f64]>, _: &FitContext) -> Result<Box<dyn FittedModel>> {
        checks::fit_shape(x, y, weights)?;
        let row = match (y, self.strategy) {
            (Target::Classes { codes, classes }, Strategy::Prior) => shares(codes, *classes, weights),
            (Target::Classes { codes, classes }, Strategy::MostFrequent) => {
                most_frequent(&shares(codes, *classes, weights))
            }
            (Target::Values(values), Strategy::Prior | Strategy::Mean) => vec![mean(values, weights)],
            (Target::Values(values), Strategy::Median) => vec![median(values, weights)],
            (y, _) => {
                let fitting =
                    if matches!(y, Target::Values(_)) { "`mean` or `median`" } else { "`prior` or `most_frequent`" };
                let node = self.at.clone().unwrap_or_else(Node::empty);
                return Err(node
                    .error(format!("{} does not fit the target", node.describe()))
                    .hint(format!("use {fitting}")));
            }
        };
        Ok(Box::new(Constant { row }))
    }
}

/// All of the most frequent class; of several, of the first.
fn most_frequent(shares: &[f64]) -> Vec<f64> {
    let best = shares.iter().enumerate().fold(0, |best, (at, share)| if *share > shares[best] { at } else { best });
    (0..shares.len()).map(|class| if class == best { 1.0 } else { 0.0 }).collect()
}

/// The value with half of the weight on either side, or the middle of the two that share this place.
fn median(values: &[f64], weights: Option<&[f64]>) -> f64 {
    let mut pairs: Vec<(f64, f64)> =
        values.iter().enumerate().map(|(row, value)| (*value, weights.map_or(1.0, |w| w[row]))).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = pairs.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    for (at, (value, weight)) in pairs.iter().enumerate() {
        below += weight;
        if below > half {
            return *value;
        }
        if below == half {
            return value / 2.0 + pairs.get(at + 1).map_or(*value, |next| next.0) / 2.0;
        }
    }
    pairs.last().map_or(f64::NAN, |pair| pair.0)
}

/// The same answer for every row.
#[derive(Serialize, Deserialize)]
struct Constant {
    row: Vec<f64>,
}

impl FittedModel for Constant {
    fn predict(&self, x: &Matrix) -> Result<Scores> {
        Ok(Scores { width: self.row.len(), values: self.row.repeat(x.rows) })
    }

    fn encode(&self) -> Result<Vec<u8>> {
        codec::encode(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_match_numpy_and_respect_weights() {
        assert_eq!(median(&[3.0, 1.0, 2.0], None), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0], None), 2.5);
        assert_eq!(median(&[1.0, 2.0, 3.0], Some(&[5.0, 1.0, 1.0])), 1.0);
    }

    #[test]
    fn the_first_of_equally_frequent_classes_wins() {
        assert_eq!(most_frequent(&[0.2, 0.4, 0.4]), [0.0, 1.0, 0.0]);
    }
}
