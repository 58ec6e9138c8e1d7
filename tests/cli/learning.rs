//! How training rows are dealt, weighed and evened out, and what of it reaches a model file.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project, to_csv};

fn info(project: &Sandbox, algorithm: &str) -> Json {
    let path = format!("models/{algorithm}_table_v1.bin");
    serde_json::from_str::<Json>(&project.ok(&["show", &path, "--json"]).stdout).unwrap()["info"].clone()
}

/// A generated project with keys of its own in train.yaml, watched by dvc.yaml.
fn with(task: &str, keys: &str) -> Sandbox {
    let project = generated_project(task);
    project.edit("configs/train.yaml", "train:\n", &format!("train:\n{keys}"));
    project.ok(&["validate", "--fix"]);
    project
}

/// Two rows share a level, and the target is chance: whoever learns the target of a row from its level has seen it.
#[test]
fn a_planted_leak_scores_no_better_than_chance() {
    let mut state = 7u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 40
    };
    let rows: Vec<Vec<String>> = (0..1200)
        .map(|row| {
            let level = format!("c{}", row * 7919 % 600);
            vec![level, (random() % 100).to_string(), ["no", "yes"][(random() % 2) as usize].to_owned()]
        })
        .collect();
    let project = Sandbox::table(&to_csv(&["level", "noise", "y"], &rows), "{column: y, positive: \"yes\"}");
    project.write(
        "configs/features.yaml",
        "features:\n  learned:\n    - encode: {columns: [level], method: target, smoothing: 0}\n    - scale: {columns: numeric}\n",
    );
    project.edit("configs/train.yaml", "folds: 3", "folds: 5");
    project.stages("train");
    for algorithm in ["lr", "dt", "rf", "xgb"] {
        let info = info(&project, algorithm);
        let mean = info["out_of_fold"]["mean"]["roc_auc"].as_f64().unwrap();
        assert!((0.40..0.60).contains(&mean), "{algorithm}: {mean}");
        assert_eq!(info["out_of_fold"]["scores"]["roc_auc"].as_array().unwrap().len(), 5);
    }
}

/// A level that tells nothing, encoded by the target: where copies of a row teach each other their target, the level
/// seems to tell all, and what does tell is unlearned.
#[test]
fn rows_drawn_again_do_not_tell_their_own_target() {
    let mut state = 3u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let rows: Vec<Vec<String>> = (0..1500)
        .map(|_| {
            let (x, level) = (random(), (random() * 400.0) as u32);
            let is_rare = random() < 0.25 * x * x;
            vec![format!("c{level}"), x.to_string(), ["no", "yes"][usize::from(is_rare)].to_owned()]
        })
        .collect();
    let project = Sandbox::table(&to_csv(&["level", "x", "y"], &rows), "{column: y, positive: \"yes\"}");
    let encode = "features:\n  learned:\n    - encode: {columns: [level], method: target}\n    - scale: {}\n";
    project.write("configs/features.yaml", encode);
    let score = |sampling: &str| {
        let train = format!("train:\n  folds: 3\n  sampling: {sampling}\n  algorithms: {{lr: {{}}}}\n");
        project.write("configs/train.yaml", &train);
        project.stages("train");
        info(&project, "lr")["out_of_fold"]["mean"]["roc_auc"].as_f64().unwrap()
    };
    let (all, over) = (score("null"), score("over"));
    assert!(all > 0.65 && over > all - 0.03, "{all} {over}");
}

/// Each fold holds one class, which leaves the metric that a champion is chosen by undefined in all of them.
#[test]
fn a_champion_that_nothing_speaks_for_is_told_of() {
    let rows: Vec<Vec<String>> = (0..60)
        .map(|row| vec![(row * 37 % 60).to_string(), ["a", "b"][row % 2].to_owned(), ["no", "yes"][row % 2].to_owned()])
        .collect();
    let project = Sandbox::table(&to_csv(&["x", "fold", "y"], &rows), "{column: y, positive: \"yes\"}");
    let train = "train:\n  validation: {method: predefined, column: fold}\n  algorithms: {nb: {}, lr: {}}\n";
    project.write("configs/train.yaml", train);
    project.stages("train");
    let ran = project.ok(&["evaluate"]);
    assert!(ran.stderr.contains("no model has an out-of-fold roc_auc, so the champion is the first"), "{}", ran.stderr);
    assert!(ran.stdout.contains("champion nb"), "{}", ran.stdout);
}

#[test]
fn every_way_of_dealing_and_weighing_reaches_the_model_and_its_answers() {
    for (keys, folds) in [
        ("  validation: {method: kfold, repeats: 2}\n", 6),
        ("  validation: {method: stratified}\n", 3),
        ("  validation: {method: group, column: color}\n", 3),
        ("  validation: {method: time, column: count}\n", 3),
        ("  validation: {method: predefined, column: color}\n", 4),
        ("  sampling: under\n", 3),
        ("  sampling: over\n", 3),
        ("  sampling: {\"no\": others}\n", 3),
        ("  sample_weight: count_1\n", 3),
        ("  calibration: platt\n", 3),
        ("  calibration: isotonic\n  sampling: {\"no\": 40}\n", 3),
    ] {
        let project = with("binary", keys);
        if keys.contains("count_1") {
            project.edit(
                "configs/features.yaml",
                "  derive:\n",
                "  derive:\n    - expression: {name: count_1, value: count + 1}\n",
            );
        }
        project.stages("predict");
        let info = info(&project, "xgb");
        assert_eq!(info["out_of_fold"]["folds"], folds, "{keys}");
        let inputs = info["inputs"].as_array().unwrap().len();
        // A column that says how to learn is no feature.
        let no_feature = keys.contains("predefined");
        assert_eq!(inputs, if no_feature { 4 } else { 5 }, "{keys}: {}", info["inputs"]);
        let usual = generated_project("binary");
        usual.stages("train");
        let as_usual = project.bytes("models/xgb_table_v1.bin") == usual.bytes("models/xgb_table_v1.bin");
        assert_eq!(as_usual, keys.contains("{method: stratified}"), "{keys}");
    }
}

/// Hundreds of fits wait for one another's parts.
#[test]
fn there_may_be_as_many_folds_as_rows() {
    let project = with("binary", "  validation: {method: predefined, column: key}\n");
    project.stages("train");
    assert_eq!(info(&project, "rf")["out_of_fold"]["folds"], 320);
}

/// What `threshold` makes of the scores, and what of that `evaluate` and `predict` tell.
#[test]
fn classes_are_decided_by_metric_or_costs() {
    let decided = |task: &str, threshold: &str| {
        let project = generated_project(task);
        project.edit("configs/train.yaml", "threshold: f1\n", &format!("threshold: {threshold}\n"));
        project.stages("predict");
        let told: Json = serde_json::from_str(&project.read("reports/metrics/evaluation_table_v1.json")).unwrap();
        (info(&project, "rf")["decision"].clone(), told["models"]["rf"].clone())
    };
    // Rows of `high` that are missed are dear, so that there are few of them.
    let missed = |told: &Json| told["confusion_matrix"]["actual_by_predicted"][0].as_array().unwrap()[1..].to_vec();
    let sum = |cells: Vec<Json>| cells.iter().map(|n| n.as_u64().unwrap()).sum::<u64>();
    let (_, usual) = decided("multiclass", "f1");
    let (decision, dear) = decided("multiclass", "{costs: {high: {low: 50, mid: 50}}}");
    assert_eq!((decision["by"].as_str(), decision["costs"][0][1].as_f64()), (Some("least_cost"), Some(50.0)));
    assert!(sum(missed(&dear)) < sum(missed(&usual)), "{dear} {usual}");
    assert!(dear["mean_cost"].as_f64().unwrap() > 0.0 && usual.get("mean_cost").is_none());

    let (decision, told) = decided("multiclass", "f1_macro");
    assert_eq!(decision["rule"], "best f1_macro out of fold");
    assert_eq!(
        (decision["by"]["thresholds"].as_array().unwrap().len(), &told["thresholds"]),
        (3, &decision["by"]["thresholds"])
    );

    let (decision, told) = decided("binary", "{costs: {\"yes\": {\"no\": 20}}}");
    assert!(decision["by"]["threshold"].as_f64().unwrap() < 0.4, "{decision}");
    let cells: Vec<f64> = told["confusion_matrix"]["actual_by_predicted"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap().iter().map(|n| n.as_f64().unwrap()))
        .collect();
    let cost = (cells[1] + 20.0 * cells[2]) / cells.iter().sum::<f64>();
    assert!((told["mean_cost"].as_f64().unwrap() - cost).abs() < 1e-12);
}

#[test]
fn what_cannot_be_learned_so_is_said_before_anything_is_written() {
    for (task, keys, code, told) in [
        ("binary", "  validation: {method: group}\n", 2, "needs a `column`"),
        ("binary", "  validation: {method: group, column: colour}\n", 2, "did you mean `color`?"),
        ("binary", "  validation: {method: time, column: color}\n", 2, "an order in time needs a date or a number"),
        ("binary", "  validation: {method: time, column: a}\n", 3, "missing values"),
        ("binary", "  validation: {method: group, column: color, repeats: 2}\n", 2, "can be dealt anew"),
        ("binary", "  validation: {method: loo}\n", 2, "loo"),
        ("binary", "  sampling: {maybe: 3}\n", 2, "`maybe`, which is no class"),
        ("binary", "  sampling: {\"yes\": 0}\n", 2, "configs/train.yaml:2"),
        ("regression", "  sampling: under\n", 2, "the target is a number"),
        ("regression", "  calibration: platt\n", 2, "class"),
        ("binary", "  sample_weight: b\n", 3, "`b`"),
        ("binary", "  sample_weight: color\n", 2, "`color`"),
        ("binary", "  sample_weight: nowhere\n", 2, "`nowhere` not found"),
    ] {
        let project = generated_project(task);
        project.stages("split");
        project.edit("configs/train.yaml", "train:\n", &format!("train:\n{keys}"));
        let ran = project.run(&["train"]);
        assert!(ran.stderr.contains(told), "{keys}: {}", ran.stderr);
        ran.refused(code, told);
        assert!(project.files("models").iter().all(|(name, _)| !name.ends_with(".bin")), "{keys}");
    }
}
