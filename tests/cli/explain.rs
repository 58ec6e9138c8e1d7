//! `explain`: contributions that sum to the score that `predict` tells, of test rows and of others.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, from_csv, generated_project};

fn trained(task: &str, algorithms: &str) -> Sandbox {
    let project = generated_project(task);
    project.write("configs/train.yaml", &format!("train:\n  folds: 3\n  algorithms:\n{algorithms}"));
    project.stages("train");
    project
}

const TREES: &str = "    dt: {max_depth: 4}\n    rf: {n_estimators: 10}\n    xgb: {n_estimators: 10}\n";
const RAW: &str = "data/raw/table_raw_20240131.csv";

fn json(project: &Sandbox, arguments: &[&str]) -> Json {
    serde_json::from_str(&project.ok(&[&["--json", "explain"], arguments].concat()).stdout).unwrap()
}

/// What the contributions of an output sum to.
fn sum(output: &Json) -> f64 {
    let each = output["contributions"].as_array().unwrap().iter().map(|c| c["contribution"].as_f64().unwrap());
    output["expected"].as_f64().unwrap() + each.sum::<f64>() + output["others"][1].as_f64().unwrap()
}

#[test]
fn contributions_of_columns_sum_to_the_score_of_predict() {
    for (task, own) in [("binary", "    lr: {}\n"), ("multiclass", "    lr: {}\n"), ("regression", "    ridge: {}\n")] {
        let project = trained(task, &format!("{TREES}{own}"));
        for algorithm in ["dt", "rf", "xgb", own.trim().trim_end_matches(": {}")] {
            let model = format!("models/{algorithm}_table_v1.bin");
            let (header, answers) = from_csv(&project.ok(&["predict", "--input", RAW, "--model", &model]).stdout);
            let explained = json(&project, &[&model, "--input", RAW, "--top", "3"]);
            let rows = explained["rows"].as_array().unwrap();
            assert_eq!(rows.len(), answers.len());
            for (row, answer) in rows.iter().zip(&answers) {
                let told = |name: &str| &answer[header.iter().position(|n| n == name).unwrap()];
                assert_eq!(row["row_id"], told("row_id").as_str());
                for output in row["outputs"].as_array().unwrap() {
                    let score = output["score"].as_f64().unwrap();
                    assert!((sum(output) - score).abs() < 1e-9, "{task} {algorithm}: {output}");
                    assert_eq!(output["contributions"].as_array().unwrap().len(), 3);
                    let expected = match explained["raw_score"].as_str().unwrap() {
                        "log_odds" if task == "binary" => 1.0 / (1.0 + (-score).exp()),
                        // Their softmax; the probability told beside them must do.
                        "log_odds" => output["probability"].as_f64().unwrap(),
                        _ => score,
                    };
                    let found: f64 = match output["class"].as_str() {
                        Some(class) => told(&format!("probability_{class}")).parse().unwrap(),
                        None => told("prediction").parse().unwrap(),
                    };
                    assert!((found - expected).abs() < 1e-6, "{task} {algorithm}: {found} {expected}");
                }
            }
            // Levels and indicators are told as the column that they come from.
            let features = json(&project, &[&model, "--input", RAW])["rows"][0]["outputs"][0]["contributions"].clone();
            let mut names: Vec<&str> =
                features.as_array().unwrap().iter().map(|c| c["feature"].as_str().unwrap()).collect();
            names.sort_unstable();
            assert_eq!(names, ["a", "b", "color", "count", "ratio"], "{task} {algorithm}");
        }
    }
}

#[test]
fn test_rows_are_explained_by_the_champion_and_as_the_batch() {
    let project = trained("binary", TREES);
    project.ok(&["evaluate"]);
    let (_, test) = from_csv(&project.read("data/processed/table-test_processed_20240131.csv"));
    let (first, last) = (test[0][0].as_str(), test[test.len() - 1][0].as_str());
    let two = json(&project, &["--row", first, "--row", last]);
    assert_eq!(two["rows"].as_array().unwrap().len(), 2);
    for (row, id) in [(&two["rows"][0], first), (&two["rows"][1], last)] {
        assert_eq!(json(&project, &["--row", id])["rows"][0], *row);
    }
    let champion: Json = serde_json::from_str(&project.read("models/champion.json")).unwrap();
    assert_eq!(two["model"], champion["model"]);
    let table = project.ok(&["explain", "--row", first, "--top", "2"]).stdout;
    for word in [&format!("row {first}: "), "probability of yes", "for any row", "contribution", "++++", "3 others"] {
        assert!(table.contains(word), "no `{word}` in:\n{table}");
    }
}

#[test]
fn files_hold_all_classes_and_their_bytes_do_not_depend_on_threads() {
    let project = trained("multiclass", TREES);
    let model = "models/xgb_table_v1.bin";
    let write = |threads: &str, file: &str| {
        project.ok(&["--threads", threads, "explain", model, "--input", RAW, "--output", file]);
        project.bytes(file)
    };
    assert_eq!(write("1", "one.csv"), write("8", "eight.csv"));
    let (header, rows) = from_csv(&project.read("one.csv"));
    assert_eq!(header, ["row_id", "prediction", "class", "score", "expected", "feature", "value", "contribution"]);
    assert_eq!(rows.len(), 400 * 3 * 5);
    assert_eq!(project.ok(&["explain", model, "--input", RAW, "--output", "-"]).stdout, project.read("one.csv"));
    write("2", "all.json");
    let all: Json = serde_json::from_str(&project.read("all.json")).unwrap();
    assert_eq!(all, json(&project, &[model, "--input", RAW]));
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let project =
        trained("binary", "    nb: {}\n    xgb: {n_estimators: 5}\n    voting: {estimators: {lr: {}, dt: {}}}\n");
    let explain = |arguments: &[&str]| project.run(&[&["explain"], arguments].concat());
    explain(&["models/nb_table_v1.bin", "--input", RAW]).refused(2, "`nb` cannot tell what each feature adds");
    explain(&["models/voting_table_v1.bin", "--input", RAW]).refused(2, "explain one of its members");
    explain(&["models/xgb_table_v1.bin", "--row", "100000"]).refused(2, "`100000` is none of the test rows");
    explain(&["--row", "1"]).refused(3, "there is no champion yet");
    explain(&["models/xgb_table_v1.bin"]).refused(2, "--row");
    explain(&["models/gone.bin", "--row", "1"]).refused(3, "does not exist");
    explain(&["models/xgb_table_v1.bin", "--input", RAW, "--top", "0"]).refused(2, "--top");
    explain(&["models/xgb_table_v1.bin", "--input", RAW, "--output", "x.txt"]).refused(2, "neither in `.csv`");
    let to_model = ["models/xgb_table_v1.bin", "--input", RAW, "--output", "data/raw/table_raw_20240131.csv"];
    explain(&to_model).refused(2, "would be replaced");
    // Trees that tell no covers explain nothing.
    project.ok(&["export", "models/xgb_table_v1.bin", "--output", "trees.json"]);
    let mut trees: Json = serde_json::from_str(&project.read("trees.json")).unwrap();
    for tree in trees["learner"]["gradient_booster"]["model"]["trees"].as_array_mut().unwrap() {
        tree.as_object_mut().unwrap().remove("sum_hessian");
    }
    project.write("bare.json", &trees.to_string());
    project.ok(&["import", "bare.json", "--like", "models/xgb_table_v1.bin", "--output", "models/bare.bin"]);
    explain(&["models/bare.bin", "--input", RAW]).refused(3, "do not tell how many rows went which way");
}
