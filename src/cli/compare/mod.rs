//! `compare`: two models beside one another, by file, version or git revision.

mod bound;
mod contender;
mod tell;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value as Json, json};

use super::failures::Failures;
use super::session::Session;
use crate::error::{Error, Result};
use crate::fs;
use crate::package::comparison::{ModelComparison, compare};
use crate::visualization::compare::{Compared, page};
use bound::Bound;
use contender::Named;

const EXAMPLES: &str = "\
Examples:
  mlops compare 1 2                             the champions of versions 1 and 2
  mlops compare lr xgb                          two algorithms of the current version
  mlops compare xgb@v1 xgb@v2                   one algorithm in two versions
  mlops compare main workspace --md             a table for a pull request
  mlops compare models/a.bin models/b.bin --html compare.html
  mlops compare main workspace --fail-if-worse roc_auc:0.005
                                                fails with 4 where ROC AUC fell by more than that";

const CONTENDERS: &str = "\
A and B are each one of:
  a model file                 models/xgb_wine_v1.bin
  a version                    3 or v3: its champion
  an algorithm                 xgb: of the current version
  a git revision               main, HEAD~1, workspace: its champion
  an algorithm of any of them  xgb@v3, xgb@main
Metrics are those on test rows where both have them, else those out of fold. Files that git does not have are looked up
in DVC's cache, by the dvc.lock of that revision.";

/// Options of `compare`.
#[derive(Debug, Args)]
#[command(before_help = EXAMPLES, after_help = CONTENDERS)]
pub struct CompareArgs {
    /// What is compared with
    #[arg(value_name = "A")]
    first: String,
    /// What may be better or worse than it
    #[arg(value_name = "B")]
    second: String,
    /// A metric that changed by no more than X counts as unchanged
    #[arg(long, value_name = "X", default_value_t = 0.0, allow_negative_numbers = true)]
    tolerance: f64,
    /// Fail with exit code 4 where B is worse in METRIC by more than TOL; may be given several times
    #[arg(long, value_name = "METRIC:TOL")]
    fail_if_worse: Vec<String>,
    /// All metrics; by default those that matter most
    #[arg(long)]
    all: bool,
    /// As Markdown, for a pull request
    #[arg(long, conflicts_with = "json")]
    md: bool,
    /// A page with figures over one another
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Compares, tells, and fails where something is worse than allowed.
pub fn run(session: &Session, args: &CompareArgs) -> Result<(), Failures> {
    if !args.tolerance.is_finite() || args.tolerance < 0.0 {
        let wrong = format!("`--tolerance {}` is no tolerance", args.tolerance);
        return Err(Error::usage(wrong).hint("give a number from 0 on").into());
    }
    let bounds = args.fail_if_worse.iter().map(|text| Bound::parse(text)).collect::<Result<Vec<_>>>()?;
    let first = contender::find(session, &args.first)?;
    let second = contender::find(session, &args.second)?;
    let found = compare(&first.contender, &second.contender, args.tolerance)?;
    for bound in &bounds {
        bound.check_known(&found)?;
    }
    for caution in first.notes.iter().chain(&second.notes).chain(&found.cautions) {
        session.printer.warning(caution);
    }
    if let Some(file) = &args.html {
        write_page(session, args, [&first, &second], &found)?;
        session.printer.note(&format!("wrote {}", file.display()));
    }
    if session.printer.is_json() {
        session.printer.document(&document(&first, &second, &found)?)?;
    } else if args.md {
        tell::markdown(session.printer, [&first, &second], &found, args.all)?;
    } else {
        tell::terminal(session.printer, [&first, &second], &found, args.all)?;
    }
    let worse: Vec<String> = bounds.iter().filter_map(|bound| bound.missed(&found)).collect();
    if worse.is_empty() {
        return Ok(());
    }
    let hint = "the tolerance behind the colon of `--fail-if-worse` says how much worse is allowed";
    Err(Error::gate(format!("{} is worse than {}: {}", second.label, first.label, worse.join("; "))).hint(hint).into())
}

fn document(first: &Named, second: &Named, found: &ModelComparison) -> Result<Json> {
    let side = |named: &Named| json!({ "name": named.label, "algorithm": named.contender.algorithm });
    let mut document = json!({ "first": side(first), "second": side(second) });
    let found = serde_json::to_value(found).map_err(|e| Error::failure("cannot show the comparison").because(e))?;
    if let (Some(object), Json::Object(found)) = (document.as_object_mut(), found) {
        object.extend(found);
    }
    Ok(document)
}

fn write_page(session: &Session, args: &CompareArgs, sides: [&Named; 2], found: &ModelComparison) -> Result<()> {
    let Some(file) = &args.html else { return Ok(()) };
    let [first, second] = sides;
    let compared = Compared {
        lang: session.config.main.lang,
        labels: [&first.label, &second.label],
        contenders: [&first.contender, &second.contender],
        comparison: found,
    };
    fs::atomic_write_bytes(&session.resolve(file), page(&compared).as_bytes())
}
