//! Outs from the cache: of a run that was made before, or as dvc.lock names them.

use std::path::Path;

use super::super::cache::{Checkout, checkout};
use super::super::definition::{Out, Stage};
use super::super::fingerprint::Fingerprint;
use super::super::lockfile::{Entry, Item, run_cache};
use super::super::plan::Reason;
use super::decide::{self, Found};
use super::repo::Repo;
use crate::error::{Error, Result, suggest};

impl Repo {
    /// Takes the outs of a stage from the cache, where a run with the same command, deps and params left them.
    pub(super) fn restore(&self, stage: &Stage, found: &Found) -> Result<bool> {
        let entry = self.entry(stage, found, Vec::new());
        let wanted = Entry {
            outs: stage.outs.iter().map(|out| Item { path: out.name.clone(), fingerprint: None }).collect(),
            ..entry
        };
        if !run_cache::restorable(stage, &wanted) {
            return Ok(false);
        }
        let last =
            self.lock.get(&stage.name).filter(|last| last.cmd == wanted.cmd && self.same_inputs(stage, last, found));
        for candidate in last.cloned().into_iter().chain(run_cache::load(&self.cache, &run_cache::key(&wanted))?) {
            if self.bring_back(stage, &candidate)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn same_inputs(&self, stage: &Stage, last: &Entry, found: &Found) -> bool {
        let reasons = decide::reasons(stage, Some(last), found, &|_| true);
        reasons.iter().all(|reason| matches!(reason, Reason::Out { .. }))
    }

    fn bring_back(&self, stage: &Stage, candidate: &Entry) -> Result<bool> {
        let mut contents = Vec::new();
        for out in &stage.outs {
            let item = candidate.outs.iter().find(|item| item.path == out.name);
            let Some(content) = item.and_then(|item| item.fingerprint.as_ref()) else { return Ok(false) };
            if !self.objects.holds(content)? {
                return Ok(false);
            }
            contents.push((out, content));
        }
        for (out, content) in contents {
            match checkout(&self.objects, &self.hasher, &self.root.join(&out.path), content, true)? {
                Checkout::Unchanged | Checkout::Restored(_) => {}
                Checkout::Missing(_) | Checkout::Uncached(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Brings back what dvc.lock and `.dvc` files name, of the stages and files given or of all: the paths that were
    /// restored.
    /// Unless `force`, nothing is overwritten that no cache holds.
    ///
    /// What cannot be brought back stops none of the others.
    ///
    /// # Errors
    /// Exit code 2 for a target that is neither.
    pub fn checkout(&mut self, targets: &[String], force: bool) -> Result<Brought> {
        self.check_targets(targets)?;
        let _lock = self.lock()?;
        let mut brought = Brought::default();
        for stage in &self.stages {
            for out in stage.outs.iter().filter(|out| out.cache && asked(targets, stage, out)) {
                let last =
                    self.lock.get(&stage.name).and_then(|last| last.outs.iter().find(|item| item.path == out.name));
                let recorded = last.and_then(|item| item.fingerprint.as_ref()).or(out.fingerprint.as_ref());
                let Some(content) = recorded else { continue };
                match self.bring(out, content, force) {
                    Ok(true) => brought.restored.push(out.path.clone()),
                    Ok(false) => {}
                    Err(error) => brought.failed.push(error),
                }
            }
        }
        self.remember();
        Ok(brought)
    }

    fn check_targets(&self, targets: &[String]) -> Result<()> {
        let stages = &self.stages;
        for target in targets {
            let one = [target.clone()];
            if !stages.iter().any(|stage| stage.outs.iter().any(|out| asked(&one, stage, out))) {
                let names: Vec<&str> = stages
                    .iter()
                    .flat_map(|stage| std::iter::once(&stage.name).chain(stage.outs.iter().map(|out| &out.path)))
                    .map(String::as_str)
                    .collect();
                return Err(Error::usage(format!("`{target}` is neither a stage nor an out of one"))
                    .maybe_hint(suggest(target, "stages and outs", &names)));
            }
        }
        Ok(())
    }

    /// Whether anything had to be done.
    ///
    /// # Errors
    /// Exit code 1 where the cache lacks something, or something would be lost.
    fn bring(&self, out: &Out, content: &Fingerprint, force: bool) -> Result<bool> {
        let Out { path, location, .. } = out;
        match checkout(&self.objects, &self.hasher, &self.root.join(path), content, force)? {
            Checkout::Unchanged => Ok(false),
            Checkout::Restored(_) => Ok(true),
            Checkout::Missing(objects) => {
                let first = objects.first().map(String::as_str).unwrap_or_default();
                Err(Error::failure(format!(
                    "{location}: `{path}` is not in the cache: {} {} missing, such as {first}",
                    objects.len(),
                    if objects.len() == 1 { "object is" } else { "objects are" }
                ))
                .hint("bring them with `dvc fetch`, or make it anew with `mlops run-all`"))
            }
            Checkout::Uncached(files) => {
                let first = files.first().map(|file| file.display().to_string()).unwrap_or_default();
                Err(Error::failure(format!("`{first}` was changed, and no cache holds what it is now"))
                    .hint("nothing of it was touched; keep it elsewhere, or give `--force` to lose it"))
            }
        }
    }
}

/// What came of a checkout.
#[derive(Debug, Default)]
pub struct Brought {
    /// Paths that were restored.
    pub restored: Vec<String>,
    /// Why others were not.
    pub failed: Vec<Error>,
}

fn asked(targets: &[String], stage: &Stage, out: &Out) -> bool {
    let group = stage.name.split_once('@').map(|(group, _)| group);
    let named = |target: &String| {
        let path = target.trim_end_matches('/');
        *target == stage.name || Some(target.as_str()) == group || Path::new(path) == Path::new(&out.path)
    };
    targets.is_empty() || targets.iter().any(named)
}
