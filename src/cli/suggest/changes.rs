//! What the columns that were found change in features.yaml.

use serde_json::{Value as Json, json};

use crate::cli::failures::Failures;
use crate::cli::printer::Printer;
use crate::cli::session::Session;
use crate::cli::settings::Edited;
use crate::cli::text_diff::diff;
use crate::config::shown;
use crate::data::schema::RecipeStep;
use crate::error::Result;
use crate::suggestion::{Candidate, line};
use crate::yaml::Node;
use crate::yaml::edit::insert_items;

/// The file that changes.
const FILE: &str = "features";

/// Changes of features.yaml, not written yet.
pub struct Changes<'a> {
    derive: Vec<String>,
    learned: Vec<String>,
    edited: Edited<'a>,
}

impl<'a> Changes<'a> {
    /// The lines of some candidates, those of learned steps in front of what stands at `learned_at`.
    ///
    /// # Errors
    /// Exit code 2 where features.yaml is written so that it cannot be changed.
    pub fn of(session: &'a Session, kept: &[Candidate], learned_at: usize) -> Result<Self, Failures> {
        let derive: Vec<String> = kept.iter().filter_map(|c| c.derive.as_ref()).map(line).collect();
        let learned: Vec<String> = kept.iter().filter_map(|c| c.learned.as_ref()).map(line).collect();
        let nodes = session.config.nodes();
        let is_written = nodes.iter().any(|(name, node)| *name == FILE && node.get("learned").is_some());
        let edited = Edited::by(&session.project, FILE, |text| {
            let (file, mut text) = (shown(FILE), text.to_owned());
            if !learned.is_empty() {
                let (at, lines) = match is_written {
                    true => (learned_at, learned.clone()),
                    // What is not written is a list of its own, which the first step written would put an end to.
                    false => (0, among_usual(&session.config.features.learned, learned_at, &learned)?),
                };
                text = insert_items(&text, &file, "features.learned", at, &lines)?;
            }
            if !derive.is_empty() {
                text = insert_items(&text, &file, "features.derive", usize::MAX, &derive)?;
            }
            Ok(text)
        })?;
        Ok(Self { derive, learned, edited })
    }

    /// Writes them.
    ///
    /// # Errors
    /// Exit code 2, with nothing written, where dvc.yaml has to be changed by hand.
    pub fn write(self, printer: &Printer) -> Result<(), Failures> {
        if self.edited.text_of(FILE).is_none() {
            return Ok(());
        }
        let notes = self.edited.write_with_pipeline()?;
        notes.iter().for_each(|note| printer.note(note));
        printer.note(&format!("    wrote {}; `mlops run-all` makes the columns", shown(FILE)));
        Ok(())
    }

    /// The new text of the file.
    pub fn text(&self) -> Option<&str> {
        self.edited.text_of(FILE).map(|(_, new)| new)
    }

    /// The lines that come, by list.
    pub fn as_json(&self) -> Json {
        json!({"derive": self.derive, "learned": self.learned})
    }

    /// A diff of the file.
    pub fn lines(&self) -> Vec<String> {
        match self.edited.text_of(FILE) {
            Some((old, new)) => {
                let mut lines = vec![String::new(), format!("--- {}", shown(FILE)), "+++ suggested".to_owned()];
                lines.extend(diff(old, new));
                lines
            }
            None => Vec::new(),
        }
    }
}

/// The steps that features.yaml does not name, with new ones among them.
fn among_usual(usual: &[Node], at: usize, new: &[String]) -> Result<Vec<String>> {
    let written = |node: &Node| {
        let (name, params) = node.named()?;
        let name = name.as_str().unwrap_or_default().to_owned();
        Ok(line(&RecipeStep { name, params: params.to_json() }))
    };
    let mut lines: Vec<String> = usual.iter().map(written).collect::<Result<_>>()?;
    let at = at.min(lines.len());
    lines.splice(at..at, new.iter().cloned());
    Ok(lines)
}
