//! What is kept of answers.

use std::collections::BTreeMap;

use serde_json::json;

use super::several::Served;
use super::*;

fn lines(served: &Served) -> Vec<Json> {
    let text = crate::fs::read_to_string(&served.path("p.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn both_answers_are_logged_and_can_be_told_apart() {
    let served = Served::start(
        &[("a", TWO), ("b", DT), ("c", THREE)],
        "{routing: {w: {champion: a, challenger: b, percent: 50, shadow: c}}, predictions: {path: p.jsonl}}",
    );
    let mut answers = BTreeMap::new();
    for id in 0..20 {
        let id = format!("r{id}");
        let told = served.predict_as("/models/w/predict", &[("x-request-id", &id)], GOOD);
        answers.insert(id, told.json());
    }
    let two = format!("[{GOOD}, {GOOD}]");
    served.predict_as("/models/w/predict", &[("x-request-id", "two")], &two);
    // What is refused is no prediction.
    assert_eq!(served.predict_as("/models/w/predict", &[("x-request-id", "bad")], r#"{"a": 1}"#).status, 422);
    served.app.service.close();
    let lines = lines(&served);
    assert_eq!(lines.len(), 2 * 20 + 2 * 2);
    for (id, answer) in &answers {
        let [first, shadow] = &lines.iter().filter(|line| line["id"] == **id).collect::<Vec<_>>()[..] else { panic!() };
        let role = if answer["model"] == "a" { "champion" } else { "challenger" };
        assert_eq!((&first["role"], &first["model"], &first["name"]), (&json!(role), &answer["model"], &json!("w")));
        for key in ["prediction", "probabilities", "confidence"] {
            assert_eq!(first[key], answer[key]);
        }
        assert_eq!(first["fields"], json!({"a": 1.5, "b": "u", "c": 2.0}));
        assert_eq!((&shadow["role"], &shadow["model"]), (&json!("shadow"), &json!("c")));
        assert_eq!(shadow["probabilities"].as_object().unwrap().len(), 3);
    }
    let rows: Vec<&Json> = lines.iter().filter(|line| line["id"] == "two").map(|line| &line["row"]).collect();
    assert_eq!(rows, [1, 2, 1, 2]);
    assert_eq!(served.metric("mlops_predictions_logged_total"), "44");
    assert_eq!(served.metric("mlops_predictions_dropped_total"), "0");
    assert_eq!(served.metric(r#"mlops_shadow_rows_total{name="c",model="c",version="1"}"#), "22");
    assert_eq!(served.metric(r#"mlops_rows_total{name="c",model="c",version="1"}"#), "0");
    // What is kept may be sent again.
    assert_eq!(predict(&served.app, lines[0]["fields"].to_string()).status, 200);
}

#[test]
fn a_shadow_never_fails_the_answer() {
    // A model of other fields: none of the rows fit it.
    let served = Served::start(&[("a", TWO), ("b", DT)], "{routing: {a: {champion: a, shadow: b}}}");
    assert_eq!(served.predict("a").json()["model"], "a");
    served.app.service.close();
    // It has ended, so that it takes nothing any more: as one that is behind.
    for _ in 0..3 {
        assert_eq!(served.predict("a").status, 200);
    }
    assert_eq!(served.metric("mlops_shadow_dropped_total"), "3");
    assert_eq!(served.metric(r#"mlops_shadow_rows_total{name="b",model="b",version="1"}"#), "1");
}

#[test]
fn a_redacted_value_appears_nowhere() {
    for format in ["jsonl", "csv"] {
        let predictions = format!("{{predictions: {{path: p.{format}, format: {format}, redact: [b, c]}}}}");
        let served = Served::start(&[("m", TWO)], &predictions);
        for body in [r#"{"a": 1.5, "b": "w", "c": 7.0625}"#, r#"{"a": 1.5, "b": "w", "c": null}"#] {
            assert_eq!(predict(&served.app, body).status, 200);
        }
        let csv = post(&served.app, "/invocations", "text/csv", "a,b,c\n1,w,7.0625\n");
        assert_eq!(csv.status, 200);
        served.app.service.close();
        let text = crate::fs::read_to_string(&served.path(&format!("p.{format}"))).unwrap();
        assert_eq!(text.matches("[redacted]").count(), 6, "{text}");
        assert!(!text.contains("7.0625") && !text.contains("\"w\"") && text.contains("1.5"), "{text}");
    }
}

#[test]
fn a_misspelt_field_is_not_left_unredacted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.bin");
    crate::fs::atomic_write_bytes(&path, TWO).unwrap();
    let sources = vec![("m".to_owned(), Source::File { path, shown: "m.bin".to_owned() })];
    let models = Models::open(sources, &Serve::default().routing, None, Notes::default()).unwrap();
    let config = crate::yaml::parse("{predictions: {path: p, redact: [B]}}", "serve.yaml").unwrap();
    let config: Serve = config.to().unwrap();
    let log = PredictionLog::open(&config.predictions.unwrap(), folder.path().join("p")).unwrap();
    let refused =
        Service::new(models, Settings::default(), Logs { access: None, predictions: Some(log) }, Guard::open());
    assert!(refused.err().unwrap().message().contains("field `B` not found in any model"));
}

#[test]
fn a_sample_is_of_its_size_and_the_same_for_the_same_ids() {
    let kept = |seed: u64| {
        let predictions = format!("{{predictions: {{path: p.jsonl, sample: 0.2, seed: {seed}}}}}");
        let served = Served::start(&[("m", DT)], &predictions);
        for id in 0..500 {
            served.predict_as("/predict", &[("x-request-id", &format!("r{id}"))], GOOD);
        }
        served.app.service.close();
        lines(&served).iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let first = kept(1);
    assert!((70..130).contains(&first.len()), "{}", first.len());
    assert_eq!(first, kept(1));
    assert_ne!(first, kept(2));
}

#[test]
fn csv_has_a_line_a_row_and_files_begin_anew() {
    let served =
        Served::start(&[("m", THREE)], "{predictions: {path: logs/p.csv, format: csv, max_bytes: 1000, keep: 2}}");
    for _ in 0..30 {
        predict(&served.app, GOOD);
    }
    served.app.service.close();
    let answer = predict(&served.app, GOOD).json();
    let mut rows = 0;
    for name in ["logs/p.csv", "logs/p.csv.1", "logs/p.csv.2"] {
        let bytes = crate::fs::read(&served.path(name)).unwrap();
        assert!(bytes.len() <= 1000 && bytes.ends_with(b"\n"), "{name}: {}", bytes.len());
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let header = reader.headers().unwrap().clone();
        for record in reader.records() {
            let record = record.unwrap();
            let cell = |name: &str| &record[header.iter().position(|column| column == name).unwrap()];
            assert_eq!((cell("name"), cell("model"), cell("role"), cell("row")), ("m", "m", "champion", "1"));
            assert_eq!(cell("prediction"), answer["prediction"].as_str().unwrap());
            assert_eq!(cell("confidence").parse::<f64>().unwrap(), answer["confidence"].as_f64().unwrap());
            let json = |name: &str| serde_json::from_str::<Json>(cell(name)).unwrap();
            assert_eq!(json("probabilities"), answer["probabilities"]);
            assert_eq!(json("fields"), json!({"a": 1.5, "b": "u", "c": 2.0}));
            rows += 1;
        }
    }
    assert!(!served.path("logs/p.csv.3").exists() && rows > 3);
    assert_eq!(served.metric("mlops_predictions_logged_total"), "30");
}

#[cfg(unix)]
#[test]
fn a_lost_disk_stops_nothing_and_is_counted() {
    let served = Served::start(&[("m", DT)], "{predictions: {path: logs/p.jsonl}}");
    let settled = |expected: &str| {
        // Written by another thread, at some time.
        for _ in 0..500 {
            let sum: u64 = ["mlops_predictions_logged_total", "mlops_predictions_dropped_total"]
                .map(|name| served.metric(name).parse::<u64>().unwrap())
                .iter()
                .sum();
            if sum.to_string() == expected {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    };
    predict(&served.app, GOOD);
    settled("1");
    crate::fs::remove_all(&served.path("logs")).unwrap();
    assert_eq!(predict(&served.app, GOOD).status, 200);
    settled("2");
    assert_eq!(served.metric("mlops_predictions_dropped_total"), "1");
    crate::fs::create_dir_all(&served.path("logs")).unwrap();
    std::os::unix::fs::symlink("/dev/full", served.path("logs/p.jsonl")).unwrap();
    assert_eq!(predict(&served.app, GOOD).status, 200);
    settled("3");
    assert_eq!(served.metric("mlops_predictions_dropped_total"), "2");
    crate::fs::remove(&served.path("logs/p.jsonl")).unwrap();
    predict(&served.app, GOOD);
    served.app.service.close();
    assert_eq!(served.metric("mlops_predictions_dropped_total"), "2");
    assert_eq!(crate::fs::read_to_string(&served.path("logs/p.jsonl")).unwrap().lines().count(), 1);
    // It has ended: as one that cannot keep up.
    assert_eq!(predict(&served.app, GOOD).status, 200);
    assert_eq!(served.metric("mlops_predictions_dropped_total"), "3");
}
