//! `--set` and dvc.yaml: what would leave the pipeline stale is refused, and `validate --fix` brings it up to date.

use serde_json::Value as Json;

use crate::sandbox::{Sandbox, generated_project};

const ADD: &str = "train.algorithms.dt={}";

/// A project as `init` makes it, with `#` comments of the user in dvc.yaml.
fn project() -> Sandbox {
    let sandbox = Sandbox::empty();
    let rows: String =
        (0..120).map(|i| format!("{},{},{}\n", i % 13, ["a", "b"][i % 2], u8::from(i % 13 > 6))).collect();
    sandbox.write("t.csv", &format!("x,c,y\n{rows}"));
    sandbox.ok(&["init", "p", "--data", "t.csv", "--target", "y"]);
    sandbox.edit("p/dvc.yaml", "    metrics:\n", "    metrics:   # of each\n");
    sandbox
}

#[test]
fn an_algorithm_comes_and_goes_in_one_go() {
    let sandbox = project();
    let before = sandbox.files("p");
    sandbox.run(&["-C", "p", "--set", ADD, "run-all"]).refused(2, "`models/dt_t_v1.bin` is not among the deps");
    sandbox
        .run(&["-C", "p", "--set", ADD, "validate"])
        .refused(2, "hint: nothing was written; `mlops --set … validate --fix`");
    assert!(before == sandbox.files("p"), "something was written");
    let dvc = sandbox.read("p/dvc.yaml");
    let fixed = sandbox.ok(&["-C", "p", "--set", ADD, "validate", "--fix"]);
    for line in [
        "configs/train.yaml: train.algorithms.dt: default → {}",
        "dvc.yaml: stages.evaluate.deps: added `models/dt_${config.dataset}_v${config.version}.bin`",
        "dvc.yaml: stages.evaluate.outs: added `reports/plots/roc/dt_${config.dataset}_v${config.version}.csv`",
        "dvc.yaml: plots.confusion: added `reports/plots/confusion/dt_${config.dataset}_v${config.version}.csv`",
        "dvc.yaml: stages.evaluate.metrics: added `reports/metrics/dt_${config.dataset}_v${config.version}.json`",
        "dvc.yaml: stages.predict.deps: added `models/dt_${config.dataset}_v${config.version}.bin`",
    ] {
        assert!(fixed.stderr.contains(line), "{line}\n{}", fixed.stderr);
    }
    let model = "      - models/xgb_${config.dataset}_v${config.version}.bin\n";
    let metrics = "      - reports/metrics/xgb_${config.dataset}_v${config.version}.json: {cache: false}\n";
    let with = |line: &str| format!("{line}{}", line.replace("xgb_", "dt_"));
    let mut expected = dvc.replace(model, &with(model)).replace(metrics, &with(metrics));
    let curves = |line: &&str| line.contains("reports/plots/") && line.contains("/xgb_");
    for line in dvc.lines().filter(curves).map(|line| format!("{line}\n")) {
        expected = expected.replace(&line, &with(&line));
    }
    // Figures and cards of a model go behind the last of their kind.
    let others = |text: &str| -> Vec<String> {
        let is_other = |line: &&str| !line.contains("reports/figures/") && !line.ends_with(".md");
        text.lines().filter(is_other).map(str::to_owned).collect()
    };
    let text = sandbox.read("p/dvc.yaml");
    assert_eq!(others(&text), others(&expected));
    assert!(text.contains("reports/figures/confusion-matrix-dt_") && text.contains("reports/figures/shap-summary-dt_"));
    sandbox.ok(&["-C", "p", "--quiet", "run-all"]);
    assert!(sandbox.read("p/reports/metrics/leaderboard_t_v1.csv").contains("\ndt,"));
    // And back: a model that no stage writes any more is no dep once its file is gone.
    std::fs::remove_file(sandbox.path("p/models/dt_t_v1.bin")).unwrap();
    let train = sandbox.read("p/configs/train.yaml");
    let train: String = train.lines().filter(|line| !line.contains(" dt:")).map(|line| format!("{line}\n")).collect();
    sandbox.write("p/configs/train.yaml", &train);
    let ran = sandbox.ok(&["-C", "p", "--json", "validate", "--fix"]);
    let told: Json = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["changes"].as_array().unwrap().len(), 18, "{told}");
    assert_eq!(sandbox.read("p/dvc.yaml"), dvc);
}

#[test]
fn curves_come_with_the_config_that_asks_for_them() {
    let sandbox = project();
    let dvc = sandbox.read("p/dvc.yaml");
    let all = "[roc, precision_recall, calibration, confusion]";
    sandbox.edit("p/configs/evaluate.yaml", all, "[gain, roc]");
    sandbox.run(&["-C", "p", "validate"]).refused(2, "`reports/plots/gain/rf_t_v1.csv` is not among the outs");
    sandbox.ok(&["-C", "p", "validate", "--fix"]);
    let fixed = sandbox.read("p/dvc.yaml");
    let gain = "  - gain:\n      x: share\n      y:\n        reports/plots/gain/baseline_${config.dataset}_v${config.version}.csv: gain\n";
    assert!(fixed.contains(gain) && fixed.contains("  - roc:") && !fixed.contains("plots/confusion"), "{fixed}");
    sandbox.ok(&["-C", "p", "--quiet", "run-all"]);
    assert!(sandbox.read("p/reports/plots/gain/rf_t_v1.csv").starts_with("share,gain,lift,threshold\n0"));
    // A dvc.yaml without any plot is given the list itself.
    let (stages, _) = dvc.split_once("\n# What `dvc plots show` draws").unwrap();
    sandbox.write("p/dvc.yaml", stages);
    sandbox.run(&["-C", "p", "validate"]).refused(2, "is in no plot");
    sandbox.edit("p/configs/evaluate.yaml", "[gain, roc]", all);
    sandbox.ok(&["-C", "p", "validate", "--fix"]);
    assert_eq!(sandbox.read("p/dvc.yaml"), dvc);
    sandbox.edit("p/configs/evaluate.yaml", all, "[rok]");
    sandbox.run(&["-C", "p", "validate"]).refused(2, "did you mean `roc`?");
}

#[test]
fn params_and_sources_are_added_too() {
    let sandbox = project();
    let dvc = sandbox.read("p/dvc.yaml");
    for (without, edited) in [
        (
            ", config.seed]\n      - configs/split",
            dvc.replacen(", config.seed]\n      - configs/split", "]\n      - configs/split", 1),
        ),
        ("configs/features", dvc.replacen("      - configs/features.yaml: [features]\n", "", 1)),
        ("external", dvc.replacen("    deps:\n      - data/external/t.csv\n", "", 1)),
    ] {
        assert_ne!(edited, dvc, "{without}");
        sandbox.write("p/dvc.yaml", &edited);
        sandbox.run(&["-C", "p", "validate"]).refused(2, "`mlops validate --fix`");
        sandbox.ok(&["-C", "p", "validate", "--fix"]);
        assert_eq!(sandbox.read("p/dvc.yaml"), dvc, "{without}");
    }
    assert!(sandbox.ok(&["-C", "p", "validate", "--fix"]).stderr.is_empty());
}

#[test]
fn lists_in_one_line_are_left_to_the_user() {
    let project = generated_project("binary");
    std::fs::copy(project.path("data/external/table.csv"), project.path("data/external/more.csv")).unwrap();
    project.edit("configs/config.yaml", "data/external/table.csv", "data/external/*.csv");
    let before = project.files("");
    project
        .run(&["validate", "--fix"])
        .refused(2, "by hand: add `- data/external/more.csv` to the deps of `ingest` in dvc.yaml");
    assert!(before == project.files(""), "something was written");
}

#[test]
fn a_misspelt_source_is_no_line_that_dvc_yaml_lacks() {
    let project = generated_project("binary");
    project.edit("configs/config.yaml", "data/external/table.csv", "data/external/tabel.csv");
    for arguments in [&["validate"][..], &["validate", "--fix"]] {
        let ran = project.run(arguments);
        ran.refused(2, "no such file `data/external/tabel.csv`");
        assert!(ran.stderr.contains("did you mean `data/external/table.csv`?"), "{}", ran.stderr);
    }
}

#[test]
fn keys_that_are_valid_and_absent_are_set_with_what_they_stand_below() {
    let project = generated_project("binary");
    project.write("configs/clean.yaml", "clean:\n  trim: true\n");
    project.ok(&["--set", "clean.values.color={\"NA\": null}", "validate"]);
    assert!(project.read("configs/clean.yaml").contains("values: {color: {\"NA\": null}}"));
    project.run(&["--set", "clean.valuse.color={}", "validate"]).refused(2, "no key `valuse` in `clean`");
    project.run(&["--set", "clean.decimal=,", "validate"]).refused(2, "clean.decimal=\",\"");
    project.ok(&["--set", "clean.decimal=\",\"", "show", "configs"]);
}
