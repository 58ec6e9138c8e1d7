//! Everything that `evaluate` measures, as it stands in `reports/metrics/evaluation_<dataset>_v<N>.json`: written and
//! read by these types alone. Its size does not grow with the rows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::info::OutOfFoldMetrics;
use crate::data::Task;
use crate::error::{Error, Result};
use crate::metrics::McNemar;
use crate::metrics::bootstrap::{Interval, PairedDifference};
use crate::metrics::curves::{CalibrationBin, ScoreCurve};

/// Metric values by name, undefined ones left out.
pub type Values = BTreeMap<String, f64>;

/// All models on the test rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Test rows.
    pub rows: u64,
    /// What is predicted.
    pub task: Task,
    /// The target column.
    pub target: String,
    /// Its classes; of two the second is the positive one. None for numbers.
    pub classes: Vec<String>,
    /// The metric the champion is chosen by, out of fold.
    pub select: String,
    /// Algorithm of the champion.
    pub champion: String,
    /// Each model by its algorithm.
    pub models: BTreeMap<String, ModelEvaluation>,
    /// How intervals and comparisons were drawn; none where they were not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bootstrap: Option<Resampling>,
    /// The champion against each of the others, in the order of the leaderboard.
    pub comparisons: Vec<Comparison>,
    /// The rows with the largest errors of the champion, the worst first; right ones among them where few are wrong.
    pub top_errors: Vec<TopError>,
    /// How much worse the champion is without each column, where asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permutation_importance: Option<PermutationImportance>,
}

impl Evaluation {
    /// Reads the bytes of the file called `shown`.
    ///
    /// # Errors
    /// Exit code 3 for a file that is damaged, or written by another version.
    pub fn from_bytes(bytes: &[u8], shown: &str) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|e| {
            Error::data(format!("`{shown}` is no evaluation of this version"))
                .because(e)
                .hint("run `mlops evaluate` again")
        })
    }
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEvaluation {
    /// Its file.
    pub model: String,
    /// Every metric on the test rows.
    pub test: Values,
    /// The same of a binary model that decides at 0.5.
    #[serde(rename = "test_at_0.5", skip_serializing_if = "Option::is_none", default)]
    pub test_at_half: Option<Values>,
    /// Out-of-fold metrics.
    pub out_of_fold: OutOfFoldMetrics,
    /// The threshold of a binary model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub threshold: Option<f64>,
    /// A threshold a class, where classes are decided so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub thresholds: Option<Vec<f64>>,
    /// What a row costs by actual and predicted class, where costs are known.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub costs: Vec<Vec<f64>>,
    /// What a row costs in the mean, where costs are known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mean_cost: Option<f64>,
    /// Of classes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confusion_matrix: Option<ConfusionMatrix>,
    /// Intervals of the main metrics.
    pub intervals: BTreeMap<String, Interval>,
    /// Curves of the positive class, or of each of the classes with the most rows against the rest.
    pub curves: Vec<ClassCurves>,
    /// Of numbers.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub residuals: Option<Residuals>,
    /// The features that count most by the model itself, where it tells.
    pub importance: Vec<Importance>,
    /// Of texts, the terms that speak most for each class.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub terms: Vec<ClassTerms>,
    /// Metrics of the rows of each level or bin.
    pub slices: Vec<Slice>,
}

/// How often rows of a class were predicted as of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfusionMatrix {
    /// The classes in order.
    pub classes: Vec<String>,
    /// A row an actual class, a column a predicted one.
    pub actual_by_predicted: Vec<Vec<u64>>,
}

/// A class against the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCurves {
    /// The class.
    pub class: String,
    /// What each threshold reaches: ROC, precision and recall, gain and lift are made of it.
    pub scores: ScoreCurve,
    /// Ten bins of equal width.
    pub calibration: Vec<CalibrationBin>,
    /// Ten bins of about as many rows.
    pub calibration_by_quantile: Vec<CalibrationBin>,
    /// How the probabilities of either side are spread.
    pub histogram: ScoreSpread,
}

/// Rows by probability, in bins of equal width.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSpread {
    /// One more than bins.
    pub edges: Vec<f64>,
    /// Rows of the class.
    pub positive: Vec<u64>,
    /// The others.
    pub negative: Vec<u64>,
}

/// Predicted less actual values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residuals {
    /// Their mean: the bias.
    pub mean: f64,
    /// Their standard deviation.
    pub std: f64,
    /// Their 0, 5, 25, 50, 75, 95 and 100 % quantiles.
    pub quantiles: Vec<f64>,
    /// Edges of bins of equal width.
    pub edges: Vec<f64>,
    /// Rows in each.
    pub counts: Vec<u64>,
    /// Actual and predicted values of some rows, by predicted value; the largest errors are among them.
    pub rows: Vec<(f64, f64)>,
}

/// A feature's share in what a model tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Importance {
    /// Its name.
    pub feature: String,
    /// Its share.
    pub importance: f64,
}

/// The terms that speak most for a class, the strongest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassTerms {
    /// The class; none of numbers, and where a model tells the importance of terms alone.
    pub class: Option<String>,
    /// The terms.
    pub terms: Vec<TermLeaning>,
}

/// A term with how far it speaks for a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TermLeaning {
    /// The text column.
    pub column: String,
    /// The term.
    pub term: String,
    /// Above 0 for it; comparable within the model.
    pub leaning: f64,
}

/// The rows of a level or bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The column.
    pub column: String,
    /// The level, or the bin such as `[30, 50)`.
    pub level: String,
    /// Their number.
    pub rows: u64,
    /// Whether they are too few to tell much.
    pub small: bool,
    /// The main metrics.
    pub metrics: Values,
}

/// How rows were drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resampling {
    /// How often.
    pub resamples: u64,
    /// Share of them that an interval holds.
    pub confidence: f64,
}

/// The champion against another model, on the same resamples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The other model's algorithm.
    pub challenger: String,
    /// Of each main metric the champion's value less the other's.
    pub differences: BTreeMap<String, PairedDifference>,
    /// Of classes: rows that one of them alone gets right, the champion being the first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mcnemar: Option<McNemar>,
}

/// A row with a large error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopError {
    /// Its id.
    pub row_id: String,
    /// The class or value it is of.
    pub actual: Json,
    /// The class or value predicted.
    pub predicted: Json,
    /// The probability of the actual class; the predicted value of a number.
    pub score: f64,
    /// Log loss, or absolute error.
    pub error: f64,
    /// The columns that the model takes.
    pub features: BTreeMap<String, Json>,
}

/// How much worse a model is on rows with one column in random order (Breiman, 2001).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermutationImportance {
    /// What gets worse.
    pub metric: String,
    /// Orders tried of each column.
    pub repeats: u64,
    /// Each column, the one that matters most first.
    pub columns: Vec<PermutedColumn>,
}

/// A column in random order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermutedColumn {
    /// The column.
    pub feature: String,
    /// By how much the metric is worse, in the mean over the orders; below 0 where it is better.
    pub mean: f64,
    /// Standard deviation over the orders.
    pub std: f64,
}
