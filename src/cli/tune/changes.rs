//! What a search would change in train.yaml: of each algorithm searched, the parameters of its best trial.

use serde_json::{Value as Json, json};

use crate::cli::failures::Failures;
use crate::cli::printer::Printer;
use crate::cli::session::Session;
use crate::cli::settings::{Change, Edited};
use crate::metrics::Metric;
use crate::tuning::{Problem, Trial, best_of_each};
use crate::yaml::edit;

/// The lines of train.yaml around a change that are shown.
const AROUND: usize = 1;

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
                .map(|(name, value)| (name, scalar(&value)))
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

/// A value as YAML of every version reads it.
fn scalar(value: &Json) -> String {
    match value {
        Json::String(text) => edit::quote(text),
        Json::Number(number) => {
            let text = number.to_string();
            match text.split_once('e') {
                Some((digits, power)) if !digits.contains('.') => format!("{digits}.0e{power}"),
                _ => text,
            }
        }
        other => other.to_string(),
    }
}

/// Lines that go and come, with those around them.
fn diff(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    // Lengths of the longest common subsequences of what is left.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            common[a][b] =
                if old[a] == new[b] { common[a + 1][b + 1] + 1 } else { common[a + 1][b].max(common[a][b + 1]) };
        }
    }
    let (mut a, mut b, mut lines) = (0, 0, Vec::new());
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            lines.push(format!(" {}", old[a]));
            (a, b) = (a + 1, b + 1);
        } else if a < old.len() && (b == new.len() || common[a + 1][b] >= common[a][b + 1]) {
            lines.push(format!("-{}", old[a]));
            a += 1;
        } else {
            lines.push(format!("+{}", new[b]));
            b += 1;
        }
    }
    let changed: Vec<usize> = (0..lines.len()).filter(|at| !lines[*at].starts_with(' ')).collect();
    let is_near = |at: usize| changed.iter().any(|changed| changed.abs_diff(at) <= AROUND);
    lines.into_iter().enumerate().filter(|(at, _)| is_near(*at)).map(|(_, line)| line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_changes_and_what_is_next_to_it() {
        assert_eq!(diff("a\nb\nc\nd\n", "a\nb\nx\ny\nd\n"), [" b", "-c", "+x", "+y", " d"]);
        assert_eq!(diff("a\n", "a\n"), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_numbers_in_every_yaml() {
        assert_eq!(
            ["1e-7", "0.1", "3", "1.5e-9"].map(|t| scalar(&serde_json::from_str(t).unwrap())),
            ["1.0e-7", "0.1", "3", "1.5e-9"]
        );
        assert_eq!(scalar(&json!("no")), "no");
    }
}
