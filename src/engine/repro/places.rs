//! Places of files: what stands where DVC or git would not have it, told with the line of dvc.yaml that names it.

use std::path::{Path, PathBuf};

use super::super::cache::Hasher;
use super::super::definition::{FILE, Out, Pipeline, Stage};
use super::super::fingerprint::Fingerprint;
use super::super::lockfile::LOCK_FILE;
use super::super::plan::{Decision, Plan};
use super::super::workspace::{Rules, Workspace, refuse_tracked};
use super::repo::Repo;
use crate::error::{Error, Result};
use crate::yaml::Location;

/// Refuses outs that .dvcignore names, and a dvc.yaml or dvc.lock that git or DVC is told to ignore: DVC stops at them,
/// or runs without them.
///
/// # Errors
/// Exit code 2 with the lines of both files.
pub(super) fn refuse_unseen(root: &Path, git: Option<&Rules>, hasher: &Hasher, pipeline: &Pipeline) -> Result<()> {
    for name in [FILE, LOCK_FILE] {
        let path = root.join(name);
        if let Some(place) = git.map_or(Ok(None), |rules| rules.origin(&path, false))? {
            return Err(Error::usage(format!("{place}: git is told to ignore `{name}`, and DVC refuses to work then"))
                .hint("remove the line, or add one behind it: `!dvc.lock`, `!dvc.yaml`"));
        }
        if let Some(rule) = hasher.ignored(&path)? {
            return Err(Error::usage(format!("`{name}` is ignored by {rule}, and DVC does not see it then"))
                .hint("remove that line"));
        }
    }
    let mut outs = pipeline.nodes().into_iter().flat_map(|stage| &stage.outs);
    outs.try_for_each(|out| refuse_ignored(root, hasher, out))
}

/// Refuses an out that .dvcignore names. Where nothing stands there yet, a line for folders alone says nothing of it.
pub(super) fn refuse_ignored(root: &Path, hasher: &Hasher, out: &Out) -> Result<()> {
    match hasher.ignored(&root.join(&out.path))? {
        None => Ok(()),
        Some(rule) => Err(Error::usage(format!(
            "{}: `{}` is ignored by {rule}, and DVC takes no such out",
            out.location, out.path
        ))
        .hint("remove that line, or write another file")),
    }
}

/// A path and where it is named.
pub(super) type Named<'s> = (&'s String, &'s Location);

/// What a stage reads.
pub(super) fn deps_of(stage: &Stage) -> Vec<Named<'_>> {
    stage.deps.iter().map(|dep| (&dep.path, &dep.location)).collect()
}

/// What a stage writes.
pub(super) fn outs_of(stage: &Stage) -> Vec<Named<'_>> {
    stage.outs.iter().map(|out| (&out.path, &out.location)).collect()
}

impl Repo {
    /// Refusals of the outs that git tracks, of stages to be run: DVC could not keep them.
    pub fn tracked_outs(&self, plan: &Plan) -> Vec<Error> {
        let Some(tree) = Workspace::tree_around(self.workspace.as_ref(), &self.root) else { return Vec::new() };
        let runs = plan.steps.iter().filter(|step| matches!(step.decision, Decision::Run(_)));
        let outs = runs.flat_map(|step| &step.stage.outs).filter(|out| out.cache);
        let refused = |path: &Path, at: &Location| refuse_tracked(&tree, path).err().map(|error| error.context(at));
        outs.filter_map(|out| refused(&self.root.join(&out.path), &out.location)).collect()
    }

    /// What paths hold now; what DVC cannot keep of them is told with the line that names them.
    pub(super) fn fingerprints(&self, named: &[Named]) -> Result<Vec<Option<Fingerprint>>> {
        let paths: Vec<PathBuf> = named.iter().map(|(path, _)| self.root.join(path)).collect();
        self.hasher.fingerprint(&paths).map_err(|error| {
            // All are hashed at once, so the one it was is looked for only now.
            let mut each = named.iter().zip(&paths);
            each.find_map(|((_, at), path)| Some(self.hasher.fingerprint(&[path]).err()?.context(at))).unwrap_or(error)
        })
    }
}
