//! `compare`: two models beside one another.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project};

/// A project with two versions: the second one of less training.
fn two_versions() -> Sandbox {
    let project = generated_project("binary");
    project.stages("evaluate");
    project.ok(&["bump", "version"]);
    for stage in ["train", "evaluate"] {
        project.ok(&["--set", "train.algorithms.xgb={n_estimators: 2}", stage]);
    }
    project
}

fn json(project: &Sandbox, arguments: &[&str]) -> Json {
    let arguments = [&["--json", "compare"], arguments].concat();
    serde_json::from_str(&project.ok(&arguments).stdout).unwrap()
}

#[test]
fn versions_algorithms_and_files_are_compared() {
    let project = two_versions();
    let found = json(&project, &["xgb@v1", "xgb@2"]);
    assert_eq!((found["first"]["name"].as_str(), found["basis"].as_str()), (Some("xgb_table_v1"), Some("test")));
    let parameter = found["parameters"].as_array().unwrap().iter().find(|p| p["name"] == "xgb.n_estimators");
    assert_eq!(parameter.unwrap()["second"], 2, "{found}");
    let files = json(&project, &["models/xgb_table_v1.bin", "models/xgb_table_v2.bin"]);
    assert_eq!(files["metrics"], found["metrics"]);
    // One evaluation holds both, so that they are compared on the same resamples.
    let pair = json(&project, &["baseline", "lr"]);
    let metric = pair["metrics"].as_array().unwrap().iter().find(|m| m["metric"] == "roc_auc").unwrap().clone();
    assert_eq!(metric["higher_is_better"], true);
    let turned = json(&project, &["lr", "baseline"]);
    let other = turned["metrics"].as_array().unwrap().iter().find(|m| m["metric"] == "roc_auc").unwrap().clone();
    assert_eq!(metric["difference"].as_f64().unwrap(), -other["difference"].as_f64().unwrap());

    let text = project.ok(&["compare", "1", "v2", "--md"]).stdout;
    assert!(text.starts_with("| metric | `"), "{text}");
    let refused = project.run(&["compare", "xgb@v1", "baseline@v1", "--fail-if-worse", "roc_auc:0.001"]);
    refused.refused(4, "`roc_auc` from ");
    project.ok(&["compare", "xgb@v1", "baseline@v1", "--fail-if-worse", "roc_auc:1"]);
    project.ok(&["compare", "xgb@v1", "xgb@v1", "--fail-if-worse", "roc_auc", "--fail-if-worse", "log_loss"]);
}

#[test]
fn what_names_nothing_is_refused_with_what_there_is() {
    let project = two_versions();
    for (arguments, message) in [
        (&["xgbb", "lr"][..], "did you mean `xgb`?"),
        (&["7", "1"], "versions with an evaluation: 1, 2"),
        (&["svm", "lr"], "has no model of `svm`"),
        (&["1", "2", "--fail-if-worse", "roc_auk:0.1"], "did you mean `roc_auc`?"),
        (&["1", "2", "--fail-if-worse", "roc_auc:-1"], "is no metric with a tolerance"),
        (&["1", "2", "--tolerance", "nan"], "is no tolerance"),
    ] {
        project.run(&[&["compare"], arguments].concat()).refused(2, message);
    }
    project.write("models/broken.bin", "no model");
    project.run(&["compare", "models/broken.bin", "1"]).refused(3, "models/broken.bin");
}

#[test]
fn revisions_are_compared_and_a_page_is_written() {
    let project = two_versions();
    let git = |arguments: &[&str]| {
        let settings = ["-c", "user.name=t", "-c", "user.email=t@localhost"];
        let mut command = std::process::Command::new("git");
        let ran = command.current_dir(project.path("")).args(settings).args(arguments).output().unwrap();
        assert!(ran.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "two"]);
    let found = json(&project, &["HEAD", "workspace"]);
    assert!(found["metrics"].as_array().unwrap().iter().all(|metric| metric["verdict"] == "same"), "{found}");
    project
        .run(&["compare", "maine", "workspace"])
        .refused(2, "`maine` is no model file, version, algorithm or revision");

    project.ok(&["compare", "xgb@v1", "xgb@HEAD", "--html", "out/page.html"]);
    let page = project.read("out/page.html");
    assert!(page.contains("<svg") && page.contains("role=\"img\"") && !page.contains("https://"), "no figure");
    project.ok(&["compare", "xgb@v1", "xgb@HEAD", "--html", "out/again.html"]);
    assert!(page == project.read("out/again.html"));
}
