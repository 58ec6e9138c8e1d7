//! `run-all`: brings the stages of dvc.yaml up to date, and gives a short account of what they did.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};

use super::account;
use super::args::{Global, RunAllArgs};
use super::failures::Failures;
use super::live::Live;
use super::logging;
use super::plan;
use super::printer::{CHILD, FAINT, Printer, STRONG};
use super::progress::RELAY;
use super::runs::Recorder;
use super::session::{Session, THREADS, start, threads};
use crate::config::Config;
use crate::engine::{
    Decision, Ended, Limits, Options, Outcome, Plan, Progress, Reason, Repo, RunLock, Runner, Selection, Stage,
    reproduce,
};
use crate::error::{Error, Result};
use crate::project::{Names, Project};
use crate::stages::{Leaderboard, Report, check};

/// Bytes for each processor that stages of ours may read at once, where nobody said how many are to be at work.
const SIDE_BY_SIDE: u64 = 4 << 20;

/// Checks everything, then runs what is not up to date.
pub fn run(printer: &Printer, global: &Global, arguments: &RunAllArgs) -> Result<(), Failures> {
    let project = Project::with_pipeline(&start(global))?;
    threads(global)?;
    // What is set changes what stages read.
    let mut session = if global.set.is_empty() { None } else { Some(Session::open(printer, global)?) };
    if let Ok(settings) = Config::logging(&project) {
        logging::start(&settings, global.verbose);
    }
    let options = options(arguments);
    let begin = Instant::now();
    let opened = Repo::open(project.root());
    // Where nothing has changed since it went well, there is nothing to check: the usual case, and a quick one.
    let planned = opened.as_ref().ok().map(|repo| repo.plan(&options.selection, options.force));
    if let Some(Ok(plan)) = planned.as_ref().filter(|plan| plan.as_ref().is_ok_and(is_idle)) {
        if let (false, Ok(repo)) = (arguments.dry_run, &opened) {
            repo.sweep();
        }
        tell_nothing(printer, project.root(), arguments.dry_run, plan, begin)?;
        // The process ends here: to take all of it to pieces first takes as long as half of the plan.
        std::mem::forget((opened, planned));
        return Ok(());
    }
    // Stages that are all other programs need no configs.
    if session.is_none() && project.path("configs/config.yaml").is_file() {
        session = Some(Session::open(printer, global)?);
    }
    session.as_ref().map_or(Ok(()), Session::check)?;
    let mut repo = opened?;
    if let Some(session) = &session {
        Failures::none_of(check::pipeline(&session.context(), &repo.pipeline))?;
    }
    Failures::none_of(repo.problems())?;
    // Whatever stood in its way is told by the checks where they know it.
    let plan = planned.transpose()?;
    Failures::none_of(plan.as_ref().map(|plan| repo.tracked_outs(plan)).unwrap_or_default())?;
    if let (true, Some(plan)) = (arguments.dry_run, &plan) {
        return Ok(plan::tell(printer, plan)?);
    }
    let _alone = RunLock::take(project.root())?;
    repo.prepare()?;
    let mut account = Account::new(printer, options.jobs);
    let mut record = Recorder::begin(printer, project.root(), true);
    let runner = runner(printer, global, project.root(), arguments)?;
    let result = reproduce(&mut repo, &runner, &options, &mut |progress| {
        record.take(&progress);
        account.take(progress);
    });
    record.finish(&result);
    // A reader of stdout who went away does not stop the stages, only what is told of them.
    account.broken.take().map_or(Ok(()), Err)?;
    match result {
        Ok(()) => Ok(account.finish(session.map(|s| s.config.names()).as_ref(), begin.elapsed())?),
        Err(error) => {
            let error = match account.child.take() {
                Some(said) => error.because(Error::failure(said)),
                None => error,
            };
            Err(with_way_on(error, &account, global, arguments).into())
        }
    }
}

/// Whether there are stages, and none of them runs.
fn is_idle(plan: &Plan) -> bool {
    !plan.steps.is_empty() && plan.steps.iter().all(|step| !matches!(step.decision, Decision::Run(_)))
}

fn tell_nothing(printer: &Printer, root: &Path, dry_run: bool, plan: &Plan, begin: Instant) -> Result<()> {
    if dry_run {
        return plan::tell(printer, plan);
    }
    let mut account = Account::new(printer, 1);
    let mut record = Recorder::begin(printer, root, false);
    for step in &plan.steps {
        let ended = if step.decision == Decision::NotSelected { Ended::NotSelected } else { Ended::UpToDate };
        let progress = Progress::Ended { stage: &step.stage, reasons: &[], ended };
        record.take(&progress);
        account.take(progress);
    }
    record.finish(&Ok(()));
    account.broken.take().map_or(Ok(()), Err)?;
    account.finish(None, begin.elapsed())
}

/// How to go on after a failure.
fn with_way_on(error: Error, account: &Account, global: &Global, arguments: &RunAllArgs) -> Error {
    match &account.failed {
        Some((stage, command)) => error.maybe_hint(Some(format!(
            "what ended well stands; try `{command}` alone, then go on with `{}`: `{stage}` and what follows runs",
            arguments.command_line(global)
        ))),
        None => error,
    }
}

fn options(arguments: &RunAllArgs) -> Options {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Options {
        selection: Selection { from: arguments.from.clone(), to: arguments.to.clone(), only: arguments.only.clone() },
        jobs: arguments.jobs.unwrap_or(processors),
        side_by_side: arguments.jobs.is_none().then_some(SIDE_BY_SIDE * processors as u64),
        force: arguments.force,
        keep_going: arguments.keep_going,
        run_cache: !arguments.no_run_cache,
    }
}

fn runner(printer: &Printer, global: &Global, root: &Path, asked: &RunAllArgs) -> Result<Runner> {
    let executable = std::env::current_exe().map_err(|e| Error::failure("cannot find this program").because(e))?;
    let mut arguments = Vec::new();
    arguments.extend(global.json.then(|| "--json".to_owned()));
    arguments.extend(global.quiet.then(|| "--quiet".to_owned()));
    arguments.extend((global.verbose > 0).then(|| format!("-{}", "v".repeat(usize::from(global.verbose)))));
    let mut environment = vec![(CHILD.to_owned(), std::process::id().to_string())];
    if printer.is_lively() {
        environment.push((RELAY.to_owned(), "1".to_owned()));
    }
    // glibc's allocator otherwise keeps what short-lived trees and matrices held: a quarter of the peak of `rf`.
    for name in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"] {
        if std::env::var_os(name).is_none() {
            environment.push((name.to_owned(), "131072".to_owned()));
        }
    }
    if let Some(threads) = global.threads {
        environment.push((THREADS.to_owned(), threads.to_string()));
    }
    let root = root.to_path_buf();
    let limits = Limits { retries: asked.retries, retry_delay: None, timeout: asked.timeout };
    Ok(Runner { root, executable, arguments, environment, limits })
}

/// What has been told so far.
struct Account<'a> {
    printer: &'a Printer,
    live: Live<'a>,
    stages: Vec<Json>,
    /// How many were run, restored and up to date.
    counts: [usize; 3],
    leaderboard: Option<Leaderboard>,
    /// The first failure to print.
    broken: Option<Error>,
    /// What the failed child said, where its stderr was kept.
    child: Option<String>,
    /// The stage that failed first, and its command.
    failed: Option<(String, String)>,
}

impl<'a> Account<'a> {
    fn new(printer: &'a Printer, jobs: usize) -> Self {
        let live = Live::new(printer, jobs);
        Self {
            printer,
            live,
            stages: Vec::new(),
            counts: [0; 3],
            leaderboard: None,
            broken: None,
            child: None,
            failed: None,
        }
    }

    fn take(&mut self, progress: Progress) {
        let told = match progress {
            Progress::Started { stage, .. } => {
                self.live.started(&stage.name);
                Ok(())
            }
            Progress::Said { stage, line } => {
                self.live.said(&stage.name, line, stage.commands.iter().all(|c| c.starts_with("mlops ")));
                Ok(())
            }
            Progress::Ended { stage, reasons, ended } => self.ended(stage, reasons, &ended),
        };
        self.broken = self.broken.take().or(told.err());
    }

    fn ended(&mut self, stage: &Stage, reasons: &[Reason], ended: &Ended) -> Result<()> {
        let said = self.live.ended(&stage.name);
        let word = match ended {
            Ended::Ran(outcome) => return self.ran(stage, reasons, outcome),
            Ended::Failed(outcome, _) => return self.failed(stage, outcome, &said),
            Ended::NotSelected => return Ok(()),
            Ended::UpToDate if stage.is_data() => return Ok(()),
            Ended::UpToDate => {
                self.counts[2] += 1;
                "up to date".to_owned()
            }
            Ended::Restored => {
                self.counts[1] += 1;
                "restored".to_owned()
            }
            Ended::Verified => "recorded as it stands".to_owned(),
            Ended::Skipped(because) => format!("skipped, since {because} failed"),
        };
        self.stages.push(json!({ "name": stage.name, "outcome": word, "reasons": plan::reasons(reasons) }));
        if self.printer.is_json() || self.printer.is_quiet() {
            return Ok(());
        }
        let why =
            reasons.first().map(|reason| self.printer.styled(FAINT, &format!("  ({reason})"))).unwrap_or_default();
        let name = self.printer.styled(STRONG, &format!("{:16}", stage.name));
        self.live.print(|| self.printer.line(&format!("{name}  {word}{why}")))
    }

    fn failed(&mut self, stage: &Stage, outcome: &Outcome, said: &[String]) -> Result<()> {
        if self.failed.is_some() {
            return Ok(());
        }
        self.failed = Some((stage.name.clone(), stage.commands.join(" && ")));
        self.child = self.printer.is_json().then(|| said.iter().rev().find_map(|line| child_error(line))).flatten();
        // A missed gate still has a leaderboard to look at.
        match report(outcome).leaderboard.as_ref().filter(|_| !self.printer.is_json()) {
            Some(board) => self.live.print(|| account::leaderboard(self.printer, board)),
            None => Ok(()),
        }
    }

    fn ran(&mut self, stage: &Stage, reasons: &[Reason], outcome: &Outcome) -> Result<()> {
        self.counts[0] += 1;
        let report = report(outcome);
        if self.printer.is_json() {
            let mut entry = Map::new();
            entry.insert("name".to_owned(), json!(stage.name));
            entry.insert("outcome".to_owned(), json!("ran"));
            entry.insert("reasons".to_owned(), plan::reasons(reasons));
            entry.insert("seconds".to_owned(), json!(outcome.duration.as_secs_f64()));
            entry.insert("attempts".to_owned(), json!(outcome.attempts));
            entry.insert("peak_memory".to_owned(), json!(outcome.peak_memory));
            if let Ok(Json::Object(facts)) = serde_json::to_value(&report) {
                entry.extend(facts.into_iter().filter(|(key, _)| key != "leaderboard"));
            }
            self.stages.push(Json::Object(entry));
        } else if self.broken.is_none() {
            self.live.print(|| account::stage(self.printer, &stage.name, outcome.duration, &report))?;
        }
        self.leaderboard = report.leaderboard.or(self.leaderboard.take());
        Ok(())
    }

    fn finish(self, names: Option<&Names>, took: Duration) -> Result<()> {
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
        if let (Some(board), Some(names)) = (&self.leaderboard, names) {
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
        let [ran, restored, up_to_date] = self.counts;
        let mut counts = vec![format!("{ran} run")];
        counts.extend((restored > 0).then(|| format!("{restored} restored")));
        counts.extend((up_to_date > 0).then(|| format!("{up_to_date} up to date")));
        let total = printer.styled(STRONG, &format!("{:12}", "total"));
        printer.line(&format!("{total}  {}, {}", account::seconds(took), counts.join(", ")))
    }
}

/// The account that a command of ours wrote; commands of others tell none.
fn report(outcome: &Outcome) -> Report {
    last_json(&outcome.stdout).and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default()
}

/// The JSON document in the last line that holds one.
fn last_json(bytes: &[u8]) -> Option<Json> {
    String::from_utf8_lossy(bytes).lines().rev().find_map(|line| serde_json::from_str(line).ok())
}

/// The message of the error that a child wrote as JSON.
pub fn child_error(line: &str) -> Option<String> {
    let error: Json = serde_json::from_str(line).ok()?;
    let error = error.get("error")?;
    let message = error.get("message")?.as_str()?.to_owned();
    Some(match error.get("hint").and_then(Json::as_str) {
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
        let text = r#"{"error":{"code":3,"message":"row 2","hint":"look","causes":[]}}"#;
        assert_eq!(child_error(text).as_deref(), Some("row 2 (hint: look)"));
        assert_eq!(child_error("{}"), None);
    }
}
