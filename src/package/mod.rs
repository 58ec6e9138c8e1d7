//! The model package: everything between a raw row and an answer, in one file.
//!
//! `evaluate` and `predict` both go through [`ModelPackage`]: raw text is typed, cleaned and derived by
//! the recipe, transformed by what was learned, and scored by the model. Feature rows enter one step later.

mod answer;
mod apply;
mod blending;
mod calibration;
pub mod comparison;
mod contract;
mod cross_validation;
mod decision;
pub mod evaluation;
mod exchange;
mod explained;
mod explanation;
mod extremes;
mod file;
mod fit;
mod info;
mod job;
mod out_of_fold;
mod sampling;
mod terms;
mod validation;
mod weights;

pub use answer::Answer;
pub use apply::{Unknown, decode_target};
pub use calibration::{Calibration, Calibrator};
pub use contract::{Field, Violation};
pub use cross_validation::{CrossValidation, FoldMetrics};
pub use decision::{By, Decision, LEAST_COST, ThresholdRule};
pub use explained::{Contribution, Explained, ExplainedOutput, ExplainedRow, ExplainedTerms, TermContribution};
pub use explanation::Explanation;
pub use file::{Section, SectionSize};
pub(crate) use fit::is_feature_kind;
pub use fit::{Candidate, FitOptions, LearnedStep, fit};
pub use info::{Info, Input, Provenance, ScoreHistogram};
pub use out_of_fold::all_metrics;
pub use sampling::{Cap, Sampling};
pub use terms::{Mark, PresentTerm};
pub use validation::{Fold, Method, Validation};
pub use weights::ClassWeight;

use std::path::Path;

use crate::codec;
use crate::data::schema::RecipeStep;
use crate::error::{Error, Result};
use crate::fs;
use crate::models::{self, FittedModel};
use crate::transforms::{self, ColumnFix, FittedTransform, Step};
use crate::yaml::{Node, Value};

/// A model with all that belongs to it.
pub struct ModelPackage {
    /// Readable facts.
    pub info: Info,
    fixes: Vec<Box<dyn ColumnFix>>,
    learned: Vec<(String, Box<dyn FittedTransform>)>,
    model: Box<dyn FittedModel>,
    calibrator: Option<Calibrator>,
}

/// The section of the calibration, and the version of its bytes.
const CALIBRATION: (&str, u32) = ("calibration", 2);

impl ModelPackage {
    /// The bytes of the model file: the same for the same model.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut sections = Vec::new();
        for (at, (name, fitted)) in self.learned.iter().enumerate() {
            let version = transform(name)?.version;
            sections.push(Section { name: format!("learned:{at}:{name}"), version, bytes: fitted.encode()? });
        }
        let algorithm = &self.info.algorithm;
        let version = models::find(&text(algorithm))?.version;
        sections.push(Section { name: format!("model:{algorithm}"), version, bytes: self.model.encode()? });
        if let Some(calibrator) = &self.calibrator {
            let (name, version) = CALIBRATION;
            sections.push(Section { name: name.to_owned(), version, bytes: codec::encode(calibrator)? });
        }
        file::pack(&self.info, &sections)
    }

    /// Writes the model file atomically.
    pub fn save(&self, path: &Path) -> Result<()> {
        fs::atomic_write_bytes(path, &self.to_bytes()?)
    }

    /// Reads a model file; `shown` is its name in messages.
    ///
    /// # Errors
    /// Exit code 3 for a file that is foreign, newer, truncated or damaged.
    pub fn load(path: &Path, shown: &str) -> Result<Self> {
        if !path.exists() {
            return Err(Error::data(format!("model file `{shown}` does not exist")).hint("train it with `mlops train`"));
        }
        Self::from_bytes(&fs::read(path)?, shown)
    }

    /// Reads the bytes of a model file.
    pub fn from_bytes(bytes: &[u8], shown: &str) -> Result<Self> {
        let (info, sections) = file::unpack(bytes, shown)?;
        Self::assemble(info, sections).map_err(|e| match e.hint_text() {
            Some(_) => e.context(format!("`{shown}`")),
            None => e.context(format!("`{shown}`")).hint("train it again with `mlops train`"),
        })
    }

    /// Facts and section sizes, without building the model.
    pub fn inspect(bytes: &[u8], shown: &str) -> Result<(Info, Vec<SectionSize>)> {
        let (info, sections) = file::unpack(bytes, shown)?;
        let sizes = sections
            .into_iter()
            .map(|s| SectionSize { name: s.name, version: s.version, bytes: s.bytes.len() as u64 })
            .collect();
        Ok((info, sizes))
    }

    /// Importance per model feature, most important first; none where the algorithm has none.
    pub fn importance(&self) -> Option<Vec<(String, f64)>> {
        let mut pairs: Vec<(String, f64)> =
            self.info.features.iter().cloned().zip(self.model.importance()?).filter(|(_, v)| *v > 0.0).collect();
        pairs.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Some(pairs)
    }

    /// What the fit found out, such as the best iteration.
    pub fn facts(&self) -> Vec<String> {
        self.model.facts()
    }

    /// Whether scores are calibrated after the model.
    pub fn is_calibrated(&self) -> bool {
        self.calibrator.is_some()
    }

    /// The members of an ensemble of other algorithms.
    pub fn members(&self) -> Vec<models::Share> {
        self.model.members()
    }

    /// What about the fit deserves a second look, such as that it did not converge.
    pub fn notes(&self) -> Vec<String> {
        self.model.notes()
    }

    fn assemble(info: Info, sections: Vec<Section>) -> Result<Self> {
        let fixes = build_fixes(&info)?;
        if !info.decision.is_sound(info.target.classes.len()) {
            return Err(Error::data("its rule of decision does not fit its classes"));
        }
        let mut learned = Vec::new();
        let (mut model, mut calibrator) = (None, None);
        for section in sections {
            let mut parts = section.name.splitn(3, ':');
            match (parts.next(), parts.next(), parts.next()) {
                (Some("learned"), Some(_), Some(name)) => {
                    let entry = transform(name)?;
                    check_version(name, section.version, entry.version)?;
                    let load = entry.load.ok_or_else(|| Error::data(format!("`{name}` has nothing to load")))?;
                    learned.push((
                        name.to_owned(),
                        told_if_older(name, section.version, entry.version, load(&section.bytes))?,
                    ));
                }
                (Some("model"), Some(name), None) => {
                    let entry = models::find(&text(name))?;
                    check_version(name, section.version, entry.version)?;
                    model = Some(told_if_older(name, section.version, entry.version, (entry.load)(&section.bytes))?);
                }
                (Some(name), None, None) if name == CALIBRATION.0 => {
                    check_version(name, section.version, CALIBRATION.1)?;
                    let curves: Calibrator = codec::decode(&section.bytes)?;
                    if !curves.fits(info.target.classes.len()) {
                        return Err(Error::data("its calibration is damaged"));
                    }
                    calibrator = Some(curves);
                }
                // A section of a later, compatible writer.
                _ => tracing::debug!(section = section.name, "section not used"),
            }
        }
        let model = model.ok_or_else(|| Error::data("the model is missing"))?;
        Ok(Self { info, fixes, learned, model, calibrator })
    }
}

fn check_version(name: &str, found: u32, known: u32) -> Result<()> {
    if found <= known {
        return Ok(());
    }
    Err(Error::data(format!("its `{name}` part has version {found}, this program reads up to {known}"))
        .hint("update mlops"))
}

/// What an older version wrote and this one cannot read is not damaged.
fn told_if_older<T>(name: &str, found: u32, known: u32, loaded: Result<T>) -> Result<T> {
    if found >= known {
        return loaded;
    }
    let older = || Error::data(format!("its `{name}` part has version {found}, this program reads {known}"));
    loaded.map_err(|_| older().hint("train it again"))
}

fn text(name: &str) -> Node {
    Node::new(Value::String(name.to_owned()))
}

fn transform(name: &str) -> Result<&'static transforms::Entry> {
    use transforms::Phase;
    transforms::find(&text(name), &[Phase::RowFilter, Phase::ColumnFix, Phase::Learned])
}

/// The column fixes of the recipe, in order: cleaning, then derived columns.
fn build_fixes(info: &Info) -> Result<Vec<Box<dyn ColumnFix>>> {
    let mut fixes = fixes_of(&info.recipe.clean)?;
    fixes.extend(fixes_of(&info.recipe.derive)?);
    Ok(fixes)
}

fn fixes_of(steps: &[RecipeStep]) -> Result<Vec<Box<dyn ColumnFix>>> {
    steps
        .iter()
        .map(|step| match (transform(&step.name)?.build)(&Node::from_json(&step.params))? {
            Step::ColumnFix(fix) => Ok(fix),
            Step::RowFilter(_) | Step::Learned(_) => {
                Err(Error::data(format!("the recipe step `{}` is no column fix", step.name)))
            }
        })
        .collect()
}
