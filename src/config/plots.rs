//! `evaluate.plots`: what DVC can draw.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `dvc plots` can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Plot {
    /// True by false positive rate; with several classes, each against the rest, all together.
    Roc,
    /// Precision by recall; with several classes, each against the rest, all together.
    PrecisionRecall,
    /// Share of the rows that are of a class by the probability told, in ten bins.
    Calibration,
    /// Precision, recall, F1 and cost by threshold; binary.
    Threshold,
    /// Gain and lift by share of the rows; binary.
    Gain,
    /// Actual and predicted class of each row; beyond 50,000 rows in the same shares, so that counts are of 50,000.
    Confusion,
    /// Actual and predicted value, of at most 1,000 rows; for numbers.
    Residuals,
}

impl Plot {
    /// As it is written in configs and paths.
    pub fn name(self) -> &'static str {
        match self {
            Plot::Roc => "roc",
            Plot::PrecisionRecall => "precision_recall",
            Plot::Calibration => "calibration",
            Plot::Threshold => "threshold",
            Plot::Gain => "gain",
            Plot::Confusion => "confusion",
            Plot::Residuals => "residuals",
        }
    }

    /// The columns that DVC draws, the one on the x axis first.
    pub fn axes(self) -> (&'static str, &'static str) {
        match self {
            Plot::Roc => ("false_positive_rate", "true_positive_rate"),
            Plot::PrecisionRecall => ("recall", "precision"),
            Plot::Calibration => ("predicted", "observed"),
            Plot::Threshold => ("threshold", "f1"),
            Plot::Gain => ("share", "gain"),
            Plot::Confusion | Plot::Residuals => ("actual", "predicted"),
        }
    }

    /// What dvc.yaml says of it under `plots`, the models over one another: an item of a list, its first line without the
    /// dash, the others two levels deep.
    pub fn definition(self, files: &[String]) -> String {
        let template = match self {
            Plot::Confusion => "      template: confusion\n",
            Plot::Residuals => "      template: scatter\n",
            _ => "",
        };
        let (x, y) = self.axes();
        let files: Vec<String> = files.iter().map(|file| format!("        {file}: {y}")).collect();
        format!("{}:\n{template}      x: {x}\n      y:\n{}", self.name(), files.join("\n"))
    }
}
