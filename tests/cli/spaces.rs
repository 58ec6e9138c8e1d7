//! What `mlops tune` may search: spaces that are refused where they stand, class weights, and what a search asks of
//! train.yaml.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project};

/// A project whose training rows are there.
fn project(tune: &str) -> Sandbox {
    let project = generated_project("binary");
    project.write("configs/tune.yaml", tune);
    project.stages("split");
    project
}

#[test]
fn bad_spaces_are_refused_where_they_stand() {
    let project = project("tune: {}\n");
    project.run(&["tune"]).refused(2, "names no algorithm");
    for (space, expected) in [
        (
            "xgb: {max_dept: {int: [3, 10]}}",
            "tune.yaml:3:11: `tune.algorithms.xgb.max_dept`: unknown key\nhint: did you mean `max_depth`?",
        ),
        ("xbg: {max_depth: 3}", "unknown algorithm `xbg`"),
        ("xgb: {max_depth: {int: [10, 3]}}", "the least value is greater than the greatest"),
        ("xgb: {max_depth: {int: [3]}}", "expected two numbers"),
        ("xgb: {max_depth: {int: [3, 99]}}", "`tune.algorithms.xgb.max_depth`: expected a number from 0 to 64"),
        ("xgb: {max_depth: {int: [3, 9], stop: 2}}", "`tune.algorithms.xgb.max_depth.stop`: unknown key"),
        ("xgb: {max_depth: {int: [3, 9], step: 0}}", "`step` must be 1 or more"),
        ("xgb: {max_depth: {from: 3, to: 9}}", "expected `int`, `float`, `choices` or one value"),
        ("xgb: {learning_rate: {float: [0, 1], log: true}}", "`log` needs values above 0"),
        ("xgb: {learning_rate: {float: [0.1, 1], log: true, step: 0.1}}", "`log` and `step` do not go together"),
        ("xgb: {learning_rate: {float: [0.1, 1.5]}}", "expected a number above 0, up to 1"),
        ("xgb: {learning_rate: {float: [0.1, .inf]}}", "both ends must be finite"),
        ("xgb: {grow_policy: {choices: []}}", "there is nothing to choose from"),
        ("xgb: {grow_policy: {choices: [depthwise, depthwise]}}", "stands twice"),
        ("xgb: {grow_policy: {choices: [depthwise, widthwise]}}", "widthwise"),
        ("xgb: 3", "expected a mapping such as"),
        ("linear: {}", "cannot do a binary task"),
        ("lr: {class_weight: {int: [1, 5]}}", "class weights are no numbers between two ends"),
        ("lr: {class_weight: {choices: [null, even]}}", "expected `balanced`, `null` or {label: weight}"),
        (
            "knn: {class_weight: {choices: [null, balanced]}}",
            "tune.yaml:3:11: `tune.algorithms.knn.class_weight`: `knn` takes no class",
        ),
    ] {
        project.write("configs/tune.yaml", &format!("tune:\n  algorithms:\n    {space}\n"));
        project.edit("configs/config.yaml", "{column: y", "{task: binary, column: y");
        project.run(&["tune"]).refused(2, expected);
        project.run(&["validate"]).refused(2, "configs/tune.yaml:");
        project.edit("configs/config.yaml", "{task: binary, column: y", "{column: y");
    }
    for (keys, expected) in [
        ("trials: 0", "expected a number from 1 to 100000"),
        ("sampler: gird", "tpe"),
        ("metric: roc", "unknown metric `roc`"),
        ("sampler: grid", "a grid needs a `step` for numbers"),
    ] {
        project.write(
            "configs/tune.yaml",
            &format!("tune:\n  {keys}\n  algorithms:\n    xgb: {{learning_rate: {{float: [0.1, 1]}}}}\n"),
        );
        project.run(&["tune"]).refused(2, expected);
    }
}

#[test]
fn class_weights_are_searched_and_written() {
    let project = project(
        "tune: {sampler: grid, metric: recall, algorithms: {lr: {c: 0.5, class_weight: {choices: [null, {\"yes\": 30}, balanced]}}}}\n",
    );
    project.ok(&["tune", "--write"]);
    let result: Json = serde_json::from_str(&project.read("reports/tuning/tuning_table_v1.json")).unwrap();
    assert_eq!(result["best"]["params"], serde_json::json!({"class_weight": {"yes": 30}}));
    project.ok(&["validate"]);
    project.ok(&["train", "-a", "lr"]);
    let shown: Json = serde_json::from_str(&project.ok(&["show", "models/lr_table_v1.bin", "--json"]).stdout).unwrap();
    assert_eq!(shown["info"]["out_of_fold"]["mean"]["recall"], result["best"]["mean"]);
}

#[test]
fn costs_of_what_is_no_class_are_told_whatever_the_metric() {
    let project = project("tune: {trials: 2, metric: roc_auc, algorithms: {nb: {}}}\n");
    project.edit("configs/train.yaml", "threshold: f1", "threshold: {costs: {\"yes\": {\"no\": 2, \"maybe\": 3}}}");
    for command in [&["tune"][..], &["train"]] {
        project.run(command).refused(2, "`train.threshold.costs`: `maybe` is no class");
    }
    project.edit("configs/config.yaml", "{column: y}", "{column: y, map: {\"yes\": \"yes\", \"no\": \"no\"}}");
    project.run(&["validate"]).refused(2, "configs/train.yaml:4:22: `train.threshold.costs`: `maybe` is no class");
}
