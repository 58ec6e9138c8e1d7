//! configs/config.yaml, configs/split.yaml and those that hold no decision.

use super::super::look::{Findings, Part, Role};
use super::text::{line, remark, scalar};
use crate::data::Task;

/// configs/explore.yaml
pub const EXPLORE: &str = "\
# What is looked at before any model is trained: `reports/explore.html`.
explore:
  data: clean               # clean, or features with the derived columns
  top_levels: 10            # levels told of a column
";

/// configs/predict.yaml
pub const PREDICT: &str = "\
# Batch prediction; the options of `mlops predict` come first.
predict:
  input: null               # the raw CSV
  output: null              # data/processed/<dataset>-predictions_processed_<date>.csv
  model: null               # the champion
";

/// configs/report.yaml
pub const REPORT: &str = "\
# The figures of models in reports/figures/. Their files stand in dvc.yaml too: `mlops validate --fix`.
report:
  figures:
    topics: null            # all that the task has; or a list of them: docs/configuration.md
    formats: [png]          # png, svg
  shap_rows: 500            # test rows whose scores are explained
";

/// configs/logging.yaml
pub const LOGGING: &str = "\
# What the program says about its inner workings, on stderr. `-v` says more.
logging:
  level: warn               # off, error, warn, info, debug, trace
  format: text              # text or json
";

/// configs/config.yaml
pub fn config(found: &Findings) -> String {
    let mut text =
        "# What the project is about. File names are made of `dataset`, `date` and `version`.\nconfig:\n".to_owned();
    text += &line(&format!("  dataset: {}", scalar(&found.dataset)), "");
    text += &line(&format!("  date: \"{}\"", found.date), "snapshot of the data, YYYYMMDD: `mlops bump date` moves it");
    text += &line("  version: 1", "model version: `mlops bump version` moves it");
    text += "  seed: 42\n  sources:\n";
    for source in &found.sources {
        match &source.url {
            None => text += &line(&format!("    - file: {}", scalar(&source.file)), ""),
            Some((url, sha256)) => {
                text += &line(&format!("    - url: {}", scalar(url)), "");
                text += &line(
                    &format!("      file: {}", scalar(&source.file)),
                    "where it is kept; fetched if it is not there",
                );
                text += &line(&format!("      sha256: \"{sha256}\""), "");
            }
        }
        if let Some(part) = source.part {
            text += &line(&format!("      part: {}", if part == Part::Train { "train" } else { "test" }), "");
        }
        for (key, value, why) in &source.layout {
            text += &line(&format!("      {key}: {value}"), why);
        }
    }
    let target = &found.target;
    text += "  target:\n";
    text += &line(&format!("    column: {}", scalar(&target.column)), "what is predicted");
    text += &line(&format!("    task: {}", target.task.name()), &target.why);
    if !target.map.is_empty() {
        text += &line("    map:", "the parts write their labels differently");
        for (from, to) in &target.map {
            text += &line(&format!("      {}: {}", scalar(from), scalar(to)), "");
        }
    }
    if let Some(positive) = &target.positive {
        text += &line(
            &format!("    positive: {}", scalar(positive)),
            &format!("the class whose probability is told; {}", target.why_positive),
        );
    }
    text
}

/// configs/split.yaml
pub fn split(found: &Findings) -> String {
    let split = &found.split;
    let mut text = "# Which rows are held out for the test.\nsplit:\n".to_owned();
    if split.given {
        text += &line("  method: given", "the parts of the sources in configs/config.yaml");
        return text;
    }
    text += &match found.target.task {
        Task::Regression => line("  method: random", "random, group, time, or given (the parts of the sources)"),
        _ => line("  method: stratified", "random, stratified, group, time, or given (the parts of the sources)"),
    };
    text += &line(&format!("  test_size: {}", split.test_size), &split.why);
    for date in found.columns.iter().filter(|c| c.role == Role::Date).take(1) {
        text += &remark(2, "If new rows come later than these, hold out the latest ones instead:");
        text += &remark(2, "method: time");
        text += &remark(2, &format!("column: {}", scalar(&date.name)));
    }
    text
}
