//! What `split` tells unasked: features that look like leaks, and how a given test part differs from the training part.

use super::super::{Context, Report};
use crate::config::{Leaks, Method};
use crate::data::{Column, PART, ROW_ID, Table, Target, TargetSpec};
use crate::error::{Error, Result};
use crate::exploration::{self, Change, Finding, Flag};
use crate::package::is_feature_kind;

/// Lines of one matter that are shown; the others are counted.
const SHOWN: usize = 10;
/// Share of the rows from which on a difference between the parts is a warning.
const MANY: f64 = 0.01;

/// Looks for features that look like leaks or ids in the training rows.
///
/// # Errors
/// Exit code 2 for an accepted column that does not exist, 3 where there are such features and `split.leaks` is `error`.
pub(super) fn tell_flags(
    ctx: &Context,
    train: &Table,
    spec: &TargetSpec,
    target: &Target,
    report: &mut Report,
) -> Result<()> {
    let config = &ctx.config.split;
    for column in &config.accept_leaks {
        column.find("column", &train.names())?;
    }
    if config.leaks == Leaks::Off {
        return Ok(());
    }
    let mut columns = candidates(ctx, train, spec);
    columns.retain(|c| !config.accept_leaks.iter().any(|accepted| accepted.value == c.name));
    let flags = exploration::suspects(&columns, target, ctx.config.split_seed());
    let is_feature = |flag: &Flag| train.column(&flag.column).is_some_and(|c| is_feature_kind(c.kind));
    // A constant column harms nothing, and a key is no feature.
    let (features, others): (Vec<Flag>, Vec<Flag>) =
        flags.into_iter().filter(|flag| flag.finding != Finding::Constant).partition(is_feature);
    let leaks = others.iter().filter(|flag| matches!(flag.finding, Finding::Leak { .. })).map(|flag| {
        format!("column `{}` {}: it is no feature, and no column should be derived from it", flag.column, flag.finding)
    });
    report.notes.extend(shortened(leaks.collect(), "columns that predict the target"));
    report.suspects = features;
    if config.leaks == Leaks::Error && !report.suspects.is_empty() {
        return Err(refusal(&report.suspects));
    }
    let lines = report.suspects.iter().map(|flag| format!("{}; {}", sentence(flag), advice(flag)));
    report.warnings.extend(shortened(lines.collect(), "columns that look like leaks or ids"));
    Ok(())
}

/// The columns that are not named in `features.drop`; keys and target aside.
fn candidates<'a>(ctx: &Context, table: &'a Table, spec: &TargetSpec) -> Vec<&'a Column> {
    let dropped = |name: &str| ctx.config.features.drop.iter().any(|d| d.value == name);
    let keys = [ROW_ID, PART, spec.column.as_str()];
    table.columns().iter().filter(|c| !keys.contains(&c.name.as_str()) && !dropped(&c.name)).collect()
}

fn sentence(flag: &Flag) -> String {
    format!("column `{}` {}", flag.column, flag.finding)
}

fn advice(flag: &Flag) -> &'static str {
    match flag.finding {
        Finding::Leak { .. } => {
            "if it is not known at prediction time, list it under `features.drop`, else under `split.accept_leaks`"
        }
        Finding::IdLike { .. } | Finding::Constant => {
            "list it under `features.drop`, or under `split.accept_leaks` where it is no id"
        }
    }
}

fn refusal(flags: &[Flag]) -> Error {
    let names: Vec<String> = flags.iter().map(|flag| format!("`{}`", flag.column)).collect();
    let what = if names.len() == 1 { "a feature looks like a leak" } else { "features look like leaks" };
    let said = shortened(flags.iter().map(sentence).collect(), "columns");
    let mut causes = said.into_iter().rev().map(anyhow::Error::msg);
    let error = Error::data(format!("{what}: {}", names.join(", ")))
        .hint("list them under `features.drop`, or those that are known at prediction time under `split.accept_leaks`");
    // The chain of causes is what is printed below a message, one line each.
    match causes.next() {
        Some(last) => error.because(causes.fold(last, |below, line| below.context(line.to_string()))),
        None => error,
    }
}

/// Tells how a given test part differs from the training part.
pub(super) fn tell_drift(ctx: &Context, train: &Table, test: &Table, spec: &TargetSpec, report: &mut Report) {
    if ctx.config.split.method.value != Method::Given {
        return;
    }
    let columns = candidates(ctx, train, spec).into_iter().filter(|c| is_feature_kind(c.kind));
    let pairs: Vec<(&Column, &Column)> = columns.filter_map(|c| Some((c, test.column(&c.name)?))).collect();
    report.drift = exploration::drift(&pairs);
    let lines = report.drift.iter().map(|shift| format!("drift: {shift}")).collect();
    let grave = |change: &Change, share| share >= MANY && !matches!(change, Change::AbsentLevels { .. });
    // The graver ones come first.
    let warnings = report.drift.iter().take(SHOWN).take_while(|s| grave(&s.change, s.share)).count();
    let mut lines = shortened(lines, "differences between the parts");
    report.notes.extend(lines.split_off(warnings));
    report.warnings.extend(lines);
}

/// At most [`SHOWN`] lines, and how many there are beyond.
fn shortened(mut lines: Vec<String>, what: &str) -> Vec<String> {
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("and {more} more {what}"));
    }
    lines
}
