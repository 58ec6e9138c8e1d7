//! What is exported gives the same raw scores, by XGBoost's rules and after an import; what is hostile is refused.

use serde_json::{Value as Json, json};

use super::super::{FitContext, FittedModel, REGISTRY, Task};
use super::{import, names};
use crate::data::{Block, Matrix, SparseBlock, SplitMix64, Target};
use crate::yaml::parse;

const ROWS: usize = 400;

/// Dense features with missing values beside a sparse block of `share` of its values.
fn matrix(seed: u64, share: f64) -> Matrix {
    let mut random = SplitMix64::new(seed);
    let mut value = |missing: f64| if random.unit_f64() < missing { f64::NAN } else { random.unit_f64() * 4.0 - 2.0 };
    let dense = vec![(0..ROWS).map(|_| value(0.1)).collect(), (0..ROWS).map(|_| value(0.0)).collect()];
    let mut sparse = SparseBlock { width: 3, starts: vec![0], ..SparseBlock::default() };
    for _ in 0..ROWS {
        for at in 0..3 {
            if random.unit_f64() < share {
                sparse.indices.push(at);
                sparse.values.push(if at == 0 { 1.0 } else { random.unit_f64() });
            }
        }
        sparse.starts.push(sparse.indices.len());
    }
    let names = ["a", "b", "x=[1]", "x=<2", "y"].map(String::from).to_vec();
    Matrix { rows: ROWS, names: names.into(), blocks: vec![Block::Dense(dense), Block::Sparse(sparse)] }
}

/// The same with every sparse block as dense columns, `absent` where it has no value.
fn dense(x: &Matrix, absent: f64) -> Matrix {
    let rows = x.to_row_major(absent);
    let column = |at: usize| rows.iter().skip(at).step_by(x.width()).copied().collect();
    Matrix { blocks: vec![Block::Dense((0..x.width()).map(column).collect())], ..x.clone() }
}

fn target(x: &Matrix, task: Task) -> Target {
    let rows = x.to_row_major(f64::NAN);
    let value = |row: &[f64]| {
        let known = |at: usize| if row[at].is_nan() { 0.7 } else { row[at] };
        known(0) * known(1) + known(2) + if row[3].is_nan() { -0.5 } else { row[3] }
    };
    let values: Vec<f64> = rows.chunks(x.width()).map(value).collect();
    let codes = |cuts: &[f64]| Target::Classes {
        codes: values.iter().map(|v| cuts.iter().filter(|cut| v > cut).count() as u32).collect(),
        classes: cuts.len() + 1,
    };
    match task {
        Task::Binary => codes(&[1.4]),
        Task::Multiclass => codes(&[0.2, 1.0]),
        Task::Regression => Target::Values(values.iter().map(|v| 1000.0 + 50.0 * v).collect()),
    }
}

fn fit(name: &str, params: &str, x: &Matrix, y: &Target) -> Box<dyn FittedModel> {
    let entry = REGISTRY.iter().find(|e| e.name == name).unwrap();
    let context = FitContext::of(1, 1);
    (entry.build)(&parse(params, "").unwrap()).unwrap().fit(x, y, None, &context).unwrap()
}

const TREES: [(&str, &str); 3] =
    [("xgb", "{n_estimators: 12, max_depth: 4}"), ("rf", "{n_estimators: 10, max_depth: 4}"), ("dt", "{max_depth: 5}")];
const TASKS: [Task; 3] = [Task::Binary, Task::Multiclass, Task::Regression];

/// Raw scores of a row by XGBoost's rules: absent and missing values take the way of `default_left`.
fn raw_scores(document: &Json, row: &[f64]) -> Vec<f64> {
    let learner = &document["learner"];
    let number = |key: &str| learner["learner_model_param"][key].as_str().unwrap().parse::<f64>().unwrap();
    let base = number("base_score");
    let base = if learner["objective"]["name"] == "binary:logistic" { (base / (1.0 - base)).ln() } else { base };
    let mut scores = vec![base; number("num_class").max(number("num_target")) as usize];
    let model = &learner["gradient_booster"]["model"];
    for (tree, output) in model["trees"].as_array().unwrap().iter().zip(model["tree_info"].as_array().unwrap()) {
        let mut at = 0;
        while tree["left_children"][at] != -1 {
            let value = row[tree["split_indices"][at].as_u64().unwrap() as usize];
            let left = if value.is_nan() {
                tree["default_left"][at] == 1
            } else {
                (value as f32) < tree["split_conditions"][at].as_f64().unwrap() as f32
            };
            at = tree[if left { "left_children" } else { "right_children" }][at].as_u64().unwrap() as usize;
        }
        scores[output.as_u64().unwrap() as usize] += tree["split_conditions"][at].as_f64().unwrap();
    }
    scores
}

/// The raw score that a probability or a value came from.
fn raw_of(name: &str, task: Task, scores: &[f64]) -> Vec<f64> {
    match (name, task) {
        ("xgb", Task::Binary) => vec![(scores[1] / scores[0]).ln()],
        ("xgb", Task::Multiclass) => scores.iter().map(|p| p.ln()).collect(),
        (_, Task::Binary) => vec![scores[1]],
        _ => scores.to_vec(),
    }
}

#[test]
fn exported_trees_give_the_same_raw_scores_and_absent_means_missing() {
    for (seed, share) in [(1, 0.1), (2, 0.5), (3, 0.95)] {
        let x = matrix(seed, share);
        let rows = x.to_row_major(f64::NAN);
        for ((name, params), task) in TREES.iter().flat_map(|tree| TASKS.map(|task| (*tree, task))) {
            let y = target(&x, task);
            let model = fit(name, params, &x, &y);
            let document: Json =
                serde_json::from_str(&model.xgboost_json(&x.names.to_vec()).unwrap().unwrap()).unwrap();
            for tree in document["learner"]["gradient_booster"]["model"]["trees"].as_array().unwrap() {
                // XGBoost takes the node behind the left child for the right one.
                let of = |side: &str| {
                    tree[side].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect::<Vec<_>>()
                };
                let children = of("left_children").into_iter().zip(of("right_children"));
                assert!(children.clone().all(|(left, right)| right == left + i64::from(left >= 0)), "{name} {task:?}");
            }
            let (scores, missing) = (model.predict(&x).unwrap(), model.predict(&dense(&x, f64::NAN)).unwrap());
            assert_eq!(scores.values, missing.values, "{name} {task:?}: absent is not missing in a batch");
            let learned = fit(name, params, &dense(&x, f64::NAN), &y);
            assert_eq!(learned.predict(&x).unwrap().values, scores.values, "{name} {task:?}: nor in a fit");
            for (at, row) in rows.chunks(x.width()).enumerate() {
                assert_eq!(model.predict(&x.select(&[at])).unwrap().values, scores.row(at), "{name}: nor in a row");
                let mut found = raw_scores(&document, row);
                let mut expected = raw_of(name, task, scores.row(at));
                if (name, task) == ("xgb", Task::Multiclass) {
                    // Probabilities tell the margins up to a common number.
                    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
                    let (a, b) = (mean(&found), mean(&expected));
                    found.iter_mut().for_each(|v| *v -= a);
                    expected.iter_mut().for_each(|v| *v -= b);
                }
                for (found, expected) in found.iter().zip(&expected) {
                    let off = (found - expected).abs() / expected.abs().max(1.0);
                    assert!(off < 1e-5, "{name} {task:?} row {at}: {found} is not {expected}");
                }
            }
        }
    }
}

#[test]
fn a_zero_is_a_value_and_an_absent_one_is_not() {
    // Absent with a zero beside it: only trees that tell the two apart can learn this target.
    let rows = 300_usize;
    let sparse = SparseBlock {
        width: 1,
        starts: (0..=rows).map(|row| row.div_ceil(3) + (row + 1) / 3).collect(),
        indices: vec![0; 200],
        values: (0..200).map(|at| f64::from(at % 2)).collect(),
    };
    let x = Matrix { rows, names: vec!["f".to_owned()].into(), blocks: vec![Block::Sparse(sparse)] };
    let absent = |row: usize| matches!(x.select(&[row]).blocks[0], Block::Sparse(ref s) if s.values.is_empty());
    let y = Target::Classes { codes: (0..rows).map(|row| u32::from(absent(row))).collect(), classes: 2 };
    for (name, _) in TREES {
        let scores = fit(name, "{}", &x, &y).predict(&x).unwrap().column(1);
        assert!((0..rows).all(|row| (scores[row] > 0.8) == absent(row)), "{name} {:?}", &scores[..3]);
    }
}

#[test]
fn what_is_exported_is_imported_with_the_same_answers() {
    let x = matrix(4, 0.3);
    for task in TASKS {
        let y = target(&x, task);
        let classes = if let Target::Classes { classes, .. } = y { classes } else { 0 };
        let model = fit("xgb", TREES[0].1, &x, &y);
        let text = model.xgboost_json(&x.names.to_vec()).unwrap().unwrap();
        let imported = import(&text, &x.names.to_vec(), task, classes).unwrap();
        assert_eq!((imported.rounds, imported.cut_from), (12, None));
        let stored =
            (REGISTRY.iter().find(|e| e.name == "xgb").unwrap().load)(&imported.model.encode().unwrap()).unwrap();
        let (a, b) = (model.predict(&x).unwrap(), stored.predict(&x).unwrap());
        assert_eq!(b.values, imported.model.predict(&x).unwrap().values);
        for (a, b) in a.values.iter().zip(&b.values) {
            assert!((a - b).abs() <= 1e-6 * a.abs().max(1.0), "{task:?}: {b} is not {a}");
        }
        // Early stopping, as XGBoost records it.
        let best = text.replace(r#""attributes":{}"#, r#""attributes":{"best_iteration":"4"}"#);
        let best = import(&best, &x.names.to_vec(), task, classes).unwrap();
        assert_eq!((best.rounds, best.cut_from), (5, Some(12)));
    }
}

#[test]
fn names_are_those_that_xgboost_bears_and_stay_unlike() {
    let given = ["a<1", "alt 1", "b[2]", "b(2)", "b[2)", "c"].map(String::from);
    assert_eq!(names(&given), ["alt 1 2", "alt 1", "b(2) 2", "b(2)", "b(2) 3", "c"]);
}

fn changed(text: &str, change: impl Fn(&mut Json)) -> String {
    let mut document: Json = serde_json::from_str(text).unwrap();
    change(&mut document["learner"]);
    document.to_string()
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let x = matrix(5, 0.3);
    let text = fit("xgb", TREES[0].1, &x, &target(&x, Task::Binary)).xgboost_json(&x.names.to_vec()).unwrap().unwrap();
    fn tree(learner: &mut Json) -> &mut Json {
        &mut learner["gradient_booster"]["model"]["trees"][0]
    }
    type Change = fn(&mut Json);
    let cases: [(Change, &str); 13] = [
        (|l| l["gradient_booster"]["name"] = json!("gblinear"), "a `gblinear` booster"),
        (|l| l["gradient_booster"]["model"]["weight_drop"] = json!([1.0]), "a `dart` booster"),
        (
            |l| l["learner_model_param"]["num_feature"] = json!("4"),
            "trained on 4 features, and the model's transforms give 5",
        ),
        (|l| l["feature_names"][1] = json!("z"), "feature 2 is called `z` in the file, and `b` in the model"),
        (|l| l["objective"]["name"] = json!("multi:softprob"), "`multi:softprob`, which does not suit the task"),
        (|l| l["learner_model_param"]["base_score"] = json!("1E0"), "`base_score` of `1E0`"),
        (|l| l["learner_model_param"]["num_target"] = json!("2"), "2 targets"),
        (|l| tree(l)["left_children"][0] = json!(99_999), "damaged"),
        (|l| tree(l)["left_children"][0] = json!(0), "damaged"),
        (|l| tree(l)["split_indices"][0] = json!(5), "damaged"),
        (|l| tree(l)["split_conditions"] = json!([1.0]), "damaged"),
        (|l| tree(l)["split_conditions"][0] = json!(1e300), ""),
        (|l| l["gradient_booster"]["model"]["trees"] = json!([]), ""),
    ];
    for (at, (change, message)) in cases.into_iter().enumerate() {
        let error =
            import(&changed(&text, change), &x.names.to_vec(), Task::Binary, 2).err().unwrap_or_else(|| panic!("{at}"));
        assert!(error.message().contains(message), "{at}: {}", error.message());
        assert!(error.hint_text().is_some() || at == 6, "{at}: {}", error.message());
    }
    let categorical = changed(&text, |l| {
        let tree = tree(l);
        tree["split_type"][0] = json!(1);
        (tree["categories"], tree["categories_nodes"]) = (json!([1]), json!([0]));
        (tree["categories_segments"], tree["categories_sizes"]) = (json!([0]), json!([1]));
    });
    let error = import(&categorical, &x.names.to_vec(), Task::Binary, 2).err().unwrap();
    assert!(error.message().contains("categories"), "{}", error.message());
}

#[test]
fn hostile_files_are_refused_or_score() {
    let x = matrix(6, 0.3);
    let y = target(&x, Task::Multiclass);
    let text = fit("xgb", "{n_estimators: 2, max_depth: 2}", &x, &y).xgboost_json(&x.names.to_vec()).unwrap().unwrap();
    let attempt = |text: &str| {
        let imported = import(text, &x.names.to_vec(), Task::Multiclass, 3);
        let _ = imported.and_then(|imported| imported.model.predict(&x.select(&[0, 1, 2])));
    };
    for cut in (0..text.len()).step_by(7) {
        assert!(import(&text[..cut], &x.names.to_vec(), Task::Multiclass, 3).is_err(), "cut at {cut}");
    }
    let mut random = SplitMix64::new(9);
    let numbers = ["-1", "0", "1", "7", "2147483647", "18446744073709551615", "-1e39", "1e308", "null", "[]", "\"\""];
    let starts: Vec<usize> = text.match_indices(|c: char| ",:[".contains(c)).map(|(at, _)| at + 1).collect();
    for _ in 0..3000 {
        let at = starts[random.below(starts.len())];
        let end = text[at..].find([',', ']', '}']).map_or(text.len(), |end| at + end);
        attempt(&format!("{}{}{}", &text[..at], numbers[random.below(numbers.len())], &text[end..]));
    }
    attempt(&"[".repeat(100_000));
}
