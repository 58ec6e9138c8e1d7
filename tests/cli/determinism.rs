//! Same inputs, same bytes: any number of threads, any number of times.

use crate::sandbox::{Sandbox, generated_project};

fn artifacts(project: &Sandbox) -> Vec<(String, Vec<u8>)> {
    ["data", "models", "reports"].iter().flat_map(|folder| project.files(folder)).collect()
}

/// All algorithms of the task, and what scores go through.
fn with_all_algorithms(task: &str) -> Sandbox {
    let project = generated_project(task);
    let more = match task {
        "regression" => "    lasso: {}\n    elasticnet: {}\n    knn: {}\n    svm: {}\n",
        _ => "    nb: {}\n    knn: {}\n    svm: {}\n",
    };
    let linear = if task == "regression" { "ridge" } else { "lr" };
    let members = format!("{{{linear}: {{}}, deep: {{algorithm: xgb, n_estimators: 10, max_depth: 5}}}}");
    let ensembles = format!(
        "    voting: {{estimators: {members}, weights: out_of_fold}}\n    stacking: {{estimators: {members}}}\n"
    );
    project.edit("configs/train.yaml", "    baseline: {}\n", &format!("    baseline: {{}}\n{more}{ensembles}"));
    if task != "regression" {
        let keys = "  calibration: isotonic\n  sampling: over\n  validation: {method: kfold, repeats: 2}\n";
        project.edit("configs/train.yaml", "train:\n", &format!("train:\n{keys}"));
    }
    project.ok(&["validate", "--fix"]);
    project
}

#[test]
fn every_artifact_has_the_same_bytes_at_1_2_and_8_threads_and_again() {
    for task in ["binary", "multiclass", "regression"] {
        let mut first: Option<Vec<(String, Vec<u8>)>> = None;
        for threads in ["1", "2", "8", "2"] {
            let project = with_all_algorithms(task);
            for stage in ["ingest", "clean", "features", "explore", "split", "train", "evaluate", "predict"] {
                project.ok(&["--threads", threads, stage]);
            }
            let found = artifacts(&project);
            assert!(found.len() > 20);
            match &first {
                None => first = Some(found),
                Some(first) => {
                    for ((name, expected), (other, bytes)) in first.iter().zip(&found) {
                        assert_eq!(name, other);
                        assert!(expected == bytes, "{task}: {name} differs at {threads} threads");
                    }
                }
            }
        }
    }
}

#[test]
fn a_stage_run_again_changes_no_byte() {
    let project = generated_project("binary");
    project.stages("predict");
    let before = artifacts(&project);
    project.stages("predict");
    assert!(before == artifacts(&project));
}
