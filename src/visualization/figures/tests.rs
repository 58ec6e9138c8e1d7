use serde_json::{Value, json};

use super::*;
use crate::models::RawScore;
use crate::package::Explanation;
use crate::package::evaluation::Evaluation;
use crate::visualization::chart::tests::assert_legible;
use crate::visualization::scene::Mark;
use crate::visualization::{Figure, Lang};

const BOTH: [Lang; 2] = [Lang::En, Lang::Es];

fn model(task: &str, classes: &[String], curves: usize) -> Value {
    let spread = json!({"edges": [0.0, 0.5, 1.0], "positive": [1, 3], "negative": [0, 0]});
    let bin = json!({"predicted": 0.7, "observed": 0.75, "rows": 4});
    let curve = |class: &String| {
        json!({
            "class": class,
            "scores": {"positives": 4, "negatives": 4, "thresholds": [0.9, 0.5, 0.1],
                "true_positives": [1, 3, 4], "false_positives": [0, 1, 4]},
            "calibration": [bin], "calibration_by_quantile": [], "histogram": spread,
        })
    };
    let mut model = json!({
        "model": "models/m.bin",
        "test": {"roc_auc": 0.75, "f1": 0.5, "rmse": 2.5, "log_loss": 0.4},
        "out_of_fold": {"folds": 5, "mean": {}, "std": {}, "scores": {}},
        "intervals": {"roc_auc": {"low": 0.6, "high": 0.9}},
        "curves": classes.iter().rev().take(curves).map(curve).collect::<Vec<_>>(),
        "importance": [{"feature": "a column of a very long name=and of a long level", "importance": 0.9}],
        "slices": [],
    });
    if task == "regression" {
        model["residuals"] = json!({"mean": 0.0, "std": 1.0, "quantiles": [], "edges": [-1.0, 0.0, 1.0],
            "counts": [2, 2], "rows": [[1.0, 1.0], [1.0, 3.0]]});
    } else {
        let row = vec![3; classes.len()];
        model["confusion_matrix"] = json!({"classes": classes, "actual_by_predicted": vec![row; classes.len()]});
        model["threshold"] = if task == "binary" { json!(0.5) } else { Value::Null };
        model["costs"] = if task == "binary" { json!([[0.0, 1.0], [5.0, 0.0]]) } else { json!([]) };
    }
    model
}

fn evaluation(task: &str, classes: usize, curves: usize, models: usize) -> Evaluation {
    let classes: Vec<String> = (0..classes).map(|at| format!("class <{at}>")).collect();
    let models: serde_json::Map<String, Value> =
        (0..models).map(|at| (format!("algorithm{at:02}"), model(task, &classes, curves))).collect();
    let column = json!({"feature": "a", "mean": -0.1, "std": 0.2});
    serde_json::from_value(json!({
        "rows": 8, "task": task, "target": "y", "classes": classes, "select": "roc_auc", "champion": "algorithm00",
        "models": models, "comparisons": [], "top_errors": [],
        "permutation_importance": {"metric": "roc_auc", "repeats": 3, "columns": [column]},
    }))
    .unwrap()
}

/// Every figure of an evaluation that there is.
fn all(evaluation: &Evaluation, lang: Lang) -> Vec<Figure> {
    let of_all = [roc, precision_recall, calibration, gain, lift, importance, model_comparison];
    let of_one = [confusion_matrix, threshold, score_distribution, residuals, predicted_actual];
    let mut figures: Vec<Figure> = of_all.iter().map(|figure| figure(evaluation, lang)).collect();
    figures.extend(of_one.iter().filter_map(|figure| figure(evaluation, "algorithm00", lang)));
    figures.extend(permutation_importance(evaluation, lang));
    figures
}

#[test]
fn every_task_with_few_and_many_classes_and_models_is_drawn_in_both_languages() {
    for (task, classes, curves, drawn) in
        [("binary", 2, 1, 11), ("multiclass", 3, 3, 11), ("multiclass", 90, 20, 11), ("regression", 0, 0, 11)]
    {
        for models in [0, 1, 40] {
            let evaluation = evaluation(task, classes, curves, models);
            for lang in BOTH {
                let figures = all(&evaluation, lang);
                let of_one = if models == 0 { 3 } else { 0 };
                let numbers = if task == "regression" { 1 } else { 0 };
                assert!(figures.len() + of_one + numbers >= drawn - 1, "{task} {models}: {}", figures.len());
                for figure in figures {
                    assert_legible(&figure);
                    assert!(models != 1 || figure.png().is_ok());
                    assert!(!figure.description.is_empty() && figure.scene.height < 4000.0, "{}", figure.title);
                }
            }
        }
    }
}

#[test]
fn the_chosen_threshold_stands_where_the_model_decides() {
    // At 0.5 three of four positive rows are found, and one of four negative ones is taken for positive.
    let figure = roc(&evaluation("binary", 2, 1, 1), Lang::En);
    let corner = |mark: &Mark| match mark {
        Mark::Line(points, stroke) if points.len() == 4 && stroke.width == 2.0 => Some(points.clone()),
        _ => None,
    };
    let line = figure.scene.marks.iter().find_map(corner).unwrap();
    let rings: Vec<(f64, f64)> = figure
        .scene
        .marks
        .iter()
        .filter_map(|mark| if let Mark::Circle(at, 3.0, _) = mark { Some(*at) } else { None })
        .collect();
    assert!(rings.contains(&line[2]), "{rings:?} {line:?}");
    let (origin, end) = (line[0], line[3]);
    assert_eq!(
        ((line[2].0 - origin.0) / (end.0 - origin.0), (line[2].1 - origin.1) / (end.1 - origin.1)),
        (0.25, 0.75)
    );
}

fn sample(outputs: usize, rows: usize) -> ExplainedSample {
    let columns: Vec<String> = ["number", "level", "nothing", "made"].map(str::to_owned).to_vec();
    let contributions = (0..rows * outputs * 4).map(|at| if at % 4 == 2 { 0.0 } else { (at as f64).sin() }).collect();
    let names = (0..outputs).map(|at| format!("class {at}")).collect();
    ExplainedSample {
        algorithm: "xgb".to_owned(),
        explanation: Explanation {
            raw_score: RawScore::LogOdds,
            outputs: names,
            columns,
            expected: vec![0.0; outputs],
            scores: vec![0.5; rows * outputs],
            contributions,
            terms: Vec::new(),
        },
        features: vec![
            FeatureValues::Numbers((0..rows).map(|row| if row % 7 == 0 { f64::NAN } else { row as f64 }).collect()),
            FeatureValues::Levels((0..rows).map(|row| (row % 5 > 0).then(|| format!("level {}", row % 60))).collect()),
            FeatureValues::Numbers(vec![1.0; rows]),
            FeatureValues::Numbers(Vec::new()),
        ],
    }
}

#[test]
fn explained_rows_are_drawn_whatever_their_number_and_without_columns_that_add_nothing() {
    for outputs in [1, 3, 12] {
        for rows in [0, 1, 300] {
            for lang in BOTH {
                let sample = sample(outputs, rows);
                for figure in [shap_summary(&sample, lang), shap_dependence(&sample, lang)] {
                    assert_legible(&figure);
                    assert!(!figure.svg().contains(">nothing<"), "{outputs} {rows}");
                }
            }
        }
    }
}

#[test]
fn learning_curves_of_any_points_are_drawn() {
    let point = |rows: f64, validation: f64| LearningPoint { rows, training: 0.9, validation, deviation: 0.1 };
    let curve = |nth: usize, points: Vec<LearningPoint>| LearningCurve { algorithm: format!("a{nth}"), nth, points };
    let curves = vec![
        curve(0, vec![point(10.0, 0.5), point(100.0, 0.7)]),
        curve(1, vec![]),
        curve(2, vec![point(10.0, f64::NAN)]),
    ];
    for lang in BOTH {
        assert_legible(&learning_curve(&curves, "roc_auc", lang));
        assert_legible(&learning_curve(&[], "roc_auc", lang));
    }
}
