//! Trees to XGBoost and back, with the transforms of a model file of ours.

use std::borrow::Cow;

use serde_json::json;

use super::apply::select_inputs;
use super::info::{OutOfFoldMetrics, ScoreHistogram};
use super::{Decision, ModelPackage, extremes};
use crate::data::{Matrix, Table, Task};
use crate::error::{Error, Result};
use crate::models;
use crate::transforms::Features;

/// The threshold of a model whose training rows nobody here has scored.
const THRESHOLD: f64 = 0.5;

impl ModelPackage {
    /// The trees as XGBoost's JSON model.
    ///
    /// # Errors
    /// Exit code 2 for a model that is not made of trees.
    pub fn xgboost_json(&self) -> Result<String> {
        let algorithm = &self.info.algorithm;
        self.model.xgboost_json(&self.info.features)?.ok_or_else(|| {
            Error::usage(format!("`{algorithm}` is not made of trees, and XGBoost's format holds nothing else"))
                .hint("models that can be exported: dt, rf, xgb; `--matrix` works with every model")
        })
    }

    /// Names of the model's features as XGBoost bears them.
    pub fn xgboost_names(&self) -> Vec<String> {
        models::xgboost_names(&self.info.features)
    }

    /// Feature columns to what the model itself sees.
    ///
    /// # Errors
    /// As of [`ModelPackage::scores`].
    pub fn matrix(&self, table: &Table, row_name: &(dyn Fn(usize) -> String + Sync)) -> Result<Matrix> {
        let inputs = select_inputs(Cow::Borrowed(table), &self.info.inputs)?;
        let matrix = self.transform(inputs.clone());
        matrix.map_err(|error| extremes::explain(error, &inputs, row_name, super::apply::TOO_LARGE))
    }

    /// Input columns through the learned transforms.
    pub(super) fn transform(&self, inputs: Table) -> Result<Matrix> {
        let mut features = Features::new(inputs);
        for (_, fitted) in &self.learned {
            features = fitted.apply(features)?;
        }
        features.into_matrix()
    }

    /// This model's transforms with the trees of XGBoost's JSON model, and what there is to say about them.
    ///
    /// # Errors
    /// Exit code 3 for a file that is damaged or does not fit.
    pub fn with_xgboost_json(mut self, text: &str) -> Result<(Self, Vec<String>)> {
        let info = &mut self.info;
        let imported = models::import_xgboost(text, &info.features, info.target.task, info.target.classes.len())?;
        let mut notes = vec![format!("{} boosting rounds of `{}`", imported.rounds, imported.objective)];
        notes.extend(imported.cut_from.map(|all| format!("best iteration {} of {all}", imported.rounds)));
        if self.calibrator.take().is_some() {
            notes.push("the calibration was learned from another model's scores, and is left out".to_owned());
        }
        info.algorithm = "xgb".to_owned();
        info.params = json!({ "imported": imported.objective, "n_estimators": imported.rounds });
        info.out_of_fold = OutOfFoldMetrics::default();
        info.scores = ScoreHistogram::default();
        info.decision = Decision::default();
        if info.target.task == Task::Binary {
            info.decision = Decision::at(THRESHOLD, "chosen by nothing: the model was imported".to_owned());
            notes.push(format!("the threshold is {THRESHOLD}, chosen by nothing"));
        }
        self.model = imported.model;
        Ok((self, notes))
    }
}
