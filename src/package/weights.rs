//! Class weights.

use crate::data::Target;
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

impl ClassWeight {
    /// A weight per row, or none where all count alike.
    ///
    /// # Errors
    /// Exit code 2 for a label that is no class, or for regression.
    pub fn rows(&self, target: &Target, labels: &[String]) -> Result<Option<Vec<f64>>> {
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
        Ok(Some(codes.iter().map(|code| weights[*code as usize]).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_is_scikit_learns() {
        let target = Target::Classes { codes: vec![0, 0, 0, 1], classes: 2 };
        let labels = ["a".to_owned(), "b".to_owned()];
        let weights = ClassWeight::Balanced.rows(&target, &labels).unwrap().unwrap();
        assert_eq!(weights, [4.0 / 6.0, 4.0 / 6.0, 4.0 / 6.0, 2.0]);
        assert!(ClassWeight::Given(vec![("c".into(), 2.0)]).rows(&target, &labels).is_err());
        assert_eq!(ClassWeight::None.rows(&target, &labels).unwrap(), None);
    }
}
