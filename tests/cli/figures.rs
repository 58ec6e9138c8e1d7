//! The figures of the report stage.

use crate::sandbox::{Sandbox, generated_project};

const CONFIG: &str =
    "report:\n  figures: {formats: [png, svg]}\n  shap_rows: 60\n  learning_curve: {shares: [0.3, 1.0]}\n";

fn evaluated(task: &str) -> Sandbox {
    let project = generated_project(task);
    project.edit("configs/config.yaml", "target: {column: y}", &format!("target: {{column: y, task: {task}}}"));
    project.write("configs/report.yaml", CONFIG);
    project.write("configs/evaluate.yaml", "evaluate: {permutation_importance: {repeats: 1}}\n");
    project.stages("evaluate");
    project
}

#[test]
fn every_topic_of_a_task_is_drawn_with_the_same_bytes_at_any_number_of_threads() {
    for (task, figures) in [("binary", 30), ("multiclass", 30), ("regression", 22)] {
        let project = evaluated(task);
        project.ok(&["--threads", "1", "report"]);
        let first = project.files("reports/figures");
        let of = |ending: &str| first.iter().filter(|(name, _)| name.ends_with(ending)).count();
        assert_eq!((of("_table_20240131.png"), of("_table_20240131.svg")), (figures, figures), "{task}");
        for (name, bytes) in &first {
            let is_png = bytes.starts_with(b"\x89PNG\r\n") && name.ends_with(".png");
            let is_svg = bytes.starts_with(b"<svg ") && name.ends_with(".svg");
            assert!(is_png || is_svg || name.ends_with(".gitkeep"), "{name}");
        }
        project.ok(&["--threads", "8", "report"]);
        assert!(project.files("reports/figures") == first, "{task}");
    }
}

#[test]
fn wrong_figures_are_refused_where_they_stand() {
    let project = evaluated("regression");
    for (config, message) in [
        ("{figures: {topics: [residuals, roc]}}", "a regression target has no figure `roc`"),
        ("{figures: {topics: [residual]}}", "residual"),
        ("{figures: {topics: [residuals, residuals]}}", "named twice"),
        ("{figures: {formats: []}}", "no format"),
        ("{figures: {formats: [jpg]}}", "jpg"),
        ("{shap_rows: 0}", "expected a number from 1 to 10000"),
        ("{learning_curve: {shares: [0.5, 0.2]}}", "growing shares"),
        ("{learning_curve: {metric: roc_auc}}", "roc_auc"),
    ] {
        project.write("configs/report.yaml", &format!("report: {config}\n"));
        project.run(&["report"]).refused(2, message);
    }
    std::fs::remove_file(project.path("reports/metrics/evaluation_table_v1.json")).unwrap();
    project.write("configs/report.yaml", "report: {}\n");
    project.run(&["report"]).refused(3, "mlops evaluate");
    project.write("reports/metrics/evaluation_table_v1.json", "{}");
    project.run(&["report"]).refused(3, "mlops evaluate");
}
