//! `params diff`, `metrics diff`, `metrics show`: values at two revisions beside one another.

mod args;
mod direction;
mod rows;

pub use args::{MetricsCommand, ParamsCommand};

use serde_json::{Map, Value as Json, json};

use super::args::Global;
use super::failures::Failures;
use super::printer::{ERROR, FAINT, GOOD, Printer, STRONG};
use super::session;
use super::table::aligned;
use crate::engine::diff::{Change, Found, Snapshot, Tolerance, Values, WORKSPACE, compare};
use crate::error::{Error, Result};
use crate::project::Project;
use crate::visualization::markdown;
use args::{DiffArgs, MetricsDiffArgs};
use direction::Verdict;
use rows::{Row, value};

/// `params …`
pub fn params(printer: &Printer, global: &Global, what: &ParamsCommand) -> Result<(), Failures> {
    let ParamsCommand::Diff(options) = what;
    let changes = changes(printer, global, options, Snapshot::params)?;
    let rows = rows_of(changes, options, Tolerance::default(), false);
    Ok(tell(printer, options, &rows, "param", None)?)
}

/// `metrics …`
pub fn metrics(printer: &Printer, global: &Global, what: &MetricsCommand) -> Result<(), Failures> {
    match what {
        MetricsCommand::Diff(options) => metrics_diff(printer, global, options),
        MetricsCommand::Show { rev, md, precision } => {
            let project = Project::with_pipeline(&session::start(global))?;
            let found = Snapshot::open(project.root(), rev)?.metrics()?;
            warn(printer, &found);
            Ok(show(printer, &found.values, *md, *precision)?)
        }
    }
}

fn metrics_diff(printer: &Printer, global: &Global, options: &MetricsDiffArgs) -> Result<(), Failures> {
    let tolerance = options.tolerance()?;
    let changes = changes(printer, global, &options.diff, Snapshot::metrics)?;
    let rows = rows_of(changes, &options.diff, tolerance, true);
    tell(printer, &options.diff, &rows, "metric", Some(options.precision))?;
    let worse: Vec<String> = rows.iter().filter(|r| r.verdict == Some(Verdict::Worse)).map(Row::described).collect();
    if options.exit_code && !worse.is_empty() {
        let (old, new) = options.diff.revisions();
        return Err(Error::gate(format!("from {old} to {new} got worse: {}", worse.join(", ")))
            .hint("`--tolerance` and `--tolerance-relative` say which changes are too small to count")
            .into());
    }
    Ok(())
}

/// All values at both revisions; what cannot be read is told.
fn changes(
    printer: &Printer,
    global: &Global,
    options: &DiffArgs,
    read: impl Fn(&Snapshot) -> Result<Found>,
) -> Result<Vec<Change>> {
    let project = Project::with_pipeline(&session::start(global))?;
    let (old, new) = options.revisions();
    let mut values = Vec::new();
    // Both are opened first, so that a mistyped revision is told before anything else.
    for snapshot in [Snapshot::open(project.root(), old)?, Snapshot::open(project.root(), new)?] {
        let found = read(&snapshot)?;
        warn(printer, &found);
        values.push(found.values);
    }
    Ok(match values.as_slice() {
        [old, new] => compare(old, new),
        _ => Vec::new(),
    })
}

fn warn(printer: &Printer, found: &Found) {
    for problem in &found.problems {
        printer.warning(problem.message());
    }
}

fn rows_of(changes: Vec<Change>, options: &DiffArgs, tolerance: Tolerance, judge: bool) -> Vec<Row> {
    let row = |change: Change| {
        let changed = change.is_changed(tolerance);
        let verdict = if judge && changed { direction::verdict(&change) } else { None };
        Row { change, changed, verdict }
    };
    changes.into_iter().map(row).filter(|row| row.changed || options.all).collect()
}

fn tell(printer: &Printer, options: &DiffArgs, rows: &[Row], what: &str, precision: Option<usize>) -> Result<()> {
    if printer.is_json() {
        return printer.document(&as_json(rows));
    }
    if rows.is_empty() {
        let (old, new) = options.revisions();
        printer.note(&format!("no {what} differs between {old} and {new}"));
        return Ok(());
    }
    let (old, new) = options.revisions();
    let mut head = vec!["path", what, old, new];
    head.extend(precision.map(|_| "change"));
    if options.md {
        let cells: Vec<Vec<String>> = rows.iter().map(|row| row.markdown(precision)).collect();
        return printer.line(markdown::table(&head, &cells).trim_end());
    }
    let mut table = vec![head.iter().map(|name| (*name).to_owned()).collect()];
    table.extend(rows.iter().map(|row| row.cells(precision)));
    for (at, line) in aligned(&table, 2).iter().enumerate() {
        let row = at.checked_sub(1).and_then(|at| rows.get(at));
        let style = match row.map(|row| (row.verdict, row.changed)) {
            None => STRONG,
            Some((Some(Verdict::Better), _)) => GOOD,
            Some((Some(Verdict::Worse), _)) => ERROR,
            Some((None, true)) => clap::builder::styling::Style::new(),
            Some((None, false)) => FAINT,
        };
        printer.line(&printer.styled(style, line))?;
    }
    Ok(())
}

/// `{path: {key: {old, new, diff}}}`, as DVC has it; a metric that got better or worse says so.
fn as_json(rows: &[Row]) -> Json {
    let mut paths: Map<String, Json> = Map::new();
    for row in rows {
        let mut entry = json!({ "old": rows::json(&row.change.old), "new": rows::json(&row.change.new) });
        if let Some(object) = entry.as_object_mut() {
            object.extend(row.change.difference().map(|d| ("diff".to_owned(), d.to_json())));
            object.extend(row.verdict.map(|v| ("verdict".to_owned(), Json::from(v.word()))));
        }
        let keys = paths.entry(row.change.path.clone()).or_insert_with(|| json!({}));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(row.change.key.clone(), entry);
        }
    }
    Json::Object(paths)
}

/// One line a file, one column a metric.
fn show(printer: &Printer, values: &Values, md: bool, precision: usize) -> Result<()> {
    if printer.is_json() {
        let file = |(path, keys): (&String, &std::collections::BTreeMap<_, _>)| {
            let keys: Map<String, Json> =
                keys.iter().map(|(key, value)| (String::clone(key), rows::json(value))).collect();
            (path.clone(), Json::Object(keys))
        };
        return printer.document(&Json::Object(values.iter().map(file).collect()));
    }
    let mut keys: Vec<&str> = values.values().flat_map(|keys| keys.keys()).map(String::as_str).collect();
    keys.sort_unstable();
    keys.dedup();
    let head: Vec<&str> = std::iter::once("path").chain(keys.iter().copied()).collect();
    let row = |(path, found): (&String, &std::collections::BTreeMap<String, _>)| {
        let cells =
            keys.iter().map(|key| found.get(*key).map_or_else(|| "-".to_owned(), |v| value(v, Some(precision))));
        let path = if md { markdown::code(path) } else { path.clone() };
        std::iter::once(path).chain(cells).collect::<Vec<String>>()
    };
    let table: Vec<Vec<String>> = values.iter().map(row).collect();
    if table.is_empty() {
        printer.note(&format!("dvc.yaml names no metrics that are there ({WORKSPACE} or revision)"));
        return Ok(());
    }
    if md {
        return printer.line(markdown::table(&head, &table).trim_end());
    }
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    aligned(&[vec![head], table].concat(), 1).iter().try_for_each(|line| printer.line(line))
}
