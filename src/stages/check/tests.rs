//! The project's own configs, with one thing wrong at a time.

use std::path::Path;

use super::*;
use crate::config::Config;
use crate::engine::Pipeline;
use crate::event::Silent;
use crate::project::Project;
use crate::yaml;

fn own() -> Project {
    Project::discover(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn problems(file: &str, change: (&str, &str)) -> Vec<String> {
    let project = own();
    let text = crate::fs::read_to_string(&project.path(crate::config::shown(file))).unwrap();
    assert!(text.contains(change.0), "{change:?}");
    let config = Config::check_with(&project, &[(file, text.replace(change.0, change.1))]).unwrap();
    let ctx = Context { project: &project, config: &config, observer: &Silent, threads: 1 };
    configs(&ctx).iter().map(|e| e.message().to_owned()).collect()
}

#[test]
fn the_project_s_own_configs_and_pipeline_fit() {
    let project = own();
    let config = Config::load(&project).unwrap();
    let ctx = Context { project: &project, config: &config, observer: &Silent, threads: 1 };
    let found: Vec<Error> =
        configs(&ctx).into_iter().chain(pipeline(&ctx, &Pipeline::load(project.root()).unwrap())).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn wrong_names_are_found_before_anything_runs() {
    for (file, change, expected) in [
        ("clean", ("column: alcohol", "column: alcohl"), "`clean.steps[1].range.column`: column `alcohl` not found"),
        ("clean", ("drop_duplicates", "drop_duplicate"), "unknown transform `drop_duplicate`"),
        ("clean", ("drop_duplicates: {}", "impute: {}"), "`impute` cannot stand here"),
        ("features", ("citric_acid", "citrus_acid"), "column `citrus_acid` not found"),
        ("config", ("column: quality", "column: qualty"), "`config.target.column`: column `qualty` not found"),
        ("train", ("xgb: {}", "xbg: {}"), "unknown algorithm `xbg`"),
        ("train", ("n_estimators: 200", "estimators: 200"), "`train.algorithms.rf.estimators`: unknown key"),
        ("train", ("lr: {}", "ridge: {}"), "`ridge` cannot do a binary task"),
        ("train", ("threshold: f1 ", "threshold: auc"), "unknown metric `auc`"),
        ("train", ("threshold: f1 ", "threshold: roc_auc"), "metric `roc_auc` does not depend on the threshold"),
        ("evaluate", ("roc_auc: {", "rmse: {"), "metric `rmse` is not defined for a binary target"),
    ] {
        let found = problems(file, change);
        assert!(found.len() == 1 && found[0].contains(expected), "{expected}\n{found:?}");
        assert!(found[0].starts_with(&format!("configs/{file}.yaml:")), "{found:?}");
    }
}

#[test]
fn a_pipeline_that_differs_from_the_configs_is_named() {
    let project = own();
    let config = Config::load(&project).unwrap();
    let ctx = Context { project: &project, config: &config, observer: &Silent, threads: 1 };
    let text = crate::fs::read_to_string(&project.path("dvc.yaml")).unwrap();
    for (change, expected) in [
        (("cmd: mlops clean", "cmd: python clean.py"), "dvc.yaml: no stage runs `mlops clean`"),
        (
            ("      - models/xgb_${config.dataset}_v${config.version}.bin\n", ""),
            "`models/xgb_wine_v1.bin` is not among the deps",
        ),
        (
            ("_interim_${config.date}.csv.schema.json", "_interim_${config.date}.schema.json"),
            ".csv.schema.json` is not among the",
        ),
        (
            ("-predictions_processed_", "-predicted_processed_"),
            "predictions_processed_20251120.csv` is not among the outs",
        ),
        (("--algorithm ${key}", "--algorithm ${key}2"), "dvc.yaml: no stage runs `mlops train --algorithm baseline`"),
    ] {
        assert!(text.contains(change.0), "{change:?}");
        let read = Pipeline::read(project.root(), &yaml::parse(&text.replace(change.0, change.1), "dvc.yaml").unwrap())
            .unwrap();
        let found = pipeline(&ctx, &read);
        assert!(found.first().is_some_and(|e| e.message().contains(expected)), "{expected}\n{found:?}");
    }
}
