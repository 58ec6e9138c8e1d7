//! `run-all`: the stages of dvc.yaml in order, and a short account of what they did.

use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};

use super::account;
use super::failures::Failures;
use super::printer::{CHILD, Printer, STRONG};
use super::runs::Recorder;
use super::session::{Session, THREADS};
use crate::engine::{Decision, Outcome, Pipeline, Plan, Progress, RunLock, Runner, Stage};
use crate::error::{Error, Result};
use crate::project::Names;
use crate::stages::{Leaderboard, Report, check};

/// Checks everything, then runs the plan.
pub fn run(session: &Session, dry_run: bool) -> Result<(), Failures> {
    session.check()?;
    let pipeline = Pipeline::load(session.project.root())?;
    Failures::none_of(check::pipeline(&session.context(), &pipeline))?;
    let plan = Plan::everything(pipeline);
    if dry_run {
        return Ok(tell_plan(session.printer, &plan)?);
    }
    let _alone = RunLock::take(session.project.root())?;
    let start = Instant::now();
    let mut account =
        Account { printer: session.printer, stages: Vec::new(), leaderboard: None, broken: None, child: None };
    let runner = runner(session)?;
    let mut record = Recorder::begin(session);
    let result = runner.run(&plan, &mut |progress| {
        record.take(&progress);
        account.take(progress);
    });
    record.finish(&result);
    // A reader of stdout who went away does not stop the stages, only what is told of them.
    account.broken.take().map_or(Ok(()), Err)?;
    match (result, account.child.take()) {
        (Ok(()), _) => Ok(account.finish(&session.config.names(), start.elapsed())?),
        (Err(error), Some(said)) => Err(error.because(Error::failure(said)).into()),
        (Err(error), None) => Err(error.into()),
    }
}

fn runner(session: &Session) -> Result<Runner> {
    let executable = std::env::current_exe().map_err(|e| Error::failure("cannot find this program").because(e))?;
    let mut arguments = Vec::new();
    let global = session.global;
    arguments.extend(global.json.then(|| "--json".to_owned()));
    arguments.extend(global.quiet.then(|| "--quiet".to_owned()));
    arguments.extend((global.verbose > 0).then(|| format!("-{}", "v".repeat(usize::from(global.verbose)))));
    let mut environment = vec![(CHILD.to_owned(), std::process::id().to_string())];
    // glibc's allocator otherwise keeps what short-lived trees and matrices held: a quarter of the peak of `rf`.
    for name in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"] {
        if std::env::var_os(name).is_none() {
            environment.push((name.to_owned(), "131072".to_owned()));
        }
    }
    if let Some(threads) = global.threads {
        environment.push((THREADS.to_owned(), threads.to_string()));
    }
    let root = session.project.root().to_path_buf();
    Ok(Runner { root, executable, arguments, environment, capture_stderr: global.json })
}

fn tell_plan(printer: &Printer, plan: &Plan) -> Result<()> {
    let decision = |decision: &Decision| match decision {
        Decision::UpToDate => "up to date".to_owned(),
        Decision::Run(reason) => format!("run ({reason})"),
    };
    if printer.is_json() {
        let step = |s: &crate::engine::Step| json!({ "name": s.stage.name, "decision": decision(&s.decision), "commands": s.stage.commands });
        return printer.document(&json!({ "stages": plan.steps.iter().map(step).collect::<Vec<_>>() }));
    }
    let rows: Vec<(&str, String, String)> = plan
        .steps
        .iter()
        .map(|s| (s.stage.name.as_str(), decision(&s.decision), s.stage.commands.join(" && ")))
        .collect();
    rows.iter().try_for_each(|(name, decision, command)| printer.line(&format!("{name:16}  {decision:16}  {command}")))
}

/// What has been told so far.
struct Account<'a> {
    printer: &'a Printer,
    stages: Vec<Json>,
    leaderboard: Option<Leaderboard>,
    /// The first failure to print.
    broken: Option<Error>,
    /// What the failed child said, where its stderr was kept.
    child: Option<String>,
}

impl Account<'_> {
    fn take(&mut self, progress: Progress) {
        let told = match progress {
            Progress::Started { stage, index, total } => {
                self.printer.transient(&format!("{} ({}/{total})", stage.name, index + 1));
                Ok(())
            }
            Progress::Ended { stage, outcome } => {
                self.printer.transient("");
                self.ended(stage, &outcome)
            }
            Progress::Skipped { stage } => self.skipped(stage),
        };
        self.broken = self.broken.take().or(told.err());
    }

    fn skipped(&mut self, stage: &Stage) -> Result<()> {
        self.stages.push(json!({ "name": stage.name, "skipped": true }));
        if self.printer.is_json() || self.printer.is_quiet() {
            return Ok(());
        }
        self.printer.line(&format!("{:16}  up to date", stage.name))
    }

    fn ended(&mut self, stage: &Stage, outcome: &Outcome) -> Result<()> {
        // Commands of others tell no account.
        let report: Report =
            last_json(&outcome.stdout).and_then(|j| serde_json::from_value(j).ok()).unwrap_or_default();
        if !outcome.success {
            self.child = said(&outcome.stderr);
            // A missed gate still has a leaderboard to look at.
            return match report.leaderboard.as_ref().filter(|_| !self.printer.is_json()) {
                Some(board) => account::leaderboard(self.printer, board),
                None => Ok(()),
            };
        }
        if self.printer.is_json() {
            let mut entry = Map::new();
            entry.insert("name".to_owned(), json!(stage.name));
            entry.insert("seconds".to_owned(), json!(outcome.duration.as_secs_f64()));
            if let Ok(Json::Object(facts)) = serde_json::to_value(&report) {
                entry.extend(facts.into_iter().filter(|(key, _)| key != "leaderboard"));
            }
            self.stages.push(Json::Object(entry));
        } else if self.broken.is_none() {
            account::stage(self.printer, &stage.name, outcome.duration, &report)?;
        }
        self.leaderboard = report.leaderboard.or(self.leaderboard.take());
        Ok(())
    }

    fn finish(self, names: &Names, took: Duration) -> Result<()> {
        let printer = self.printer;
        if printer.is_json() {
            let champion = self.leaderboard.as_ref().map(|l| l.champion.clone());
            return printer.document(&json!({
                "stages": self.stages,
                "leaderboard": self.leaderboard,
                "champion": champion,
                "seconds": took.as_secs_f64(),
            }));
        }
        if let Some(board) = &self.leaderboard {
            account::leaderboard(printer, board)?;
            let model = names.model(&board.champion);
            printer.line("")?;
            for (what, path) in [
                ("champion", model),
                ("metrics", names.evaluation()),
                ("leaderboard", names.leaderboard()),
                ("predictions", names.predictions()),
            ] {
                printer.line(&format!("{}  {path}", printer.styled(STRONG, &format!("{what:12}"))))?;
            }
        }
        printer.line(&format!("{}  {}", printer.styled(STRONG, &format!("{:12}", "total")), account::seconds(took)))
    }
}

/// The JSON document in the last line that holds one.
fn last_json(bytes: &[u8]) -> Option<Json> {
    String::from_utf8_lossy(bytes).lines().rev().find_map(|line| serde_json::from_str(line).ok())
}

/// The message of the error that a child wrote as JSON.
pub fn said(stderr: &[u8]) -> Option<String> {
    let error = last_json(stderr)?;
    let message = error.get("error")?.get("message")?.as_str()?.to_owned();
    Some(match error.get("error").and_then(|e| e.get("hint")).and_then(Json::as_str) {
        Some(hint) => format!("{message} (hint: {hint})"),
        None => message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_children_say_is_understood() {
        assert_eq!(last_json(b"noise\n{\"stage\":\"split\"}\n").unwrap()["stage"], "split");
        assert_eq!(last_json(b"noise"), None);
        let text = br#"{"error":{"code":3,"message":"row 2","hint":"look","causes":[]}}"#;
        assert_eq!(said(text).as_deref(), Some("row 2 (hint: look)"));
    }
}
