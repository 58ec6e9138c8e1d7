//! Free text from the raw file to every answer, and texts that mean harm.

use serde_json::{Value as Json, json};

use crate::sandbox::{Sandbox, from_csv, to_csv};
use crate::serve::Served;

/// Reviews that are told by their words, with what arrives in real ones.
fn reviews() -> Vec<Vec<String>> {
    let good = ["great", "love", "excellent", "perfect"];
    let bad = ["broken", "awful", "refund", "slow"];
    let things = ["tablet", "reader", "charger", "speaker", "cable"];
    let damage = [
        "",
        " &amp; more",
        "<br />fine",
        " see https://shop.com/x",
        " don\u{fffd}t ask",
        " 👍🏽",
        " sooooooo",
        "\r\nnext line",
    ];
    let row = |i: usize| {
        let words = if i.is_multiple_of(3) { bad } else { good };
        let text = format!(
            "{} {} {}, number {}{}",
            words[i % 4].to_uppercase(),
            things[i % 5],
            words[(i / 4) % 4],
            i * 7 % 150,
            damage[i % damage.len()]
        );
        let title = format!("{} buy", words[(i / 2) % 4]);
        vec![
            text,
            title,
            things[i % 5].to_owned(),
            i.is_multiple_of(2).to_string(),
            if i.is_multiple_of(3) { "1" } else { "5" }.to_owned(),
        ]
    };
    let mut rows: Vec<Vec<String>> = (0..300).map(row).collect();
    rows[7][0] = "<p> </p>".to_owned();
    // The same as row 10 once it is clean.
    rows[11] = rows[10].clone();
    rows[11][0] = format!("  {}!", rows[10][0].to_lowercase()).replace('!', " ");
    rows
}

pub const HEADER: [&str; 5] = ["text", "title", "thing", "paid", "stars"];

pub fn project() -> Sandbox {
    let sandbox = Sandbox::table(&to_csv(&HEADER, &reviews()), "{column: stars, map: {1: bad, 5: good}}");
    sandbox.write(
        "configs/clean.yaml",
        "clean:\n  types: {text: text, title: text}\n  steps:\n    - clean_text: {columns: [text, title]}\n    - drop_missing: {columns: [text]}\n    - drop_duplicates: {columns: [text]}\n",
    );
    sandbox.write(
        "configs/features.yaml",
        "features:\n  derive:\n    - language: {column: text}\n  learned:\n    - vectorize: {columns: [text], ngram_range: [1, 2], min_df: 2, stop_words: english}\n    - vectorize: {columns: [title], method: hashing, n_features: 64}\n    - encode: {columns: categorical}\n",
    );
    sandbox.write(
        "configs/train.yaml",
        "train:\n  folds: 3\n  class_weight: null\n  threshold: f1\n  seed: null\n  algorithms:\n    baseline: {}\n    lr: {}\n    xgb: {n_estimators: 10, max_depth: 3}\n",
    );
    sandbox.write_pipeline(&["baseline", "lr", "xgb"]);
    sandbox
}

#[test]
fn texts_go_from_the_raw_file_to_the_same_answer_on_every_path() {
    let project = project();
    let told = project.ok(&["run-all"]);
    for expected in
        ["texts cleaned", "1 to nothing", "dropped 1 row: text missing", "duplicate of text", "derived 1: language"]
    {
        assert!(told.stderr.contains(expected) || told.stdout.contains(expected), "{expected}: {}", told.stderr);
    }
    // The words of either class tell all.
    let metrics: Json = serde_json::from_str(&project.read("reports/metrics/evaluation_table_v1.json")).unwrap();
    assert!(metrics["models"]["lr"]["test"]["roc_auc"].as_f64().unwrap() > 0.99, "{}", metrics["models"]["lr"]["test"]);

    let (header, evaluated) = from_csv(&project.read("reports/metrics/test-predictions_table_v1.csv"));
    let (_, predicted) = from_csv(&project.read("data/processed/table-predictions_processed_20240131.csv"));
    let from = header.iter().position(|name| name == "prediction").unwrap();
    for row in &evaluated {
        let same = predicted.iter().find(|other| other[0] == row[0]).unwrap();
        assert_eq!(same[same.len() - (row.len() - from)..], row[from..], "{}", row[0]);
    }

    // One thread learns and writes what several do.
    let model = project.bytes("models/lr_table_v1.bin");
    project.ok(&["--threads", "1", "train", "--algorithm", "lr"]);
    assert!(project.bytes("models/lr_table_v1.bin") == model);
}

#[test]
fn hostile_texts_are_answered_or_refused_in_files_and_over_http() {
    let project = project();
    for stage in ["ingest", "clean", "features", "split"] {
        project.ok(&[stage]);
    }
    project.ok(&["train", "--algorithm", "lr"]);
    let distinct: String = (0..200_000).map(|i| format!("w{i} ")).collect();
    let texts = [
        "great tablet".to_owned(),
        String::new(),
        "\u{202e}\u{200f}<<<&&&@@@ \u{fffd}".to_owned(),
        "слово 日本語 हिन्दी العربية".to_owned(),
        "nul \u{0} inside great".to_owned(),
        "great ".repeat(1_700_000),
        "x".repeat(10_000_000),
        distinct,
    ];
    let mut rows: Vec<Vec<String>> =
        texts.iter().map(|t| vec![t.clone(), "great buy".into(), "cable".into(), "true".into()]).collect();
    let predict = |rows: &[Vec<String>]| {
        project.write("new.csv", &to_csv(&HEADER[..4], rows));
        let ran = project.ok(&["predict", "--input", "new.csv", "--model", "models/lr_table_v1.bin"]);
        let (header, rows) = from_csv(&ran.stdout);
        let from = header.iter().position(|name| name == "prediction").unwrap();
        rows.into_iter().map(|row| row[from..].to_vec()).collect::<Vec<_>>()
    };
    // A file with NUL is no text file, and says so; over HTTP it is a character like others.
    project.write("new.csv", &to_csv(&HEADER[..4], &rows));
    project.run(&["predict", "--input", "new.csv", "--model", "models/lr_table_v1.bin"]).refused(3, "a NUL byte");
    rows.retain(|row| !row[0].contains('\0'));
    let all = predict(&rows);
    assert_eq!(all.len(), texts.len() - 1);
    for at in 0..4 {
        assert_eq!(predict(&rows[at..=at])[0], all[at], "{:?}", rows[at][0]);
    }

    let served = Served::start(&project, &["--model", "models/lr_table_v1.bin"]);
    let ask = |text: &str| {
        let body = json!({"text": text, "title": "great buy", "thing": "cable", "paid": true}).to_string();
        let (status, answer) = served.ask("POST", "/predict", &body);
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str::<Json>(&answer).unwrap()["prediction"].as_str().unwrap().to_owned()
    };
    for (row, expected) in rows.iter().zip(&all).filter(|(row, _)| !row[0].is_empty()) {
        assert_eq!(ask(&row[0]), expected[0]);
    }
    // Training has seen no row without a text, which HTTP holds against its contract.
    let (status, answer) =
        served.ask("POST", "/predict", &json!({"text": "", "title": "", "thing": "", "paid": 1}).to_string());
    assert_eq!(status, 422, "{answer}");
    ask("nul \0 inside great");
    assert_eq!(served.stop().0, Some(0));

    // Bytes that are no UTF-8 are refused where they stand, or read in the encoding they are found to be in.
    project.write_bytes("new.csv", b"text,title,thing,paid\n\xff\xfe\xfdgreat,x,cable,true\n");
    let ran = project.run(&["predict", "--input", "new.csv", "--model", "models/lr_table_v1.bin"]);
    assert!([0, 3].contains(&ran.code) && !ran.stderr.contains("panicked"), "{}", ran.stderr);
}

#[test]
fn a_text_can_be_encoded_as_levels_and_only_once() {
    let project = project();
    let features = project.read("configs/features.yaml");
    let title = "vectorize: {columns: [title], method: hashing, n_features: 64}";
    project.write("configs/features.yaml", &features.replace(title, "encode: {columns: [title]}"));
    project.stages("train");
    let titles = ["great buy", "broken buy", "never seen"];
    let rows = titles.map(|title| ["", title, "cable", "true"].map(str::to_owned).to_vec());
    project.write("new.csv", &to_csv(&HEADER[..4], &rows));
    let model = "models/lr_table_v1.bin";
    let ran = project.ok(&["predict", "--model", model, "--input", "new.csv"]);
    let (header, predicted) = from_csv(&ran.stdout);
    let at = header.iter().position(|name| name == "prediction").unwrap();
    assert_eq!([&predicted[0][at], &predicted[1][at]], ["good", "bad"]);
    let served = Served::start(&project, &["--lenient", "--model", model]);
    for (title, expected) in titles.iter().zip(&predicted) {
        let row = json!({"text": "", "title": title, "thing": "cable", "paid": true});
        let (status, answer) = served.ask("POST", "/predict", &row.to_string());
        let answer: Json = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, answer["prediction"].as_str()), (200, Some(&*expected[at])), "{answer}");
    }
    project.write("configs/features.yaml", &features.replace(title, "encode: {columns: [text]}"));
    project.run(&["train", "--algorithm", "lr"]).refused(2, "column `text` is gone at this step");
}

#[test]
fn what_only_says_which_rows_stay_together_is_not_asked_for() {
    let project = project();
    let clean = project.read("configs/clean.yaml");
    let steps = "  steps:\n    - expression: {name: thing, value: \"coalesce(thing, title)\"}\n";
    project.write("configs/clean.yaml", &clean.replace("  steps:\n", steps));
    let features = project.read("configs/features.yaml");
    project.write("configs/features.yaml", &features.replace("  learned:\n", "  drop: [thing]\n  learned:\n"));
    project.stages("train");
    let served = Served::start(&project, &["--model", "models/lr_table_v1.bin"]);
    let info: Json = serde_json::from_str(&served.ask("GET", "/model_info", "").1).unwrap();
    let names: Vec<&str> = info["fields"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["text", "title", "paid"]);
    for body in [r#"{"text": "I love it", "title": "", "paid": true}"#, r#"{"text": "", "title": null, "paid": false}"#]
    {
        let (status, answer) = served.ask("POST", "/predict", body);
        assert_eq!(status, 200, "{answer}");
    }
    drop(served);
    project.write("new.csv", "text,title,paid\nI love it,,true\n");
    project.ok(&["predict", "--model", "models/lr_table_v1.bin", "--input", "new.csv", "--output", "-"]);
}

#[test]
fn a_text_that_no_step_reads_is_no_feature_and_an_impossible_vocabulary_is_refused() {
    let project = project();
    project.edit("configs/features.yaml", "min_df: 2", "min_df: 100000");
    for stage in ["ingest", "clean", "features", "split"] {
        project.ok(&[stage]);
    }
    project.run(&["train", "--algorithm", "lr"]).refused(3, "no term of the column `text` is within the limits");
    project.edit("configs/features.yaml", "vectorize: {columns: [text]", "vectorize: {columns: [txt]");
    project.run(&["validate"]).refused(2, "column `txt` not found");
    project.edit(
        "configs/features.yaml",
        "    - vectorize: {columns: [txt], ngram_range: [1, 2], min_df: 100000, stop_words: english}\n",
        "",
    );
    let told = project.ok(&["features"]);
    let said = told.stdout + &told.stderr;
    assert!(said.contains("carried along, no features: text (text)"), "{said}");
}
