//! dvc.yaml

use super::super::look::{Findings, Role};
use super::text::scalar;
use super::train::plots;
use crate::config::{Plot, TaskName, Topic};
use crate::data::Task;
use crate::models;
use crate::yaml::Node;

const HEAD: &str = "\
# The pipeline: what `mlops run-all` and `dvc repro` run. File names follow configs/config.yaml.
vars:
  - configs/config.yaml
  - configs/train.yaml

stages:
  ingest:
    cmd: mlops ingest
";

const PARAMS: &str = r"    params:
      - configs/config.yaml: [config.dataset, config.date, config.sources]
";

/// Numbers that are no texts are written with the sign that texts are read with.
const DECIMAL: &str = "      - configs/clean.yaml: [clean.decimal]\n";

const TO_TRAIN: &str = r#"    outs:
      - data/raw/${config.dataset}_raw_${config.date}.csv
      - data/raw/${config.dataset}_raw_${config.date}.csv.schema.json

  clean:
    cmd: mlops clean
    deps:
      - data/raw/${config.dataset}_raw_${config.date}.csv
      - data/raw/${config.dataset}_raw_${config.date}.csv.schema.json
    params:
      - configs/config.yaml: [config.dataset, config.date, config.target]
      - configs/clean.yaml: [clean]
    outs:
      - data/interim/${config.dataset}_interim_${config.date}.csv
      - data/interim/${config.dataset}_interim_${config.date}.csv.schema.json

  features:
    cmd: mlops features
    deps:
      - data/interim/${config.dataset}_interim_${config.date}.csv
      - data/interim/${config.dataset}_interim_${config.date}.csv.schema.json
    params:
      - configs/config.yaml: [config.dataset, config.date]
      - configs/features.yaml: [features]
    outs:
      - data/interim/${config.dataset}-features_interim_${config.date}.csv
      - data/interim/${config.dataset}-features_interim_${config.date}.csv.schema.json

  explore:
    cmd: mlops explore
    deps:
      - data/interim/${config.dataset}_interim_${config.date}.csv
      - data/interim/${config.dataset}_interim_${config.date}.csv.schema.json
    params:
      - configs/config.yaml: [config]
      - configs/explore.yaml: [explore]
    outs:
      - reports/metrics/explore_${config.dataset}_${config.date}.json
      - reports/explore.html
      - reports/figures/distribution_${config.dataset}_${config.date}.png
      - reports/figures/correlation_${config.dataset}_${config.date}.png
      - reports/figures/missing_${config.dataset}_${config.date}.png
      - reports/figures/target_${config.dataset}_${config.date}.png

  split:
    cmd: mlops split
    deps:
      - data/interim/${config.dataset}-features_interim_${config.date}.csv
      - data/interim/${config.dataset}-features_interim_${config.date}.csv.schema.json
    params:
      - configs/config.yaml: [config.dataset, config.date, config.seed]
      - configs/split.yaml: [split]
    outs:
      - data/processed/${config.dataset}-train_processed_${config.date}.csv
      - data/processed/${config.dataset}-train_processed_${config.date}.csv.schema.json
      - data/processed/${config.dataset}-test_processed_${config.date}.csv
      - data/processed/${config.dataset}-test_processed_${config.date}.csv.schema.json

  train:
    foreach: ${train.algorithms}
    do:
      cmd: mlops train --algorithm ${key}
      deps:
        - data/processed/${config.dataset}-train_processed_${config.date}.csv
        - data/processed/${config.dataset}-train_processed_${config.date}.csv.schema.json
      params:
        - configs/config.yaml: [config.dataset, config.date, config.version, config.seed, config.target]
        - configs/features.yaml: [features]
        - configs/train.yaml: [train.folds, train.class_weight, train.threshold, train.seed, "train.algorithms.${key}"]
      outs:
        - models/${key}_${config.dataset}_v${config.version}.bin

  evaluate:
    cmd: mlops evaluate
    deps:
      - data/processed/${config.dataset}-test_processed_${config.date}.csv
      - data/processed/${config.dataset}-test_processed_${config.date}.csv.schema.json
"#;

const TO_METRICS: &str = r"    params:
      - configs/config.yaml: [config.dataset, config.date, config.version]
      - configs/evaluate.yaml: [evaluate]
    outs:
      - reports/metrics/evaluation_${config.dataset}_v${config.version}.json
      - reports/metrics/leaderboard_${config.dataset}_v${config.version}.csv
      - reports/metrics/test-predictions_${config.dataset}_v${config.version}.csv
      - models/champion.json
";

const REPORT: &str = r"
  report:
    cmd: mlops report
    deps:
      - data/raw/${config.dataset}_raw_${config.date}.csv.schema.json
      - data/interim/${config.dataset}_interim_${config.date}.csv.schema.json
      - data/interim/${config.dataset}-features_interim_${config.date}.csv.schema.json
      - data/processed/${config.dataset}-train_processed_${config.date}.csv.schema.json
      - data/processed/${config.dataset}-test_processed_${config.date}.csv
      - data/processed/${config.dataset}-test_processed_${config.date}.csv.schema.json
      - reports/metrics/evaluation_${config.dataset}_v${config.version}.json
";

const TO_FIGURES: &str = r"    params:
      - configs/config.yaml: [config]
      - configs/clean.yaml: [clean]
      - configs/features.yaml: [features]
      - configs/split.yaml: [split]
      - configs/train.yaml: [train]
      - configs/evaluate.yaml: [evaluate]
      - configs/report.yaml: [report]
    outs:
      - reports/report.html
";

const TO_MODELS: &str = r"
  predict:
    cmd: mlops predict
    deps:
      - data/raw/${config.dataset}_raw_${config.date}.csv
      - data/raw/${config.dataset}_raw_${config.date}.csv.schema.json
      - data/processed/${config.dataset}-train_processed_${config.date}.csv
      - data/processed/${config.dataset}-train_processed_${config.date}.csv.schema.json
      - data/processed/${config.dataset}-test_processed_${config.date}.csv
      - data/processed/${config.dataset}-test_processed_${config.date}.csv.schema.json
      - models/champion.json
";

const TAIL: &str = r"    params:
      - configs/config.yaml: [config.dataset, config.date, config.version]
      - configs/predict.yaml: [predict]
    outs:
      - data/processed/${config.dataset}-predictions_processed_${config.date}.csv
";

const PLOTS: &str = "
# What `dvc plots show` draws: the models over one another.
plots:
";

/// dvc.yaml for these algorithms.
pub fn pipeline(found: &Findings, algorithms: &[&str]) -> String {
    let each = |line: &dyn Fn(&str) -> String| algorithms.iter().map(|a| line(a)).collect::<String>();
    let models = each(&|a| format!("      - models/{a}_${{config.dataset}}_v${{config.version}}.bin\n"));
    let cards = each(&|a| format!("      - models/{a}_${{config.dataset}}_v${{config.version}}.md\n"));
    let metrics = each(&|a| {
        format!("      - reports/metrics/{a}_${{config.dataset}}_v${{config.version}}.json: {{cache: false}}\n")
    });
    let plots = plots(found.target.task);
    let files_of = |plot: &Plot, indent: &str| {
        let file = |a: &&str| {
            format!("{indent}reports/plots/{}/{a}_${{config.dataset}}_v${{config.version}}.csv", plot.name())
        };
        algorithms.iter().map(file).collect::<Vec<_>>()
    };
    let curves: String = plots.iter().flat_map(|plot| files_of(plot, "      - ")).map(|line| line + "\n").collect();
    let drawn: String = plots.iter().map(|plot| format!("  - {}\n", plot.definition(&files_of(plot, "")))).collect();
    // What is on the web is fetched by ingest itself; its checksum is among the params.
    let files = found.sources.iter().filter(|source| source.url.is_none());
    let mut files: String = files.map(|source| format!("      - {}\n", scalar(&source.file))).collect();
    if !files.is_empty() {
        files.insert_str(0, "    deps:\n");
    }
    let decimal = found.decimal_comma && found.sources.iter().any(|source| source.has_numbers);
    [
        HEAD,
        &files,
        PARAMS,
        if decimal { DECIMAL } else { "" },
        TO_TRAIN,
        &models,
        TO_METRICS,
        &curves,
        "    metrics:\n",
        &metrics,
        REPORT,
        &models,
        TO_FIGURES,
        &figures(found, algorithms),
        &cards,
        TO_MODELS,
        &models,
        TAIL,
        PLOTS,
        &drawn,
    ]
    .concat()
}

/// The figures of a report of all topics.
fn figures(found: &Findings, algorithms: &[&str]) -> String {
    let of_trees = |name: &str| {
        let entry = models::REGISTRY.iter().find(|entry| entry.name == name);
        entry.is_some_and(|entry| entry.grows_trees(&Node::empty()))
    };
    let algorithms: Vec<(&str, bool)> = algorithms.iter().map(|name| (*name, of_trees(name))).collect();
    let topics = Topic::of(match found.target.task {
        Task::Binary => TaskName::Binary,
        Task::Multiclass => TaskName::Multiclass,
        Task::Regression => TaskName::Regression,
    });
    let has_texts = found.columns.iter().any(|column| column.role == Role::Text);
    let topics = topics.iter().filter(|topic| has_texts || !topic.needs_terms());
    let names = topics.flat_map(|topic| topic.figures(&algorithms));
    names
        .map(|(name, _)| format!("      - reports/figures/{name}_${{config.dataset}}_${{config.date}}.png\n"))
        .collect()
}
