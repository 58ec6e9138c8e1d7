//! What a search would change in train.yaml: of each algorithm searched, the parameters of its best trial.

use serde_json::{Value as Json, json};

use crate::cli::failures::Failures;
use crate::cli::printer::Printer;
use crate::cli::session::Session;
use crate::cli::settings::{Change, Edited};
use crate::cli::text_diff::diff;
use crate::metrics::Metric;
use crate::tuning::{Problem, Trial, best_of_each};
use crate::yaml::edit::flow;

/// Changes of train.yaml, not written yet.
pub struct Changes<'a> {
    changes: Vec<Change>,
    edited: Edited<'a>,
}

impl<'a> Changes<'a> {
    /// What the best trial of each algorithm would change.
    ///
    /// # Errors
    /// Exit code 2 where train.yaml is written so that it cannot be changed.
    pub fn of(
        session: &'a Session,
        problem: &Problem,
        trials: &[Trial],
        metric: &Metric,
    ) -> std::result::Result<Self, Failures> {
        let mut changes = Vec::new();
        let best = best_of_each(trials, metric);
        let nodes = session.config.nodes();
        let train = nodes.iter().find(|(name, _)| *name == "train").map(|(_, node)| node);
        let written = train.and_then(|train| train.get("algorithms"));
        if written.is_none() && !best.is_empty() {
            // What is not written is a list of its own, which the first name written would put an end to.
            let names = session.config.train.algorithms.iter().filter_map(|a| a.name.as_str());
            let list: Vec<String> = names.map(|name| format!("{name}: {{}}")).collect();
            changes.push(Change { key: "train.algorithms".to_owned(), value: format!("{{{}}}", list.join(", ")) });
        }
        for trial in best {
            let Some(branch) = problem.branches.iter().find(|b| b.entry.name == trial.algorithm) else { continue };
            let own = written.and_then(|algorithms| algorithms.get(&trial.algorithm));
            let is_listed = session.config.train.algorithms.iter().any(|a| a.name.as_str() == Some(&trial.algorithm));
            let new: Vec<(String, String)> = branch
                .settings(trial)
                .into_iter()
                .filter(|(name, value)| {
                    own.and_then(|own| own.get(name)).map(|old| old.to_json()).as_ref() != Some(value)
                })
                .map(|(name, value)| (name, flow(&value)))
                .collect();
            let key = format!("train.algorithms.{}", trial.algorithm);
            if is_listed {
                // Each is put before those that are there.
                changes
                    .extend(new.into_iter().rev().map(|(name, value)| Change { key: format!("{key}.{name}"), value }));
            } else {
                let all: Vec<String> = new.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                changes.push(Change { key, value: format!("{{{}}}", all.join(", ")) });
            }
        }
        let edited = Edited::of(&session.project, &changes)?;
        Ok(Self { changes, edited })
    }

    /// Writes them, and dvc.yaml with them where it lists algorithms.
    ///
    /// # Errors
    /// Exit code 2, with nothing written, where dvc.yaml has to be changed by hand.
    pub fn write(self, printer: &Printer) -> std::result::Result<(), Failures> {
        let notes = self.edited.write_with_pipeline()?;
        notes.iter().for_each(|note| printer.note(note));
        Ok(())
    }

    /// The changes by key.
    pub fn as_json(&self) -> Json {
        self.changes.iter().map(|change| json!({"key": change.key, "value": change.value})).collect()
    }

    /// A diff of train.yaml.
    pub fn lines(&self) -> Vec<String> {
        match self.edited.text_of("train") {
            Some((old, new)) if old != new => {
                let mut lines = vec![String::new(), "--- configs/train.yaml".to_owned(), "+++ best trials".to_owned()];
                lines.extend(diff(old, new));
                lines
            }
            _ => Vec::new(),
        }
    }
}
