//! What a run leaves: outs in the cache, a line in .gitignore for each, its entry in the run-cache and in dvc.lock.

use std::path::Path;

use super::super::definition::{Out, OutKind, ParamReader, Stage, commit};
use super::super::fingerprint::Fingerprint;
use super::super::lockfile::{Entry, Item, LOCK_FILE, run_cache};
use super::decide::Found;
use super::places::{outs_of, refuse_ignored};
use super::repo::Repo;
use crate::error::{Error, Result};
use crate::fs;
use crate::yaml::Node;

impl Repo {
    /// What dvc.lock is to say of a stage that read `found` and left `outs`.
    pub(super) fn entry(&self, stage: &Stage, found: &Found, outs: Vec<Item>) -> Entry {
        let named = stage.deps.iter().map(|dep| dep.name.clone()).zip(found.deps.iter().cloned());
        let mut deps: Vec<Item> = named.map(|(path, fingerprint)| Item { path, fingerprint }).collect();
        deps.sort_by(|a, b| a.path.cmp(&b.path));
        let mut params: Vec<(String, Vec<(String, Node)>)> = Vec::new();
        for (params_of, values) in stage.params.iter().zip(&found.params) {
            let mut values = values.clone();
            values.sort_by(|(a, _), (b, _)| a.cmp(b));
            params.push((params_of.name.clone(), values));
        }
        // Sorted, but DVC's own default file comes first.
        params.sort_by(|(a, _), (b, _)| (a != "params.yaml", a).cmp(&(b != "params.yaml", b)));
        Entry { cmd: stage.cmd.clone(), deps, params, outs }
    }

    /// Makes sure of the outs of a stage and stores them; what dvc.lock is to say of it waits for [`Self::write_lock`].
    ///
    /// # Errors
    /// Exit code 1 for an out that is not there; 2 for one that git tracks, or .dvcignore names.
    pub(super) fn record(&mut self, at: usize, found: &Found) -> Result<()> {
        let stage = self.stages[at].clone();
        let mut outs = Vec::new();
        for (out, content) in stage.outs.iter().zip(self.fingerprints(&outs_of(&stage))?) {
            let Some(content) = content else { return Err(not_written(&stage, out)) };
            refuse_ignored(&self.root, &self.hasher, out)?;
            outs.push(Item { path: out.name.clone(), fingerprint: Some(content) });
        }
        if stage.is_data() {
            return self.record_data(at, outs);
        }
        self.params.replace(ParamReader::new(&self.root));
        let mut entry = self.entry(&stage, found, outs);
        let keep = run_cache::savable(&stage, &entry);
        for (out, item) in stage.outs.iter().zip(&entry.outs) {
            let path = self.root.join(&out.path);
            if out.cache {
                self.keep_from_git(at, &path)?;
            }
            // What git keeps is stored too, so that a restored run is whole.
            if let (true, Some(content)) = (out.cache || (keep && out.kind != OutKind::Plain), &item.fingerprint) {
                self.objects.add(&self.hasher, &path, content)?;
            }
        }
        entry.outs.sort_by(|a, b| a.path.cmp(&b.path));
        if keep {
            run_cache::save(&self.cache, &entry)?;
        }
        self.update_lock(at, stage.name, entry);
        Ok(())
    }

    /// Writes dvc.lock, where it is to say anything new.
    pub(super) fn write_lock(&mut self) -> Result<()> {
        if self.lock.write(&self.root)? {
            self.written.insert(self.root.join(LOCK_FILE));
        }
        Ok(())
    }

    /// Stores what stands in the place of a `.dvc` file's data, and writes that into the file, as `dvc commit` does.
    fn record_data(&mut self, at: usize, outs: Vec<Item>) -> Result<()> {
        let name = self.stages[at].name.clone();
        let prints: Vec<Fingerprint> = outs.into_iter().filter_map(|item| item.fingerprint).collect();
        for (out, now) in self.stages[at].outs.clone().iter().zip(&prints) {
            if out.fingerprint.is_none() {
                return Err(Error::usage(format!("{}: `{}` has no md5 there", out.location, out.path))
                    .hint("add it again with `dvc add`"));
            }
            let path = self.root.join(&out.path);
            if out.cache {
                self.keep_from_git(at, &path)?;
                self.objects.add(&self.hasher, &path, now)?;
            }
        }
        let file = self.root.join(&name);
        let text = commit(&fs::read_to_string(&file)?, &name, &prints)?;
        fs::atomic_write_bytes(&file, text.as_bytes())?;
        self.written.insert(file);
        for (out, now) in self.stages[at].outs.iter_mut().zip(prints) {
            out.fingerprint = Some(now);
        }
        Ok(())
    }

    /// Refuses what git tracks, and remembers that all else gets its line in .gitignore.
    fn keep_from_git(&mut self, at: usize, path: &Path) -> Result<()> {
        if let Some(workspace) = &self.workspace {
            workspace.refuse_tracked(path)?;
            self.unignored.entry(self.place(at)).or_default().push(path.to_path_buf());
        }
        Ok(())
    }

    /// Adds the lines in .gitignore of stages before a place in DVC's order. Those of later ones wait, since the lines
    /// of one file stand in that order too.
    pub(super) fn ignore_before(&mut self, place: usize) -> Result<()> {
        let later = self.unignored.split_off(&place);
        let Some(workspace) = &self.workspace else { return Ok(()) };
        for path in std::mem::replace(&mut self.unignored, later).into_values().flatten() {
            self.written.extend(workspace.ignore(&path)?);
        }
        Ok(())
    }

    /// The place of a stage in DVC's order; every stage that is run has one.
    fn place(&self, at: usize) -> usize {
        self.order.place(at).unwrap_or(usize::MAX)
    }

    /// New stages stand in DVC's order, whatever order they end in.
    fn update_lock(&mut self, at: usize, name: String, entry: Entry) {
        let place = self.place(at);
        if self.lock.get(&name).is_some() && !self.fresh.contains_key(&place) {
            self.lock.update(&name, entry);
            return;
        }
        self.fresh.insert(place, (name, entry));
        for (name, entry) in self.fresh.range(place..).map(|(_, fresh)| fresh) {
            self.lock.remove(name);
            self.lock.update(name, entry.clone());
        }
    }
}

fn not_written(stage: &Stage, out: &Out) -> Error {
    if stage.is_data() {
        return Error::failure(format!("{}: the data `{}` does not exist", out.location, out.path))
            .hint("bring it back with `mlops checkout` or `dvc pull`");
    }
    if stage.frozen {
        return Error::failure(format!(
            "{}: `{}` of the frozen stage `{}` does not exist",
            out.location, out.path, stage.name
        ))
        .hint(format!(
            "bring the file back with `mlops checkout` or `dvc pull`, or remove `frozen: true` at {}:{}",
            stage.location.file, stage.location.line
        ));
    }
    Error::failure(format!("{}: stage `{}` has not written `{}`", out.location, stage.name, out.path))
        .hint("make its command write that file, or correct its name")
}
