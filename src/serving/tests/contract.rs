//! What rows may hold, and how they are refused.

use serde_json::{Value as Json, json};

use super::*;
use crate::serving::service::Limits;

/// Field, problem, what was found and what it was meant as, of every problem of an answer.
fn problems(answer: &Json) -> Vec<(String, String, String, Option<String>)> {
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    answer
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            let meant = p.get("did_you_mean").map(text);
            (text(&p["field"]), text(&p["problem"]), text(&p["found"]), meant)
        })
        .collect()
}

fn problem(field: &str, kind: &str, found: &str, meant: Option<&str>) -> (String, String, String, Option<String>) {
    (field.to_owned(), kind.to_owned(), found.to_owned(), meant.map(str::to_owned))
}

#[test]
fn every_field_that_does_not_fit_is_named_at_once() {
    let app = app(TWO, Settings::default());
    let told = predict(&app, r#"[{"a": 99, "B": "u", "c": [1]}, {"a": "1.5", "b": "uu", "c": null, "a": 2}]"#);
    assert_eq!(told.status, 422);
    let error = &told.json()["error"];
    assert_eq!((error["reason"].as_str(), error["more"].as_i64()), (Some("contract"), Some(0)));
    assert_eq!(error["message"], "7 values do not fit the model");
    assert_eq!(
        problems(&error["fields"]),
        [
            problem("a", "range", "99", None),
            problem("B", "unknown", "a field `B`", Some("b")),
            problem("c", "nested", "a list", None),
            problem("b", "missing", "nothing", None),
            problem("a", "type", "`1.5`", None),
            problem("b", "level", "`uu`", Some("u")),
            problem("a", "duplicate", "a second value", None),
        ]
    );
    assert_eq!(error["fields"][0]["row"], 1);
    assert_eq!(error["fields"][4]["row"], 2);
    assert_eq!(error["fields"][5]["expected"], "one of `u`, `v`, `w`");
    assert!(error["fields"][0]["expected"].as_str().unwrap().starts_with("a finite number from -3 to "), "{error}");
}

#[test]
fn each_kind_of_value_is_taken_or_refused_as_documented() {
    let app = app(TWO, Settings::default());
    let row = |a: &str, b: &str, c: &str| format!(r#"{{"a": {a}, "b": {b}, "c": {c}}}"#);
    for (a, b, c, expected) in [
        ("1.5", r#""u""#, "2", Ok(())),
        ("1.5", r#"" u ""#, "2", Ok(())),
        ("1", r#""u""#, "null", Ok(())),
        ("15e-1", r#""u""#, "2.0", Ok(())),
        ("-0.0", r#""\u0075""#, "2", Ok(())),
        ("null", r#""u""#, "2", Err("null")),
        (r#""1.5""#, r#""u""#, "2", Err("type")),
        (r#""007""#, r#""u""#, "2", Err("type")),
        ("true", r#""u""#, "2", Err("type")),
        ("18446744073709551616", r#""u""#, "2", Err("range")),
        ("1e308", r#""u""#, "2", Err("range")),
        ("1.5", "7", "2", Err("level")),
        ("1.5", "null", "2", Err("null")),
        ("1.5", r#""""#, "2", Err("null")),
        ("1.5", r#""u""#, r#"{"x": {}}"#, Err("nested")),
    ] {
        let told = predict(&app, row(a, b, c));
        match expected {
            Ok(()) => assert_eq!(told.status, 200, "{a} {b} {c}: {}", told.text),
            Err(kind) => {
                assert_eq!(told.status, 422, "{a} {b} {c}: {}", told.text);
                let fields = told.json()["error"]["fields"].clone();
                assert_eq!(problems(&fields).len(), 1, "{fields}");
                assert_eq!(fields[0]["problem"], kind, "{a} {b} {c}");
            }
        }
    }
}

#[test]
fn what_is_no_json_or_no_rows_says_so() {
    let app = app(TWO, Settings::default());
    let deep = format!("{}{}", r#"{"a": "#, "[".repeat(100_000));
    let bodies: [(&[u8], u16, &str, &str); 12] = [
        (b"", 400, "malformed", "eof while parsing"),
        (b"{\"a\": NaN}", 400, "malformed", "column 7"),
        (b"{\"a\": -Infinity}", 400, "malformed", "invalid number"),
        (b"{\"a\": 007}", 400, "malformed", "invalid number"),
        (b"{\"a\": 1e999}", 400, "malformed", "number out of range"),
        (b"{'a': 1}", 400, "malformed", "key must be a string"),
        (b"{\"a\": 1} x", 400, "malformed", "trailing characters"),
        (b"{\"b\": \"\xff\"}", 400, "malformed", "not valid UTF-8 at byte 7"),
        (b"\xff\xfe{\0}\0", 400, "malformed", "not valid UTF-8 at byte 0"),
        (deep.as_bytes(), 400, "malformed", "eof while parsing a list"),
        (b"7", 422, "shape", "invalid type: integer `7`, expected an object"),
        (b"[{\"a\": 1, \"b\": \"u\", \"c\": 1}, [1]]", 422, "shape", "row 2: invalid type: sequence"),
    ];
    for (body, status, reason, message) in bodies {
        let told = predict(&app, body.to_vec());
        let error = told.json()["error"].clone();
        assert_eq!((told.status, &error["reason"]), (status, &json!(reason)), "{error}");
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
    }
    let with_mark = [b"\xef\xbb\xbf", GOOD.as_bytes()].concat();
    assert_eq!(predict(&app, with_mark).status, 200, "a byte order mark of UTF-8");
    let carried = r#"{"row_id": "7", "part": "test", "y": "no", "a": 1.5, "b": "u", "c": 2}"#;
    assert_eq!(predict(&app, carried).text, predict(&app, GOOD).text, "a row of the dataset as it is");
}

#[test]
fn lenient_answers_and_reports() {
    let app = app(TWO, Settings { lenient: true, ..Settings::default() });
    let told = predict(&app, r#"{"a": "1.5", "b": "x", "c": "?", "d": 1}"#);
    assert_eq!(told.status, 200, "{}", told.text);
    let answer = told.json();
    let kinds: Vec<&str> =
        answer["warnings"].as_array().unwrap().iter().map(|w| w["problem"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["type", "level", "type", "unknown"]);
    // A number as a text is that number; what cannot be read is missing.
    let plain = predict(&app, r#"{"a": 1.5, "b": "x", "c": null}"#).json();
    assert_eq!(answer["probabilities"], plain["probabilities"]);
    let absent = predict(&app, r#"{"a": 1.5, "b": "x"}"#).json();
    assert_eq!(absent["probabilities"], plain["probabilities"]);
    assert_eq!(predict(&app, r#"{"a": 1, "a": 2, "b": "u", "c": 1}"#).status, 422, "one of two values");
}

#[test]
fn requests_are_bounded() {
    let limits = Limits { body: 200, rows: 3, ..Limits::default() };
    let app = app(TWO, Settings { limits, ..Settings::default() });
    let rows = |count: usize| format!("[{}]", vec![GOOD; count].join(","));
    assert_eq!(predict(&app, rows(3)).json()["predictions"].as_array().unwrap().len(), 3);
    for (body, reason) in [(rows(4), "too_many_rows"), (rows(100), "too_large")] {
        let told = predict(&app, body);
        assert_eq!((told.status, &told.json()["error"]["reason"]), (413, &json!(reason)));
    }
    // One that does not say how long it is, and never ends.
    assert_eq!(predict(&app, Body::new(Endless)).status, 413);
    let told = predict(&app, "[]");
    assert_eq!((told.status, told.json()["predictions"].clone()), (200, json!([])));
}

#[test]
fn many_problems_are_counted_and_some_are_listed() {
    let app = app(TWO, Settings::default());
    let told = predict(&app, format!("[{}]", vec!["{}"; 500].join(",")));
    let error = &told.json()["error"];
    assert_eq!(error["message"], "1500 values do not fit the model");
    assert_eq!((error["fields"].as_array().unwrap().len(), &error["more"]), (100, &json!(1400)));
}

struct Endless;

impl axum::body::HttpBody for Endless {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data("[[[[[[[[".into()))))
    }
}

#[test]
fn what_costs_more_than_it_may_hold_is_refused_at_once() {
    let app = app(TWO, Settings::default());
    let many = post(&app, "/invocations", "text/csv", ",".repeat(1 << 20));
    assert_eq!(many.status, 400);
    assert!(many.text.contains("the first line has 1048577 values"), "{}", many.text);
    let wide = format!("a,b,c{}\n1.5,u,2{}\n", ",x".repeat(500), ",1".repeat(500));
    assert_eq!(post(&app, "/invocations", "text/csv", wide).status, 200);
    let request = Request::post("/predict").header("content-encoding", "gzip").body(Body::from("x")).unwrap();
    let told = ask(&app, request);
    assert_eq!(told.status, 415);
    assert!(told.text.contains("encoded as `gzip`"), "{}", told.text);
}

#[test]
fn what_is_explained_leniently_is_told_with_its_warnings() {
    let app = app(TWO, Settings { lenient: true, ..Settings::default() });
    let told = post(&app, "/explain", "application/json", r#"{"a": "x", "b": "u", "c": 2}"#).json();
    assert_eq!(told["warnings"][0]["field"], "a", "{told}");
    assert_eq!(told["rows"].as_array().unwrap().len(), 1);
    assert!(post(&app, "/explain", "application/json", GOOD).json().get("warnings").is_none());
}
