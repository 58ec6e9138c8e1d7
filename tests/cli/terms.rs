//! Terms of texts: the strongest of each class, and those behind one answer on every path.

use serde_json::{Value as Json, json};

use crate::sandbox::Sandbox;
use crate::serve::Served;
use crate::text;

fn trained() -> Sandbox {
    let project = text::project();
    project.stages("evaluate");
    project
}

/// Strongest, others and absent sum to what the text adds; the words in it to what its own terms do.
fn check_text(one: &Json) {
    let text: Vec<char> = one["value"].as_str().unwrap().chars().collect();
    let number = |value: &Json| value.as_f64().unwrap();
    let terms = &one["terms"];
    let strongest: f64 = terms["strongest"].as_array().unwrap().iter().map(|term| number(&term["contribution"])).sum();
    let present = strongest + number(&terms["others"][1]);
    let told = number(&one["contribution"]);
    assert!((present + number(&terms["absent"]) - told).abs() < 1e-9, "{one}");
    let marks = terms["marks"].as_array().unwrap();
    let marked: f64 = marks.iter().map(|mark| number(&mark["contribution"])).sum();
    assert!((marked - present).abs() < 1e-9, "{one}");
    let mut last = 0;
    for mark in marks {
        let at = |name: &str| mark[name].as_u64().unwrap() as usize;
        assert!(last <= at("start") && at("start") < at("end") && at("end") <= text.len(), "{one}");
        assert!(text[at("start")..at("end")].iter().all(|c| c.is_alphanumeric() || *c == '_'), "{one}");
        last = at("end");
    }
}

#[test]
fn terms_behind_an_answer_sum_to_what_their_text_adds_in_files_on_the_terminal_and_over_http() {
    let project = trained();
    let row = json!({"text": "GREAT tablet, not broken", "title": "great buy", "thing": "cable", "paid": true});
    project.write("new.jsonl", &format!("{row}\n"));
    for algorithm in ["lr", "xgb"] {
        let model = format!("models/{algorithm}_table_v1.bin");
        let told = project.ok(&["--json", "explain", &model, "--input", "new.jsonl"]).stdout;
        let explained: Json = serde_json::from_str(&told).unwrap();
        let output = &explained["rows"][0]["outputs"][0];
        let texts: Vec<&Json> =
            output["contributions"].as_array().unwrap().iter().filter(|one| !one["terms"].is_null()).collect();
        assert_eq!(texts.len(), 2, "{algorithm}: {output}");
        texts.iter().for_each(|one| check_text(one));
        let served = Served::start(&project, &["--model", &model]);
        let (status, answer) = served.ask("POST", "/explain", &row.to_string());
        assert_eq!((status, &serde_json::from_str::<Json>(&answer).unwrap()["rows"][0]["outputs"][0]), (200, output));
        assert_eq!(served.stop().0, Some(0));
    }
    let told = project.ok(&["--json", "explain", "models/lr_table_v1.bin", "--input", "new.jsonl"]).stdout;
    let explained: Json = serde_json::from_str(&told).unwrap();
    let contributions = explained["rows"][0]["outputs"][0]["contributions"].as_array().unwrap();
    let own = contributions.iter().find(|one| one["feature"] == "text").unwrap();
    let adds = |term: &str| {
        let terms = own["terms"]["strongest"].as_array().unwrap();
        terms.iter().find(|one| one["term"] == term).unwrap_or_else(|| panic!("{term}: {own}"))["contribution"]
            .as_f64()
            .unwrap()
    };
    assert!(adds("great") > 0.0 && adds("broken") < 0.0, "{own}");
    let shown = project.ok(&["explain", "models/lr_table_v1.bin", "--input", "new.jsonl"]).stdout;
    let line = |name: &str| shown.lines().any(|line| line.starts_with("    term") && line.contains(name));
    assert!(line("great") && line("broken") && shown.contains("terms it has not"), "{shown}");
}

#[test]
fn the_strongest_terms_of_each_class_are_told_drawn_and_on_the_card() {
    let project = trained();
    let evaluation: Json = serde_json::from_str(&project.read("reports/metrics/evaluation_table_v1.json")).unwrap();
    let classes = evaluation["models"]["lr"]["terms"].as_array().unwrap().clone();
    for (class, expected) in classes.iter().zip([["broken", "awful"], ["great", "love"]]) {
        let terms: Vec<&str> =
            class["terms"].as_array().unwrap().iter().map(|one| one["term"].as_str().unwrap()).collect();
        assert!(expected.iter().all(|term| terms.contains(term)), "{class}");
    }
    assert_eq!(classes.len(), 2);
    // Trees tell how much a term counts, and not for what.
    let of_trees = evaluation["models"]["xgb"]["terms"].as_array().unwrap();
    assert!(of_trees.len() == 1 && of_trees[0]["class"].is_null(), "{of_trees:?}");
    assert!(evaluation["models"]["baseline"]["terms"].is_null());

    project.write("configs/report.yaml", "report:\n  figures: {formats: [png, svg]}\n  shap_rows: 20\n");
    project.ok(&["report"]);
    let drawn = project.read("reports/figures/terms_table_20240131.svg");
    assert!(drawn.contains(">great<") && drawn.contains(">broken<"), "{drawn}");
    // Hashed ones have no name to tell.
    assert!(!classes.iter().any(|class| class.to_string().contains("#")), "{classes:?}");
    assert!(project.read("reports/report.html").contains("Strongest terms"));
    let card = project.read("models/lr_table_v1.md");
    assert!(card.contains("## Strongest terms") && card.contains("`great`"), "{card}");
}
