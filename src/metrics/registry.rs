//! The table of metrics: a metric is one line here and its formula.

use std::fmt;

use super::classification::Classification;
use super::confusion::{Average, Confusion};
use super::probability;
use super::regression::{self, mae, mape, medae, mse, r2, rmse};
use crate::data::{Scores, Target, Task};
use crate::error::{Error, Result, suggest};

use Formula::{Labels, LabelsOrValues, Probabilities, Values};

const BINARY: &[Task] = &[Task::Binary];
const MULTICLASS: &[Task] = &[Task::Multiclass];
const CLASSES: &[Task] = &[Task::Binary, Task::Multiclass];
const NUMBERS: &[Task] = &[Task::Regression];
const ORDERED: &[Task] = &[Task::Multiclass, Task::Regression];

/// The metrics that stand for all where few have room: of slices, in comparisons, and in the files that
/// `dvc metrics show` lines up, as far as they are defined for the task.
pub const HEADLINE: [&str; 17] = [
    "roc_auc",
    "pr_auc",
    "f1",
    "f1_macro",
    "precision",
    "recall",
    "accuracy",
    "balanced_accuracy",
    "mcc",
    "cohen_kappa_quadratic",
    "log_loss",
    "brier",
    "r2",
    "rmse",
    "mae",
    "medae",
    "mape",
];

/// Every metric, in the order of reports.
pub static METRICS: &[Metric] = &[
    up("accuracy", CLASSES, Labels(Confusion::accuracy), "share of rows whose class was predicted"),
    up("balanced_accuracy", CLASSES, Labels(Confusion::balanced_accuracy), "mean recall over the classes"),
    up("precision", BINARY, Labels(|c| precision(c, Average::Positive)), "precision of the positive class"),
    up("recall", BINARY, Labels(|c| recall(c, Average::Positive)), "recall of the positive class"),
    up("f1", BINARY, Labels(|c| f1(c, Average::Positive)), "F1 of the positive class"),
    up("specificity", BINARY, Labels(|c| c.recall(0)), "recall of the negative class"),
    up("npv", BINARY, Labels(|c| c.precision(0)), "precision of the negative class"),
    up("f05", BINARY, Labels(|c| c.fbeta(1, 0.5)), "F0.5 of the positive class: precision counts twice"),
    up("f2", BINARY, Labels(|c| c.fbeta(1, 2.0)), "F2 of the positive class: recall counts twice"),
    up("jaccard", BINARY, Labels(|c| c.jaccard(1)), "hits by the rows that are or are predicted positive"),
    up("precision_macro", CLASSES, Labels(|c| precision(c, Average::Macro)), "mean precision over the classes"),
    up("recall_macro", CLASSES, Labels(|c| recall(c, Average::Macro)), "mean recall over the classes seen"),
    up("f1_macro", CLASSES, Labels(|c| f1(c, Average::Macro)), "mean F1 over the classes"),
    up("precision_weighted", CLASSES, Labels(|c| precision(c, Average::Weighted)), "precision weighted by rows"),
    up("recall_weighted", CLASSES, Labels(|c| recall(c, Average::Weighted)), "recall weighted by rows"),
    up("f1_weighted", CLASSES, Labels(|c| f1(c, Average::Weighted)), "F1 weighted by rows"),
    up("jaccard_macro", CLASSES, Labels(|c| c.average(Average::Macro, Confusion::jaccard)), "mean Jaccard index"),
    up("mcc", CLASSES, Labels(Confusion::mcc), "Matthews correlation coefficient"),
    up("cohen_kappa", CLASSES, Labels(|c| c.kappa(|off| off.min(1.0))), "agreement beyond chance"),
    up(
        "cohen_kappa_quadratic",
        MULTICLASS,
        Labels(|c| c.kappa(|off| off * off)),
        "agreement beyond chance of classes in an order: errors count by their squared distance",
    ),
    up(
        "top_2_accuracy",
        MULTICLASS,
        Probabilities(|c| top_k(c, 2)),
        "share of rows whose class is among the two likeliest",
    ),
    up(
        "top_3_accuracy",
        MULTICLASS,
        Probabilities(|c| top_k(c, 3)),
        "share of rows whose class is among the three likeliest",
    ),
    up("roc_auc", CLASSES, Probabilities(|c| c.roc_auc()), "area under the ROC curve, mean of one against rest"),
    up(
        "roc_auc_weighted",
        MULTICLASS,
        Probabilities(|c| c.roc_auc_weighted()),
        "area under the ROC curve, one against rest weighted by rows",
    ),
    up(
        "roc_auc_ovo",
        MULTICLASS,
        Probabilities(|c| c.roc_auc_ovo(false)),
        "area under the ROC curve, mean of each class against each other",
    ),
    up(
        "roc_auc_ovo_weighted",
        MULTICLASS,
        Probabilities(|c| c.roc_auc_ovo(true)),
        "area under the ROC curve, each class against each other weighted by rows",
    ),
    up("gini", BINARY, Probabilities(|c| c.gini()), "2 * roc_auc - 1"),
    up("ks", BINARY, Probabilities(|c| c.kolmogorov_smirnov()), "Kolmogorov-Smirnov distance of the classes' scores"),
    up("pr_auc", CLASSES, Probabilities(|c| c.pr_auc()), "average precision, mean of one against rest"),
    down("log_loss", CLASSES, Probabilities(|c| c.log_loss()), "mean -log of the actual class's probability"),
    down("brier", CLASSES, Probabilities(|c| c.brier()), "mean squared error of the probabilities"),
    up(
        "d2_log_loss",
        CLASSES,
        Probabilities(|c| probability::d2_log_loss(c.actual(), c.scores())),
        "share of the log loss of the class shares that is taken away",
    ),
    up(
        "d2_brier",
        CLASSES,
        Probabilities(|c| probability::d2_brier(c.actual(), c.scores())),
        "Brier skill score: share of the Brier score of the class shares that is taken away",
    ),
    down(
        "ece",
        CLASSES,
        Probabilities(|c| probability::expected_calibration_error(c.actual(), c.scores())),
        "expected calibration error over ten bins: of the positive class, of several the likeliest one",
    ),
    up("r2", NUMBERS, Values(r2), "share of the variance explained"),
    down("rmse", NUMBERS, Values(rmse), "root of the mean squared error"),
    down("mse", NUMBERS, Values(mse), "mean squared error"),
    down(
        "mae",
        ORDERED,
        LabelsOrValues(Confusion::mean_distance, mae),
        "mean absolute error; of classes in an order, such as stars, how many classes predictions are off",
    ),
    down("medae", NUMBERS, Values(medae), "median absolute error"),
    up(
        "explained_variance",
        NUMBERS,
        Values(regression::explained_variance),
        "share of the variance explained, a constant error aside",
    ),
    up(
        "d2_absolute_error",
        NUMBERS,
        Values(regression::d2_absolute_error),
        "share of the absolute error of the median taken away",
    ),
    down("max_error", NUMBERS, Values(regression::max_error), "largest absolute error"),
    down(
        "smape",
        NUMBERS,
        Values(regression::smape),
        "mean absolute error by the mean size of both values, from 0 to 2",
    ),
    down("msle", NUMBERS, Values(regression::msle), "mean squared error of log(1 + value)"),
    down("rmsle", NUMBERS, Values(regression::rmsle), "root of the mean squared error of log(1 + value)"),
    down("pinball_10", NUMBERS, Values(|y, p| regression::pinball(y, p, 0.1)), "pinball loss of the 10 % quantile"),
    down("pinball_90", NUMBERS, Values(|y, p| regression::pinball(y, p, 0.9)), "pinball loss of the 90 % quantile"),
    down("poisson_deviance", NUMBERS, Values(regression::poisson_deviance), "mean Poisson deviance, for counts"),
    down("gamma_deviance", NUMBERS, Values(regression::gamma_deviance), "mean gamma deviance, for values above 0"),
    down("mape", NUMBERS, Values(mape), "mean absolute error relative to the actual value, a fraction"),
];

/// A metric by name.
pub struct Metric {
    /// As written in configs and reports.
    pub name: &'static str,
    /// One line for help.
    pub summary: &'static str,
    /// Whether a higher value is the better one.
    pub higher_is_better: bool,
    /// The tasks it is defined for.
    pub tasks: &'static [Task],
    formula: Formula,
}

/// What a metric is computed from.
enum Formula {
    /// Predicted classes only, so a threshold can be chosen for it.
    Labels(fn(&Confusion) -> f64),
    /// Probabilities only.
    Probabilities(fn(&Classification) -> Option<f64>),
    /// Actual and predicted numbers.
    Values(fn(&[f64], &[f64]) -> Option<f64>),
    /// Predicted classes, or actual and predicted numbers.
    LabelsOrValues(fn(&Confusion) -> f64, fn(&[f64], &[f64]) -> Option<f64>),
}

impl Metric {
    /// Whether it is defined for `task`.
    pub fn defined_for(&self, task: Task) -> bool {
        self.tasks.contains(&task)
    }

    /// Whether it depends on the decision threshold of a binary model, so that one can be chosen for it.
    pub fn has_threshold(&self) -> bool {
        self.of_labels().is_some() && self.defined_for(Task::Binary)
    }

    /// Its value; none where it is undefined for these rows or for this task.
    ///
    /// `predicted` holds a class per row, and is not read for a number.
    ///
    /// # Errors
    /// Exit code 1 where rows, codes or values do not fit together, as [`super::classification`] and
    /// [`super::regression`](fn@super::regression) say.
    pub fn value(&self, actual: &Target, scores: &Scores, predicted: &[u32]) -> Result<Option<f64>> {
        match actual {
            Target::Classes { codes, .. } => Ok(self.of_classes(&Classification::new(codes, scores, predicted)?)),
            Target::Values(values) => {
                regression::check(values, &scores.values)?;
                Ok(self.of_values(values, &scores.values))
            }
        }
    }

    /// Whether `candidate` is better than `best`. Any value beats none; equal ones do not beat each other.
    pub fn is_better(&self, candidate: Option<f64>, best: Option<f64>) -> bool {
        match (candidate, best) {
            (Some(candidate), Some(best)) if self.higher_is_better => candidate > best,
            (Some(candidate), Some(best)) => candidate < best,
            (candidate, best) => candidate.is_some() && best.is_none(),
        }
    }

    /// Its value for checked rows; none where it is undefined for these rows or for this task.
    pub fn of_classes(&self, rows: &Classification) -> Option<f64> {
        if !self.defined_for(rows.task()) {
            return None;
        }
        match self.formula {
            Labels(formula) | LabelsOrValues(formula, _) => Some(formula(rows.confusion())),
            Probabilities(formula) => formula(rows),
            Values(_) => None,
        }
    }

    pub(super) fn of_values(&self, actual: &[f64], predicted: &[f64]) -> Option<f64> {
        match self.formula {
            Values(formula) | LabelsOrValues(_, formula) => formula(actual, predicted),
            Labels(_) | Probabilities(_) => None,
        }
    }

    pub(super) fn of_labels(&self) -> Option<fn(&Confusion) -> f64> {
        match self.formula {
            Labels(formula) | LabelsOrValues(formula, _) => Some(formula),
            Probabilities(_) | Values(_) => None,
        }
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Metric {}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metric({})", self.name)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The names of the metrics that a decision threshold changes.
pub fn names_with_threshold() -> Vec<&'static str> {
    METRICS.iter().filter(|metric| metric.has_threshold()).map(|metric| metric.name).collect()
}

/// Names of the metrics of a task, in order.
pub fn names(task: Task) -> Vec<&'static str> {
    METRICS.iter().filter(|m| m.defined_for(task)).map(|m| m.name).collect()
}

/// Finds a metric by name, whatever its task.
///
/// # Errors
/// Exit code 2 with a did-you-mean.
pub fn find(name: &str) -> Result<&'static Metric> {
    METRICS.iter().find(|m| m.name == name).ok_or_else(|| {
        let names: Vec<&str> = METRICS.iter().map(|m| m.name).collect();
        Error::usage(format!("unknown metric `{name}`")).maybe_hint(suggest(name, "metrics", &names))
    })
}

/// Finds a metric by name that is defined for `task`.
///
/// # Errors
/// Exit code 2 with a did-you-mean among the metrics of the task.
pub fn find_for(name: &str, task: Task) -> Result<&'static Metric> {
    let what = match task {
        Task::Binary => "a binary target",
        Task::Multiclass => "a multiclass target",
        Task::Regression => "a numeric target",
    };
    let message = match METRICS.iter().find(|m| m.name == name) {
        Some(metric) if metric.defined_for(task) => return Ok(metric),
        Some(_) => format!("metric `{name}` is not defined for {what}"),
        None => format!("unknown metric `{name}`"),
    };
    Err(Error::usage(message).maybe_hint(suggest(name, &format!("metrics for {what}"), &names(task))))
}

const fn up(name: &'static str, tasks: &'static [Task], formula: Formula, summary: &'static str) -> Metric {
    Metric { name, summary, higher_is_better: true, tasks, formula }
}

const fn down(name: &'static str, tasks: &'static [Task], formula: Formula, summary: &'static str) -> Metric {
    Metric { name, summary, higher_is_better: false, tasks, formula }
}

fn top_k(rows: &Classification, k: usize) -> Option<f64> {
    probability::top_k_accuracy(rows.actual(), rows.scores(), k)
}

fn precision(confusion: &Confusion, average: Average) -> f64 {
    confusion.average(average, Confusion::precision)
}

fn recall(confusion: &Confusion, average: Average) -> f64 {
    confusion.average(average, Confusion::recall)
}

fn f1(confusion: &Confusion, average: Average) -> f64 {
    confusion.average(average, Confusion::f1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_or_suggested() {
        assert_eq!(find("roc_auc").unwrap().name, "roc_auc");
        let unknown = find("roc_acu").unwrap_err();
        assert_eq!(unknown.message(), "unknown metric `roc_acu`");
        assert!(unknown.hint_text().unwrap().starts_with("did you mean `roc_auc`?"));
        let wrong = find_for("f1", Task::Multiclass).unwrap_err();
        assert_eq!(wrong.message(), "metric `f1` is not defined for a multiclass target");
        assert!(!wrong.hint_text().unwrap().contains("rmse"));
    }

    #[test]
    fn names_are_unique() {
        let mut all: Vec<&str> = METRICS.iter().map(|m| m.name).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), METRICS.len());
    }

    #[test]
    fn better_knows_the_direction_and_none() {
        for (name, candidate, best, better) in [
            ("f1", Some(0.9), Some(0.8), true),
            ("f1", Some(0.8), Some(0.8), false),
            ("rmse", Some(0.9), Some(0.8), false),
            ("rmse", Some(0.7), Some(0.8), true),
            ("rmse", Some(9.0), None, true),
            ("f1", None, Some(0.0), false),
            ("f1", None, None, false),
        ] {
            assert_eq!(find(name).unwrap().is_better(candidate, best), better, "{name} {candidate:?} {best:?}");
        }
    }

    #[test]
    fn one_value_equals_the_one_of_the_whole_set() {
        let actual = Target::Classes { codes: vec![0, 1, 1, 0], classes: 2 };
        let scores = Scores { width: 2, values: vec![0.8, 0.2, 0.3, 0.7, 0.6, 0.4, 0.5, 0.5] };
        let predicted = [0, 1, 0, 1];
        for (name, value) in super::super::classification(&[0, 1, 1, 0], &scores, &predicted).unwrap() {
            assert_eq!(find(name).unwrap().value(&actual, &scores, &predicted).unwrap(), value, "{name}");
        }
    }
}
