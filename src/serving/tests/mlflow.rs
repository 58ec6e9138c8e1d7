//! The protocol of MLflow and SageMaker.

use serde_json::{Value as Json, json};

use super::*;
use crate::data::Kind;
use crate::serving::contract::{Body as Format, Contract, Policy, Rows};
use crate::serving::service::Limits;

fn invoke(app: &App, media_type: &str, body: &str) -> Told {
    post(app, "/invocations", media_type, body.to_owned())
}

#[test]
fn every_layout_of_rows_is_read() {
    let app = app(TWO, Settings::default());
    let expected: Vec<Json> = [GOOD, r#"{"a": -2, "b": "v", "c": null}"#]
        .iter()
        .map(|row| predict(&app, row.to_string()).json()["prediction"].clone())
        .collect();
    let table = "a,b,c\n1.5,u,2\n-2,v,\n";
    for (media_type, body) in [
        (
            "application/json",
            r#"{"dataframe_split": {"index": [0, 1], "columns": ["a", "b", "c"], "data": [[1.5, "u", 2], [-2, "v", null]]}}"#,
        ),
        // The rows may stand before what names their columns.
        (
            "application/json",
            r#"{"params": null, "dataframe_split": {"data": [["u", 1.5, 2], ["v", -2, null]], "columns": ["b", "a", "c"]}}"#,
        ),
        (
            "application/json",
            r#"{"dataframe_records": [{"a": 1.5, "b": "u", "c": 2}, {"c": null, "b": "v", "a": -2}]}"#,
        ),
        ("application/json", r#"{"instances": [{"a": 1.5, "b": "u", "c": 2}, {"a": -2, "b": "v", "c": null}]}"#),
        ("application/json", r#"{"instances": [[1.5, "u", 2], [-2, "v", null]]}"#),
        ("application/json", r#"{"inputs": {"a": [1.5, -2], "b": ["u", "v"], "c": [2, null]}}"#),
        ("application/json", r#"{"inputs": [[1.5, "u", 2], [-2, "v", null]]}"#),
        // Extra columns and values that training never saw are no matter there.
        (
            "application/json",
            r#"{"dataframe_records": [{"a": 1.5, "b": "u", "c": 2, "x": [1]}, {"c": null, "b": "v", "a": -2}]}"#,
        ),
        ("application/jsonlines", "{\"a\": 1.5, \"b\": \"u\", \"c\": 2}\n\n{\"a\": -2, \"b\": \"v\", \"c\": null}\n"),
        ("text/csv", table),
        ("text/csv; charset=utf-8", "c,b,extra,a\r\n2,u,9,1.5\r\n,v,9,-2\r\n"),
        ("text/csv", "1.5,u,2\n-2,v,\n"),
    ] {
        let told = invoke(&app, media_type, body);
        assert_eq!(told.status, 200, "{body}: {}", told.text);
        assert_eq!(told.json(), json!({ "predictions": expected }), "{body}");
    }
}

#[test]
fn a_fault_behind_as_many_rows_as_may_be_is_told() {
    let limits = Limits { rows: 2, ..Limits::default() };
    let app = app(TWO, Settings { limits, ..Settings::default() });
    let (row, rows) = (GOOD, format!("[{GOOD}, {GOOD}]"));
    for (body, status, message) in [
        (format!(r#"{{"dataframe_records": {rows}}}"#), 200, ""),
        (format!(r#"{{"dataframe_records": [{row}, {row}, {row}]}}"#), 413, "more than 2 rows"),
        (format!(r#"{{"dataframe_records": {rows}, "params": 7}}"#), 400, "invalid type"),
        (format!(r#"{{"dataframe_records": {rows}, "instances": []}}"#), 400, "exactly one of"),
        (
            r#"{"dataframe_split": {"columns": ["a"], "data": [], "data": []}}"#.to_owned(),
            400,
            "duplicate field `data`",
        ),
    ] {
        let told = invoke(&app, "application/json", &body);
        assert!(told.status == status && told.text.contains(message), "{body}: {} {}", told.status, told.text);
    }
}

/// A number of JSON goes to its column at once, a text is read; it is the same number however it is written.
#[test]
fn a_number_of_json_is_the_number_of_its_text() {
    let app = app(TWO, Settings::default());
    let numbers = ["0", "-0.0", "-0", "1.5", "3", "3.0", "-2e-1", "1e300", "1e-300", "0.1", "4503599627370497.5"];
    for number in numbers.into_iter().chain(["9007199254740993", "18446744073709551615", "-9223372036854775808"]) {
        for (row, json) in [
            (format!("{number},u,2"), format!(r#"[{number}, "u", 2]"#)),
            (format!("1,u,{number}"), format!(r#"[1, "u", {number}]"#)),
        ] {
            let of_text = invoke(&app, "text/csv", &format!("a,b,c\n{row}\n"));
            let body = format!(r#"{{"dataframe_split": {{"columns": ["a", "b", "c"], "data": [{json}]}}}}"#);
            let of_number = invoke(&app, "application/json", &body);
            assert_eq!(of_number.status, of_text.status, "{row}: {}", of_number.text);
            assert!(
                of_text.status != 200 || of_number.text == of_text.text,
                "{row}: {} {}",
                of_number.text,
                of_text.text
            );
        }
    }
}

#[test]
fn probabilities_are_told_where_they_are_asked_for() {
    let app = app(THREE, Settings::default());
    let body = format!(r#"{{"dataframe_records": [{GOOD}], "params": {{"predict_method": "predict_proba"}}}}"#);
    let found = invoke(&app, "application/json", &body).json();
    let one = predict(&app, GOOD).json();
    let classes = package(THREE).info.target.classes;
    let expected: Vec<&Json> = classes.iter().map(|class| &one["probabilities"][class]).collect();
    assert_eq!(found, json!({ "predictions": [expected] }));
}

#[test]
fn refusals_are_worded_as_mlflow_does() {
    let app = app(TWO, Settings::default());
    for (media_type, body, status, message) in [
        ("application/json", r#"{"rows": []}"#, 400, "exactly one of `dataframe_split`"),
        ("application/json", r#"{"inputs": [], "instances": []}"#, 400, "exactly one of `dataframe_split`"),
        ("application/json", "{", 400, "not valid JSON"),
        (
            "application/json",
            r#"{"dataframe_split": {"columns": ["a", "b"], "data": [[1, "u"]]}}"#,
            400,
            "`c`: found nothing",
        ),
        (
            "application/json",
            r#"{"dataframe_split": {"columns": ["a", "b", "c"], "data": [[1, "u"]]}}"#,
            400,
            "2 values for 3 columns",
        ),
        ("application/json", r#"{"dataframe_records": [{"a": "x", "b": "u", "c": 1}]}"#, 400, "row 1, `a`: found `x`"),
        ("application/json", r#"{"inputs": {"a": [1], "b": ["u", "v"], "c": [1]}}"#, 400, "differ in length"),
        (
            "application/json",
            r#"{"instances": [[1]], "params": {"predict_method": "x"}}"#,
            400,
            "1 values for 3 fields",
        ),
        ("text/csv", "1,u\n", 400, "names no field"),
        ("application/jsonlines", "{\"a\": 1.5, \"b\": \"u\", \"c\": 2}\n{\n", 400, "line 2"),
        ("application/xml", "<a/>", 415, "`application/xml`"),
    ] {
        let told = invoke(&app, media_type, body);
        let answer = told.json();
        assert_eq!((told.status, &answer["error_code"]), (status, &json!("BAD_REQUEST")), "{body}: {answer}");
        assert!(answer["message"].as_str().unwrap().contains(message), "{body}: {answer}");
    }
}

#[test]
fn a_fault_is_told_of_a_row_only_where_it_is_in_one() {
    let app = app(TWO, Settings::default());
    let row = r#"[1.5, "u", 2]"#;
    for (body, message) in [
        (format!(r#"{{"instances": [{row}, 7]}}"#), "row 2: invalid type: integer `7`"),
        (format!(r#"{{"instances": [{row}], "params": 7}}"#), "invalid type: integer `7`"),
        (format!(r#"{{"dataframe_split": {{"columns": 7, "data": [{row}]}}}}"#), "invalid type: integer `7`"),
        (format!(r#"{{"dataframe_split": {{"columns": ["a"], "data": [{row}]}}}}"#), "row 1: 3 values for 1 columns"),
        ("7".to_owned(), "invalid type: integer `7`"),
    ] {
        let answer = invoke(&app, "application/json", &body).json();
        assert!(answer["message"].as_str().unwrap().starts_with(message), "{body}: {answer}");
    }
}

#[test]
fn a_container_is_pinged() {
    let app = app(TWO, Settings::default());
    let ping = get(&app, "/ping");
    assert_eq!((ping.status, ping.text.as_str()), (200, "\n"));
    assert_eq!(get(&app, "/version").text, env!("CARGO_PKG_VERSION"));
}

#[test]
fn values_without_names_are_those_of_all_fields_or_of_the_required_ones() {
    let mut contract = Contract::of(&package(TWO));
    contract.fields[1].column.required = false;
    let read = |body: Format, text: &str| {
        let mut rows = Rows::new(&contract, Policy::Mlflow, 10);
        body.read(text.as_bytes(), &mut rows).map_err(|refusal| refusal.respond().status().as_u16())?;
        assert!(rows.refused.is_empty());
        let table = rows.part().and_then(|_| rows.fitting()).map_err(|_| 0)?.0;
        let cells = |row| (0..3).map(|at| table.columns()[at].values.to_json(Kind::Text, row)).collect::<Vec<_>>();
        Ok((0..table.rows()).map(cells).collect::<Vec<_>>())
    };
    let all = vec![vec![json!(1.0), json!("u"), json!(2.0)]];
    let required = vec![vec![json!(1.0), json!(null), json!(2.0)]];
    for (body, full, short, bad) in [
        (Format::Csv, "1,u,2\n", "1,2\n", "1\n"),
        (Format::Mlflow, r#"{"instances": [[1, "u", 2]]}"#, r#"{"instances": [[1, 2]]}"#, r#"{"instances": [[1]]}"#),
        (Format::Mlflow, r#"{"inputs": [[1, "u", 2]]}"#, r#"{"inputs": [[1, 2]]}"#, r#"{"inputs": [[1, 2, 3, 4]]}"#),
        (
            Format::Mlflow,
            r#"{"dataframe_split": {"data": [[1, "u", 2]]}}"#,
            r#"{"dataframe_split": {"data": [[1, 2]]}}"#,
            r#"{"dataframe_split": {"data": [[]]}}"#,
        ),
    ] {
        assert_eq!(read(body, full).as_ref(), Ok(&all));
        assert_eq!(read(body, short).as_ref(), Ok(&required));
        assert_eq!(read(body, bad), Err(422), "{bad}");
    }
}
