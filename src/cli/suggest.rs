//! `features --suggest`: looks for columns that raise the score, and writes their lines into features.yaml where asked.

mod board;
mod changes;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::args::FeaturesArgs;
use super::failures::Failures;
use super::session::Session;
use super::table::grouped;
use super::{account, signals};
use crate::config::{Algorithm, shown};
use crate::error::{Error, Result};
use crate::metrics::{self, Metric};
use crate::models;
use crate::package::{Candidate, ClassWeight, FoldMetrics};
use crate::stages::{Report, Training, check_task, default_metric};
use crate::suggestion::{Ending, Found, Heard, Search, Trial, learned_at, line};
use board::{Board, Pending};
use changes::Changes;

/// Tells nothing of the features, so no column can be tried with it.
const BASELINE: &str = "baseline";
/// Most projects' best, and it sees what is left when linear effects are known.
const USUAL: &str = "xgb";

/// Runs the search, and tells what it has found.
pub fn run(session: &Session, arguments: &FeaturesArgs) -> Result<(), Failures> {
    session.check()?;
    let start = Instant::now();
    let ctx = session.context();
    let algorithm = algorithm(session, arguments.algorithm.as_deref())?;
    let training = Training::read(&ctx)?;
    training.check_derived(&ctx)?;
    let entry = models::find(&algorithm.name)?;
    check_task(algorithm, training.task)?;
    let metric = metric(session, arguments, &training)?;
    let class_weight = ClassWeight::from(session.config.train.class_weight_of(algorithm));
    let model = Candidate { algorithm: entry, params: &algorithm.params, class_weight: &class_weight };
    let found = search(session, arguments, &training, model, metric, start)?;
    let changes = Changes::of(session, &found.kept, learned_at(training.options(&ctx).learned))?;
    tell(session, &found, &changes, (entry.name, metric), start)?;
    if arguments.write {
        changes.write(session.printer)?;
    }
    Ok(())
}

/// The algorithm of train.yaml that columns are tried with.
fn algorithm<'a>(session: &'a Session, named: Option<&str>) -> Result<&'a Algorithm> {
    let config = &session.config;
    if let Some(name) = named {
        return config.algorithm(name).and_then(|algorithm| match name {
            BASELINE => Err(Error::usage(format!("`{BASELINE}` looks at no feature, so none would raise its score"))
                .hint("name another algorithm of configs/train.yaml")),
            _ => Ok(algorithm),
        });
    }
    let named = |algorithm: &&Algorithm, name: &str| algorithm.name.as_str() == Some(name);
    let all = &config.train.algorithms;
    let usual = all.iter().find(|algorithm| named(algorithm, USUAL));
    usual.or_else(|| all.iter().find(|algorithm| !named(algorithm, BASELINE))).ok_or_else(|| {
        Error::usage(format!("{} names no algorithm but `{BASELINE}`", shown("train")))
            .hint("add one that columns can be tried with, such as `xgb: {}`")
    })
}

fn metric(session: &Session, arguments: &FeaturesArgs, training: &Training) -> Result<&'static Metric> {
    match (&arguments.metric, &session.config.evaluate.select) {
        (Some(name), _) => metrics::find_for(name, training.task),
        (None, Some(name)) => metrics::find_for(name, training.task)
            .map_err(|e| name.error(e.message()).maybe_hint(e.hint_text().map(str::to_owned))),
        (None, None) => metrics::find_for(default_metric(training.task), training.task),
    }
}

/// Columns that say how to learn, and those that are to be no features.
fn excluded(session: &Session) -> BTreeSet<String> {
    let (features, train) = (&session.config.features, &session.config.train);
    let names = features.drop.iter().chain(&train.sample_weight).chain(&train.validation.column);
    names.map(|name| name.value.clone()).collect()
}

fn search(
    session: &Session,
    arguments: &FeaturesArgs,
    training: &Training,
    model: Candidate,
    metric: &'static Metric,
    start: Instant,
) -> Result<Found> {
    let ctx = session.context();
    let options = training.options(&ctx);
    let board = Arc::new(Mutex::new(Board::new(session.printer, metric, arguments.trials)));
    let heard = |heard: &Heard| {
        let Ok(mut board) = board.lock() else { return };
        board.take(heard);
        if let Heard::Kept(kept) = heard
            && let Ok(changes) = Changes::of(session, kept, learned_at(options.learned))
            && let Some(text) = changes.text()
        {
            let path = arguments.write.then(|| session.project.path(shown("features")));
            board.keep(Pending { path, text: text.to_owned(), lines: changes.lines() });
        }
    };
    let mut takes_missing = true;
    for algorithm in &session.config.train.algorithms {
        let entry = models::find(&algorithm.name)?;
        let estimator = (entry.build)(&algorithm.params)?;
        let mut parts = estimator.blend().into_iter().flat_map(|blend| blend.parts());
        takes_missing &= entry.takes_missing && parts.all(|part| part.entry.takes_missing);
    }
    let excluded = excluded(session);
    let search = Search {
        table: &training.table,
        schema: &training.schema,
        options: &options,
        model,
        metric,
        excluded: &excluded,
        takes_missing,
        columns: arguments.max,
        trials: arguments.trials,
        standard_errors: arguments.standard_errors,
        heard: &heard,
    };
    let told = Arc::clone(&board);
    signals::before_exit(Some(Box::new(move || told.lock().map(|mut board| board.farewell()).unwrap_or_default())));
    let found = search.run(arguments.timeout.and_then(|timeout| start.checked_add(timeout)));
    signals::before_exit(None);
    board.lock().map(|mut board| board.close()).unwrap_or_default();
    found
}

fn tell(
    session: &Session,
    found: &Found,
    changes: &Changes,
    (algorithm, metric): (&str, &Metric),
    start: Instant,
) -> Result<()> {
    let printer = session.printer;
    if printer.is_json() {
        return printer.document(&json!({
            "algorithm": algorithm,
            "metric": metric.name,
            "before": scores(&found.before),
            "after": scores(&found.after),
            "candidates": found.candidates,
            "trials": found.trials.iter().map(trial).collect::<Vec<_>>(),
            "kept": found.kept.iter().map(|candidate| &candidate.name).collect::<Vec<_>>(),
            "ending": found.ending,
            "changes": changes.as_json(),
            "seconds": start.elapsed().as_secs_f64(),
        }));
    }
    let report = Report { stage: "features".to_owned(), notes: notes(found, algorithm, metric), ..Report::default() };
    account::stage(printer, "suggest", start.elapsed(), &report)?;
    board::table(&found.trials).iter().try_for_each(|line| printer.line(line))?;
    changes.lines().iter().try_for_each(|line| printer.line(line))
}

fn notes(found: &Found, algorithm: &str, metric: &Metric) -> Vec<String> {
    let count = grouped(found.candidates as u64);
    let mut notes = vec![format!("{count} candidates, {} tried with {algorithm}", found.trials.len())];
    let mean = |metrics: &FoldMetrics| metrics.mean.map_or_else(|| "undefined".to_owned(), |mean| format!("{mean:.5}"));
    notes.push(match found.kept.len() {
        0 => format!("nothing found that raises {} of {}", metric.name, mean(&found.before)),
        n => {
            let columns = if n == 1 { "column" } else { "columns" };
            format!("{} {} → {} with {n} {columns}", metric.name, mean(&found.before), mean(&found.after))
        }
    });
    notes.extend(
        match found.ending {
            Ending::Candidates => None,
            Ending::Columns => Some("there may be more: `--max` columns are found"),
            Ending::Trials => Some("there may be more: `--trials` are used up"),
            Ending::Time => Some("there may be more: the time is over"),
        }
        .map(str::to_owned),
    );
    notes
}

fn scores(metrics: &FoldMetrics) -> Json {
    json!({"mean": metrics.mean, "std": metrics.std, "folds": metrics.folds})
}

fn trial(trial: &Trial) -> Json {
    json!({
        "name": trial.candidate.name,
        "kind": trial.candidate.family,
        "derive": trial.candidate.derive.as_ref().map(line),
        "learned": trial.candidate.learned.as_ref().map(line),
        "association": trial.association,
        "mean": trial.metrics.as_ref().and_then(|metrics| metrics.mean),
        "gain": trial.gain.as_ref().map(|gain| gain.mean),
        "standard_error": trial.gain.as_ref().map(|gain| gain.standard_error),
        "gains": trial.gain.as_ref().map(|gain| &gain.folds),
        "verdict": trial.verdict,
        "error": trial.error,
    })
}
