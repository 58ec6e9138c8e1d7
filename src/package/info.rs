//! The readable facts of a model file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::decision::Decision;
use crate::data::{Kind, Profile, Task, schema};

/// What stands as JSON at the head of a model file. No time, no host, no path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Info {
    /// Short name of the algorithm.
    pub algorithm: String,
    /// Its parameters as configured.
    pub params: Json,
    /// Dataset name.
    pub dataset: String,
    /// Model version.
    pub version: u32,
    /// What is predicted.
    pub target: schema::TargetSpec,
    /// How scores become a class.
    pub decision: Decision,
    /// Out-of-fold metrics, classes decided so.
    pub out_of_fold: OutOfFoldMetrics,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Columns that enter the learned transforms, with the levels of the training rows.
    pub inputs: Vec<Input>,
    /// Model features after the learned transforms.
    pub features: Vec<String>,
    /// The learned transforms as configured.
    pub learned: Vec<schema::RecipeStep>,
    /// From raw text to inputs.
    pub recipe: schema::Recipe,
    /// The training rows in numbers.
    pub profile: Profile,
    /// Out-of-fold scores of the training rows.
    pub scores: ScoreHistogram,
}

/// A column as the learned transforms take it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Column name.
    pub name: String,
    /// What it means; whole numbers count as numbers.
    pub kind: Kind,
    /// Levels seen in training, in order of text; for categories.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub levels: Vec<String>,
}

/// Out-of-fold metrics by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfFoldMetrics {
    /// Number of folds.
    pub folds: usize,
    /// Mean over the folds of each metric, undefined ones left out.
    pub mean: BTreeMap<String, f64>,
    /// Standard deviation over the folds.
    pub std: BTreeMap<String, f64>,
    /// Of each metric its value in every fold; none where a fold leaves it undefined.
    pub scores: BTreeMap<String, Vec<Option<f64>>>,
}

/// Where a model comes from, as content and not as time or place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Training rows.
    pub rows: u64,
    /// Training rows of each class.
    pub class_counts: Vec<u64>,
    /// XXH3 of the training table's values.
    pub train_data: String,
    /// Seed of folds, sampling and fits.
    pub seed: u64,
}

/// Histogram of scores: one row of counts per class, or one for regression.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreHistogram {
    /// Bin edges, one more than bins.
    pub edges: Vec<f64>,
    /// Counts per output and bin.
    pub counts: Vec<Vec<u64>>,
}

impl ScoreHistogram {
    const BINS: usize = 20;

    /// Bins each output's scores over `low..=high`.
    pub fn of(outputs: &[Vec<f64>], low: f64, high: f64) -> Self {
        let width = if high > low { (high - low) / Self::BINS as f64 } else { 1.0 };
        let edges = (0..=Self::BINS).map(|i| low + width * i as f64).collect();
        let counts = outputs
            .iter()
            .map(|scores| {
                let mut bins = vec![0; Self::BINS];
                for score in scores {
                    let bin = ((score - low) / width).floor().clamp(0.0, (Self::BINS - 1) as f64);
                    bins[bin as usize] += 1;
                }
                bins
            })
            .collect();
        Self { edges, counts }
    }
}

#[cfg(test)]
impl Default for Info {
    fn default() -> Self {
        Self {
            algorithm: "baseline".into(),
            params: Json::Null,
            dataset: "d".into(),
            version: 1,
            target: schema::TargetSpec { column: "y".into(), task: Task::Regression, classes: vec![], map: vec![] },
            decision: Decision::default(),
            out_of_fold: OutOfFoldMetrics::default(),
            provenance: Provenance::default(),
            inputs: vec![],
            features: vec![],
            learned: vec![],
            recipe: schema::Recipe::default(),
            profile: Profile::default(),
            scores: ScoreHistogram::default(),
        }
    }
}

impl Info {
    /// The columns that rows to be predicted must have: what inputs are read from or made of.
    pub fn needs(&self) -> Vec<&str> {
        self.recipe.typing.columns.iter().filter(|column| column.required).map(|column| column.name.as_str()).collect()
    }

    /// What is predicted.
    pub fn task(&self) -> Task {
        self.target.task
    }
}
