//! The folds of one training table, made once and scored by any number of candidates.

use super::Calibration;
use super::decision::{Decision, ThresholdRule};
use super::fit::{Candidate, FitOptions, Rows};
use super::job::{Lesson, certain, in_parallel};
use super::out_of_fold::OutOfFold;
use super::validation::Fold;
use crate::data::{Block, Matrix, Scores, Table, Target, schema};
use crate::error::{Error, Result};
use crate::metrics::Metric;
use crate::models::{Estimator, FitContext};

/// Folds whose transforms have learned already.
///
/// What the transforms learn depends on the rows of a fold, not on the algorithm, so it is done once and shared by all
/// candidates. All folds are held at once: `k` folds take about `k` times the memory of the model matrix.
pub struct CrossValidation<'a> {
    spec: schema::TargetSpec,
    target: Target,
    folds: Vec<Fold>,
    made: Vec<Made>,
    seed: u64,
    calibration: Option<Calibration>,
    threshold: &'a ThresholdRule,
}

/// One fold.
enum Made {
    /// Nothing to learn: these are the scores.
    Certain(Scores),
    Rows {
        lesson: Box<Lesson>,
        trial: Matrix,
    },
}

/// A metric over folds, as the metrics of a trained model have it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldMetrics {
    /// Of each fold; none where it is undefined.
    pub folds: Vec<Option<f64>>,
    /// Mean over those that are defined.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub std: Option<f64>,
}

impl<'a> CrossValidation<'a> {
    /// Deals the rows and fits the transforms in each fold.
    ///
    /// # Errors
    /// As for [`super::fit`], as far as no algorithm is concerned.
    pub fn new(table: &Table, schema: &schema::Schema, options: &FitOptions<'a>) -> Result<Self> {
        let rows = Rows::of(table, schema, options)?;
        let make = |fold: &Fold| match certain(&rows.target, fold) {
            Some(scores) => Ok(Made::Certain(scores)),
            None => {
                let lesson = rows.lesson(&fold.train, options)?;
                let trial = rows.trial(fold, &lesson.learned)?;
                Ok(Made::Rows { lesson: Box::new(lesson), trial })
            }
        };
        let made = in_parallel(rows.folds.len(), options.threads, &|fold| make(&rows.folds[fold]));
        let made = made.map_err(|error| rows.explain(error, table))?;
        let Rows { spec, target, folds, .. } = rows;
        let (seed, calibration, threshold) = (options.seed, options.calibration, options.threshold);
        Ok(Self { spec, target, folds, made, seed, calibration, threshold })
    }

    /// Number of folds.
    pub fn folds(&self) -> usize {
        self.folds.len()
    }

    /// The scores of the rows that a fold is tried on, by a model fitted on the others: what `train` gives them.
    ///
    /// # Errors
    /// As for the fit of the algorithm.
    pub fn scores(
        &self,
        fold: usize,
        estimator: &dyn Estimator,
        candidate: &Candidate,
        threads: usize,
    ) -> Result<Scores> {
        let made = self.made.get(fold).ok_or_else(|| Error::failure(format!("there is no fold {fold}")))?;
        match made {
            Made::Certain(scores) => Ok(scores.clone()),
            Made::Rows { lesson, trial } => {
                let context = FitContext::of(self.seed, threads);
                lesson.fit(estimator, candidate.class_weight, &self.spec.classes, &context)?.predict(trial)
            }
        }
    }

    /// The scores of all folds in order, several folds at once where one fit leaves threads idle.
    ///
    /// # Errors
    /// As for the fit of the algorithm.
    pub fn all_scores(&self, estimator: &dyn Estimator, candidate: &Candidate, threads: usize) -> Result<Vec<Scores>> {
        // All folds are held in any case, so that there is no memory to spare.
        let at_once = if estimator.is_parallel(0, &self.target) { 1 } else { threads.clamp(1, self.folds().max(1)) };
        in_parallel(self.folds(), at_once, &|fold| self.scores(fold, estimator, candidate, (threads / at_once).max(1)))
    }

    /// The rows of the table that a fold is tried on, in the order of its scores.
    pub fn trial_rows(&self, fold: usize) -> &[usize] {
        self.folds.get(fold).map_or(&[], |fold| &fold.test)
    }

    /// The target of all rows.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the model of some fold would be given missing values of this feature.
    pub fn is_missing_somewhere(&self, feature: &str) -> bool {
        let has_missing = |matrix: &Matrix| {
            let dense = matrix.blocks.iter().flat_map(|block| match block {
                Block::Dense(columns) => columns.iter().map(Some).collect(),
                Block::Sparse(sparse) => vec![None; sparse.width],
            });
            let mut columns = matrix.names.iter().zip(dense);
            columns.any(|(name, column)| {
                name == feature && column.is_some_and(|values| values.iter().any(|value| value.is_nan()))
            })
        };
        self.made.iter().any(|made| match made {
            Made::Certain(_) => false,
            Made::Rows { lesson, trial } => has_missing(&lesson.matrix) || has_missing(trial),
        })
    }

    /// A metric over the first folds, whose scores are given: calibrated and with the threshold that `train` would
    /// choose.
    ///
    /// # Errors
    /// Exit code 1 for scores that are no numbers.
    pub fn measure(&self, metric: &Metric, scores: Vec<Scores>) -> Result<FoldMetrics> {
        let mut out_of_fold = OutOfFold::new(&self.target, &self.folds[..scores.len()], scores);
        if let Some(method) = self.calibration {
            out_of_fold.calibrate(method)?;
        }
        // To choose a threshold takes longer than most metrics, and where they heed none it is for nothing.
        let decision = match metric.has_threshold() {
            true => out_of_fold.decision(self.threshold, &self.spec.classes)?,
            false => Decision::default(),
        };
        out_of_fold.metric(metric, &decision)
    }
}
