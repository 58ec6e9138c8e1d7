//! The figures of models: what an evaluation and a few more numbers look like.

mod calibration;
mod comparison;
mod confusion;
mod gains;
mod importance;
mod learning;
mod model;
mod models;
mod precision_recall;
mod residuals;
mod roc;
mod scores;
mod shap;
mod terms;
mod threshold;

pub use calibration::calibration;
pub use comparison::model_comparison;
pub use confusion::confusion_matrix;
pub use gains::{gain, lift};
pub use importance::{importance, permutation_importance};
pub use learning::{LearningCurve, LearningPoint, learning_curve};
pub use model::{importance_of, out_of_fold_scores};
pub use precision_recall::precision_recall;
pub use residuals::{predicted_actual, residuals};
pub use roc::roc;
pub use scores::score_distribution;
pub use shap::{ExplainedSample, FeatureValues, shap_dependence, shap_summary};
pub use terms::terms;
pub use threshold::threshold;

#[cfg(test)]
mod tests;
