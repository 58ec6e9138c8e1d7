//! Trees to XGBoost's format and back, by the real binary. The real XGBoost is asked by tests/peers/xgboost.py.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, from_csv, generated_project};

fn trained(task: &str) -> Sandbox {
    let project = generated_project(task);
    // Without imputing, missing values reach the trees.
    project.write(
        "configs/features.yaml",
        "features:\n  learned:\n    - encode: {columns: categorical, method: onehot}\n",
    );
    project.stages("split");
    for algorithm in ["baseline", "rf", "xgb"] {
        project.ok(&["train", "--algorithm", algorithm]);
    }
    project
}

const RAW: &str = "data/raw/table_raw_20240131.csv";
const MODEL: &str = "models/xgb_table_v1.bin";

/// The raw scores of a row by XGBoost's rules.
fn raw_score(document: &Json, row: &[f64]) -> f64 {
    let model = &document["learner"]["gradient_booster"]["model"];
    model["trees"].as_array().unwrap().iter().fold(0.0, |sum, tree| {
        let mut at = 0;
        while tree["left_children"][at] != -1 {
            let value = row[tree["split_indices"][at].as_u64().unwrap() as usize] as f32;
            let threshold = tree["split_conditions"][at].as_f64().unwrap() as f32;
            let left = if value.is_nan() { tree["default_left"][at] == 1 } else { value < threshold };
            at = tree[if left { "left_children" } else { "right_children" }][at].as_u64().unwrap() as usize;
        }
        sum + tree["split_conditions"][at].as_f64().unwrap()
    })
}

#[test]
fn exported_trees_on_the_exported_matrix_give_the_probabilities_of_predict() {
    let project = trained("binary");
    project.ok(&["export", MODEL, "--output", "trees.json", "--input", RAW, "--matrix", "matrix.csv"]);
    let document: Json = serde_json::from_str(&project.read("trees.json")).unwrap();
    let (names, rows) = from_csv(&project.read("matrix.csv"));
    let features: Vec<&str> =
        document["learner"]["feature_names"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()).collect();
    assert_eq!(
        (names[0].as_str(), &names[1..]),
        ("row_id", &features.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()[..])
    );
    let predicted = project.ok(&["predict", "--input", RAW, "--model", MODEL]).stdout;
    let (header, answers) = from_csv(&predicted);
    assert_eq!(answers.len(), rows.len());
    let positive = header.len() - 1;
    let mut missing = 0;
    for (row, answer) in rows.iter().zip(&answers) {
        assert_eq!(row[0], answer[0]);
        let values: Vec<f64> = row[1..].iter().map(|text| text.parse().unwrap_or(f64::NAN)).collect();
        missing += values.iter().filter(|value| value.is_nan()).count();
        let p = 1.0 / (1.0 + (-raw_score(&document, &values)).exp());
        let expected: f64 = answer[positive].parse().unwrap();
        assert!((p - expected).abs() < 1e-6, "row {}: {p} is not {expected}", row[0]);
    }
    assert!(missing > 100, "{missing}");
    assert_eq!(project.ok(&["export", MODEL]).stdout, project.read("trees.json"));
    assert_eq!(project.ok(&["export", "models/baseline_table_v1.bin", "--input", RAW, "--matrix", "-"]).code, 0);
}

#[test]
fn an_imported_model_is_a_model() {
    for task in ["binary", "multiclass", "regression"] {
        let project = trained(task);
        project.ok(&["export", MODEL, "--output", "trees.json"]);
        // Any model with the same transforms will do.
        let ran =
            project.ok(&["import", "trees.json", "--like", "models/rf_table_v1.bin", "--output", "models/new.bin"]);
        assert_eq!(ran.stdout.contains("threshold"), task == "binary", "{}", ran.stdout);
        let answers = |model: &str| from_csv(&project.ok(&["predict", "--input", RAW, "--model", model]).stdout);
        let ((header, ours), (_, imported)) = (answers(MODEL), answers("models/new.bin"));
        for (ours, imported) in ours.iter().zip(&imported) {
            for (name, (a, b)) in header.iter().zip(ours.iter().zip(imported)) {
                if name.starts_with("probability") || (name == "prediction" && task == "regression") {
                    let (a, b): (f64, f64) = (a.parse().unwrap(), b.parse().unwrap());
                    assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{task}: {b} is not {a}");
                }
            }
        }
        let shown = project.ok(&["show", "models/new.bin"]).stdout;
        assert!(shown.contains("none: the model was imported"), "{shown}");
        assert_eq!(task == "binary", shown.contains("chosen by nothing"), "{shown}");
        // Once more out and in: the same bytes.
        project.ok(&["export", "models/new.bin", "--output", "again.json"]);
        project.ok(&["import", "again.json", "--like", MODEL, "--output", "again.bin"]);
        project.ok(&["export", "again.bin", "--output", "third.json"]);
        assert!(project.bytes("again.json") == project.bytes("third.json"), "{task}");
    }
}

#[test]
fn what_cannot_go_or_come_is_refused() {
    let project = trained("binary");
    project.ok(&["export", MODEL, "--output", "trees.json"]);
    project.run(&["export", "models/baseline_table_v1.bin"]).refused(2, "`baseline` is not made of trees");
    project.run(&["export", MODEL, "--output", MODEL]).refused(2, "is the model");
    project.run(&["export", MODEL, "--output", "configs/train.yaml"]).refused(2, "a config");
    project.run(&["export", MODEL, "--format", "pmml"]).refused(2, "xgboost-json");
    project.run(&["export", MODEL, "--matrix", "m.csv"]).refused(2, "--input");
    project.run(&["export", "nowhere.bin"]).refused(3, "does not exist");
    let import = |file: &str, output: &str| project.run(&["import", file, "--like", MODEL, "--output", output]);
    import("trees.json", MODEL).refused(2, "is the model");
    import("trees.json", "models/rf_table_v1.bin").refused(2, "what another stage writes");
    import("nowhere.json", "new.bin").refused(3, "does not exist");
    import(MODEL, "new.bin").refused(3, "not text");
    let large = std::fs::File::create(project.path("large.json")).unwrap();
    large.set_len((1 << 30) + 1).unwrap();
    import("large.json", "new.bin").refused(3, "`large.json` has 1073741825 bytes, and at most 1073741824 are read");
    import("configs", "new.bin").refused(1, "it is a folder");
    project.write("half.json", &project.read("trees.json")[..5000]);
    import("half.json", "new.bin").refused(3, "is not JSON");
    project.write("other.json", &project.read("trees.json").replace("binary:logistic", "rank:ndcg"));
    import("other.json", "new.bin").refused(3, "`rank:ndcg`, which does not suit the task");
    project.write("renamed.json", &project.read("trees.json").replacen("[\"a\"", "[\"A\"", 1));
    import("renamed.json", "new.bin").refused(3, "feature 1 is called `A` in the file, and `a` in the model");
    assert!(!project.path("new.bin").exists());
}
