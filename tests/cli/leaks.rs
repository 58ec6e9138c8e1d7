//! No leak by construction: what is learned comes from training rows alone.

use std::collections::HashSet;

use crate::sandbox::{Sandbox, from_csv, generated_project, to_csv};

/// Changes the features of the test rows in the source: numbers scaled, whole ones made fractions, levels renamed.
fn change_test_rows(project: &Sandbox) {
    let (_, test) = from_csv(&project.read("data/processed/table-test_processed_20240131.csv"));
    let test: HashSet<usize> = test.iter().map(|row| row[0].parse().unwrap()).collect();
    let (header, mut rows) = from_csv(&project.read("data/external/table.csv"));
    for (at, row) in rows.iter_mut().enumerate().filter(|(at, _)| test.contains(&(at + 1))) {
        row[1] = format!("{}", 1000.0 + at as f64);
        row[2] = String::new();
        row[3] = "never seen".to_owned();
        row[4] = format!("{}", at as f64 + 0.5);
    }
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    project.write("data/external/table.csv", &to_csv(&names, &rows));
}

#[test]
fn changing_test_rows_changes_no_byte_of_any_model_file() {
    for task in ["binary", "multiclass", "regression"] {
        let learned = "features:\n  learned:\n    - impute: {columns: numeric, strategy: mean}\n    - clip_outliers: {columns: numeric}\n    - drop_constant\n    - scale: {columns: numeric, method: robust}\n    - encode: {columns: [color], method: target}\n    - encode: {columns: categorical, method: onehot}\n";
        for features in [None, Some(learned)] {
            let project = generated_project(task);
            if let Some(text) = features {
                project.write("configs/features.yaml", text);
            }
            project.stages("train");
            let models = project.files("models");
            let test_rows = project.bytes("data/processed/table-test_processed_20240131.csv");
            change_test_rows(&project);
            project.stages("train");
            assert!(test_rows != project.bytes("data/processed/table-test_processed_20240131.csv"));
            for ((name, before), (_, after)) in models.iter().zip(project.files("models")) {
                assert!(*before == after, "{task}: {name} changed");
            }
        }
    }
}

#[test]
fn changing_a_training_row_changes_every_model_that_looks_at_features() {
    let project = generated_project("binary");
    project.stages("train");
    let models = project.files("models");
    let (_, train) = from_csv(&project.read("data/processed/table-train_processed_20240131.csv"));
    let first: usize = train[0][0].parse().unwrap();
    let (header, mut rows) = from_csv(&project.read("data/external/table.csv"));
    rows[first - 1][2] = "1.999".to_owned();
    let names: Vec<&str> = header.iter().map(String::as_str).collect();
    project.write("data/external/table.csv", &to_csv(&names, &rows));
    project.stages("train");
    for ((name, before), (_, after)) in models.iter().zip(project.files("models")) {
        assert!(*before != after, "{name} did not notice");
    }
}
