//! configs/features.yaml

use super::super::look::{Findings, Role, derived};
use super::text::{line, list, remark, scalar};
use crate::data::Task;

/// Classes up to which categories of many levels are encoded by the target's means, a column a class.
const FEW_CLASSES: usize = 10;
/// Rows of a level below which it is grouped with other rare ones, where there are rows enough.
const RARE: usize = 10;
/// Words of a text that are features: few enough for trees too.
const TERMS: usize = 1000;
/// Rows from which on rare levels are grouped.
const MANY_ROWS: usize = 1000;

/// configs/features.yaml
pub fn features(found: &Findings) -> String {
    let mut text =
        "# Columns made of other columns, then what is learned later, in `train`, on training rows only.\nfeatures:\n"
            .to_owned();
    text += &drop(found);
    text += &derive(found);
    text += &learned(found);
    text
}

fn drop(found: &Findings) -> String {
    let mut dropped = String::new();
    for column in found.columns.iter().filter(|c| c.role == Role::Constant) {
        let why = if column.missing == found.rows { "no value at all" } else { "the same value in every row" };
        dropped += &line(&format!("    - {}", scalar(&column.name)), why);
    }
    let doubtful: Vec<_> = found.decide.iter().filter(|c| !c.drop.is_empty()).collect();
    // Without `[]` a line is part of the list as soon as its `#` is gone.
    let mut text = match dropped.is_empty() && doubtful.is_empty() {
        true => line("  drop: []", "columns that are no features"),
        false => line("  drop:", "columns that are no features") + &dropped,
    };
    for comment in doubtful {
        for (at, name) in comment.drop.iter().enumerate() {
            let why = if at == 0 { comment.text.clone() } else { format!("made of `{}`", comment.drop[0]) };
            text += &remark(4, &format!("- {}   # {why}", scalar(name)));
        }
    }
    text
}

fn derive(found: &Findings) -> String {
    let derived = derived::of(&found.columns, &found.target.column);
    let steps: String = derived.iter().map(|made| line(&format!("    - {}", made.step), "")).collect();
    if steps.is_empty() {
        return line("  derive: []", "steps that learn nothing, such as `- expression: {name: ratio, value: a / b}`");
    }
    line("  derive:", "dates and the lengths of texts as numbers") + &steps
}

fn learned(found: &Findings) -> String {
    let has = |role| found.columns.iter().any(|c| c.role == role);
    let by_mean = found.target.task != Task::Multiclass || found.target.classes.len() <= FEW_CLASSES;
    let many: Vec<&str> = found.columns.iter().filter(|c| c.role == Role::Levels).map(|c| c.name.as_str()).collect();
    let mut text = line("  learned:", "fitted on training rows, in order; inside each fold on its own");
    if by_mean && !many.is_empty() {
        text += &line(
            &format!("    - encode: {{columns: {}, method: target}}", list(&many)),
            "many levels: each by the target's mean, out of fold",
        );
    }
    if has(Role::Number) || has(Role::Date) || has(Role::Text) || (by_mean && !many.is_empty()) {
        let gaps = found.columns.iter().filter(|c| c.role == Role::Number && c.missing * 100 > found.rows);
        let gaps: Vec<&str> = gaps.map(|c| c.name.as_str()).collect();
        let is_taken = |name: &str| found.columns.iter().any(|c| c.name == format!("{name}_missing"));
        let (indicator, why) = match gaps.len() {
            0 => ("", String::new()),
            _ if gaps.iter().any(|name| is_taken(name)) => ("", String::new()),
            n => (", indicator: true", format!("`<column>_missing` says where: {} with gaps", columns(n))),
        };
        text += &line(&format!("    - impute: {{columns: numeric, strategy: median{indicator}}}"), &why);
        text += &line("    - scale: {columns: numeric, method: standard}", "");
    }
    if has(Role::Category) || (!by_mean && !many.is_empty()) {
        let rare = if found.rows >= MANY_ROWS { format!(", min_count: {RARE}") } else { String::new() };
        let most = if !by_mean && !many.is_empty() { ", max_levels: 30" } else { "" };
        let why = if rare.is_empty() && most.is_empty() { "" } else { "rarer levels are one" };
        text += &line(&format!("    - encode: {{columns: categorical, method: onehot{rare}{most}}}"), why);
    }
    let texts: Vec<&str> = found.columns.iter().filter(|c| c.role == Role::Text).map(|c| c.name.as_str()).collect();
    if !texts.is_empty() {
        text += &line(
            &format!("    - vectorize: {{columns: {}, max_features: {TERMS}}}", list(&texts)),
            "the most frequent words of each text; more of them suit linear models",
        );
    }
    text
}

fn columns(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}
