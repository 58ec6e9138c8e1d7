//! One code path: evaluation, batch prediction and single rows give the same bits.

use std::collections::HashMap;

use crate::sandbox::{Sandbox, from_csv, generated_project, to_csv};

/// Row id → everything from `prediction` on, as text: shortest decimal forms are equal only for equal bits.
fn answers(text: &str) -> HashMap<String, Vec<String>> {
    let (header, rows) = from_csv(text);
    let from = header.iter().position(|h| h == "prediction").unwrap();
    rows.into_iter().map(|row| (row[0].clone(), row[from..].to_vec())).collect()
}

fn check(project: &Sandbox, dataset: &str, date: &str) {
    project.stages("predict");
    let evaluated = answers(&project.read(&format!("reports/metrics/test-predictions_{dataset}_v1.csv")));
    let predicted = answers(&project.read(&format!("data/processed/{dataset}-predictions_processed_{date}.csv")));
    assert!(evaluated.len() > 50);
    for (id, answer) in &evaluated {
        assert_eq!(Some(answer), predicted.get(id), "row {id}");
    }
}

#[test]
fn evaluate_equals_predict_from_raw_rows() {
    check(&Sandbox::wine(), "wine", "20251120");
    for task in ["binary", "multiclass", "regression"] {
        check(&generated_project(task), "table", "20240131");
    }
}

#[test]
fn one_row_equals_the_batch_for_every_algorithm_in_any_column_order() {
    for task in ["binary", "multiclass", "regression"] {
        let project = generated_project(task);
        project.stages("train");
        let (header, rows) = from_csv(&project.read("data/external/table.csv"));
        // Reversed columns, no target, and a level that training never saw.
        let order: Vec<usize> = (0..header.len() - 1).rev().collect();
        let turned = |row: &Vec<String>| order.iter().map(|i| row[*i].clone()).collect::<Vec<_>>();
        let names: Vec<&str> = order.iter().map(|i| header[*i].as_str()).collect();
        let mut rows: Vec<Vec<String>> = rows.iter().take(12).map(turned).collect();
        let color = names.iter().position(|n| *n == "color").unwrap();
        rows[3][color] = "purple".to_owned();
        let mut algorithms = vec!["baseline", "dt", "rf", "xgb"];
        algorithms.extend(if task == "regression" { &["linear", "ridge"][..] } else { &["lr"] });
        for algorithm in algorithms {
            let model = format!("models/{algorithm}_table_v1.bin");
            let ask = |rows: &[Vec<String>]| {
                let ran = project.pipe(&["predict", "--input", "-", "--model", &model], &to_csv(&names, rows));
                assert_eq!(ran.code, 0, "{}", ran.stderr);
                let (header, rows) = from_csv(&ran.stdout);
                let from = header.iter().position(|h| h == "prediction").unwrap();
                rows.into_iter().map(|r| r[from..].to_vec()).collect::<Vec<_>>()
            };
            let batch = ask(&rows);
            assert_eq!(batch.len(), rows.len());
            for (row, answer) in rows.iter().zip(&batch) {
                assert_eq!(&ask(std::slice::from_ref(row))[0], answer, "{task} {algorithm}");
            }
        }
    }
}

#[test]
fn empty_levels_made_by_steps_are_nulls_on_every_path() {
    let project = generated_project("binary");
    project.write(
        "configs/clean.yaml",
        "clean:\n  steps:\n    - map_values: {column: color, values: {red: \"\", green: \" g \"}}\n",
    );
    project.edit(
        "configs/features.yaml",
        "  learned:",
        "    - expression: {name: z, value: \"if(b > 0, '', 'neg')\"}\n    - bins: {column: count, edges: [10, 30], labels: [\"\", m, h], name: cb}\n  learned:",
    );
    check(&project, "table", "20240131");
}

#[test]
fn a_column_that_no_input_is_made_of_need_not_be_there() {
    let project = generated_project("binary");
    project.edit("configs/features.yaml", "features:\n", "features:\n  drop: [count, b]\n");
    project.stages("evaluate");
    // `count` goes into a derived column; `b` goes nowhere.
    let ran = project.pipe(&["predict", "--input", "-"], "a,color,count\n1,red,3\n");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    project.pipe(&["predict", "--input", "-"], "a,color\n1,red\n").refused(3, "required column `count` not found");
}
