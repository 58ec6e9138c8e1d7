//! What `init` found, for people: short, and with what is left to decide.

use std::path::Path;

use super::printer::{FAINT, Printer, STRONG};
use super::table::{counted, grouped};
use crate::error::Result;
use crate::scaffold::files::Written;
use crate::scaffold::{Column, Findings, Role};

/// Names listed on a line.
const NAMED: usize = 6;
/// First rows shown where a file has no header.
const ROWS: usize = 2;

/// The commands that come next.
pub fn next(folder: &Path) -> Vec<String> {
    let mut commands = vec!["mlops run-all".to_owned()];
    if folder != Path::new(".") {
        let folder = folder.display().to_string();
        let plain = folder.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'));
        let folder = if plain { folder } else { format!("'{}'", folder.replace('\'', "'\\''")) };
        commands.insert(0, format!("cd {folder}"));
    }
    commands
}

/// Prints the account.
///
/// # Errors
/// Exit code 1 where stdout cannot be written.
pub fn print(printer: &Printer, folder: &Path, found: &Findings, done: &Written) -> Result<()> {
    let size = format!("{}: {}, {} columns", found.dataset, counted(found.rows as u64), found.columns.len() + 1);
    printer.line(&printer.styled(STRONG, &size))?;
    for (title, text) in facts(found) {
        printer.line(&format!("  {title:12}{text}"))?;
    }
    if !found.decide.is_empty() {
        printer.line(&printer.styled(STRONG, "To decide (comments in configs/ say where)"))?;
        for comment in &found.decide {
            let column = comment.column.as_ref().map(|c| format!("{c}: ")).unwrap_or_default();
            printer.line(&format!("  {column}{}", comment.text))?;
        }
    }
    ending(printer, folder, done)
}

/// What was written, and what comes next.
///
/// # Errors
/// Exit code 1 where stdout cannot be written.
pub fn ending(printer: &Printer, folder: &Path, done: &Written) -> Result<()> {
    let kept = match done.unchanged.len() {
        0 => String::new(),
        1 => ", 1 was there already".to_owned(),
        n => format!(", {n} were there already"),
    };
    printer.line(&printer.styled(
        FAINT,
        &format!(
            "wrote {} {} into {}{kept}",
            done.written.len(),
            if done.written.len() == 1 { "file" } else { "files" },
            folder.display()
        ),
    ))?;
    if !done.kept.is_empty() {
        let kept = format!("yours stay as they are: {} (`--force` replaces them)", done.kept.join(", "));
        printer.line(&printer.styled(FAINT, &kept))?;
    }
    printer.line(&printer.styled(STRONG, "Next"))?;
    next(folder).iter().try_for_each(|command| printer.line(&format!("  {command}")))
}

fn facts(found: &Findings) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for source in &found.sources {
        let layout = source.layout.iter().map(|(key, value, _)| match key.as_str() {
            "names" => "names given".to_owned(),
            _ => format!("{key} {value}"),
        });
        let told = std::iter::once(source.file.clone()).chain(layout).chain(source.notes.iter().cloned());
        facts.push(("source", told.collect::<Vec<_>>().join(", ")));
        for row in source.first_rows.iter().take(ROWS) {
            facts.push(("first row", row.join(" | ")));
        }
    }
    if found.decimal_comma {
        facts.push(("decimals", "behind a comma, as in 1,5".to_owned()));
    }
    facts.push(("target", target(found)));
    for (title, role) in [
        ("numbers", Role::Number),
        ("categories", Role::Category),
        ("many levels", Role::Levels),
        ("dates", Role::Date),
        ("texts", Role::Text),
        ("ids", Role::Id),
        ("constant", Role::Constant),
    ] {
        let columns: Vec<&Column> = found.columns.iter().filter(|c| c.role == role).collect();
        if !columns.is_empty() {
            facts.push((title, listed(&columns)));
        }
    }
    let gaps = found.columns.iter().filter(|c| c.missing > 0).count();
    if gaps > 0 {
        let markers: Vec<String> = found.markers.iter().map(|m| format!("`{}`", m.text)).collect();
        let as_what = if markers.is_empty() { String::new() } else { format!(", written {}", markers.join(" ")) };
        facts.push(("missing", format!("in {gaps} {}{as_what}", if gaps == 1 { "column" } else { "columns" })));
    }
    if found.duplicates.rows > 0 {
        let verb = if found.duplicates.dropped { "dropped" } else { "kept" };
        facts.push((
            "duplicates",
            format!("{}, {verb}: {}", counted(found.duplicates.rows as u64), found.duplicates.why),
        ));
    }
    if !found.split.dropped.is_empty() {
        let classes: Vec<String> = found.split.dropped.iter().map(|(label, rows)| format!("{label} {rows}")).collect();
        facts.push(("dropped", format!("classes with too few rows: {}", classes.join(", "))));
    }
    if !found.split.why.is_empty() {
        facts.push((
            "split",
            format!("{} held out, {} folds: {}", found.split.test_size, found.split.folds, found.split.why),
        ));
    }
    facts
}

fn target(found: &Findings) -> String {
    let target = &found.target;
    let task = target.task.name();
    let mut text = format!("{}: {task} ({})", target.column, target.why);
    let classes: Vec<String> =
        target.classes.iter().take(NAMED).map(|(label, rows)| format!("{label} {}", grouped(*rows as u64))).collect();
    if !classes.is_empty() {
        let more = if target.classes.len() > NAMED { ", …" } else { "" };
        text += &format!("; {}{more}", classes.join(", "));
    }
    if let Some(positive) = &target.positive {
        text += &format!("; positive {positive} ({})", target.why_positive);
    }
    if target.missing > 0 {
        let verb = if target.missing == 1 { "goes" } else { "go" };
        text += &format!("; {} without a target {verb}", counted(target.missing as u64));
    }
    text
}

fn listed(columns: &[&Column]) -> String {
    let name = |c: &&&Column| match c.role {
        Role::Levels | Role::Category => {
            format!("{} ({}{})", c.name, grouped(c.distinct as u64), if c.more { "+" } else { "" })
        }
        _ => c.name.clone(),
    };
    let mut names: Vec<String> = columns.iter().take(NAMED).map(|c| name(&c)).collect();
    if columns.len() > NAMED {
        names.push(format!("… ({} in all)", columns.len()));
    }
    names.join(", ")
}
