//! Config keys that the commands of dvc.yaml read, against its `params`.

use super::super::{Context, ingest};
use super::pipeline::{Difference, FIX, Repair};
use super::repair::base;
use crate::config::{Sampling, Train, ValidationMethod};
use crate::engine::Pipeline;
use crate::error::Error;

/// Config keys that a stage reads and dvc.yaml does not name: DVC would not notice their change.
pub(super) fn missing(ctx: &Context, pipeline: &Pipeline) -> Vec<Difference> {
    let mut problems = Vec::new();
    for stage in &pipeline.stages {
        for Watched { command, file, keys } in stage.commands.iter().flat_map(|command| watched(ctx, command)) {
            let named: Vec<&str> = stage
                .params
                .iter()
                .filter(|p| p.file == file)
                .flat_map(|p| p.keys.as_ref().map_or(vec![""], |keys| keys.iter().map(|k| k.value.as_str()).collect()))
                .collect();
            let covers =
                |key: &str, have: &&str| have.is_empty() || *have == key || key.starts_with(&format!("{have}."));
            for key in keys.into_iter().filter(|key| !named.iter().any(|have| covers(key, have))) {
                let error = Error::usage(format!("{}: `{key}` of {file} is not among the params", stage.location))
                    .hint(format!("`{command}` reads it, so DVC has to watch it; {FIX}"));
                let repair = Repair::Watch { stage: base(&stage.name).to_owned(), file, key };
                problems.push(Difference { error, repair: Some(repair) });
            }
        }
    }
    problems
}

/// Keys of one config that a command reads.
struct Watched {
    command: &'static str,
    file: &'static str,
    keys: Vec<String>,
}

/// What the command line of a stage reads of the configs.
fn watched(ctx: &Context, line: &str) -> Vec<Watched> {
    let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    let mut all: Vec<Watched> =
        PARAMS.iter().map(|(command, file, keys)| Watched { command, file, keys: own(keys) }).collect();
    if ingest::reads_decimal(ctx) {
        all.push(Watched { command: "mlops ingest", file: "configs/clean.yaml", keys: own(&["clean.decimal"]) });
    }
    for command in ["mlops train", "mlops tune"] {
        all.push(Watched { command, file: "configs/train.yaml", keys: own(&learning_keys(&ctx.config.train)) });
    }
    let told = ["config.lang", "config.columns"].into_iter().filter(|key| is_written(ctx, key)).map(str::to_owned);
    all.push(Watched { command: "mlops explore", file: "configs/config.yaml", keys: told.collect() });
    all.push(Watched { command: "mlops tune", file: "configs/train.yaml", keys: searched_keys(ctx, line) });
    // The page tells of all that went before it.
    for (name, file) in REPORTED.iter().filter(|(_, file)| ctx.project.path(file).is_file()) {
        all.push(Watched { command: "mlops report", file, keys: own(&[name]) });
    }
    if ctx.config.tune.metric.is_none() && is_written(ctx, "evaluate.select") {
        all.push(Watched { command: "mlops tune", file: "configs/evaluate.yaml", keys: own(&["evaluate.select"]) });
    }
    all.retain(|one| line.split_whitespace().take(2).eq(one.command.split_whitespace()));
    all
}

/// The algorithms that a search begins from: all of tune.yaml, or the one that the command names.
fn searched_keys(ctx: &Context, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_named = |name: &&str| {
        let apart = |words: &[&str]| matches!(words, ["--algorithm" | "-a", named] if named == name);
        words.windows(2).any(apart) || words.contains(&format!("--algorithm={name}").as_str())
    };
    let all = || ctx.config.tune.algorithms.iter().filter_map(|spaces| spaces.algorithm.as_str());
    let one: Option<&str> = all().find(is_named);
    let searched = all().filter(|name| one.is_none_or(|one| one == *name));
    searched.map(|name| format!("train.algorithms.{name}")).filter(|key| is_written(ctx, key)).collect()
}

/// Whether a key stands in the configs: DVC refuses params that do not.
fn is_written(ctx: &Context, key: &str) -> bool {
    let (name, rest) = key.split_once('.').unwrap_or((key, ""));
    ctx.config.nodes().iter().any(|(file, node)| *file == name && node.at(rest).is_some())
}

/// The keys of training that stand in the config only where they are used: DVC refuses params that are not there.
fn learning_keys(train: &Train) -> Vec<&'static str> {
    let validation = &train.validation;
    let usual = validation.method.value == ValidationMethod::Stratified && validation.repeats.value == 1;
    [
        ("train.validation", !usual),
        ("train.sample_weight", train.sample_weight.is_some()),
        ("train.sampling", train.sampling.value != Sampling::All),
        ("train.calibration", train.calibration.is_some()),
    ]
    .into_iter()
    .filter(|(_, used)| *used)
    .map(|(key, _)| key)
    .collect()
}

/// The configs that `mlops report` tells of, by root key.
const REPORTED: [(&str, &str); 7] = [
    ("config", "configs/config.yaml"),
    ("clean", "configs/clean.yaml"),
    ("features", "configs/features.yaml"),
    ("split", "configs/split.yaml"),
    ("train", "configs/train.yaml"),
    ("evaluate", "configs/evaluate.yaml"),
    ("report", "configs/report.yaml"),
];

/// The config keys each command reads, besides those in file names.
const PARAMS: &[(&str, &str, &[&str])] = &[
    ("mlops ingest", "configs/config.yaml", &["config.sources"]),
    ("mlops clean", "configs/config.yaml", &["config.target"]),
    ("mlops clean", "configs/clean.yaml", &["clean"]),
    ("mlops features", "configs/features.yaml", &["features"]),
    ("mlops explore", "configs/config.yaml", &["config.seed"]),
    ("mlops explore", "configs/explore.yaml", &["explore"]),
    ("mlops split", "configs/config.yaml", &["config.seed"]),
    ("mlops split", "configs/split.yaml", &["split"]),
    ("mlops train", "configs/config.yaml", &["config.seed"]),
    ("mlops train", "configs/features.yaml", &["features"]),
    ("mlops train", "configs/train.yaml", &["train.folds", "train.class_weight", "train.threshold", "train.seed"]),
    ("mlops tune", "configs/config.yaml", &["config.seed"]),
    ("mlops tune", "configs/features.yaml", &["features"]),
    ("mlops tune", "configs/train.yaml", &["train.folds", "train.class_weight", "train.threshold", "train.seed"]),
    ("mlops tune", "configs/tune.yaml", &["tune"]),
    ("mlops evaluate", "configs/evaluate.yaml", &["evaluate"]),
    ("mlops predict", "configs/predict.yaml", &["predict"]),
];
