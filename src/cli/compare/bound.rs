//! `--fail-if-worse METRIC:TOL`.

use crate::error::{Error, Result, suggest};
use crate::package::comparison::{MetricChange, ModelComparison};

/// By how much a metric may get worse.
#[derive(Debug, PartialEq)]
pub struct Bound {
    metric: String,
    tolerance: f64,
}

impl Bound {
    /// Reads `roc_auc:0.005`; a metric alone may not get worse at all.
    ///
    /// # Errors
    /// Exit code 2 for what is none.
    pub fn parse(text: &str) -> Result<Self> {
        let (metric, tolerance) = text.split_once(':').unwrap_or((text, "0"));
        match tolerance.trim().parse::<f64>() {
            Ok(tolerance) if tolerance.is_finite() && tolerance >= 0.0 && !metric.is_empty() => {
                Ok(Self { metric: metric.trim().to_owned(), tolerance })
            }
            _ => Err(Error::usage(format!("`--fail-if-worse {text}` is no metric with a tolerance"))
                .hint("write it such as `roc_auc:0.005`")),
        }
    }

    fn of<'a>(&self, found: &'a ModelComparison) -> Option<&'a MetricChange> {
        found.metrics.iter().find(|change| change.metric == self.metric)
    }

    /// Whether the metric is one of those compared, and it is known which way it should go.
    ///
    /// # Errors
    /// Exit code 2 with a did-you-mean.
    pub fn check_known(&self, found: &ModelComparison) -> Result<()> {
        match self.of(found) {
            Some(change) if change.higher_is_better.is_some() => Ok(()),
            _ => {
                let names: Vec<&str> = found.metrics.iter().map(|change| change.metric.as_str()).collect();
                Err(Error::usage(format!("`{}` is no metric of these models", self.metric)).maybe_hint(suggest(
                    &self.metric,
                    "metrics",
                    &names,
                )))
            }
        }
    }

    /// In words, by how much the second is worse than allowed; none where it is not. A metric that the second does not
    /// have any more is worse, since nobody can say how good it is.
    pub fn missed(&self, found: &ModelComparison) -> Option<String> {
        let change = self.of(found)?;
        let higher = change.higher_is_better?;
        let first = change.first?;
        let Some(second) = change.second else { return Some(format!("`{}` is not there any more", self.metric)) };
        let loss = if higher { first - second } else { second - first };
        // A difference of two decimal fractions is not one itself, so what is equal in print counts as equal.
        let slack = 1e-12 * first.abs().max(second.abs()).max(1.0);
        (loss > self.tolerance + slack).then(|| {
            format!("`{}` from {first:.5} to {second:.5}, by {loss:.5}, more than {}", self.metric, self.tolerance)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read() {
        for (text, metric, tolerance) in
            [("roc_auc:0.005", "roc_auc", 0.005), ("f1", "f1", 0.0), ("f1: 1e-3", "f1", 0.001)]
        {
            assert_eq!(Bound::parse(text).unwrap(), Bound { metric: metric.into(), tolerance });
        }
        for text in ["roc_auc:", "roc_auc:x", ":0.1", "f1:-1", "f1:nan", ""] {
            assert_eq!(Bound::parse(text).unwrap_err().code() as i32, 2, "{text}");
        }
    }
}
