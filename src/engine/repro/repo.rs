//! The project as a run sees it: stages, what dvc.lock says of them, and what stands in the workspace.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::super::cache::{Hasher, Objects};
use super::super::definition::{Out, ParamReader, Pipeline, Stage};
use super::super::fingerprint::Fingerprint;
use super::super::graph::{Graph, Order, missing};
use super::super::lockfile::{Entry, Item, Lock};
use super::super::own;
use super::super::plan::{Decision, Plan, Reason, Step};
use super::super::runner::Limits;
use super::super::workspace::{PATIENCE, PathGuard, PathLocks, RepoLock, Rules, Workspace};
use super::decide::{self, Found};
use super::places::{self, Named, deps_of, outs_of};
use super::select::Selection;
use crate::error::{Error, Result};
use crate::fs;
use crate::yaml::Node;

/// Where unchanged files are remembered, relative to the project folder.
const STATE: &str = ".mlops/state";

/// What stands at each of some paths.
type Look<'a> = dyn Fn(&[Named]) -> Result<Vec<Option<Fingerprint>>> + 'a;

/// What a project is defined by.
struct Definition {
    root: PathBuf,
    workspace: Option<Workspace>,
    hasher: Hasher,
    pipeline: Pipeline,
}

impl Definition {
    fn read(root: &Path) -> Result<Self> {
        let root =
            std::path::absolute(root).map_err(|e| Error::failure("cannot find the project folder").because(e))?;
        let workspace = Workspace::find(&root)?;
        let top = workspace.as_ref().map_or_else(|| root.clone(), |w| w.root.clone());
        let hasher = Hasher::open(&top, &root.join(STATE));
        let tree = Workspace::tree_around(workspace.as_ref(), &root);
        let git = tree.as_ref().map(Rules::of);
        let ignored = |path: &str, folder| {
            let path = root.join(path);
            hasher.ignored(&path).is_ok_and(|rule| rule.is_some())
                || git.as_ref().is_some_and(|rules| rules.ignore(&path, folder).unwrap_or(false))
        };
        let parsing = workspace.as_ref().map(|w| w.config.parsing).unwrap_or_default();
        let pipeline = Pipeline::load_with(&root, &ignored, parsing)?;
        places::refuse_unseen(&root, git.as_ref(), &hasher, &pipeline)?;
        Ok(Self { root, workspace, hasher, pipeline })
    }
}

/// A project opened for a run or a look.
pub struct Repo {
    /// The project folder, absolute.
    pub(super) root: PathBuf,
    /// Its dvc.yaml.
    pub pipeline: Pipeline,
    /// The nodes of the graph: the stages of dvc.yaml, then the `.dvc` files.
    pub(super) stages: Vec<Stage>,
    /// What comes after what.
    pub graph: Graph,
    /// DVC's order of the stages.
    pub(super) order: Order,
    pub(super) lock: Lock,
    pub(super) hasher: Hasher,
    /// Parameters as they are; read anew after commands have run.
    pub(super) params: RefCell<ParamReader>,
    pub(super) workspace: Option<Workspace>,
    pub(super) objects: Objects,
    pub(super) cache: PathBuf,
    /// Stages that dvc.lock did not know, by their place in DVC's order.
    pub(super) fresh: BTreeMap<usize, (String, Entry)>,
    /// Outs to be kept out of git, by the place of their stage.
    pub(super) unignored: BTreeMap<usize, Vec<PathBuf>>,
    /// What was written that belongs into git.
    pub(super) written: BTreeSet<PathBuf>,
}

impl Repo {
    /// Reads dvc.yaml and dvc.lock in the folder `root`; changes nothing.
    ///
    /// # Errors
    /// Exit code 2 with file and line for what cannot run.
    pub fn open(root: &Path) -> Result<Self> {
        let Definition { root, workspace, hasher, pipeline } = Definition::read(root)?;
        let cache = workspace.as_ref().map_or_else(|| root.join(".dvc/cache"), |w| w.config.cache.clone());
        let objects = Objects::new(&cache, workspace.as_ref().is_some_and(|w| w.config.shared));
        let stages: Vec<Stage> = pipeline.nodes().into_iter().cloned().collect();
        for stage in &stages {
            Limits::of(stage.meta.as_ref())?;
        }
        let graph = Graph::new(&stages)?;
        let order = Order::of(&graph);
        let lock = Lock::load(&root)?;
        let params = RefCell::new(ParamReader::new(&root));
        Ok(Self {
            root,
            pipeline,
            stages,
            graph,
            order,
            lock,
            hasher,
            params,
            workspace,
            objects,
            cache,
            fresh: BTreeMap::new(),
            unignored: BTreeMap::new(),
            written: BTreeSet::new(),
        })
    }

    /// The stages of dvc.yaml in the folder `root`, whatever dvc.lock says of them.
    ///
    /// # Errors
    /// Exit code 2 with file and line for what is wrong in it.
    pub fn pipeline(root: &Path) -> Result<Pipeline> {
        Definition::read(root).map(|definition| definition.pipeline)
    }

    /// What keeps the stages from running that can be seen beforehand: deps that nobody writes and that are not there,
    /// parameters that do not exist.
    pub fn problems(&self) -> Vec<Error> {
        missing(&self.root, &self.stages, &self.graph)
    }

    /// Makes what a run needs: a `.dvc` folder where there is none, and lines in .gitignore for it.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn prepare(&mut self) -> Result<()> {
        let workspace = Workspace::find_or_init(&self.root)?;
        self.written.extend(workspace.prepare()?);
        self.workspace = Some(workspace);
        self.sweep();
        Ok(())
    }

    /// Removes what runs and stages left that were killed while they wrote. Beside outs too: their stages are not always
    /// run again, since outs may stand there whole or come from the cache.
    pub fn sweep(&self) {
        self.stages.iter().flat_map(|stage| &stage.outs).for_each(|out| fs::remove_stale(&self.root.join(&out.path)));
        let locks = self.workspace.as_ref().map(|workspace| workspace.dvc.join("tmp"));
        let own = own::FOLDERS.map(|folder| self.root.join(folder));
        let folders = own.into_iter().chain(locks).chain([self.cache.clone()]);
        let swept = folders.map(|folder| fs::sweep(&folder)).chain(std::iter::once_with(|| self.objects.sweep()));
        for error in swept.filter_map(Result::err) {
            tracing::warn!("what a killed run has left stays: {error}");
        }
    }

    /// What a run would do, stage by stage. A stage behind one that runs is said to come after it, since only then
    /// will be seen whether it has to.
    ///
    /// # Errors
    /// A name that no stage has; what cannot be read.
    pub fn plan(&self, selection: &Selection, force: bool) -> Result<Plan> {
        let selected = selection.of(&self.stages, &self.graph)?;
        let seen = self.look_ahead()?;
        let mut runs: Vec<bool> = vec![false; self.stages.len()];
        let mut steps = Vec::new();
        for &at in self.order.stages() {
            let stage = self.stages[at].clone();
            let decision =
                if selected[at] { self.planned(&stage, at, force, &runs, &seen)? } else { Decision::NotSelected };
            runs[at] = matches!(decision, Decision::Run(_));
            steps.push(Step { stage, decision });
        }
        self.remember();
        Ok(Plan { steps })
    }

    /// Hashes all that stages read and write at once: several files in parallel, each looked at once.
    fn look_ahead(&self) -> Result<HashMap<PathBuf, Option<Fingerprint>>> {
        let stages = &self.stages;
        let (deps, outs) = (stages.iter().flat_map(deps_of), stages.iter().flat_map(outs_of));
        let named: Vec<Named> = deps.chain(outs).collect();
        let found = self.fingerprints(&named)?;
        Ok(named.iter().map(|(path, _)| self.root.join(path)).zip(found).collect())
    }

    fn planned(
        &self,
        stage: &Stage,
        at: usize,
        force: bool,
        runs: &[bool],
        seen: &HashMap<PathBuf, Option<Fingerprint>>,
    ) -> Result<Decision> {
        let known = |(path, _): &Named| seen.get(&self.root.join(path)).cloned().flatten();
        let look = |named: &[Named]| Ok(named.iter().map(known).collect());
        let decision = self.decide_on(stage, force, &self.find(stage, &look)?)?;
        if decision != Decision::UpToDate || stage.frozen {
            return Ok(decision);
        }
        Ok(match self.graph.upstream(at).iter().find(|&&before| runs[before]) {
            Some(&before) => Decision::Run(vec![Reason::Upstream { stage: self.stages[before].name.clone() }]),
            None => Decision::UpToDate,
        })
    }

    /// Decides on one stage by what stands now.
    pub(super) fn decide(&self, stage: &Stage, force: bool) -> Result<(Decision, Found)> {
        let found = self.find(stage, &|named| self.fingerprints(named))?;
        Ok((self.decide_on(stage, force, &found)?, found))
    }

    fn decide_on(&self, stage: &Stage, force: bool, found: &Found) -> Result<Decision> {
        let of_data = stage.is_data().then(|| recorded(stage));
        let last = of_data.as_ref().or_else(|| self.lock.get(&stage.name));
        let broken = RefCell::new(None);
        let reasons = decide::reasons(stage, last, found, &|content| {
            self.objects.holds(content).unwrap_or_else(|error| {
                broken.replace(Some(error));
                true
            })
        });
        broken.into_inner().map_or(Ok(()), Err)?;
        Ok(match (force && !stage.frozen && !stage.is_data(), reasons.is_empty()) {
            (true, _) => Decision::Run(vec![Reason::Requested]),
            (false, true) => Decision::UpToDate,
            (false, false) => Decision::Run(reasons),
        })
    }

    /// What a stage finds in the workspace; `look` tells what stands at paths.
    fn find(&self, stage: &Stage, look: &Look) -> Result<Found> {
        Ok(Found { deps: look(&deps_of(stage))?, params: self.values(stage)?, outs: look(&outs_of(stage))? })
    }

    fn values(&self, stage: &Stage) -> Result<Vec<Vec<(String, Node)>>> {
        let mut reader = self.params.borrow_mut();
        stage.params.iter().map(|params| reader.read(params)).collect()
    }

    /// DVC's lock on the repository.
    pub(super) fn lock(&self) -> Result<Option<RepoLock>> {
        self.workspace.as_ref().map(|w| RepoLock::take(&w.dvc, PATIENCE)).transpose()
    }

    /// Keeps others from what a stage reads and writes while its commands run.
    pub(super) fn claim(&self, stage: &Stage, locks: &PathLocks) -> Result<PathGuard> {
        let [read, write] = self.paths(stage);
        locks.take(&read, &write)
    }

    /// Makes sure that nobody else uses what a stage reads and writes; for as long as [`Self::lock`] is held.
    pub(super) fn check_free(&self, stage: &Stage, locks: &PathLocks) -> Result<()> {
        let [read, write] = self.paths(stage);
        locks.check(&read, &write)
    }

    /// What a stage reads, and what it writes.
    fn paths(&self, stage: &Stage) -> [Vec<PathBuf>; 2] {
        let deps = stage.deps.iter().map(|dep| self.root.join(&dep.path));
        let params = stage.params.iter().map(|params| self.root.join(&params.file));
        [deps.chain(params).collect(), stage.outs.iter().map(|out| self.root.join(&out.path)).collect()]
    }

    /// The table of paths that are in use.
    pub(super) fn path_locks(&self) -> PathLocks {
        let dvc = self.workspace.as_ref().map_or_else(|| self.root.join(".dvc"), |w| w.dvc.clone());
        PathLocks::new(&dvc, "mlops run-all")
    }

    /// Whether all that a stage reads is there.
    pub(super) fn check_inputs(&self, stage: &Stage, found: &Found) -> Result<()> {
        if let Some((dep, _)) = stage.deps.iter().zip(&found.deps).find(|(_, found)| found.is_none()) {
            return Err(Error::failure(format!(
                "{}: `{}` of stage `{}` does not exist",
                dep.location, dep.path, stage.name
            ))
            .hint("run the stages before it, or bring it back with `mlops checkout` or `dvc pull`"));
        }
        Ok(())
    }

    /// Remembers what was hashed, where it can: in a folder that is read-only or full, the next look only takes longer.
    pub(super) fn remember(&self) {
        if let Err(error) = own::prepare(&self.root).and_then(|()| self.hasher.save()) {
            tracing::warn!("what was hashed is not remembered: {error}");
        }
    }

    /// Remembers what was hashed, and stages in git what was written where DVC is to do so.
    pub(super) fn close(&mut self) -> Result<()> {
        self.remember();
        let written: Vec<PathBuf> = std::mem::take(&mut self.written).into_iter().collect();
        self.workspace.as_ref().map_or(Ok(()), |workspace| workspace.autostage(&written))
    }
}

/// What a `.dvc` file says, in the form of dvc.lock.
fn recorded(stage: &Stage) -> Entry {
    let item = |out: &Out| Item { path: out.name.clone(), fingerprint: out.fingerprint.clone() };
    Entry { cmd: stage.cmd.clone(), deps: Vec::new(), params: Vec::new(), outs: stage.outs.iter().map(item).collect() }
}
