//! `voting` and `stacking`: members fitted in the folds of `train`, combined by what they foretold there.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, from_csv, generated_project, to_csv};

/// A generated project that trains these algorithms, with keys of its own in train.yaml.
fn with(task: &str, keys: &str, algorithms: &[(&str, &str)]) -> Sandbox {
    let project = generated_project(task);
    let listed: String = algorithms.iter().map(|(name, params)| format!("    {name}: {params}\n")).collect();
    project.write(
        "configs/train.yaml",
        &format!(
            "train:\n  folds: 3\n  class_weight: null\n  threshold: f1\n  seed: null\n{keys}  algorithms:\n{listed}"
        ),
    );
    project.write_pipeline(&algorithms.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    project.ok(&["validate", "--fix"]);
    project
}

fn shown(project: &Sandbox, algorithm: &str) -> Json {
    let path = format!("models/{algorithm}_table_v1.bin");
    serde_json::from_str(&project.ok(&["show", &path, "--json"]).stdout).unwrap()
}

/// Of each metric its values in the folds.
fn out_of_fold(shown: &Json) -> Vec<(String, Vec<f64>)> {
    let scores = shown["info"]["out_of_fold"]["scores"].as_object().unwrap();
    let values = |of: &Json| of.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect();
    scores.iter().map(|(name, of)| (name.clone(), values(of))).collect()
}

const XGB: &str = "n_estimators: 10, max_depth: 3";

/// A member that alone counts is what it is without the others: fitted on the same rows, scored on the same.
#[test]
fn the_member_that_alone_counts_answers_as_it_does_alone() {
    let weighted = format!("{{{XGB}, class_weight: balanced}}");
    let voting = format!(
        "{{estimators: {{rf: {{n_estimators: 5}}, a: {{algorithm: xgb, {XGB}, class_weight: balanced}}}}, weights: {{a: 1, rf: 0}}}}"
    );
    for (task, keys) in [
        ("binary", "  validation: {method: kfold, repeats: 2}\n  calibration: platt\n"),
        ("binary", "  validation: {method: time, column: count}\n  sampling: under\n"),
        ("multiclass", ""),
    ] {
        let project = with(task, keys, &[("xgb", &weighted), ("voting", &voting)]);
        project.stages("evaluate");
        let (alone, member) = (shown(&project, "xgb"), shown(&project, "voting"));
        for ((name, alone), (_, found)) in out_of_fold(&alone).iter().zip(&out_of_fold(&member)) {
            let close = alone.iter().zip(found).all(|(a, b)| (a.is_nan() && b.is_nan()) || (a - b).abs() < 1e-9);
            assert!(close, "{task} {keys} {name}: {found:?}, not {alone:?}");
        }
        let metric = |name: &str| {
            let told: Json =
                serde_json::from_str(&project.read(&format!("reports/metrics/{name}_table_v1.json"))).unwrap();
            told["log_loss"].as_f64().unwrap()
        };
        assert!((metric("xgb") - metric("voting")).abs() < 1e-9, "{task}");
        assert_eq!(member["importance"], alone["importance"], "{task}");
    }
}

/// Every way of dealing and weighing reaches ensembles, and `show` tells who counts how much.
#[test]
fn ensembles_learn_however_rows_are_dealt_and_say_who_counts() {
    let members = format!("estimators: {{lr: {{}}, rf: {{n_estimators: 10}}, deep: {{algorithm: xgb, {XGB}}}}}");
    let (voting, stacking) = (format!("{{{members}, weights: out_of_fold}}"), format!("{{{members}}}"));
    for (keys, folds) in [
        ("  validation: {method: kfold, repeats: 2}\n", 6),
        ("  validation: {method: group, column: color}\n", 3),
        ("  validation: {method: time, column: count}\n", 3),
        ("  validation: {method: predefined, column: color}\n", 4),
        ("  sampling: over\n  sample_weight: count\n", 3),
        ("  calibration: isotonic\n", 3),
    ] {
        let project = with("binary", keys, &[("voting", &voting), ("stacking", &stacking)]);
        if keys.contains("sample_weight") {
            project.edit("configs/features.yaml", "value: \"a / count\"", "value: \"a / (count + 1)\"");
            project.edit(
                "configs/features.yaml",
                "  derive:\n",
                "  derive:\n    - expression: {name: heft, value: count + 1}\n",
            );
            project.edit("configs/train.yaml", "sample_weight: count", "sample_weight: heft");
        }
        project.stages("predict");
        for algorithm in ["voting", "stacking"] {
            let shown = shown(&project, algorithm);
            assert_eq!(shown["info"]["out_of_fold"]["folds"], folds, "{keys}");
            let auc = shown["info"]["out_of_fold"]["mean"]["roc_auc"].as_f64().unwrap();
            assert!(auc > 0.6, "{algorithm} {keys}: {auc}");
            let members = shown["members"].as_array().unwrap();
            let told: Vec<_> =
                members.iter().map(|m| (m["name"].as_str().unwrap(), m["algorithm"].as_str().unwrap())).collect();
            assert_eq!(told, [("lr", "lr"), ("rf", "rf"), ("deep", "xgb")]);
            let sum: f64 = members.iter().map(|m| m["share"].as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{members:?}");
            let importance = shown["importance"].as_array().unwrap().iter().map(|f| f["importance"].as_f64().unwrap());
            assert!((importance.sum::<f64>() - 1.0).abs() < 1e-9);
        }
        let text = project.ok(&["show", "models/voting_table_v1.bin"]).stdout;
        assert!(text.contains("Members and their shares\n  lr ") && text.contains("  deep (xgb)  0."), "{text}");
    }
}

#[test]
fn one_row_equals_the_batch() {
    for (task, linear) in [("binary", "lr"), ("multiclass", "lr"), ("regression", "ridge")] {
        let members = format!("estimators: {{{linear}: {{}}, knn: {{}}, deep: {{algorithm: xgb, {XGB}}}}}");
        let (voting, stacking) =
            (format!("{{{members}}}"), format!("{{{members}, final_estimator: {{algorithm: dt}}}}"));
        let project = with(task, "", &[("voting", &voting), ("stacking", &stacking)]);
        project.stages("predict");
        let (header, rows) = from_csv(&project.read("data/external/table.csv"));
        let names: Vec<&str> = header[..header.len() - 1].iter().map(String::as_str).collect();
        let rows: Vec<Vec<String>> = rows.iter().take(12).map(|row| row[..names.len()].to_vec()).collect();
        for algorithm in ["voting", "stacking"] {
            let model = format!("models/{algorithm}_table_v1.bin");
            let ask = |rows: &[Vec<String>]| {
                let ran = project.pipe(&["predict", "--input", "-", "--model", &model], &to_csv(&names, rows));
                assert_eq!(ran.code, 0, "{}", ran.stderr);
                let (header, rows) = from_csv(&ran.stdout);
                let from = header.iter().position(|h| h == "prediction").unwrap();
                rows.into_iter().map(|r| r[from..].to_vec()).collect::<Vec<_>>()
            };
            let batch = ask(&rows);
            for (row, answer) in rows.iter().zip(&batch) {
                assert_eq!(&ask(std::slice::from_ref(row))[0], answer, "{task} {algorithm}");
            }
        }
    }
}

/// The members foretell chance in their folds; what combines them must not make more of it.
#[test]
fn nothing_is_made_of_chance() {
    let mut state = 11u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 40
    };
    let rows: Vec<Vec<String>> = (0..900)
        .map(|_| {
            vec![
                (random() % 1000).to_string(),
                (random() % 1000).to_string(),
                ["no", "yes"][(random() % 2) as usize].to_owned(),
            ]
        })
        .collect();
    let project = Sandbox::table(&to_csv(&["a", "b", "y"], &rows), "{column: y, positive: \"yes\"}");
    let members = "estimators: {knn: {n_neighbors: 1}, rf: {n_estimators: 10}, xgb: {n_estimators: 20}}";
    project.write(
        "configs/train.yaml",
        &format!("train:\n  folds: 5\n  class_weight: null\n  threshold: f1\n  seed: null\n  algorithms:\n    voting: {{{members}, weights: out_of_fold}}\n    stacking: {{{members}, final_estimator: {{algorithm: xgb, n_estimators: 50}}}}\n"),
    );
    project.write_pipeline(&["voting", "stacking"]);
    project.stages("train");
    for algorithm in ["voting", "stacking"] {
        let auc = shown(&project, algorithm)["info"]["out_of_fold"]["mean"]["roc_auc"].as_f64().unwrap();
        assert!(auc < 0.55, "{algorithm}: {auc}");
    }
}

#[test]
fn what_ensembles_cannot_do_is_refused_before_anything_runs() {
    let lr = "{estimators: {lr: {}, rf: {n_estimators: 5}}}";
    let project = generated_project("binary");
    project.stages("split");
    let refused = |keys: &str, params: &str, told: &str| {
        project.write(
            "configs/train.yaml",
            &format!("train:\n  folds: 3\n  class_weight: null\n  threshold: f1\n  seed: null\n{keys}  algorithms:\n    stacking: {params}\n"),
        );
        let ran = project.run(&["train"]);
        assert!(ran.stderr.contains(told), "{params}: {}", ran.stderr);
        ran.refused(2, told);
    };
    refused("", "{estimators: {lr: {}, ridge: {}}}", "`ridge` cannot do a binary task");
    refused(
        "",
        "{estimators: {lr: {}, rf: {}}, final_estimator: {algorithm: lasso}}",
        "`lasso` cannot do a binary task",
    );
    refused("", "{estimators: {lr: {}, rf: {class_weight: 3}}}", "class_weight");
    refused("", "{estimators: {lr: {}, knn: {class_weight: balanced}}}", "`knn` takes no class weights");
    refused("  sample_weight: count\n", "{estimators: {lr: {}, knn: {}}}", "`knn` takes no sample weights");
    refused("", "{estimators: {lr: {}, rf: {class_weight: {maybe: 2}}}}", "rf.class_weight`: `maybe` is no class");
    refused("", "{estimators: {lr: {}, more: {algorithm: voting}}}", "`voting` is an ensemble itself");
    assert!(project.files("models").iter().all(|(name, _)| !name.ends_with(".bin")));

    project.write("configs/tune.yaml", "tune: {algorithms: {stacking: {final_estimator: {choices: [null]}}}}\n");
    refused("", lr, "`stacking` cannot be tuned, but its members can");
    std::fs::remove_file(project.path("configs/tune.yaml")).unwrap();
    project.ok(&["train"]);
    let ran =
        project.run(&["export", "models/stacking_table_v1.bin", "--format", "xgboost-json", "--output", "trees.json"]);
    ran.refused(2, "`stacking` is not made of trees");
}
