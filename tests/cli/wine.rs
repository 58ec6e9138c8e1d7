//! The repository's own project, from the first command to the last.

use crate::sandbox::{Sandbox, from_csv};

#[test]
fn run_all_runs_the_whole_pipeline_and_tells_what_it_did() {
    let wine = Sandbox::wine();
    let ran = wine.ok(&["run-all"]);
    for piece in
        ["ingest", "clean", "features", "split", "train@xgb", "evaluate", "predict", "baseline", "champion", "1599"]
    {
        assert!(ran.stdout.contains(piece), "`{piece}` not in:\n{}", ran.stdout);
    }
    for file in [
        "data/raw/wine_raw_20251120.csv",
        "data/raw/wine_raw_20251120.csv.schema.json",
        "data/interim/wine_interim_20251120.csv",
        "data/interim/wine-features_interim_20251120.csv",
        "data/processed/wine-train_processed_20251120.csv",
        "data/processed/wine-test_processed_20251120.csv",
        "data/processed/wine-predictions_processed_20251120.csv",
        "models/xgb_wine_v1.bin",
        "models/champion.json",
        "reports/metrics/xgb_wine_v1.json",
        "reports/metrics/leaderboard_wine_v1.csv",
        "reports/figures/roc_wine_20251120.png",
    ] {
        assert!(wine.path(file).is_file(), "{file}");
    }
    let (header, rows) = from_csv(&wine.read("data/processed/wine-predictions_processed_20251120.csv"));
    assert_eq!(rows.len(), 1599);
    assert_eq!(header[..2], ["row_id", "part"]);
    let (_, leaderboard) = from_csv(&wine.read("reports/metrics/leaderboard_wine_v1.csv"));
    assert_eq!(leaderboard.len(), 5);
    assert!(leaderboard.last().unwrap()[0] == "baseline", "{leaderboard:?}");
}

#[test]
fn the_account_is_one_json_document_on_request() {
    let wine = Sandbox::wine();
    let ran = wine.ok(&["--json", "run-all"]);
    let account: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let stages = account["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 12);
    assert!(account["champion"].is_string());
    let show: serde_json::Value =
        serde_json::from_str(&wine.ok(&["--json", "show", "models/xgb_wine_v1.bin"]).stdout).unwrap();
    assert_eq!(show["info"]["algorithm"], "xgb");
    assert_eq!(show["info"]["profile"]["columns"][0]["quantiles"].as_array().unwrap().len(), 21);
}

#[test]
fn a_missed_gate_exits_4_after_everything_is_written() {
    let wine = Sandbox::wine();
    wine.write("configs/evaluate.yaml", "evaluate:\n  gates: {roc_auc: {min: 0.999}}\n");
    wine.stages("train");
    wine.run(&["evaluate"]).refused(4, "misses a quality gate: roc_auc is 0.");
    assert!(wine.path("models/champion.json").is_file());
}

#[test]
fn predictions_come_from_standard_input_to_standard_output() {
    let wine = Sandbox::wine();
    wine.stages("evaluate");
    let row = "{\"fixed_acidity\": 7.4, \"volatile_acidity\": 0.7, \"citric_acid\": 0, \"residual_sugar\": 1.9, \"chlorides\": 0.076, \"free_sulfur_dioxide\": 11, \"total_sulfur_dioxide\": 34, \"density\": 0.9978, \"pH\": 3.51, \"sulphates\": 0.56, \"alcohol\": 9.4}";
    let ran = wine.pipe(&["predict", "--input", "-"], &format!("{row}\n{row}\n"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let answers: Vec<serde_json::Value> = ran.stdout.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["probability_good"], answers[1]["probability_good"]);
    let missing = wine.pipe(&["predict", "--input", "-"], "{\"density\": 1}\n");
    missing.refused(3, "required columns `fixed_acidity`");
    let broken = wine.pipe(&["predict", "--input", "-"], &row.replace("0.9978", "\"heavy\""));
    broken.refused(3, "column `density`: expected a finite number, found `heavy` in row 1");
}
