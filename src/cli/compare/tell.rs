//! A comparison on the terminal and as Markdown.

use serde_json::Value as Json;

use super::super::printer::{ERROR, FAINT, GOOD, Printer, STRONG};
use super::super::table::aligned;
use super::contender::Named;
use crate::error::Result;
use crate::metrics::HEADLINE;
use crate::metrics::bootstrap::Interval;
use crate::package::comparison::{Basis, FactChange, MetricChange, ModelComparison, Verdict};
use crate::visualization::markdown::{code, table};

/// Characters of a parameter on the terminal.
const LONGEST: usize = 48;

/// Metrics, parameters and data, coloured by what is better.
pub fn terminal(printer: &Printer, sides: [&Named; 2], found: &ModelComparison, all: bool) -> Result<()> {
    let [first, second] = sides;
    let metrics = shown(found, all);
    let title = match found.basis {
        Basis::Test => "Metrics on test rows",
        Basis::OutOfFold => "Metrics out of fold",
    };
    printer.line(&printer.styled(STRONG, title))?;
    let mut rows = vec![head(first, second, "change")];
    rows.extend(metrics.iter().map(|change| cells(change)));
    for (at, line) in aligned(&rows, 1).iter().enumerate() {
        // Colour is for what is no chance.
        let change = at.checked_sub(1).and_then(|at| metrics.get(at));
        let style = match change.map(|change| (change.verdict, change.is_certain)) {
            Some((Verdict::Better, Some(true))) => GOOD,
            Some((Verdict::Worse, Some(true))) => ERROR,
            Some((Verdict::Better | Verdict::Worse, _)) => clap::builder::styling::Style::new(),
            None | Some(_) => FAINT,
        };
        printer.line(&printer.styled(style, &format!("  {line}")))?;
    }
    for (title, changes) in [("Parameters", &found.parameters), ("Data", &found.data)] {
        if changes.is_empty() {
            continue;
        }
        printer.line("")?;
        printer.line(&printer.styled(STRONG, title))?;
        let mut rows = vec![vec![String::new(), first.label.clone(), second.label.clone()]];
        rows.extend(changes.iter().map(|c| vec![c.name.clone(), short(&c.first), short(&c.second)]));
        for (at, line) in aligned(&rows, 3).iter().enumerate() {
            printer.line(
                &printer
                    .styled(if at == 0 { FAINT } else { clap::builder::styling::Style::new() }, &format!("  {line}")),
            )?;
        }
    }
    if found.parameters.is_empty() && found.data.is_empty() {
        printer.note("parameters and data are the same");
    }
    Ok(())
}

/// The same as tables of Markdown.
pub fn markdown(printer: &Printer, sides: [&Named; 2], found: &ModelComparison, all: bool) -> Result<()> {
    let [first, second] = sides;
    let rows: Vec<Vec<String>> = shown(found, all)
        .iter()
        .map(|change| {
            let mut cells = cells(change);
            cells[0] = code(&change.metric);
            if change.is_certain == Some(true) && matches!(change.verdict, Verdict::Better | Verdict::Worse) {
                cells[4] = format!("**{}**", cells[4]);
            }
            cells
        })
        .collect();
    let titles = ["metric", &code(&first.label), &code(&second.label), "change", ""];
    printer.line(table(&titles, &rows).trim_end())?;
    for changes in [&found.parameters, &found.data] {
        if changes.is_empty() {
            continue;
        }
        let cell = |value: &Json| if value.is_null() { String::new() } else { code(&text(value)) };
        let row = |change: &FactChange| vec![code(&change.name), cell(&change.first), cell(&change.second)];
        let rows: Vec<Vec<String>> = changes.iter().map(row).collect();
        printer.line("")?;
        printer.line(table(&["", &code(&first.label), &code(&second.label)], &rows).trim_end())?;
    }
    Ok(())
}

fn shown(found: &ModelComparison, all: bool) -> Vec<&MetricChange> {
    let is_main = |change: &&MetricChange| all || HEADLINE.contains(&change.metric.as_str());
    found.metrics.iter().filter(is_main).collect()
}

fn head(first: &Named, second: &Named, change: &str) -> Vec<String> {
    vec![String::new(), first.label.clone(), second.label.clone(), change.to_owned(), String::new()]
}

/// Name, both values with their intervals, the change, and what it means.
fn cells(change: &MetricChange) -> Vec<String> {
    let value = |value: Option<f64>, interval: Option<Interval>| {
        let interval = interval.map_or_else(String::new, |i| format!(" [{:.4}, {:.4}]", i.low, i.high));
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}{interval}"))
    };
    let difference = change.difference.map_or_else(|| "-".to_owned(), |difference| format!("{difference:+.4}"));
    let word = match change.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Same => "same",
        Verdict::Unknown => "",
    };
    let apart = matches!(change.verdict, Verdict::Better | Verdict::Worse);
    let certainty = match change.is_certain {
        Some(false) if apart => ", within chance",
        None if apart => ", no interval",
        _ => "",
    };
    vec![
        change.metric.clone(),
        value(change.first, change.first_interval),
        value(change.second, change.second_interval),
        difference,
        format!("{word}{certainty}"),
    ]
}

fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "-".to_owned(),
        other => other.to_string(),
    }
}

/// A value on one line, cut, which moves no cursor.
fn short(value: &Json) -> String {
    let text = text(value);
    let visible = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let cut: String = text.chars().take(LONGEST).map(visible).collect();
    if text.chars().nth(LONGEST).is_some() { format!("{cut}…") } else { cut }
}
