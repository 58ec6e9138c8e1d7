//! One run, stage by stage.

use std::path::Path;

use serde_json::Value as Json;

use super::super::args::Global;
use super::super::printer::{FAINT, Printer, STRONG};
use super::super::table::{aligned, grouped};
use super::{duration, state, when};
use crate::config::Config;
use crate::engine::record::{Ending, Record, StageRecord, State};
use crate::error::Result;
use crate::fs;
use crate::project::Project;
use crate::visualization::run;

/// The run and its stages.
pub fn show(printer: &Printer, record: &Record) -> Result<()> {
    if printer.is_json() {
        return printer.document(&json(record));
    }
    for (name, value) in facts(record) {
        printer.line(&format!("{}  {value}", printer.styled(STRONG, &format!("{name:8}"))))?;
    }
    if record.stages.is_empty() {
        return Ok(());
    }
    printer.line("")?;
    let mut rows = vec![["stage", "outcome", "reason", "took", "memory", "attempts"].map(str::to_owned).to_vec()];
    rows.extend(record.stages.iter().map(row));
    for (at, line) in aligned(&rows, 3).iter().enumerate() {
        let idle = at.checked_sub(1).and_then(|at| record.stages.get(at)).is_some_and(|stage| stage.attempts == 0);
        let style = if at == 0 { Some(STRONG) } else { idle.then_some(FAINT) };
        printer.line(&style.map_or_else(|| line.clone(), |style| printer.styled(style, line)))?;
    }
    Ok(())
}

/// The run as a page, in the language of the configs where they can be read.
pub fn page(printer: &Printer, global: &Global, project: &Project, record: &Record, file: &Path) -> Result<()> {
    let lang = Config::load(project).map(|config| config.main.lang).unwrap_or_default();
    let place = global.directory.as_ref().map_or_else(|| file.to_path_buf(), |folder| folder.join(file));
    fs::atomic_write_bytes(&place, run::page(lang, record).as_bytes())?;
    printer.note(&format!("wrote {}", file.display()));
    Ok(())
}

/// The record, and where the run stands.
pub fn json(record: &Record) -> Json {
    let mut json = serde_json::to_value(record).unwrap_or_default();
    let state = match record.state() {
        State::Ended(_) => "ended",
        State::Running => "running",
        State::Killed => "killed",
        State::Elsewhere => "elsewhere",
    };
    if let Some(object) = json.as_object_mut() {
        object.insert("state".to_owned(), Json::from(state));
    }
    json
}

fn facts(record: &Record) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("run", record.id.clone()),
        (
            "command",
            std::iter::once("mlops").chain(record.command.iter().map(String::as_str)).collect::<Vec<_>>().join(" "),
        ),
        ("start", format!("{} UTC", when(&record.start))),
        ("took", duration(record.seconds)),
        ("exit", state(record)),
    ];
    if let Some(head) = &record.git {
        let commit = head.commit.as_deref().unwrap_or("none yet");
        facts.push(("commit", format!("{commit}{}", if head.dirty == Some(true) { ", with changes" } else { "" })));
    }
    facts.push(("machine", record.host.clone()));
    facts.push(("version", record.version.clone()));
    facts
}

fn row(stage: &StageRecord) -> Vec<String> {
    let outcome = match stage.outcome {
        Ending::Ran => "ran",
        Ending::Restored => "restored",
        Ending::UpToDate => "up to date",
        Ending::Failed => "failed",
        Ending::Blocked => "blocked",
    };
    let memory =
        stage.peak_memory.map_or_else(|| "-".to_owned(), |bytes| format!("{} MB", grouped(bytes.div_ceil(1_000_000))));
    let reason = stage.reason.clone().unwrap_or_default();
    vec![stage.name.clone(), outcome.to_owned(), reason, duration(stage.seconds), memory, stage.attempts.to_string()]
}
