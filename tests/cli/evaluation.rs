//! What `evaluate` measures besides metrics: intervals, comparisons, slices, errors, importance and curves.

use mlops::package::evaluation::Evaluation;
use serde_json::Value as Json;

use crate::sandbox::{Sandbox, from_csv, generated_project};

/// A project whose models are trained, with this evaluate.yaml.
fn trained(task: &str, evaluate: &str) -> Sandbox {
    let project = generated_project(task);
    project.write("configs/evaluate.yaml", &format!("evaluate: {evaluate}\n"));
    project.stages("train");
    project
}

fn evaluated(project: &Sandbox) -> Evaluation {
    project.ok(&["evaluate"]);
    Evaluation::from_bytes(&project.bytes("reports/metrics/evaluation_table_v1.json"), "it").unwrap()
}

const ALL: &str = "{slices: [color, {column: a, bins: [3, 7]}, {column: count, bins: 3}, y], min_rows: 25, top_errors: 7, \
     permutation_importance: {repeats: 3}}";

#[test]
fn intervals_hold_the_metric_and_the_champion_is_compared_with_each() {
    for task in ["binary", "multiclass", "regression"] {
        let found = evaluated(&trained(task, "{}"));
        assert_eq!((found.rows, found.bootstrap.as_ref().unwrap().resamples), (80, 1000));
        for (name, model) in &found.models {
            assert!(model.intervals.len() >= 6, "{task} {name}: {:?}", model.intervals);
            for (metric, interval) in &model.intervals {
                let (value, width) = (model.test[metric], interval.high - interval.low);
                // Metrics of a resample may be biased, but not so far.
                assert!(interval.low - width <= value && value <= interval.high + width, "{task} {name} {metric}");
                assert!(interval.low <= interval.high);
            }
        }
        assert_eq!(found.comparisons.len(), found.models.len() - 1);
        let baseline = found.comparisons.iter().find(|c| c.challenger == "baseline").unwrap();
        let (select, sign) = if task == "regression" { ("rmse", -1.0) } else { ("accuracy", 1.0) };
        let difference = baseline.differences[select];
        assert!(sign * difference.mean > 0.0 && difference.p_value < 0.05, "{task}: {difference:?}");
        assert!(difference.low <= difference.mean && difference.mean <= difference.high);
        assert_eq!(baseline.mcnemar.is_some(), task != "regression");
    }
    let off = evaluated(&trained("binary", "{bootstrap: {resamples: 0}}"));
    assert!(off.bootstrap.is_none() && off.models.values().all(|model| model.intervals.is_empty()));
}

#[test]
fn slices_part_all_rows_and_errors_are_the_worst_ones() {
    for task in ["binary", "multiclass", "regression"] {
        let project = trained(task, ALL);
        let found = evaluated(&project);
        let champion = &found.models[&found.champion];
        for column in ["color", "a", "count", "y"] {
            let of_column: Vec<_> = champion.slices.iter().filter(|slice| slice.column == column).collect();
            assert_eq!(of_column.iter().map(|slice| slice.rows).sum::<u64>(), 80, "{task} {column}");
            assert!(of_column.len() > 1 && of_column.iter().all(|slice| slice.small == (slice.rows < 25)));
            // One class alone has no ROC AUC, and still an accuracy.
            let classes = task != "regression" && column == "y";
            assert!(
                !classes
                    || of_column
                        .iter()
                        .all(|s| !s.metrics.contains_key("roc_auc") && s.metrics.contains_key("accuracy"))
            );
        }
        let levels: Vec<&str> = champion.slices.iter().filter(|s| s.column == "a").map(|s| s.level.as_str()).collect();
        assert_eq!(levels, ["< 3", "[3, 7)", ">= 7", "(missing)"]);
        let (header, rows) = from_csv(&project.read("reports/metrics/test-predictions_table_v1.csv"));
        let at = |name: &str| header.iter().position(|column| column == name).unwrap();
        assert_eq!(found.top_errors.len(), 7);
        assert!(found.top_errors.windows(2).all(|pair| pair[0].error >= pair[1].error));
        for error in &found.top_errors {
            let row = rows.iter().find(|row| row[at("row_id")] == error.row_id).unwrap();
            let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let score = match error.actual.as_str() {
                Some(class) => row[at(&format!("probability_{class}"))].parse::<f64>().unwrap(),
                None => row[at("prediction")].parse().unwrap(),
            };
            assert_eq!(score, error.score);
            if task != "regression" {
                assert_eq!(
                    (&row[at("actual")], &row[at("prediction")]),
                    (&text(&error.actual), &text(&error.predicted))
                );
                let own =
                    |row: &Vec<String>| row[at(&format!("probability_{}", row[at("actual")]))].parse::<f64>().unwrap();
                assert!(rows.iter().filter(|row| own(row) < score).count() < 7);
            }
            assert_eq!(error.features.keys().collect::<Vec<_>>(), ["a", "b", "color", "count", "ratio"]);
        }
    }
}

#[test]
fn what_a_model_does_not_need_may_be_shuffled() {
    let found = evaluated(&trained("regression", ALL));
    let importance = found.permutation_importance.unwrap();
    assert_eq!((importance.metric.as_str(), importance.repeats, importance.columns.len()), ("rmse", 3, 5));
    let mean = |name: &str| importance.columns.iter().find(|column| column.feature == name).unwrap().mean;
    assert!(mean("a") > 1.0 && mean("b") > 1.0 && mean("count") < 0.3, "{importance:?}");
    assert!(importance.columns.windows(2).all(|pair| pair[0].mean >= pair[1].mean));
    // The champion of one metric may be tried with another.
    let other = evaluated(&trained("binary", "{permutation_importance: {metric: log_loss, repeats: 2}}"));
    assert_eq!(other.permutation_importance.unwrap().metric, "log_loss");
}

#[test]
fn every_task_has_its_curves_and_no_bytes_depend_on_threads() {
    let plots = [
        ("binary", "[roc, precision_recall, calibration, threshold, gain, confusion]"),
        ("multiclass", "[roc, precision_recall, calibration, confusion]"),
        ("regression", "[residuals]"),
    ];
    for (task, names) in plots {
        let project = trained(task, &format!("{{plots: {names}, slices: [color], permutation_importance: {{}}}}"));
        let found = evaluated(&project);
        let first = project.files("reports");
        for threads in ["1", "8"] {
            project.ok(&["--threads", threads, "evaluate"]);
            assert!(first == project.files("reports"), "{task} at {threads} threads");
        }
        for name in names.trim_matches(['[', ']']).split(", ") {
            let (header, rows) = from_csv(&project.read(&format!("reports/plots/{name}/xgb_table_v1.csv")));
            assert!(header.len() >= 2 && !rows.is_empty() && rows.len() <= 501, "{task} {name}");
        }
        let curves = &found.models["xgb"].curves;
        assert_eq!(
            curves.len(),
            [("binary", 1), ("multiclass", 3), ("regression", 0)].iter().find(|(t, _)| *t == task).unwrap().1
        );
        for curve in curves {
            assert_eq!(curve.calibration.iter().map(|bin| bin.rows).sum::<u64>(), 80);
            let roc = curve.scores.roc().unwrap();
            assert_eq!((roc[0].true_positive_rate, roc[roc.len() - 1].true_positive_rate), (0.0, 1.0));
        }
        assert_eq!(found.models["xgb"].residuals.is_some(), task == "regression");
    }
}

#[test]
fn what_the_rows_do_not_have_is_refused_where_it_stands() {
    for (evaluate, message) in [
        ("{slices: [colour]}", "did you mean `color`?"),
        ("{slices: [{column: a, bins: 1}]}", "expected a number of bins from 2 to 50"),
        ("{slices: [{column: a, bins: [3, 2]}]}", "rising numbers to part them at"),
        ("{slices: [{column: a, bins: wide}]}", "expected a number of bins, or a list of numbers"),
        ("{slices: [{bins: 3}]}", "the key `column` is missing"),
        ("{slices: [a, {column: a, bins: 3}]}", "column `a` is listed twice"),
        ("{bootstrap: {confidence: 1}}", "is not between 0 and 1"),
        ("{bootstrap: {resamples: 1000000}}", "expected a number from 0 to 100000"),
        ("{permutation_importance: {metric: rmse}}", "`rmse` is not defined for a binary target"),
        ("{plots: [residuals]}", "a binary target has no plot `residuals`"),
        ("{plots: [roc, roc]}", "a plot is named twice"),
        ("{top_errors: -1}", "whole number"),
    ] {
        let project = generated_project("binary");
        project.edit("configs/config.yaml", "{column: y}", "{column: y, positive: \"yes\"}");
        project.write("configs/evaluate.yaml", &format!("evaluate: {evaluate}\n"));
        let ran = project.run(&["validate"]);
        ran.refused(2, message);
        assert!(ran.stderr.contains("configs/evaluate.yaml:1:"), "{}", ran.stderr);
    }
    // What only the rows can tell is told by evaluate itself.
    let project = trained("binary", "{plots: [residuals]}");
    project.run(&["evaluate"]).refused(2, "a binary target has no plot `residuals`");
    project.write("configs/evaluate.yaml", "evaluate:\n  slices: [{column: color, bins: 3}]\n");
    project.run(&["evaluate"]).refused(2, "`bins` are of numbers and dates, and column `color` has kind category");
}

#[test]
fn classes_that_are_numbers_have_an_error_in_their_order_and_names_have_none() {
    let rows = |name: &dyn Fn(usize) -> String| {
        let row = |i: usize| vec![(i * 37 % 101).to_string(), name((i * 37 % 101) / 21 + 1)];
        crate::sandbox::to_csv(&["size", "stars"], &(0..300).map(row).collect::<Vec<_>>())
    };
    for (ordered, csv) in [(true, rows(&|star| star.to_string())), (false, rows(&|star| format!("of {star}")))] {
        let project = Sandbox::table(&csv, "{column: stars}");
        project.write("configs/train.yaml", "train:\n  folds: 3\n  algorithms:\n    baseline: {}\n    dt: {}\n");
        let evaluate =
            if ordered { "evaluate:\n  select: mae\n  gates: {mae: {max: 0.2}}\n" } else { "evaluate: {}\n" };
        project.write("configs/evaluate.yaml", evaluate);
        project.stages("evaluate");
        let metrics: Json = serde_json::from_str(&project.read("reports/metrics/dt_table_v1.json")).unwrap();
        let (header, predictions) = from_csv(&project.read("reports/metrics/test-predictions_table_v1.csv"));
        let leaderboard = project.read("reports/metrics/leaderboard_table_v1.csv");
        let headline = leaderboard.lines().next().unwrap();
        assert_eq!(headline.contains(",mae,cohen_kappa_quadratic,"), ordered, "{leaderboard}");
        assert_eq!(metrics["cohen_kappa_quadratic"].is_f64(), ordered, "{metrics}");
        if ordered {
            let at = |name: &str| header.iter().position(|n| n == name).unwrap();
            let star = |row: &[String], name: &str| row[at(name)].parse::<f64>().unwrap();
            let off: f64 = predictions.iter().map(|row| (star(row, "actual") - star(row, "prediction")).abs()).sum();
            assert!((metrics["mae"].as_f64().unwrap() - off / predictions.len() as f64).abs() < 1e-9, "{metrics}");
            assert!(leaderboard.lines().nth(1).unwrap().starts_with("dt,"), "{leaderboard}");
        } else {
            assert!(metrics["mae"].is_null(), "{metrics}");
        }
    }
}
