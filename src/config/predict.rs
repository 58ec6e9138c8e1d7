//! configs/predict.yaml: what `predict` reads and writes where the command line does not say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Problems, is_inside};
use crate::yaml::Located;

/// Inputs and outputs of batch prediction.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Predict {
    /// Rows to predict; the raw CSV where none is given.
    pub input: Option<Located<String>>,
    /// Where predictions go; where none is given, data/processed/<dataset>-predictions_processed_<date>.csv, and standard
    /// output for rows given by `--input`.
    pub output: Option<Located<String>>,
    /// The model file; the champion where none is given.
    pub model: Option<Located<String>>,
}

impl Predict {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for path in [&self.input, &self.output, &self.model].into_iter().flatten() {
            problems.check(is_inside(path), || {
                path.error(format!("`{}` is not inside the project folder", path.value))
                    .hint("name it from the project folder, or use the options of `mlops predict` for other places")
            });
        }
    }
}
