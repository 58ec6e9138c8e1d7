//! Two models beside one another: metrics with their direction, parameters, and what they were trained on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value as Json;

use super::evaluation::{Evaluation, ModelEvaluation, Values};
use super::info::{Info, OutOfFoldMetrics};
use crate::error::{Error, Result};
use crate::metrics;
use crate::metrics::bootstrap::{Interval, PairedDifference};

/// What is known of a model that is compared. Of its file and its evaluation there is at least one.
pub struct Contender {
    /// Its algorithm.
    pub algorithm: String,
    /// What its file says.
    pub info: Option<Info>,
    /// The evaluation that it is part of.
    pub evaluation: Option<Evaluation>,
}

/// On which rows metrics were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// On the test rows of each.
    Test,
    /// Out of fold, since one of the two has no test metrics.
    OutOfFold,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second is better, by more than the tolerance.
    Better,
    /// It is worse.
    Worse,
    /// No more apart than the tolerance.
    Same,
    /// One of them does not have it, or nobody knows which way it should go.
    Unknown,
}

/// A metric of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricChange {
    /// Its name.
    pub metric: String,
    /// Whether more is better.
    pub higher_is_better: Option<bool>,
    /// Its value of the first.
    pub first: Option<f64>,
    /// Its value of the second.
    pub second: Option<f64>,
    /// Its interval of the first.
    pub first_interval: Option<Interval>,
    /// Its interval of the second.
    pub second_interval: Option<Interval>,
    /// The second less the first.
    pub difference: Option<f64>,
    /// The same on common resamples, where one evaluation holds both.
    pub paired: Option<PairedDifference>,
    /// What the difference means.
    pub verdict: Verdict,
    /// Whether it is larger than chance makes it: the paired interval is on one side of 0; where there is none, the two
    /// intervals have nothing in common. None without intervals.
    pub is_certain: Option<bool>,
}

/// A parameter or fact that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactChange {
    /// Its name.
    pub name: String,
    /// Of the first; null where it has none.
    pub first: Json,
    /// Of the second.
    pub second: Json,
}

/// Two models beside one another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelComparison {
    /// On which rows.
    pub basis: Basis,
    /// Every metric of either, those of the registry in its order.
    pub metrics: Vec<MetricChange>,
    /// What differs of parameters, thresholds, steps and columns.
    pub parameters: Vec<FactChange>,
    /// What differs of the data.
    pub data: Vec<FactChange>,
    /// Why the numbers are to be read with care.
    pub cautions: Vec<String>,
}

impl Contender {
    /// What was measured of it on test rows.
    pub fn measured(&self) -> Option<&ModelEvaluation> {
        self.evaluation.as_ref()?.models.get(&self.algorithm)
    }

    fn out_of_fold(&self) -> Option<&OutOfFoldMetrics> {
        self.measured().map(|measured| &measured.out_of_fold).or(self.info.as_ref().map(|info| &info.out_of_fold))
    }

    fn values(&self, basis: Basis) -> Values {
        match basis {
            Basis::Test => self.measured().map(|measured| measured.test.clone()),
            Basis::OutOfFold => self.out_of_fold().map(|folds| folds.mean.clone()),
        }
        .unwrap_or_default()
    }

    fn interval(&self, basis: Basis, metric: &str) -> Option<Interval> {
        self.measured().filter(|_| basis == Basis::Test)?.intervals.get(metric).copied()
    }

    fn target(&self) -> Option<(&str, &[String])> {
        let of_info = self.info.as_ref().map(|info| (info.target.column.as_str(), info.target.classes.as_slice()));
        let of_evaluation = self.evaluation.as_ref().map(|found| (found.target.as_str(), found.classes.as_slice()));
        of_info.or(of_evaluation)
    }
}

/// Compares the second with the first; differences of at most `tolerance` count as none.
///
/// # Errors
/// Exit code 3 for models that do not answer the same question: a metric of one says nothing of the other.
pub fn compare(first: &Contender, second: &Contender, tolerance: f64) -> Result<ModelComparison> {
    if let (Some((column, classes)), Some((other, others))) = (first.target(), second.target())
        && classes != others
    {
        let (one, two) = (answers(column, classes), answers(other, others));
        return Err(Error::data(format!("they cannot be compared: the first predicts {one}, the second {two}"))
            .hint("compare models of the same target"));
    }
    let has_both = first.measured().is_some() && second.measured().is_some();
    let basis = if has_both { Basis::Test } else { Basis::OutOfFold };
    let (values, others) = (first.values(basis), second.values(basis));
    let known = metrics::METRICS.iter().map(|metric| metric.name);
    let named: BTreeSet<&str> = values.keys().chain(others.keys()).map(String::as_str).collect();
    let order: Vec<&str> = known.clone().filter(|name| named.contains(name)).collect();
    let rest: Vec<&str> = named.iter().copied().filter(|name| !order.contains(name)).collect();
    let metrics = order.into_iter().chain(rest).map(|name| {
        let pair = (values.get(name).copied(), others.get(name).copied());
        metric(first, second, basis, name, pair, tolerance)
    });
    Ok(ModelComparison {
        basis,
        metrics: metrics.collect(),
        parameters: differing(&parameters(first), &parameters(second)),
        data: differing(&data(first), &data(second)),
        cautions: cautions(first, second, basis),
    })
}

/// What a model predicts, in words.
fn answers(column: &str, classes: &[String]) -> String {
    const TOLD: usize = 5;
    let column = short(column);
    if classes.is_empty() {
        return format!("the number `{column}`");
    }
    let mut told: Vec<String> = classes.iter().take(TOLD).map(|class| format!("`{}`", short(class))).collect();
    if classes.len() > TOLD {
        told.push(format!("{} more", classes.len() - TOLD));
    }
    format!("`{column}` as {}", told.join(", "))
}

fn short(text: &str) -> String {
    const TOLD: usize = 40;
    text.char_indices().nth(TOLD).map_or_else(|| text.to_owned(), |(at, _)| format!("{}…", &text[..at]))
}

fn metric(
    first: &Contender,
    second: &Contender,
    basis: Basis,
    name: &str,
    pair: (Option<f64>, Option<f64>),
    tolerance: f64,
) -> MetricChange {
    let higher_is_better = metrics::find(name).ok().map(|metric| metric.higher_is_better);
    let difference = pair.0.zip(pair.1).map(|(first, second)| second - first);
    let verdict = match (difference, higher_is_better) {
        (Some(difference), _) if difference.abs() <= tolerance => Verdict::Same,
        (Some(difference), Some(higher)) if (difference > 0.0) == higher => Verdict::Better,
        (Some(_), Some(_)) => Verdict::Worse,
        _ => Verdict::Unknown,
    };
    let intervals = (first.interval(basis, name), second.interval(basis, name));
    let paired = if basis == Basis::Test { paired(first, second, name) } else { None };
    let is_certain = match (paired, intervals) {
        (Some(found), _) => Some(found.low > 0.0 || found.high < 0.0),
        (None, (Some(first), Some(second))) => Some(first.high < second.low || second.high < first.low),
        _ => None,
    };
    MetricChange {
        metric: name.to_owned(),
        higher_is_better,
        first: pair.0,
        second: pair.1,
        first_interval: intervals.0,
        second_interval: intervals.1,
        difference,
        paired,
        verdict,
        is_certain,
    }
}

/// The second less the first on common resamples: known where both are of one evaluation and one is its champion.
fn paired(first: &Contender, second: &Contender, metric: &str) -> Option<PairedDifference> {
    let evaluation = first.evaluation.as_ref().filter(|found| Some(*found) == second.evaluation.as_ref())?;
    let against = |challenger: &str| {
        let comparison = evaluation.comparisons.iter().find(|comparison| comparison.challenger == challenger)?;
        comparison.differences.get(metric).copied()
    };
    if second.algorithm == evaluation.champion {
        return against(&first.algorithm);
    }
    let found = against(&second.algorithm).filter(|_| first.algorithm == evaluation.champion)?;
    Some(PairedDifference { mean: -found.mean, low: -found.high, high: -found.low, p_value: found.p_value })
}

fn parameters(of: &Contender) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    all.insert("algorithm".to_owned(), Json::from(of.algorithm.as_str()));
    if let Some(threshold) = of.measured().and_then(|measured| measured.threshold) {
        all.insert("threshold".to_owned(), Json::from(threshold));
    }
    let Some(info) = &of.info else { return all };
    match &info.params {
        Json::Object(params) => {
            all.extend(params.iter().map(|(name, value)| (format!("{}.{name}", of.algorithm), value.clone())));
        }
        Json::Null => {}
        other => {
            all.insert("parameters".to_owned(), other.clone());
        }
    }
    if let Some(threshold) = info.decision.threshold() {
        all.insert("threshold".to_owned(), Json::from(threshold));
    }
    let steps = info.learned.iter().map(|step| (step.name.as_str(), &step.params));
    for (at, (name, params)) in steps.enumerate() {
        all.insert(format!("learned.{}.{name}", at + 1), params.clone());
    }
    all.insert("seed".to_owned(), Json::from(info.provenance.seed));
    let columns: Vec<&str> = info.inputs.iter().map(|input| input.name.as_str()).collect();
    all.insert("columns".to_owned(), Json::from(columns));
    all
}

fn data(of: &Contender) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    if let Some(evaluation) = &of.evaluation {
        all.insert("test rows".to_owned(), Json::from(evaluation.rows));
    }
    if let Some(info) = &of.info {
        all.insert("dataset".to_owned(), Json::from(info.dataset.as_str()));
        all.insert("version".to_owned(), Json::from(info.version));
        all.insert("training rows".to_owned(), Json::from(info.provenance.rows));
        all.insert("training data (XXH3)".to_owned(), Json::from(info.provenance.train_data.as_str()));
    }
    all
}

fn differing(first: &BTreeMap<String, Json>, second: &BTreeMap<String, Json>) -> Vec<FactChange> {
    let names: BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let value = |of: &BTreeMap<String, Json>, name: &String| of.get(name).cloned().unwrap_or(Json::Null);
    names
        .into_iter()
        .map(|name| FactChange { name: name.clone(), first: value(first, name), second: value(second, name) })
        .filter(|change| change.first != change.second)
        .collect()
}

fn cautions(first: &Contender, second: &Contender, basis: Basis) -> Vec<String> {
    let mut all = Vec::new();
    if let (Some((column, _)), Some((other, _))) = (first.target(), second.target())
        && column != other
    {
        all.push(format!("they predict different columns: `{column}` and `{other}`"));
    }
    let rows = |of: &Contender| of.evaluation.as_ref().map(|found| found.rows);
    if let (Basis::Test, Some(first), Some(second)) = (basis, rows(first), rows(second))
        && first != second
    {
        all.push(format!("they were measured on different test rows: {first} and {second}"));
    }
    if basis == Basis::OutOfFold {
        all.push("one of them has no metrics on test rows, so out-of-fold metrics are compared".to_owned());
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Task;

    fn contender(roc_auc: f64, interval: Option<(f64, f64)>) -> Contender {
        let measured = serde_json::json!({
            "model": "m", "test": {"roc_auc": roc_auc, "log_loss": 0.5}, "out_of_fold": OutOfFoldMetrics::default(),
            "intervals": interval.map_or(serde_json::json!({}), |(low, high)| serde_json::json!({"roc_auc": {"low": low, "high": high}})),
            "curves": [], "importance": [], "slices": [],
        });
        let evaluation = Evaluation {
            rows: 100,
            task: Task::Binary,
            target: "y".into(),
            classes: vec!["no".into(), "yes".into()],
            select: "roc_auc".into(),
            champion: "a".into(),
            models: [("a".to_owned(), serde_json::from_value(measured).unwrap())].into(),
            bootstrap: None,
            comparisons: vec![],
            top_errors: vec![],
            permutation_importance: None,
        };
        Contender { algorithm: "a".into(), info: None, evaluation: Some(evaluation) }
    }

    fn change(first: f64, second: f64, tolerance: f64) -> MetricChange {
        let found =
            compare(&contender(first, Some((0.7, 0.8))), &contender(second, Some((0.81, 0.9))), tolerance).unwrap();
        found.metrics.into_iter().find(|change| change.metric == "roc_auc").unwrap()
    }

    #[test]
    fn differences_go_by_the_direction_of_the_metric_and_the_tolerance() {
        assert_eq!(change(0.75, 0.85, 0.0).verdict, Verdict::Better);
        assert_eq!(change(0.85, 0.75, 0.0).verdict, Verdict::Worse);
        assert_eq!(change(0.85, 0.75, 0.11).verdict, Verdict::Same);
        assert_eq!(change(0.75, 0.85, 0.0).is_certain, Some(true));
        let found = compare(&contender(0.5, None), &contender(0.6, None), 0.0).unwrap();
        assert_eq!((found.metrics[0].is_certain, found.basis), (None, Basis::Test));
        assert_eq!(found.metrics.iter().map(|m| m.metric.as_str()).collect::<Vec<_>>(), ["roc_auc", "log_loss"]);
    }

    #[test]
    fn without_test_metrics_folds_are_compared_and_it_is_told() {
        let mut info = Info { algorithm: "a".into(), ..Info::default() };
        let file = Contender { algorithm: "a".into(), info: Some(info.clone()), evaluation: None };
        let refused = compare(&file, &contender(0.5, None), 0.0).unwrap_err();
        let expected = "they cannot be compared: the first predicts the number `y`, the second `y` as `no`, `yes`";
        assert_eq!(refused.message(), expected);
        info.target.classes = vec!["no".into(), "yes".into()];
        let file = Contender { algorithm: "a".into(), info: Some(info), evaluation: None };
        let found = compare(&file, &contender(0.5, None), 0.0).unwrap();
        assert_eq!(found.basis, Basis::OutOfFold);
        assert!(found.cautions.iter().any(|text| text.contains("out-of-fold")), "{:?}", found.cautions);
    }
}
