//! Which stages a run is about.

use super::super::definition::Stage;
use super::super::graph::Graph;
use crate::error::{Error, Result, suggest};

/// The stages asked for; all of them where nothing is named. A name may be that of a `foreach` or `matrix` group.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// These and what comes after them.
    pub from: Vec<String>,
    /// These and what they need.
    pub to: Vec<String>,
    /// These alone.
    pub only: Vec<String>,
}

impl Selection {
    /// One a stage: whether it is asked for.
    ///
    /// # Errors
    /// Exit code 2: a name that no stage has, with a did-you-mean; names between which nothing lies.
    pub(super) fn of(&self, stages: &[Stage], graph: &Graph) -> Result<Vec<bool>> {
        let mut selected = vec![true; stages.len()];
        let mut keep = |names: &[String], spread: &dyn Fn(usize) -> Vec<usize>| {
            if names.is_empty() {
                return Ok(());
            }
            let mut asked = vec![false; stages.len()];
            for name in names {
                for at in named(stages, name)? {
                    asked[at] = true;
                    spread(at).into_iter().for_each(|other| asked[other] = true);
                }
            }
            selected.iter_mut().zip(asked).for_each(|(selected, asked)| *selected &= asked);
            Ok(())
        };
        keep(&self.from, &|at| graph.descendants(at))?;
        keep(&self.to, &|at| graph.ancestors(at))?;
        keep(&self.only, &|_| Vec::new())?;
        let asked = [("from", &self.from), ("to", &self.to), ("only", &self.only)];
        if !selected.contains(&true) && asked.iter().any(|(_, names)| !names.is_empty()) {
            let words = asked.iter().flat_map(|(option, names)| names.iter().map(move |n| format!("--{option} {n}")));
            let words = words.collect::<Vec<_>>().join(" ");
            return Err(Error::usage(format!("no stage is selected by `{words}`")).hint(
                "`--from` takes a stage and what comes after it, `--to` one and what it needs; see `mlops dag`",
            ));
        }
        Ok(selected)
    }
}

/// The places of the stage, or of all stages of the group, of that name.
fn named(stages: &[Stage], name: &str) -> Result<Vec<usize>> {
    let is = |stage: &Stage| stage.name == name || stage.name.split_once('@').is_some_and(|(group, _)| group == name);
    let found: Vec<usize> = (0..stages.len()).filter(|&at| is(&stages[at])).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names: Vec<&str> = stages.iter().map(|s| s.name.as_str()).collect();
    Err(Error::usage(format!("stage `{name}` not found in `{}`", super::super::FILE))
        .maybe_hint(suggest(name, "stages", &names)))
}
