//! `tune`: searches parameters, tells what it finds, and writes it into train.yaml where asked.

mod board;
mod changes;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};
use xxhash_rust::xxh3::xxh3_64;

use super::args::TuneArgs;
use super::failures::Failures;
use super::session::Session;
use super::{account, signals, stage};
use crate::engine::prepare_own;
use crate::error::{Error, Result};
use crate::event::Event;
use crate::fs;
use crate::metrics::{self, Metric};
use crate::package::CrossValidation;
use crate::stages::{Report, Training, as_trained, default_metric};
use crate::tuning::{Branch, Ending, Journal, Opening, Problem, Search, State, Trial, best, importance, result};
use board::Board;
use changes::Changes;

/// Set by DVC, and by `run-all`, for the commands of a stage.
const STAGE: &str = "DVC_STAGE";

/// Runs the search, and tells what it has found.
pub fn run(session: &Session, arguments: &TuneArgs) -> Result<(), Failures> {
    session.check()?;
    let start = Instant::now();
    let problem = problem(session, arguments.algorithm.as_deref())?;
    let training = Training::read(&session.context())?;
    let metric = metric(session, &training)?;
    let (trials, ending) = search(session, arguments, &problem, &training, metric, start)?;
    let importance = importance(&problem, &trials, session.config.tune_seed())?;
    let document = result(&trials, metric, &importance);
    let names = session.config.names();
    let text = serde_json::to_string_pretty(&document).unwrap_or_default();
    fs::atomic_write_bytes(&session.project.path(names.tuning()), format!("{text}\n").as_bytes())?;
    let changes = Changes::of(session, &problem, &trials, metric)?;
    let found = Found { metric, trials, ending, importance, document, outputs: vec![names.tuning(), names.trials()] };
    tell(session, &found, &changes, start)?;
    if arguments.write {
        changes.write(session.printer)?;
    }
    Ok(())
}

/// The spaces of tune.yaml: of all its algorithms, or of one.
fn problem(session: &Session, only: Option<&str>) -> Result<Problem> {
    let ctx = session.context();
    let config = &ctx.config.tune;
    if config.algorithms.is_empty() {
        return Err(Error::usage("configs/tune.yaml names no algorithm, so there is nothing to search")
            .hint("write a space for one, such as `tune: {algorithms: {xgb: {max_depth: {int: [3, 10]}}}}`"));
    }
    let names: Vec<&str> = config.algorithms.iter().filter_map(|spaces| spaces.algorithm.as_str()).collect();
    if let Some(name) = only.filter(|name| !names.contains(name)) {
        return Err(Error::usage(format!("algorithm `{name}` not found in `configs/tune.yaml`"))
            .maybe_hint(crate::error::suggest(name, "algorithms", &names)));
    }
    let wanted = config.algorithms.iter().filter(|s| only.is_none_or(|name| s.algorithm.as_str() == Some(name)));
    let branch = |spaces: &crate::config::Spaces| {
        let trained = as_trained(&ctx, &spaces.algorithm);
        Branch::new(spaces, &trained, &ctx.config.train.class_weight.value)
    };
    Ok(Problem { branches: wanted.map(branch).collect::<Result<_>>()? })
}

fn metric(session: &Session, training: &Training) -> Result<&'static Metric> {
    let named = session.config.tune.metric.as_ref().or(session.config.evaluate.select.as_ref());
    match named {
        Some(name) => metrics::find_for(name, training.task)
            .map_err(|e| name.error(e.message()).maybe_hint(e.hint_text().map(str::to_owned))),
        None => metrics::find_for(default_metric(training.task), training.task),
    }
}

fn search(
    session: &Session,
    arguments: &TuneArgs,
    problem: &Problem,
    training: &Training,
    metric: &'static Metric,
    start: Instant,
) -> Result<(Vec<Trial>, Ending)> {
    let ctx = session.context();
    let config = &ctx.config.tune;
    let journal = journal(session, arguments, &facts(session, problem, training, metric)?)?;
    let folds = CrossValidation::new(&training.table, &training.schema, &training.options(&ctx))?;
    let total = arguments.trials.unwrap_or(config.trials.value);
    let timeout = arguments.timeout.or(config.timeout.as_ref().map(|seconds| Duration::from_secs(seconds.value)));
    let deadline = timeout.and_then(|timeout| start.checked_add(timeout));
    let mut done = journal.trials()?;
    let kept = done.len();
    done.retain(|trial| trial.trial < total);
    if done.len() < kept {
        session.printer.note(&format!("the journal holds {kept} trials, of which the first {total} count"));
    }
    let board = Board::new(session.printer, metric, total, &done, deadline);
    let board = Arc::new(Mutex::new(board));
    let heard = |trial: &Trial| {
        let done = board.lock().map(|mut board| board.take(trial)).unwrap_or_default();
        if session.printer.is_child() {
            ctx.observer.event(Event::Progress { task: "tune".to_owned(), done: done as u64, total: total as u64 });
        }
    };
    let search = Search {
        problem,
        folds: &folds,
        metric,
        sampler: config.sampler.value,
        pruning: config.pruning.value,
        trials: total,
        round: config.round.value,
        jobs: arguments.jobs.or(config.jobs.as_ref().map(|jobs| jobs.value)).unwrap_or(ctx.threads),
        threads: ctx.threads,
        seed: ctx.config.tune_seed(),
        journal: &journal,
        heard: &heard,
    };
    let told = Arc::clone(&board);
    signals::before_exit(Some(Box::new(move || told.lock().map(|mut board| board.farewell()).unwrap_or_default())));
    let found = search.run(deadline);
    signals::before_exit(None);
    board.lock().map(|mut board| board.close()).unwrap_or_default();
    found
}

fn journal(session: &Session, arguments: &TuneArgs, facts: &Map<String, Json>) -> Result<Journal> {
    let root = session.project.root();
    prepare_own(root)?;
    let shown = session.config.names().trials();
    let opening = match (arguments.resume, arguments.force || std::env::var_os(STAGE).is_some()) {
        (true, _) => Opening::Resume,
        (false, true) => Opening::Force,
        (false, false) => Opening::New,
    };
    let locks = root.join(".mlops/tuning").join(shown.rsplit('/').next().unwrap_or_default());
    let (journal, note) = Journal::open(session.project.path(&shown), &shown, locks, facts, opening)?;
    if opening == Opening::Force {
        // Were this search to fail, it would pass for its result.
        fs::remove(&session.project.path(session.config.names().tuning()))?;
    }
    note.iter().for_each(|note| session.printer.warning(note));
    Ok(journal)
}

/// What tells this search from another, key by key.
fn facts(session: &Session, problem: &Problem, training: &Training, metric: &Metric) -> Result<Map<String, Json>> {
    let config = &session.config;
    let json = |value: serde_json::Result<Json>| value.unwrap_or_default();
    let mut train = json(serde_json::to_value(&config.train));
    if let Json::Object(keys) = &mut train {
        // Of these, what counts stands under the algorithms searched.
        keys.remove("algorithms");
        keys.remove("class_weight");
    }
    let facts = json!({
        "journal": 2,
        "algorithms": problem.branches.iter().map(Branch::describe).collect::<Vec<_>>(),
        "data": format!("{:016x}", training.table.digest()),
        "drop": json(serde_json::to_value(&config.features.drop)),
        "learned": json(serde_json::to_value(&config.features.learned)),
        "metric": metric.name,
        "program": program()?,
        "pruning": json(serde_json::to_value(config.tune.pruning.value)),
        "round": config.tune.round.value,
        "sampler": json(serde_json::to_value(config.tune.sampler.value)),
        "seed": config.tune_seed(),
        "train": train,
        "train_seed": config.train_seed(),
    });
    Ok(if let Json::Object(facts) = facts { facts } else { Map::new() })
}

/// The program by version and content. What a trial comes to depends on algorithms, transforms, metrics and the machine
/// they are compiled for: the same is promised of one binary alone, and trials of two must not be mixed unnoticed.
fn program() -> Result<String> {
    let path = std::env::current_exe().map_err(|e| Error::failure("cannot find this program").because(e))?;
    Ok(format!("{} {:016x}", env!("CARGO_PKG_VERSION"), xxh3_64(&fs::read(&path)?)))
}

/// What came of it.
struct Found {
    metric: &'static Metric,
    trials: Vec<Trial>,
    ending: Ending,
    importance: Vec<(String, f64)>,
    document: Json,
    outputs: Vec<String>,
}

impl Found {
    fn notes(&self) -> Vec<String> {
        let count = |state: State| self.trials.iter().filter(|trial| trial.state == state).count();
        let mut counts = vec![format!("{} trials: {} complete", self.trials.len(), count(State::Complete))];
        for (state, name) in [(State::Pruned, "pruned"), (State::Failed, "failed")] {
            counts.extend(Some(count(state)).filter(|n| *n > 0).map(|n| format!("{n} {name}")));
        }
        let repeated = self.trials.iter().filter(|trial| trial.same_as.is_some()).count();
        counts.extend((repeated > 0).then(|| format!("{repeated} of them looked up, since they came before")));
        let mut notes = vec![counts.join(", ")];
        notes.extend(match self.ending {
            Ending::Trials => None,
            Ending::Space => Some("every combination has been tried".to_owned()),
            Ending::Time => Some("the time was over; `--resume` goes on".to_owned()),
        });
        notes.extend(best(&self.trials, self.metric).map(|trial| format!("best: {}", board::line(trial, self.metric))));
        notes
    }

    fn warnings(&self) -> Vec<String> {
        let failed: Vec<&Trial> = self.trials.iter().filter(|trial| trial.state == State::Failed).collect();
        let first = failed.first().and_then(|trial| trial.error.as_deref());
        let many = if failed.len() == 1 { "" } else { "s" };
        first.map(|why| format!("{} trial{many} failed: {why}", failed.len())).into_iter().collect()
    }
}

fn tell(session: &Session, found: &Found, changes: &Changes, start: Instant) -> Result<()> {
    let printer = session.printer;
    let report = Report {
        stage: "tune".to_owned(),
        notes: found.notes(),
        warnings: found.warnings(),
        outputs: found.outputs.clone(),
        ..Report::default()
    };
    if printer.is_child() {
        return stage::tell(session, &report, start);
    }
    if printer.is_json() {
        let mut document = found.document.clone();
        document["changes"] = changes.as_json();
        document["seconds"] = json!(start.elapsed().as_secs_f64());
        return printer.document(&document);
    }
    account::stage(printer, &report.stage, start.elapsed(), &report)?;
    board::table(&found.trials, found.metric).iter().try_for_each(|line| printer.line(line))?;
    if !found.importance.is_empty() {
        let shares: Vec<String> = found.importance.iter().map(|(name, share)| format!("{name} {share:.2}")).collect();
        printer.line(&format!("\nimportance  {}", shares.join(", ")))?;
    }
    changes.lines().iter().try_for_each(|line| printer.line(line))?;
    report.outputs.iter().for_each(|output| printer.note(&format!("    wrote {output}")));
    Ok(())
}
