//! What each endpoint answers.

use serde_json::json;

use super::*;
use crate::data::{Column, Table};

#[test]
fn a_row_is_answered_to_the_bit_as_the_model_file_does() {
    for model in [TWO, THREE, NUMBER] {
        let app = app(model, Settings::default());
        let package = package(model);
        let columns = [("a", "1.5"), ("b", "u"), ("c", "2")];
        let texts = columns.map(|(name, text)| Column::text(name, [Some(text)].into_iter().collect()));
        let name = |_: usize| String::new();
        let features = package.features(&Table::new(texts.to_vec()), &name).unwrap();
        let scores = package.scores(std::borrow::Cow::Owned(features), &name).unwrap();
        let one = predict(&app, GOOD).json();
        let many = predict(&app, format!("[{GOOD}, {GOOD}]")).json();
        let classes = &package.info.target.classes;
        for answer in [&one, &many["predictions"][0], &many["predictions"][1]] {
            if classes.is_empty() {
                assert_eq!(answer["prediction"].as_f64(), Some(scores.values[0]));
                assert!(answer.get("probabilities").is_none());
                continue;
            }
            let class = package.info.decision.class(scores.row(0)) as usize;
            assert_eq!(answer["prediction"], json!(classes[class]));
            assert_eq!(answer["confidence"].as_f64(), Some(scores.values[class]));
            for (class, score) in classes.iter().zip(scores.row(0)) {
                assert_eq!(answer["probabilities"][class].as_f64(), Some(*score));
            }
        }
        assert_eq!(one["threshold"].as_f64(), package.info.decision.threshold());
        assert_eq!((&one["model"], &many["model"]), (&json!("m_two_v1"), &json!("m_two_v1")));
    }
}

#[test]
fn the_example_is_valid_and_the_model_tells_its_fields() {
    for model in [TWO, THREE, NUMBER, KNN] {
        let app = app(model, Settings::default());
        let example = get(&app, "/example_request");
        assert_eq!(predict(&app, example.text.clone()).status, 200, "{}", example.text);
        let info = get(&app, "/model_info").json();
        let field = |at: usize| info["fields"][at].clone();
        assert_eq!(field(0)["type"], "number");
        assert!((-3.0..-2.5).contains(&field(0)["min"].as_f64().unwrap()), "{info}");
        assert_eq!((&field(1)["levels"], &field(1)["nullable"]), (&json!(["u", "v", "w"]), &json!(false)));
        assert_eq!(field(2)["nullable"], true);
        let health = get(&app, "/health").json();
        assert_eq!(health, json!({"live": true, "ready": true, "model": "m_two_v1", "version": 1}));
    }
}

#[test]
fn contributions_sum_to_the_score() {
    let app = app(TWO, Settings::default());
    let explained = post(&app, "/explain", "application/json", GOOD).json();
    let output = &explained["rows"][0]["outputs"][0];
    let each = output["contributions"].as_array().unwrap();
    assert_eq!(each.len(), 3);
    let sum: f64 = each.iter().map(|c| c["contribution"].as_f64().unwrap()).sum();
    let (expected, score) = (output["expected"].as_f64().unwrap(), output["score"].as_f64().unwrap());
    assert!((expected + sum - score).abs() < 1e-9, "{output}");
    assert_eq!(explained["rows"][0]["prediction"], predict(&app, GOOD).json()["prediction"]);
    let bad = post(&app, "/explain", "application/json", r#"{"a": 1}"#);
    assert_eq!((bad.status, bad.json()["error"]["fields"].as_array().unwrap().len()), (422, 2));
    let other = super::app(KNN, Settings::default());
    assert_eq!(post(&other, "/explain", "application/json", GOOD).status, 501);
}

#[test]
fn what_is_not_there_says_so() {
    let app = app(TWO, Settings::default());
    for (told, status, reason) in [
        (get(&app, "/predictions"), 404, "not_found"),
        (get(&app, "/predict"), 405, "method"),
        (post(&app, "/predict", "text/csv", "a,b,c\n1,u,2\n"), 415, "media_type"),
        (get(&app, "/../../etc/passwd"), 404, "not_found"),
    ] {
        assert_eq!((told.status, &told.json()["error"]["reason"]), (status, &json!(reason)));
    }
    assert_eq!(post(&app, "/predict", "application/json; charset=utf-8", GOOD).status, 200);
}

#[test]
fn a_request_keeps_its_id_where_it_is_one() {
    let app = app(TWO, Settings::default());
    let with = |id: &str| {
        let told = ask(&app, Request::get("/ping").header("x-request-id", id).body(Body::empty()).unwrap());
        told.headers["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(with("abc-1.2_Z"), "abc-1.2_Z");
    for other in ["", "a b", "a\"b", &"x".repeat(65)] {
        let id = with(other);
        assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
    }
    assert_ne!(with(""), with(""));
}

#[test]
fn what_is_answered_and_refused_is_counted() {
    let app = app(TWO, Settings::default());
    predict(&app, format!("[{GOOD}, {GOOD}]"));
    predict(&app, r#"{"a": 1, "b": "x", "c": 1, "d": 2}"#);
    predict(&app, "{");
    get(&app, "/nothing/of/mine");
    let text = get(&app, "/metrics").text;
    let label = predict(&app, GOOD).json()["prediction"].as_str().unwrap().to_owned();
    for line in [
        r#"mlops_model_info{name="m_two_v1",model="m_two_v1",algorithm="xgb",version="1"} 1"#,
        r#"mlops_requests_total{endpoint="/predict",status="200"} 1"#,
        r#"mlops_requests_total{endpoint="/predict",status="422"} 1"#,
        r#"mlops_requests_total{endpoint="/predict",status="400"} 1"#,
        r#"mlops_requests_total{endpoint="other",status="404"} 1"#,
        r#"mlops_request_duration_seconds_count{endpoint="/predict"} 3"#,
        r#"mlops_request_duration_seconds_bucket{endpoint="/predict",le="+Inf"} 3"#,
        r#"mlops_rows_total{name="m_two_v1",model="m_two_v1",version="1"} 2"#,
        &format!(r#"mlops_predictions_total{{name="m_two_v1",model="m_two_v1",version="1",class="{label}"}} 2"#),
        r#"mlops_rejections_total{reason="contract"} 1"#,
        r#"mlops_rejections_total{reason="malformed"} 1"#,
        r#"mlops_field_problems_total{problem="unknown"} 1"#,
        r#"mlops_field_problems_total{problem="level"} 1"#,
        "mlops_requests_in_flight 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[test]
fn the_interface_is_described_as_it_is() {
    let served = super::several::Served::start(&[("m", TWO)], "{}");
    let app = &served.app;
    let document = get(app, "/openapi.json").json();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let example = &operation["requestBody"]["content"]["application/json"]["example"];
            let told = match method.as_str() {
                "get" => get(app, path),
                // For programs on this machine alone.
                _ if path == "/admin/reload" => {
                    ask_from(app, Request::post(path).body(Body::empty()).unwrap(), Some(([127, 0, 0, 1], 9).into()))
                }
                _ => post(app, path, "application/json", example.to_string()),
            };
            assert_eq!(told.status, 200, "{method} {path}: {}", told.text);
            let media_type = told.headers["content-type"].to_str().unwrap().split(';').next().unwrap().to_owned();
            assert!(operation["responses"]["200"]["content"].get(&media_type).is_some(), "{path} {media_type}");
        }
    }
    let record = &document["components"]["schemas"]["Record"];
    assert_eq!(record["required"], json!(["a", "b", "c"]));
    assert_eq!(record["properties"]["b"], json!({"type": "string", "enum": ["u", "v", "w"]}));
    assert_eq!(record["properties"]["c"]["type"], json!(["number", "null"]));
    assert_eq!(record["additionalProperties"], json!(false));
}
