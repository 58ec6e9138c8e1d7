//! Adult's official split: the quality the algorithms must reach. Needs the datasets of `MLOPS_TEST_DATA`.

use std::process::Command;

use crate::sandbox::{Sandbox, test_data};

/// The official training and test file as the two parts of a project.
pub fn official() -> Option<Sandbox> {
    let data = test_data()?;
    let adult = Sandbox::empty();
    let unzipped = Command::new("gzip").arg("-dc").arg(data.join("adult.data.gz")).output().unwrap();
    assert!(unzipped.status.success());
    adult.write("data/external/adult.data", &String::from_utf8(unzipped.stdout).unwrap());
    adult.write("data/external/adult.test", &std::fs::read_to_string(data.join("adult.test")).unwrap());
    let names = "[age, workclass, fnlwgt, education, education-num, marital-status, occupation, relationship, race, sex, capital-gain, capital-loss, hours-per-week, native-country, income]";
    adult.write(
        "configs/config.yaml",
        &format!(
            "config:
  dataset: adult
  date: \"20240131\"
  version: 1
  sources:
    - {{file: data/external/adult.data, header: false, names: {names}, part: train}}
    - {{file: data/external/adult.test, header: false, names: {names}, skip_lines: 1, part: test}}
  target:
    column: income
    map: {{\"<=50K\": \"<=50K\", \">50K\": \">50K\", \"<=50K.\": \"<=50K\", \">50K.\": \">50K\"}}
    positive: \">50K\"
"
        ),
    );
    adult.write("configs/split.yaml", "split: {method: given}\n");
    adult.write(
        "configs/train.yaml",
        "train:\n  folds: 3\n  algorithms:\n    lr: {}\n    rf: {n_estimators: 300}\n    xgb: {n_estimators: 300, max_depth: 6, learning_rate: 0.1}\n",
    );
    Some(adult)
}

#[test]
fn adult_reaches_the_field() {
    let Some(adult) = official() else {
        eprintln!("SKIPPED: adult_reaches_the_field needs MLOPS_TEST_DATA");
        assert!(std::env::var_os("MLOPS_REQUIRE_PEERS").is_none(), "skipped where it must not be");
        return;
    };
    adult.stages("evaluate");
    let found: serde_json::Value =
        serde_json::from_str(&adult.read("reports/metrics/evaluation_adult_v1.json")).unwrap();
    assert_eq!(found["rows"], 16281);
    let models = &found["models"];
    let value = |model: &str, set: &str, metric: &str| models[model][set][metric].as_f64().unwrap();
    for (model, set, metric, least) in [
        ("xgb", "test", "roc_auc", 0.927),
        ("xgb", "test_at_0.5", "accuracy", 0.871),
        ("rf", "test", "roc_auc", 0.914),
        ("lr", "test", "roc_auc", 0.905),
    ] {
        let reached = value(model, set, metric);
        eprintln!("adult {model} {set} {metric} {reached:.5}");
        assert!(reached >= least, "{model} {metric} {reached} < {least}");
    }
}
