//! `report.figures.topics`: what figures there are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::target::{Target, TaskName};

/// What a figure shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// The main metrics of all models with their intervals.
    ModelComparison,
    /// True by false positive rate of all models.
    Roc,
    /// Precision by recall of all models.
    PrecisionRecall,
    /// How often what all models foretell happens.
    Calibration,
    /// What share of a class the rows of the highest scores hold, of all models.
    Gain,
    /// How many times likelier they are of the class than any row.
    Lift,
    /// Actual by predicted class, a figure a model.
    ConfusionMatrix,
    /// Precision, recall, F1 and cost by threshold, a figure a model.
    Threshold,
    /// How the probabilities of each class are spread, a figure a model.
    ScoreDistribution,
    /// Errors of predicted numbers, a figure a model.
    Residuals,
    /// Predicted by actual numbers, a figure a model.
    PredictedActual,
    /// The features that count most in each model that tells.
    Importance,
    /// Of texts, the terms that speak most for each class, of the champion or the best model that tells. By itself where
    /// `features.learned` has a `vectorize`.
    Terms,
    /// What features add to scores, a figure a model that can be explained.
    ShapSummary,
    /// What features add by their value, a figure a model that can be explained.
    ShapDependence,
}

use Topic::{
    Calibration, ConfusionMatrix, Gain, Importance, Lift, ModelComparison, PrecisionRecall, PredictedActual, Residuals,
    Roc, ScoreDistribution, ShapDependence, ShapSummary, Terms, Threshold,
};

/// Topics of classes, in their order.
const OF_CLASSES: &[Topic] = &[
    ModelComparison,
    Roc,
    PrecisionRecall,
    Calibration,
    Gain,
    Lift,
    ConfusionMatrix,
    Threshold,
    ScoreDistribution,
    Importance,
    Terms,
    ShapSummary,
    ShapDependence,
];
/// And of numbers.
const OF_NUMBERS: &[Topic] =
    &[ModelComparison, Residuals, PredictedActual, Importance, Terms, ShapSummary, ShapDependence];
/// And of whatever is predicted.
const OF_ANY: &[Topic] = &[ModelComparison, Importance, Terms, ShapSummary, ShapDependence];

impl Topic {
    /// As it is written in the config.
    pub fn key(self) -> String {
        self.name().replace('-', "_")
    }

    /// As it stands in file names.
    pub fn name(self) -> &'static str {
        match self {
            ModelComparison => "model-comparison",
            Roc => "roc",
            PrecisionRecall => "precision-recall",
            Calibration => "calibration",
            Gain => "gain",
            Lift => "lift",
            ConfusionMatrix => "confusion-matrix",
            Threshold => "threshold",
            ScoreDistribution => "score-distribution",
            Residuals => "residuals",
            PredictedActual => "predicted-actual",
            Importance => "importance",
            Terms => "terms",
            ShapSummary => "shap-summary",
            ShapDependence => "shap-dependence",
        }
    }

    /// Whether it needs texts that are features.
    pub fn needs_terms(self) -> bool {
        self == Terms
    }

    /// Whether it needs models that can be explained.
    pub fn explains(self) -> bool {
        matches!(self, ShapSummary | ShapDependence)
    }

    /// Whether each model has a figure of its own.
    fn is_of_one_model(self) -> bool {
        self.explains() || matches!(self, ConfusionMatrix | Threshold | ScoreDistribution | Residuals | PredictedActual)
    }

    /// Its figures, by what they are called in file names and the model that each is of, if it is of one. Of each
    /// algorithm is told whether it is made of trees, which alone are explained.
    pub fn figures<'a>(self, algorithms: &[(&'a str, bool)]) -> Vec<(String, Option<&'a str>)> {
        if !self.is_of_one_model() {
            return vec![(self.name().to_owned(), None)];
        }
        let shown = algorithms.iter().filter(|(_, of_trees)| *of_trees || !self.explains());
        shown.map(|(algorithm, _)| (format!("{}-{algorithm}", self.name()), Some(*algorithm))).collect()
    }

    /// All topics that a task has.
    pub fn of(task: TaskName) -> &'static [Self] {
        match task {
            TaskName::Binary | TaskName::Multiclass => OF_CLASSES,
            TaskName::Regression => OF_NUMBERS,
        }
    }

    /// All topics of a target, as far as the config alone tells what it is.
    pub fn of_target(target: &Target) -> &'static [Self] {
        match target.task {
            Some(task) => Self::of(task),
            None if target.positive.is_some() || !target.map.is_empty() => OF_CLASSES,
            None => OF_ANY,
        }
    }
}
