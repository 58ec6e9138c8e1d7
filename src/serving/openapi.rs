//! The interface as OpenAPI 3.1 describes it, made from the model's own fields.

use serde_json::{Map, Value as Json, json};

use super::contract::{Contract, ProblemKind};
use super::refusal::Reason;
use crate::data::{Kind, PART, ROW_ID, Task};
use crate::package::{Field, ModelPackage};

/// The document of a model, of the paths under a name, or of those without one.
pub fn document(name: &str, package: &ModelPackage, contract: &Contract, under: Option<&str>) -> Json {
    let info = &package.info;
    json!({
        "openapi": "3.1.0",
        "servers": [{ "url": under.map_or_else(|| "/".to_owned(), |under| format!("/models/{under}")) }],
        "info": {
            "title": format!("{name}: {} of {}", info.target.column, info.dataset),
            "version": info.version.to_string(),
            "description": "Rows of JSON are answered as `mlops predict` answers them. Fields that do not fit the model are refused, all at once, unless the server was started with `--lenient`.",
        },
        "paths": paths(contract, under.is_none()),
        "components": {
            "schemas": {
                "Record": record(package, contract),
                "Records": { "type": "array", "items": { "$ref": "#/components/schemas/Record" } },
                "Answer": answer(package, true),
                "Answers": answers(package),
                "Refusal": refusal(),
                "MlflowRefusal": {
                    "type": "object",
                    "required": ["error_code", "message"],
                    "properties": { "error_code": { "type": "string" }, "message": { "type": "string" } },
                },
            },
        },
    })
}

fn paths(contract: &Contract, all: bool) -> Json {
    let record = json!({ "oneOf": [reference("Record"), reference("Records")] });
    let rows = body("One record, or a list of them", &record, Some(Json::Object(contract.example())));
    let predicted = json!({ "oneOf": [reference("Answer"), reference("Answers")] });
    let object = json!({ "type": "object" });
    let mut paths = json!({
        "/predict": { "post": operation("predict", "Predict one record or a list of them", Some(rows.clone()), &predicted, "Refusal", &[]) },
        "/explain": { "post": operation("explain", "What each field adds to the answer; of tree and linear models", Some(rows), &object, "Refusal", &["501"]) },
        "/invocations": { "post": operation("invocations", "Predict rows as MLflow and SageMaker send them", Some(invocations(contract)), &json!({
            "type": "object", "required": ["predictions"], "properties": { "predictions": { "type": "array" } },
        }), "MlflowRefusal", &[]) },
        "/health": get("health", "Whether it is ready, and what it serves"),
        "/model_info": get("model_info", "The model: its fields, metrics and origin"),
        "/example_request": get("example_request", "A valid record of usual values"),
        "/openapi.json": get("openapi", "This document"),
        "/": told("page", "The page for people", "text/html", &json!({ "type": "string" })),
        "/docs": told("docs", "This interface as a page", "text/html", &json!({ "type": "string" })),
        "/ping": plain("ping", "200 where it is ready"),
    });
    if all {
        paths["/version"] = plain("version", "The version of the program");
        paths["/metrics"] = plain("metrics", "Counts for Prometheus");
        paths["/models"] = get("models", "Every model and route; each has the paths of a model under /models/{name}");
        paths["/admin/reload"] = reload();
    }
    paths
}

/// Loading the model files anew.
fn reload() -> Json {
    let told = |description: &str| {
        let content = json!({ "application/json": { "schema": { "type": "object" } } });
        json!({ "description": description, "content": content })
    };
    json!({ "post": {
        "operationId": "reload",
        "summary": "Read the model files again; for programs on the server's own machine",
        "responses": {
            "200": told("What became of each model"),
            "403": { "description": "Whoever asks may not", "content": { "application/json": { "schema": reference("Refusal") } } },
            "409": told("A file was refused, and the model before goes on"),
        },
    } })
}

fn reference(schema: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn body(description: &str, schema: &Json, example: Option<Json>) -> Json {
    let mut content = json!({ "schema": schema });
    if let Some(example) = example {
        content["example"] = example;
    }
    json!({ "description": description, "required": true, "content": { "application/json": content } })
}

/// A body of MLflow's protocol.
fn invocations(contract: &Contract) -> Json {
    let example = contract.example();
    let (columns, row): (Vec<&String>, Vec<&Json>) = example.iter().unzip();
    let example = json!({ "dataframe_split": { "columns": columns, "data": [row] } });
    let table = json!({ "type": "string", "description": "A line of names, then a line a row" });
    let lines = json!({ "type": "string", "description": "One record a line" });
    let schema = json!({
        "type": "object",
        "description": "Exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs`",
        "minProperties": 1,
    });
    let mut out = body("Rows in one of the layouts of MLflow", &schema, Some(example));
    out["content"]["text/csv"] = json!({ "schema": table });
    out["content"]["application/jsonlines"] = json!({ "schema": lines });
    out
}

fn operation(id: &str, summary: &str, body: Option<Json>, answer: &Json, refusal: &str, more: &[&str]) -> Json {
    let mut responses = Map::new();
    responses.insert(
        "200".to_owned(),
        json!({
            "description": "The answer",
            "headers": { "x-mlops-model": { "description": "The model that answered", "schema": { "type": "string" } } },
            "content": { "application/json": { "schema": answer } },
        }),
    );
    for status in ["400", "408", "413", "415", "422", "500", "503"].iter().chain(more) {
        let content = json!({ "application/json": { "schema": reference(refusal) } });
        responses.insert((*status).to_owned(), json!({ "description": meaning(status), "content": content }));
    }
    let mut out = json!({ "operationId": id, "summary": summary, "responses": responses });
    if let Some(body) = body {
        out["requestBody"] = body;
    }
    out
}

fn meaning(status: &str) -> &'static str {
    match status {
        "400" => "The body is not written as it says",
        "408" => "The body did not come in time",
        "413" => "The body is too large, or has too many rows",
        "415" => "The media type is not read here",
        "422" => "The rows do not fit the model",
        "501" => "The algorithm cannot tell",
        "503" => "The answer took too long",
        _ => "It failed",
    }
}

fn get(id: &str, summary: &str) -> Json {
    told(id, summary, "application/json", &json!({}))
}

fn plain(id: &str, summary: &str) -> Json {
    told(id, summary, "text/plain", &json!({ "type": "string" }))
}

fn told(id: &str, summary: &str, media_type: &str, schema: &Json) -> Json {
    let content = json!({ media_type: { "schema": schema } });
    json!({ "get": {
        "operationId": id,
        "summary": summary,
        "responses": { "200": { "description": "As told", "content": content } },
    } })
}

fn record(package: &ModelPackage, contract: &Contract) -> Json {
    let mut properties: Map<String, Json> =
        contract.fields.iter().map(|field| (field.column.name.clone(), property(field))).collect();
    for carried in [ROW_ID, PART, &package.info.target.column] {
        properties
            .entry(carried.to_owned())
            .or_insert_with(|| json!({ "description": "Part of the dataset; taken and left aside" }));
    }
    let required: Vec<&str> = contract.required().map(|field| field.column.name.as_str()).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn property(field: &Field) -> Json {
    let kind = match field.column.kind {
        Kind::Number => "number",
        Kind::Integer => "integer",
        Kind::Bool => "boolean",
        Kind::Category | Kind::Text | Kind::Date | Kind::Id => "string",
    };
    let mut out = match field.nullable {
        true => json!({ "type": [kind, "null"] }),
        false => json!({ "type": kind }),
    };
    match (field.column.kind, field.range) {
        (Kind::Number | Kind::Integer, Some((least, greatest))) => {
            out["minimum"] = least.into();
            out["maximum"] = greatest.into();
        }
        (Kind::Date, range) => {
            let format = field.column.format.as_deref().unwrap_or("%Y-%m-%d");
            let range = range.map(|(a, b)| format!(" from {} to {}", field.shown(a), field.shown(b)));
            out["description"] = format!("A date written as {format}{}", range.unwrap_or_default()).into();
        }
        _ => {}
    }
    if !field.levels.is_empty() {
        let levels = field.levels.iter().map(|level| Json::from(level.as_str()));
        out["enum"] = levels.chain(field.nullable.then_some(Json::Null)).collect::<Vec<_>>().into();
    }
    out
}

/// The answer to one record; `alone` where it stands by itself.
fn answer(package: &ModelPackage, alone: bool) -> Json {
    let info = &package.info;
    let mut properties = Map::new();
    if info.task() == Task::Regression {
        properties.insert("prediction".to_owned(), json!({ "type": "number" }));
    } else {
        properties.insert("prediction".to_owned(), json!({ "enum": info.target.classes }));
        let share = json!({ "type": "number", "minimum": 0, "maximum": 1 });
        let each: Map<String, Json> = info.target.classes.iter().map(|class| (class.clone(), share.clone())).collect();
        properties.insert("probabilities".to_owned(), json!({ "type": "object", "properties": each }));
        properties.insert("confidence".to_owned(), share);
    }
    let mut required: Vec<String> = properties.keys().cloned().collect();
    if alone {
        beside(package, &mut properties);
        required.push("model".to_owned());
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn answers(package: &ModelPackage) -> Json {
    let mut properties = Map::new();
    properties.insert("predictions".to_owned(), json!({ "type": "array", "items": answer(package, false) }));
    beside(package, &mut properties);
    json!({ "type": "object", "properties": properties, "required": ["predictions", "model"] })
}

/// What stands once in an answer, whatever its rows.
fn beside(package: &ModelPackage, properties: &mut Map<String, Json>) {
    if package.info.decision.threshold().is_some() {
        properties.insert("threshold".to_owned(), json!({ "type": "number" }));
    }
    properties.insert("model".to_owned(), json!({ "type": "string" }));
    let problems = json!({ "type": "array", "items": problem() });
    properties.insert("warnings".to_owned(), problems);
    properties.insert("more_warnings".to_owned(), json!({ "type": "integer" }));
}

fn problem() -> Json {
    let kinds: Vec<&str> = ProblemKind::ALL.iter().map(|kind| kind.name()).collect();
    json!({
        "type": "object",
        "required": ["row", "field", "problem", "found", "expected"],
        "properties": {
            "row": { "type": "integer", "minimum": 1 },
            "field": { "type": "string" },
            "problem": { "enum": kinds },
            "found": { "type": "string" },
            "expected": { "type": "string" },
            "did_you_mean": { "type": "string" },
        },
    })
}

fn refusal() -> Json {
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["reason", "message"],
            "properties": {
                "reason": { "enum": reasons },
                "message": { "type": "string" },
                "hint": { "type": "string" },
                "fields": { "type": "array", "items": problem() },
                "more": { "type": "integer" },
            },
        } },
    })
}
