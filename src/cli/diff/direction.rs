//! Whether a metric got better or worse: what its name says of the direction it should go.

use crate::engine::diff::Change;
use crate::metrics::METRICS;
use crate::yaml::Value;

/// What a change means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It went where it should.
    Better,
    /// It did not.
    Worse,
}

impl Verdict {
    /// As it is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
        }
    }
}

/// Names of other programs' metrics, beside those of the registry; whether higher is better.
const OTHERS: &[(&str, bool)] = &[
    ("auc", true),
    ("acc", true),
    ("auroc", true),
    ("auprc", true),
    ("iou", true),
    ("dice", true),
    ("bleu", true),
    ("ndcg", true),
    ("logloss", false),
    ("loss", false),
    ("error", false),
    ("perplexity", false),
];

/// Words that make of a metric something with no direction of its own.
const UNDIRECTED: &[&str] = &["std", "stdev", "stddev", "deviation", "sd", "var", "variance", "count", "support"];

/// What a change of a metric means; none where its name says nothing, or it was not there before. One that is there no
/// more is worse, since nobody can say how good it is.
pub fn verdict(change: &Change) -> Option<Verdict> {
    let higher = higher_is_better(&change.key)?;
    let number = |value: &Value| match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    };
    let old = number(&change.old)?;
    if change.new == Value::Null {
        return Some(Verdict::Worse);
    }
    let new = number(&change.new)?;
    // A value that is no number any more is worse than any number.
    let better = if old.is_nan() || new.is_nan() { old.is_nan() } else { (new > old) == higher };
    Some(if better { Verdict::Better } else { Verdict::Worse })
}

/// By the last part of the key that names a metric, and the last name in it: `accuracy_loss` is a loss.
fn higher_is_better(key: &str) -> Option<bool> {
    let parts: Vec<Vec<String>> = key.split('.').map(words).collect();
    if parts.iter().flatten().any(|word| UNDIRECTED.contains(&word.as_str())) {
        return None;
    }
    parts.iter().rev().find_map(|words| {
        let own = METRICS.iter().map(|metric| (metric.name, metric.higher_is_better));
        let named = |(name, higher): (&str, bool)| {
            let name: Vec<&str> = name.split('_').collect();
            let at = words.windows(name.len()).rposition(|window| window == name)?;
            Some((at + name.len(), name.len(), higher))
        };
        let found = own.chain(OTHERS.iter().copied()).filter_map(named);
        // Of those that end at one word, the longest: `roc_auc`, not `auc`.
        found.max_by_key(|(end, length, _)| (*end, *length)).map(|(.., higher)| higher)
    })
}

fn words(part: &str) -> Vec<String> {
    let pieces = part.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    pieces.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_direction() {
        for (key, expected) in [
            ("f1", Some(true)),
            ("test.roc_auc", Some(true)),
            ("train-ROC-AUC", Some(true)),
            ("rmse.mean", Some(false)),
            ("val_loss", Some(false)),
            ("log_loss", Some(false)),
            ("mean_squared_error", Some(false)),
            ("average_precision_score", Some(true)),
            ("loss.accuracy", Some(true)),
            ("accuracy_loss", Some(false)),
            ("loss_accuracy", Some(true)),
            ("f1_error_rate", Some(false)),
            ("std.f1", None),
            ("f1_std", None),
            ("threshold", None),
            ("rows", None),
            ("", None),
        ] {
            assert_eq!(higher_is_better(key), expected, "{key}");
        }
    }

    #[test]
    fn a_change_is_better_or_worse() {
        let change = |key: &str, old, new| Change { path: "m".into(), key: key.into(), old, new };
        for (key, old, new, expected) in [
            ("f1", Value::Float(0.5), Value::Integer(1), Some(Verdict::Better)),
            ("rmse", Value::Float(0.5), Value::Integer(1), Some(Verdict::Worse)),
            ("f1", Value::Float(0.5), Value::Float(f64::NAN), Some(Verdict::Worse)),
            ("rmse", Value::Float(f64::NAN), Value::Float(9.0), Some(Verdict::Better)),
            ("f1", Value::Null, Value::Float(0.1), None),
            ("rmse", Value::Float(0.1), Value::Null, Some(Verdict::Worse)),
            ("threshold", Value::Float(0.1), Value::Null, None),
            ("f1", Value::Float(0.1), Value::String("x".into()), None),
        ] {
            assert_eq!(verdict(&change(key, old, new)), expected, "{key}");
        }
    }
}
