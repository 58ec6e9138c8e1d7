//! From scores to a class: how that is chosen on out-of-fold predictions, and how a row is decided by it.

use serde::{Deserialize, Serialize};

use crate::data::{Scores, Target, Task};
use crate::error::{Error, Result, suggest};
use crate::metrics::{self, Confusion, Metric};

/// What is told of a decision by [`ThresholdRule::Costs`].
pub const LEAST_COST: &str = "least cost out of fold";

/// How the classes of rows are to be decided.
#[derive(Debug, Clone, PartialEq)]
pub enum ThresholdRule {
    /// The best value of a metric on the out-of-fold predictions.
    Metric(&'static Metric),
    /// As given; binary only.
    Fixed(f64),
    /// The least cost: actual label → predicted label → cost. What is not named costs 1 where it is wrong.
    Costs(Vec<(String, Vec<(String, f64)>)>),
}

/// How the scores of a row become a class.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The rule.
    pub by: By,
    /// What a row costs, by actual and by predicted class; empty where costs are not what matters.
    pub costs: Vec<Vec<f64>>,
    /// How it was chosen, for people.
    pub rule: String,
}

/// Rules of decision.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The class of the greatest score, the first of equals.
    #[default]
    Greatest,
    /// The positive class from this score on; binary only.
    Threshold(f64),
    /// The class of the greatest score by threshold, one a class.
    Thresholds(Vec<f64>),
    /// The class that costs least by the probabilities.
    LeastCost,
}

impl ThresholdRule {
    /// What it makes of out-of-fold scores.
    ///
    /// # Errors
    /// Exit code 2 for a label of a cost that is no class.
    pub fn decision(&self, target: &Target, scores: &Scores, labels: &[String]) -> Result<Decision> {
        let Target::Classes { codes, classes } = target else { return Ok(Decision::default()) };
        let binary = *classes == 2;
        let (by, costs, rule) = match self {
            ThresholdRule::Fixed(value) if binary => (By::Threshold(*value), vec![], format!("fixed at {value}")),
            ThresholdRule::Metric(metric) if binary => {
                let found = metrics::best_threshold(codes, &scores.column(1), metric)?;
                (By::Threshold(found.threshold), vec![], format!("best {} out of fold", metric.name))
            }
            ThresholdRule::Metric(metric) if metric.has_threshold() && metric.defined_for(Task::Multiclass) => {
                let found = metrics::best_class_thresholds(codes, scores, metric)?;
                (By::Thresholds(found), vec![], format!("best {} out of fold", metric.name))
            }
            ThresholdRule::Costs(costs) => {
                let costs = matrix(costs, labels)?;
                let by = match binary {
                    true => By::Threshold(metrics::least_cost_threshold(codes, &scores.column(1), &costs)?.threshold),
                    false => By::LeastCost,
                };
                (by, costs, LEAST_COST.to_owned())
            }
            // A metric of two classes, or a probability, says nothing of several.
            _ => return Ok(Decision::default()),
        };
        Ok(Decision { by, costs, rule })
    }
}

/// Costs in the order of the classes.
fn matrix(costs: &[(String, Vec<(String, f64)>)], labels: &[String]) -> Result<Vec<Vec<f64>>> {
    let class = |label: &str| {
        labels.iter().position(|l| l == label).ok_or_else(|| {
            Error::usage(format!("`threshold.costs` names `{label}`, which is no class"))
                .maybe_hint(suggest(label, "classes", labels))
        })
    };
    let usual = |actual| (0..labels.len()).map(move |predicted| f64::from(u8::from(actual != predicted))).collect();
    let mut out: Vec<Vec<f64>> = (0..labels.len()).map(usual).collect();
    for (actual, row) in costs {
        let actual = class(actual)?;
        for (predicted, cost) in row {
            out[actual][class(predicted)?] = *cost;
        }
    }
    Ok(out)
}

impl Decision {
    /// The positive class from `threshold` on, as `rule` says.
    pub fn at(threshold: f64, rule: String) -> Self {
        Self { by: By::Threshold(threshold), costs: Vec::new(), rule }
    }

    /// The threshold of a binary model.
    pub fn threshold(&self) -> Option<f64> {
        if let By::Threshold(value) = self.by { Some(value) } else { None }
    }

    /// The class of a row.
    pub fn class(&self, scores: &[f64]) -> u32 {
        match (&self.by, scores) {
            (By::Threshold(threshold), [_, positive]) => u32::from(*positive >= *threshold),
            (By::Thresholds(thresholds), _) if thresholds.len() == scores.len() => {
                greatest(scores.iter().zip(thresholds).map(|(score, threshold)| score / threshold))
            }
            (By::LeastCost, _) if self.costs.len() == scores.len() => greatest((0..scores.len()).map(|predicted| {
                -self
                    .costs
                    .iter()
                    .zip(scores)
                    .map(|(row, score)| score * row.get(predicted).unwrap_or(&0.0))
                    .sum::<f64>()
            })),
            _ => greatest(scores.iter().copied()),
        }
    }

    /// The class of each row.
    pub fn classes(&self, scores: &Scores) -> Vec<u32> {
        (0..scores.rows()).map(|row| self.class(scores.row(row))).collect()
    }

    /// What a row costs in the mean; none where there are no costs.
    ///
    /// # Errors
    /// Exit code 1 where rows do not fit together.
    pub fn mean_cost(&self, actual: &[u32], scores: &Scores) -> Result<Option<f64>> {
        if self.costs.is_empty() {
            return Ok(None);
        }
        let confusion = Confusion::new(actual, &self.classes(scores), self.costs.len())?;
        Ok(Some(confusion.mean_cost(&self.costs)))
    }

    /// Whether a file may hold it for so many classes.
    pub fn is_sound(&self, classes: usize) -> bool {
        let square = self.costs.len() == classes && self.costs.iter().all(|row| row.len() == classes);
        let finite = self.costs.iter().flatten().all(|cost| cost.is_finite());
        let by = match &self.by {
            By::Greatest => true,
            By::Threshold(value) => classes == 2 && value.is_finite(),
            By::Thresholds(values) => values.len() == classes && values.iter().all(|v| v.is_finite() && *v > 0.0),
            By::LeastCost => square,
        };
        by && finite && (square || self.costs.is_empty())
    }
}

/// Where the greatest is, the first of equals.
fn greatest(values: impl Iterator<Item = f64>) -> u32 {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, value) in values.enumerate() {
        if value > best.1 {
            best = (class as u32, value);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(classes: usize) -> Vec<String> {
        ["a", "b", "c"][..classes].iter().map(|l| (*l).to_owned()).collect()
    }

    fn decision(by: By, costs: Vec<Vec<f64>>) -> Decision {
        Decision { by, costs, rule: String::new() }
    }

    #[test]
    fn scores_are_decided_by_the_rule() {
        assert_eq!(decision(By::Threshold(0.3), vec![]).class(&[0.7, 0.3]), 1);
        assert_eq!(decision(By::Greatest, vec![]).class(&[0.7, 0.3]), 0);
        assert_eq!(decision(By::Greatest, vec![]).class(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(decision(By::Thresholds(vec![0.6, 0.3, 0.1]), vec![]).class(&[0.6, 0.25, 0.15]), 2);
        // To take c for a is ten times worse than any other error.
        let costs = vec![vec![0.0, 1.0, 1.0], vec![1.0, 0.0, 1.0], vec![10.0, 1.0, 0.0]];
        assert_eq!(decision(By::LeastCost, costs.clone()).class(&[0.7, 0.1, 0.2]), 2);
        assert_eq!(decision(By::LeastCost, costs).class(&[0.95, 0.03, 0.02]), 0);
    }

    #[test]
    fn costs_move_the_threshold_to_where_they_are_least() {
        let positive: Vec<f64> = (0..200).map(|row| f64::from(row) / 200.0).collect();
        let scores = Scores { width: 2, values: positive.iter().flat_map(|p| [1.0 - p, *p]).collect() };
        // A row is positive about as often as its score says.
        let codes = (0..200).map(|row| u32::from((row * 37) % 200 < row)).collect();
        let target = Target::Classes { codes, classes: 2 };
        let rule = |miss: f64| ThresholdRule::Costs(vec![("b".to_owned(), vec![("a".to_owned(), miss)])]);
        let threshold = |miss| rule(miss).decision(&target, &scores, &labels(2)).unwrap().threshold().unwrap();
        // By theory 1 / (1 + miss).
        for (miss, expected) in [(1.0, 0.5), (4.0, 0.2), (0.25, 0.8)] {
            assert!((threshold(miss) - expected).abs() < 0.1, "{miss}: {}", threshold(miss));
        }
        let found = rule(4.0).decision(&target, &scores, &labels(2)).unwrap();
        let Target::Classes { codes, .. } = &target else { panic!() };
        let wrong =
            |code: u32| codes.iter().zip(found.classes(&scores)).filter(|(a, p)| **a == code && *a != p).count() as f64;
        let cost = found.mean_cost(codes, &scores).unwrap().unwrap();
        assert!((cost - (wrong(0) + 4.0 * wrong(1)) / 200.0).abs() < 1e-12);
        let unknown = ThresholdRule::Costs(vec![("z".to_owned(), vec![])]);
        assert!(unknown.decision(&target, &scores, &labels(2)).unwrap_err().to_string().contains("`z`"));
    }

    #[test]
    fn a_rule_of_two_classes_leaves_several_to_the_greatest_score() {
        let target = Target::Classes { codes: vec![0, 1, 2], classes: 3 };
        let scores = Scores { width: 3, values: vec![0.5, 0.3, 0.2, 0.25, 0.5, 0.25, 0.4, 0.3, 0.3] };
        let f1 = metrics::find("f1").unwrap();
        for rule in [ThresholdRule::Fixed(0.3), ThresholdRule::Metric(f1)] {
            assert_eq!(rule.decision(&target, &scores, &labels(3)).unwrap(), Decision::default());
        }
        let accuracy = ThresholdRule::Metric(metrics::find("accuracy").unwrap());
        let found = accuracy.decision(&target, &scores, &labels(3)).unwrap();
        assert_eq!(found.classes(&scores), [0, 1, 2]);
    }
}
