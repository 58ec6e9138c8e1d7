//! One JSON Schema for each config file, with all that the registries know.
//!
//! They keep to the words that draft-07 and draft 2020-12 share, so that every editor understands them.

use serde_json::{Map, Value as Json, json};

use crate::config;
use crate::data::sources::builtin;
use crate::metrics::METRICS;
use crate::models;
use crate::transforms::{self, Phase};
use crate::yaml;

/// File name and text of the schema of each config file.
pub fn schemas() -> Vec<(String, String)> {
    let text = |schema: &Json| format!("{}\n", serde_json::to_string_pretty(schema).unwrap_or_default());
    all().iter().map(|(name, schema)| (file_name(name), text(schema))).collect()
}

/// The schema file of a config file, such as `train.schema.json` of `train`.
pub fn file_name(name: &str) -> String {
    format!("{name}.schema.json")
}

/// The schema of each config file, by its name.
pub(super) fn all() -> Vec<(&'static str, Json)> {
    config::schemas()
        .into_iter()
        .map(|(name, schema)| {
            let mut body = schema.to_value();
            fill_in(name, &mut body);
            (name, of_file(name, body))
        })
        .collect()
}

/// A whole file: its own name as the one root key.
fn of_file(name: &str, body: Json) -> Json {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": config::shown(name),
        "type": "object",
        "properties": { name: body },
        "required": [name],
        "additionalProperties": false,
    })
}

/// Puts what the registries know in the places the config types leave open.
pub(super) fn fill_in(file: &str, body: &mut Json) {
    let mut put = |pointer: &str, with: &dyn Fn(&mut Json)| body.pointer_mut(pointer).into_iter().for_each(with);
    match file {
        "config" => put("/properties/sources/items/properties/builtin", &|builtin| {
            let names = builtin::NAMES.iter().map(|name| json!(name)).chain([Json::Null]);
            builtin["enum"] = names.collect();
        }),
        "clean" => put("/properties/steps/items", &|step| *step = steps(&[Phase::RowFilter, Phase::ColumnFix])),
        "features" => {
            put("/properties/derive/items", &|step| *step = steps(&[Phase::ColumnFix]));
            put("/properties/learned/items", &|step| *step = steps(&[Phase::Learned]));
        }
        "train" => {
            let class_weight = &yaml::schema::<config::ClassWeight>().to_value();
            put("/properties/algorithms", &|list| only(list, algorithms(class_weight)));
            put("/properties/threshold/anyOf/0", &|metric| *metric = metric_name(|m| m.has_threshold()));
        }
        "tune" => {
            put("/properties/metric", &|metric| {
                metric["anyOf"] = json!([metric_name(|_| true), {"type": "null"}]);
            });
            put("/properties/algorithms", &|list| {
                let space = &list["additionalProperties"]["additionalProperties"];
                only(list, spaces(space));
            });
        }
        "evaluate" => {
            for path in ["/properties/select", "/properties/permutation_importance/properties/metric"] {
                put(path, &|metric| metric["anyOf"] = json!([metric_name(|_| true), {"type": "null"}]));
            }
            put("/properties/gates", &|gates| {
                let gate = &gates["additionalProperties"];
                let described = |summary: &str| {
                    let mut gate = gate.clone();
                    gate["description"] = json!(summary);
                    gate
                };
                let gates_by_name = METRICS.iter().map(|m| (m.name.to_owned(), described(m.summary))).collect();
                only(gates, gates_by_name);
            });
        }
        "report" => {
            let path = "/properties/learning_curve/properties/metric";
            put(path, &|metric| metric["anyOf"] = json!([metric_name(|_| true), {"type": "null"}]));
        }
        _ => {}
    }
}

/// Makes a mapping with any keys one with these.
fn only(mapping: &mut Json, properties: Map<String, Json>) {
    mapping["properties"] = Json::Object(properties);
    mapping["additionalProperties"] = json!(false);
}

fn metric_name(fits: impl Fn(&crate::metrics::Metric) -> bool) -> Json {
    let fitting = METRICS.iter().filter(|m| fits(m));
    let names: Vec<Json> = fitting.map(|m| json!({ "const": m.name, "description": m.summary })).collect();
    json!({ "oneOf": names })
}

/// `name: {parameters}`, or a bare name where no parameter is needed.
fn steps(phases: &[Phase]) -> Json {
    let fitting = || transforms::REGISTRY.iter().filter(|e| e.phases.iter().any(|phase| phases.contains(phase)));
    let mut properties = Map::new();
    for entry in fitting() {
        properties.insert(entry.name.to_owned(), described((entry.schema)().to_value(), entry.summary));
    }
    let bare = fitting().filter(|e| (e.schema)().get("required").is_none());
    let bare: Vec<Json> = bare.map(|e| json!({ "const": e.name, "description": e.summary })).collect();
    // Alternatives would do, but then editors say no more of a mistake than that none of them fits.
    let mut step = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
        "minProperties": 1,
        "maxProperties": 1,
    });
    if !bare.is_empty() {
        step["type"] = json!(["object", "string"]);
        step["if"] = json!({ "type": "string" });
        step["then"] = json!({ "oneOf": bare });
    }
    step
}

fn algorithms(class_weight: &Json) -> Map<String, Json> {
    let mut properties = Map::new();
    for entry in models::REGISTRY {
        let mut params = described((entry.schema)().to_value(), entry.summary);
        params["properties"][config::CLASS_WEIGHT] = match entry.takes_weights {
            true => described(class_weight.clone(), "How much each class weighs for this algorithm."),
            false => json!({ "type": "null", "description": "It takes no class weights." }),
        };
        properties.insert(entry.name.to_owned(), params);
    }
    properties
}

/// Of each algorithm that can be tuned its parameters, each with the space that it may have.
fn spaces(space: &Json) -> Map<String, Json> {
    let of = |entry: &models::Entry| {
        let schema = (entry.schema)().to_value();
        let params = schema["properties"].as_object().into_iter().flatten();
        let of_param = |(name, param): (&String, &Json)| {
            let description = param["description"].as_str().unwrap_or_default();
            (name.clone(), described(space.clone(), description))
        };
        let mut spaces: Map<String, Json> = params.map(of_param).collect();
        if entry.takes_weights {
            let choices = described(space.clone(), "How much each class weighs: one of these `choices`.");
            spaces.insert(config::CLASS_WEIGHT.to_owned(), choices);
        }
        let mapping = json!({"type": ["object", "null"], "properties": spaces, "additionalProperties": false});
        (entry.name.to_owned(), described(mapping, entry.summary))
    };
    models::REGISTRY.iter().filter(|entry| !entry.is_ensemble()).map(of).collect()
}

fn described(mut schema: Json, description: &str) -> Json {
    schema["description"] = json!(description);
    schema
}
