//! A model file.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::super::printer::{Printer, STRONG};
use super::super::session::Session;
use super::super::table::{grouped, lines};
use crate::error::{Error, Result};
use crate::fs;
use crate::models::Share;
use crate::package::{By, Decision, Info, ModelPackage};
use crate::visualization::report::{Model, model_card};

/// In place of the metrics of an imported model.
const NO_FOLDS: &str = "  none: the model was imported";

/// Most important features shown.
const TOP: usize = 10;

/// Facts, out-of-fold metrics, importances and sections of the model file.
pub fn show(session: &Session, path: &Path, shown: &str, md: bool) -> Result<()> {
    let printer = session.printer;
    let bytes = fs::read(path)?;
    let (info, sections) = ModelPackage::inspect(&bytes, shown)?;
    let package = ModelPackage::from_bytes(&bytes, shown)?;
    if md {
        let card = model_card(&session.config, &Model::of(&package, shown), None);
        return printer.line(card.trim_end());
    }
    let (importance, members) = (package.importance().unwrap_or_default(), package.members());
    if printer.is_json() {
        let needs = info.needs();
        let info = serde_json::to_value(&info).map_err(|e| Error::failure("cannot show the model").because(e))?;
        let importance: Vec<_> =
            importance.iter().map(|(name, share)| json!({ "feature": name, "importance": share })).collect();
        let sections: Vec<_> =
            sections.iter().map(|s| json!({ "name": s.name, "version": s.version, "bytes": s.bytes })).collect();
        return printer
            .document(&json!({ "rows_need": needs, "info": info, "members": members_json(&members), "importance": importance, "sections": sections, "bytes": bytes.len() }));
    }
    printer.line(&printer.styled(STRONG, &format!("{shown}: {} bytes", grouped(bytes.len() as u64))))?;
    for (name, value) in facts(&info) {
        printer.line(format!("{name:12}{value}").trim_end())?;
    }
    heading(printer, "Out of fold (mean and standard deviation over the folds)")?;
    let oof = &info.out_of_fold;
    let spread = |name: &str| oof.std.get(name).map_or_else(String::new, |s| format!("{s:.4}"));
    let metrics: Vec<Vec<String>> =
        oof.mean.iter().map(|(name, mean)| vec![format!("  {name}"), format!("{mean:.4}"), spread(name)]).collect();
    lines(&metrics).iter().try_for_each(|line| printer.line(line))?;
    if oof.folds == 0 {
        printer.line(NO_FOLDS)?;
    }
    if !members.is_empty() {
        heading(printer, "Members and their shares")?;
        lines(&member_rows(&members, "  ")).iter().try_for_each(|line| printer.line(line.trim_end()))?;
    }
    if !importance.is_empty() {
        heading(printer, "Most important features")?;
        let rows: Vec<Vec<String>> =
            importance.iter().take(TOP).map(|(name, share)| vec![format!("  {name}"), format!("{share:.4}")]).collect();
        lines(&rows).iter().try_for_each(|line| printer.line(line))?;
    }
    heading(printer, "Sections")?;
    let rows: Vec<Vec<String>> = sections
        .iter()
        .map(|s| vec![format!("  {}", s.name), format!("version {}", s.version), format!("{} bytes", grouped(s.bytes))])
        .collect();
    lines(&rows).iter().try_for_each(|line| printer.line(line))
}

/// Each member with its algorithm, where its name does not tell it, and its share.
fn member_rows(members: &[Share], indent: &str) -> Vec<Vec<String>> {
    let name = |m: &Share| if m.name == m.algorithm { m.name.clone() } else { format!("{} ({})", m.name, m.algorithm) };
    let share = |m: &Share| m.share.map_or_else(String::new, |share| format!("{share:.4}"));
    members.iter().map(|m| vec![format!("{indent}{}", name(m)), share(m)]).collect()
}

fn members_json(members: &[Share]) -> Vec<Json> {
    let json = |m: &Share| json!({ "name": m.name, "algorithm": m.algorithm, "share": m.share });
    members.iter().map(json).collect()
}

fn heading(printer: &Printer, text: &str) -> Result<()> {
    printer.line("")?;
    printer.line(&printer.styled(STRONG, text))
}

/// What rows are decided by, as people read it.
fn threshold(decision: &Decision, classes: &[String]) -> Option<String> {
    let what = match &decision.by {
        By::Greatest => return None,
        By::Threshold(value) => format!("{value:.4}"),
        By::Thresholds(values) => {
            let each = classes.iter().zip(values).map(|(class, value)| format!("{class} {value:.4}"));
            each.collect::<Vec<_>>().join(", ")
        }
        By::LeastCost => "by the probabilities of all classes".to_owned(),
    };
    Some(format!("{what}, {}", decision.rule))
}

/// Name and value.
fn facts(info: &Info) -> Vec<(&'static str, String)> {
    let target = &info.target;
    let task = format!("{:?}", target.task).to_lowercase();
    let classes = if target.classes.is_empty() { String::new() } else { format!(" ({})", target.classes.join(", ")) };
    let threshold = threshold(&info.decision, &target.classes);
    let learned: Vec<&str> = info.learned.iter().map(|s| s.name.as_str()).collect();
    let provenance = &info.provenance;
    let mut facts = vec![
        ("algorithm", format!("{} {}", info.algorithm, info.params)),
        ("dataset", format!("{}, version {}", info.dataset, info.version)),
        ("target", format!("{}, {task}{classes}", target.column)),
        ("trained on", format!("{} rows, seed {}", grouped(provenance.rows), provenance.seed)),
        ("rows need", info.needs().join(", ")),
        ("inputs", info.inputs.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(", ")),
        ("learned", learned.join(", ")),
        ("features", info.features.len().to_string()),
    ];
    facts.extend(threshold.map(|t| ("threshold", t)));
    facts
}
