//! `validate`: all configs and dvc.yaml, before anything runs.

use serde_json::json;

use super::args::Global;
use super::failures::Failures;
use super::printer::Printer;
use super::session::{self, Session};
use super::settings::{self, Edited};
use crate::config::Config;
use crate::engine::{FILE, Repo};
use crate::project::Project;
use crate::stages::check;

/// What was counted in valid configs.
pub struct Facts {
    /// Steps of clean.yaml and features.yaml.
    pub steps: usize,
    /// Algorithms of train.yaml.
    pub algorithms: usize,
    /// Stages of dvc.yaml.
    pub stages: usize,
}

/// Prints every problem, or that there is none; `fix` brings dvc.yaml up to date before.
pub fn run(printer: &Printer, global: &Global, fix: bool) -> Result<(), Failures> {
    let fixed;
    let mut changes = Vec::new();
    let global = if fix {
        changes = repair(printer, global)?;
        fixed = Global { set: Vec::new(), ..global.clone() };
        &fixed
    } else {
        global
    };
    let Facts { steps, algorithms, stages } = check(printer, global)?;
    if printer.is_json() {
        let mut facts = json!({ "valid": true, "steps": steps, "algorithms": algorithms, "stages": stages });
        if fix {
            facts["changes"] = json!(changes);
        }
        return Ok(printer.document(&facts)?);
    }
    Ok(printer
        .line(&format!("valid: {steps} steps and {algorithms} algorithms in configs/, {stages} stages in {FILE}"))?)
}

/// Changes the configs as `--set` asks, and the lists of dvc.yaml as the configs ask.
fn repair(printer: &Printer, global: &Global) -> Result<Vec<String>, Failures> {
    let project = Project::discover(&session::start(global))?;
    let changes = settings::parse(&global.set)?;
    let notes = Edited::of(&project, &changes)?.write_with_pipeline()?;
    notes.iter().for_each(|note| printer.note(note));
    Ok(notes)
}

/// Checks all configs and dvc.yaml.
pub fn check(printer: &Printer, global: &Global) -> Result<Facts, Failures> {
    let project = Project::discover(&session::start(global))?;
    if global.set.is_empty() {
        // Problems of all files at once; opening a session tells the first alone.
        Failures::none_of(Config::check(&project).err().unwrap_or_default())?;
    }
    let session = Session::open(printer, global)?;
    let ctx = session.context();
    // dvc.yaml is made of the configs, so their mistakes would all show twice.
    Failures::none_of(check::configs(&ctx))?;
    let repo = Repo::open(session.project.root())?;
    Failures::none_of(check::pipeline(&ctx, &repo.pipeline))?;
    Failures::none_of(repo.problems())?;
    let config = &session.config;
    let steps = config.clean.steps.len() + config.features.derive.len() + config.features.learned.len();
    Ok(Facts { steps, algorithms: config.train.algorithms.len(), stages: repo.pipeline.stages.len() })
}
