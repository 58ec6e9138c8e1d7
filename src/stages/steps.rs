//! Builds configured steps from the registry, each in the phases its place allows.

use crate::data::schema::RecipeStep;
use crate::error::{Error, Result};
use crate::package::LearnedStep;
use crate::transforms::{self, Phase, Step};
use crate::yaml::Node;

/// A step with what it was written as.
pub struct Built {
    /// Name and parameters.
    pub recipe: RecipeStep,
    /// What it does.
    pub step: Step,
}

/// The steps of `clean.steps` or `features.derive`.
///
/// # Errors
/// Exit code 2 pointing at a step that is unknown, stands in the wrong place or has wrong parameters.
pub fn build(nodes: &[Node], phases: &[Phase]) -> Result<Vec<Built>> {
    nodes
        .iter()
        .map(|node| {
            let (name, params) = node.named()?;
            let entry = transforms::find(name, phases)?;
            let step = (entry.build)(&params)?;
            Ok(Built { recipe: RecipeStep { name: entry.name.to_owned(), params: params.to_json() }, step })
        })
        .collect()
}

/// The steps of `features.learned`.
///
/// # Errors
/// As for [`build`].
pub fn build_learned(nodes: &[Node]) -> Result<Vec<LearnedStep>> {
    nodes
        .iter()
        .map(|node| {
            let (name, params) = node.named()?;
            let entry = transforms::find(name, &[Phase::Learned])?;
            match (entry.build)(&params)? {
                Step::Learned(transform) => Ok(LearnedStep { name: entry.name.to_owned(), params, transform }),
                Step::RowFilter(_) | Step::ColumnFix(_) => {
                    Err(Error::usage(format!("`{}` learns nothing", entry.name)))
                }
            }
        })
        .collect()
}
