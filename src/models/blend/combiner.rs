//! What makes one answer of those of the members.

use super::super::moments::of_values;
use super::super::weighted::shares;
use super::super::{Entry, Estimator, FitContext, FittedModel};
use crate::data::{Block, Matrix, Scores, Target};
use crate::error::Result;

/// Added to probabilities before their logarithm is taken: a member that is quite sure, as the nearest neighbours may be,
/// has log odds of 9.2 and not beyond all numbers, and the order of probabilities stays as it is.
const EDGE: f64 = 1e-4;

/// What members answered to rows that they had not seen.
pub struct Answers<'a> {
    /// Of each member, the scores of all these rows.
    pub scores: &'a [Scores],
    /// What they should have been.
    pub target: &'a Target,
    /// How much each row counts.
    pub weights: Option<&'a [f64]>,
}

impl Answers<'_> {
    /// Whether there is something to be learned.
    pub(super) fn teach(&self) -> bool {
        match self.target {
            Target::Classes { codes, classes } => {
                shares(codes, *classes, None).iter().filter(|share| **share > 0.0).count() > 1
            }
            Target::Values(values) => !values.is_empty(),
        }
    }
}

/// A learned combination.
pub enum Combiner {
    /// The weighted mean; weights sum to 1.
    Mean(Vec<f64>),
    /// An algorithm that has learned from the members' answers.
    Final {
        /// The algorithm.
        entry: &'static Entry,
        /// How answers become its features.
        units: Units,
        /// It, fitted.
        model: Box<dyn FittedModel>,
    },
}

/// What the final estimator sees of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Units {
    /// Of two classes the log odds, of more each log probability less their mean.
    LogOdds,
    /// Values as multiples of the target's deviation from its mean, so that no penalty depends on its unit.
    Deviations {
        /// The mean of the target.
        mean: f64,
        /// Its standard deviation; 1 for a constant.
        deviation: f64,
    },
}

impl Combiner {
    /// All members count alike.
    pub fn even(members: usize) -> Self {
        Self::Mean(vec![1.0 / members as f64; members])
    }

    /// The answer to each row, on its own, from those of the members.
    ///
    /// # Errors
    /// As of the final estimator.
    pub fn apply(&self, scores: &[Scores]) -> Result<Scores> {
        match self {
            Self::Mean(weights) => Ok(mean(scores, weights)),
            Self::Final { units, model, .. } => {
                let mut answer = model.predict(&units.matrix(scores, &[]))?;
                if let Units::Deviations { mean, deviation } = units {
                    answer.values.iter_mut().for_each(|value| *value = mean + deviation * *value);
                }
                Ok(answer)
            }
        }
    }

    /// How much each member counts; none where the final estimator does not tell.
    pub fn shares(&self, members: usize) -> Option<Vec<f64>> {
        match self {
            Self::Mean(weights) => Some(weights.clone()),
            Self::Final { model, .. } => {
                let importance = model.importance()?;
                Some(importance.chunks((importance.len() / members).max(1)).map(|of| of.iter().sum()).collect())
            }
        }
    }
}

/// Fits the final estimator.
pub(super) fn learned(
    names: &[&str],
    entry: &'static Entry,
    estimator: &dyn Estimator,
    answers: &Answers,
    context: &FitContext,
) -> Result<Combiner> {
    let (units, target) = match answers.target {
        Target::Classes { .. } => (Units::LogOdds, answers.target.clone()),
        Target::Values(values) => {
            let moments = of_values(values, answers.weights);
            let (mean, deviation) = (moments.mean, if moments.deviation > 0.0 { moments.deviation } else { 1.0 });
            let values = values.iter().map(|value| (value - mean) / deviation).collect();
            (Units::Deviations { mean, deviation }, Target::Values(values))
        }
    };
    let x = units.matrix(answers.scores, names);
    let model = estimator
        .fit(&x, &target, answers.weights, context)
        .map_err(|error| error.context(format!("the final estimator `{}`", entry.name)))?;
    Ok(Combiner::Final { entry, units, model })
}

impl Units {
    /// The answers of the members as features, one member after the other.
    fn matrix(self, scores: &[Scores], names: &[&str]) -> Matrix {
        let mut columns = Vec::new();
        for scores in scores {
            match self {
                Self::Deviations { mean, deviation } => {
                    columns.push(scores.values.iter().map(|value| (value - mean) / deviation).collect());
                }
                Self::LogOdds if scores.width == 2 => {
                    let odds = |row: &[f64]| libm::log((row[1] + EDGE) / (row[0] + EDGE));
                    columns.push(scores.values.chunks_exact(2).map(odds).collect());
                }
                Self::LogOdds => columns.extend(log_probabilities(scores)),
            }
        }
        let a_member = columns.len() / scores.len().max(1);
        let name = |at: usize| names.get(at / a_member.max(1)).map_or_else(String::new, |name| (*name).to_owned());
        Matrix {
            rows: scores.first().map_or(0, Scores::rows),
            names: (0..columns.len()).map(name).collect(),
            blocks: vec![Block::Dense(columns)],
        }
    }
}

/// A column a class: its log probability, less the mean over the classes.
fn log_probabilities(scores: &Scores) -> Vec<Vec<f64>> {
    let mut columns = vec![Vec::with_capacity(scores.rows()); scores.width];
    for row in scores.values.chunks_exact(scores.width.max(1)) {
        let logs: Vec<f64> = row.iter().map(|p| libm::log(p + EDGE)).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        columns.iter_mut().zip(&logs).for_each(|(column, log)| column.push(log - mean));
    }
    columns
}

/// The weighted mean; probabilities sum to 1 again.
fn mean(scores: &[Scores], weights: &[f64]) -> Scores {
    let (width, length) = scores.first().map_or((1, 0), |first| (first.width, first.values.len()));
    let mut values = vec![0.0; length];
    for (scores, weight) in scores.iter().zip(weights) {
        values.iter_mut().zip(&scores.values).for_each(|(sum, value)| *sum += weight * value);
    }
    if width > 1 {
        for row in values.chunks_exact_mut(width) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|value| *value /= sum);
        }
    }
    Scores { width, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_weighted_and_stay_probabilities() {
        let scores = [vec![0.9, 0.1, 0.5, 0.5], vec![0.3, 0.7, 1.0, 0.0]].map(|values| Scores { width: 2, values });
        let found = Combiner::Mean(vec![0.75, 0.25]).apply(&scores).unwrap();
        for (found, expected) in found.values.iter().zip([0.75, 0.25, 0.625, 0.375]) {
            assert!((found - expected).abs() < 1e-15);
        }
        let even = Combiner::even(3);
        let sure = [(); 3].map(|()| Scores { width: 2, values: vec![0.0, 1.0] });
        assert_eq!(even.apply(&sure).unwrap().values, [0.0, 1.0]);
    }

    /// A target in other units is foretold in these units.
    #[test]
    fn no_unit_matters_to_the_final_estimator() {
        let y: Vec<f64> = (0..60).map(|row| f64::from(row * 7 % 60)).collect();
        let fit = |unit: f64| {
            let near: Vec<f64> = y.iter().enumerate().map(|(row, y)| (y + (row % 3) as f64) * unit).collect();
            let far: Vec<f64> = y.iter().map(|y| (60.0 - y * y / 60.0) * unit).collect();
            let scores = [near, far].map(|values| Scores { width: 1, values });
            let target = Target::Values(y.iter().map(|y| y * unit).collect());
            let answers = Answers { scores: &scores, target: &target, weights: None };
            let entry = &super::super::super::ridge::ENTRY;
            let estimator = (entry.build)(&crate::yaml::Node::empty()).unwrap();
            let context = FitContext::of(1, 1);
            let combiner = learned(&["near", "far"], entry, estimator.as_ref(), &answers, &context).unwrap();
            let shares = combiner.shares(2).unwrap();
            assert!(shares[0] > 0.7 && (shares[0] + shares[1] - 1.0).abs() < 1e-12, "{shares:?}");
            combiner.apply(&scores).unwrap().values
        };
        let (small, large) = (fit(1e-9), fit(1e9));
        for ((small, large), y) in small.iter().zip(&large).zip(&y) {
            assert!((small * 1e9 - y).abs() < 6.0 && (small * 1e18 / large - 1.0).abs() < 1e-9, "{small} {large} {y}");
        }
    }
}
