//! What each feature adds to the raw scores of rows.

use serde::{Deserialize, Serialize};

/// What a raw score is, before calibration and decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RawScore {
    /// Log odds of the positive class; with several classes a logarithm of each one's probability, up to a number
    /// common to all.
    LogOdds,
    /// The probability of the positive class, or of each class.
    Probability,
    /// The predicted value.
    Value,
}

/// Raw scores of rows, and what each feature adds to them: an output's expected score and the contributions of all
/// features sum to its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Contributions {
    /// What is explained.
    pub raw_score: RawScore,
    /// Of each output the score of a row of which nothing is known: the mean over the training rows.
    pub expected: Vec<f64>,
    /// `rows * outputs`, row by row.
    pub scores: Vec<f64>,
    /// `rows * outputs * features`, row by row and then output by output.
    pub values: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;
    use crate::models::tests::{everywhere, fit};

    #[test]
    fn they_sum_to_the_raw_score_and_do_not_depend_on_other_rows() {
        everywhere(|entry, task, data| {
            let model = fit(entry, &data.x, data.target(task), None, 2);
            let found = model.contributions(&data.x).unwrap();
            let able = ["lr", "linear", "ridge", "lasso", "elasticnet", "svm", "dt", "rf", "xgb"].contains(&entry.name);
            assert_eq!(found.is_some(), able, "{}", entry.name);
            let Some(found) = found else { return };
            let (outputs, width) = (found.expected.len(), data.x.width());
            assert_eq!(outputs, if task == Task::Multiclass { 3 } else { 1 });
            let answers = model.predict(&data.x).unwrap();
            let unit = if task == Task::Regression { 1e6 } else { 1.0 };
            for (row, scores) in found.scores.chunks(outputs).enumerate() {
                for (output, score) in scores.iter().enumerate() {
                    let at = (row * outputs + output) * width;
                    let sum = found.expected[output] + found.values[at..at + width].iter().sum::<f64>();
                    assert!((sum - score).abs() < 1e-9 * unit, "{} {task:?}: {sum} {score}", entry.name);
                    let answer = answers.row(row)[if task == Task::Binary { 1 } else { output }];
                    let odds = |output: usize| libm::exp(scores[output]);
                    let expected = match (found.raw_score, task) {
                        (RawScore::LogOdds, Task::Binary) => odds(0) / (1.0 + odds(0)),
                        (RawScore::LogOdds, _) => odds(output) / (0..outputs).map(odds).sum::<f64>(),
                        _ => *score,
                    };
                    // Shares of several classes, stored in single precision, sum to 1 only nearly.
                    assert!((answer - expected).abs() < 1e-7 * unit, "{} {task:?}: {answer} {expected}", entry.name);
                }
            }
            for row in [0, 77, 1999] {
                let one = model.contributions(&data.x.select(&[row])).unwrap().unwrap();
                assert_eq!(one.values, found.values[row * outputs * width..(row + 1) * outputs * width]);
                assert_eq!(one.scores, found.scores[row * outputs..(row + 1) * outputs]);
            }
        });
    }
}
