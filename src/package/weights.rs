//! How much each row counts: by its class, by a column, or by both.

use crate::config;
use crate::data::{Table, Target, Values};
use crate::error::{Error, Result};

/// How much the rows of each class count.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ClassWeight {
    /// All rows count alike.
    #[default]
    None,
    /// Inversely to class frequency: rows / (classes × rows of the class), as scikit-learn's `balanced`.
    Balanced,
    /// A weight per class label; classes not named count 1.
    Given(Vec<(String, f64)>),
}

impl From<&config::ClassWeight> for ClassWeight {
    fn from(config: &config::ClassWeight) -> Self {
        match config {
            config::ClassWeight::Equal => Self::None,
            config::ClassWeight::Balanced => Self::Balanced,
            config::ClassWeight::Given(weights) => Self::Given(weights.clone()),
        }
    }
}

impl ClassWeight {
    /// A weight per class, or none where all count alike.
    ///
    /// # Errors
    /// Exit code 2 for a label that is no class, or for regression.
    pub fn classes(&self, target: &Target, labels: &[String]) -> Result<Option<Vec<f64>>> {
        if *self == ClassWeight::None {
            return Ok(None);
        }
        let Target::Classes { codes, classes } = target else {
            return Err(Error::usage("`class_weight` needs classes, and the target is a number"));
        };
        let mut weights = vec![1.0; *classes];
        match self {
            ClassWeight::None => {}
            ClassWeight::Balanced => {
                let mut counts = vec![0usize; *classes];
                for code in codes {
                    counts[*code as usize] += 1;
                }
                for (weight, count) in weights.iter_mut().zip(counts) {
                    *weight = codes.len() as f64 / (*classes as f64 * count.max(1) as f64);
                }
            }
            ClassWeight::Given(given) => {
                for (label, weight) in given {
                    let class = labels.iter().position(|l| l == label).ok_or_else(|| {
                        Error::usage(format!("`class_weight` names `{label}`, which is no class"))
                            .maybe_hint(crate::error::suggest(label, "classes", labels))
                    })?;
                    weights[class] = *weight;
                }
            }
        }
        Ok(Some(weights))
    }
}

/// A weight per row, or none where all count alike: that of its class, times its own of `samples`.
pub fn rows(target: &Target, samples: Option<Vec<f64>>, of_classes: Option<&[f64]>) -> Option<Vec<f64>> {
    let (Some(of_classes), Target::Classes { codes, .. }) = (of_classes, target) else { return samples };
    let by_class = codes.iter().map(|code| of_classes[*code as usize]);
    Some(match samples {
        Some(samples) => by_class.zip(samples).map(|(class, sample)| class * sample).collect(),
        None => by_class.collect(),
    })
}

/// The weights that a column holds.
///
/// # Errors
/// Exit code 2 for a column that is not there or holds no numbers, 3 for weights that are missing or not positive.
pub fn sample_weights(table: &Table, name: &str) -> Result<Vec<f64>> {
    let column = table.column(name).ok_or_else(|| {
        Error::usage(format!("`train.sample_weight`: no column `{name}` in the training rows"))
            .maybe_hint(crate::error::suggest(name, "columns", &table.names()))
    })?;
    let Values::Number(weights) = &column.values else {
        return Err(Error::usage(format!("`train.sample_weight`: `{name}` is of kind {}", column.kind.name()))
            .hint("a weight is a positive number"));
    };
    match weights.iter().position(|weight| !weight.is_finite() || *weight <= 0.0) {
        Some(row) => Err(Error::data(format!(
            "column `{name}`, training row {}: {} is no weight",
            row + 1,
            if weights[row].is_nan() { "a missing value".to_owned() } else { weights[row].to_string() }
        ))
        .hint("a weight is a positive number; leave out the rows that are to count nothing")),
        None => Ok(weights.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_is_scikit_learns() {
        let target = Target::Classes { codes: vec![0, 0, 0, 1], classes: 2 };
        let labels = ["a".to_owned(), "b".to_owned()];
        let weights = ClassWeight::Balanced.classes(&target, &labels).unwrap();
        assert_eq!(rows(&target, None, weights.as_deref()).unwrap(), [4.0 / 6.0, 4.0 / 6.0, 4.0 / 6.0, 2.0]);
        assert!(ClassWeight::Given(vec![("c".into(), 2.0)]).classes(&target, &labels).is_err());
        assert_eq!(ClassWeight::None.classes(&target, &labels).unwrap(), None);
        let samples = Some(vec![1.0, 2.0, 3.0, 0.5]);
        let both = rows(&target, samples.clone(), weights.as_deref()).unwrap();
        assert_eq!(both, [4.0 / 6.0, 8.0 / 6.0, 2.0, 1.0]);
        assert_eq!((rows(&target, None, None), rows(&target, samples.clone(), None)), (None, samples));
    }
}
