//! A model as it is served: the package, what rows it takes, and what is told about it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderValue;
use serde_json::{Value as Json, json};

use super::counts::Counts;
use crate::data::{Kind, Scores, Table};
use crate::package::{Field, ModelPackage};
use crate::serving::contract::{Contract, Problems, Rows};
use crate::serving::openapi;
use crate::serving::refusal::Refusal;

/// A loaded model.
pub struct Model {
    /// What it is called in answers.
    pub name: String,
    /// That, as a header has it.
    pub header: HeaderValue,
    /// The model file.
    pub package: ModelPackage,
    /// What rows it takes.
    pub contract: Contract,
    /// Documents that stay the same as long as the model does.
    pub documents: Documents,
    /// What is counted of it.
    pub counts: Arc<Counts>,
}

/// See [`Model::documents`].
pub struct Documents {
    /// GET /model_info
    pub info: Bytes,
    /// GET /example_request
    pub example: Bytes,
}

/// Rows with their scores.
pub struct Scored {
    /// Row by row.
    pub scores: Scores,
    /// The rows as they came, where they are wanted.
    pub rows: Option<Table>,
    /// What the rows were taken with nonetheless.
    pub warnings: Problems,
}

impl Model {
    /// Makes a package ready to be served.
    pub fn new(package: ModelPackage, name: &str, counts: Arc<Counts>) -> Self {
        let contract = Contract::of(&package);
        let document = |json: &Json| Bytes::from(serde_json::to_vec_pretty(json).unwrap_or_default());
        let documents = Documents {
            info: document(&info(name, &package, &contract)),
            example: document(&Json::Object(contract.example())),
        };
        let header = HeaderValue::from_str(name).unwrap_or(HeaderValue::from_static("model"));
        Self { name: name.to_owned(), header, package, contract, documents, counts }
    }

    /// The interface as OpenAPI describes it, of a name that it answers under; none stands for the paths without one.
    pub fn openapi(&self, under: Option<&str>) -> Vec<u8> {
        let document = openapi::document(&self.name, &self.package, &self.contract, under);
        serde_json::to_vec_pretty(&document).unwrap_or_default()
    }

    /// The feature columns of typed rows.
    ///
    /// # Errors
    /// 422 for a value too large to calculate with.
    pub fn features(&self, typed: Table) -> Result<Table, Refusal> {
        self.package.fixed(typed).map_err(|error| Refusal::of(&error))
    }

    /// The scores of rows, with the rows themselves where they are wanted.
    ///
    /// # Errors
    /// 422 with every field that does not fit, or for a value too large to calculate with.
    pub fn score(&self, rows: Rows, keep: bool) -> Result<Scored, Refusal> {
        let (typed, warnings) = rows.fitting()?;
        let kept = keep.then(|| typed.clone());
        let features = self.features(typed)?;
        let scores = self.package.scores(features, &row_name).map_err(|error| Refusal::of(&error))?;
        Ok(Scored { scores, rows: kept, warnings })
    }
}

/// Names a row in messages.
pub fn row_name(row: usize) -> String {
    format!("row {}", row + 1)
}

/// What is known of the model.
fn info(name: &str, package: &ModelPackage, contract: &Contract) -> Json {
    let info = &package.info;
    let importance = package.importance().unwrap_or_default();
    let importance: Vec<Json> =
        importance.iter().map(|(feature, share)| json!({ "feature": feature, "importance": share })).collect();
    json!({
        "model": name,
        "algorithm": info.algorithm,
        "params": info.params,
        "version": info.version,
        "dataset": info.dataset,
        "task": info.task(),
        "target": info.target.column,
        "classes": info.target.classes,
        "threshold": info.decision.threshold(),
        "decision": info.decision.rule,
        "calibrated": package.is_calibrated(),
        "fields": contract.fields.iter().map(field).collect::<Vec<_>>(),
        "metrics": { "out_of_fold": info.out_of_fold },
        "importance": importance,
        "provenance": {
            "training_rows": info.provenance.rows,
            "training_data_xxh3": info.provenance.train_data,
            "class_counts": info.provenance.class_counts,
            "seed": info.provenance.seed,
        },
        "program": env!("CARGO_PKG_VERSION"),
    })
}

fn field(field: &Field) -> Json {
    let mut out = json!({
        "name": field.column.name,
        "type": field.column.kind.name(),
        "required": field.column.required,
        "nullable": field.nullable,
    });
    if let Some((least, greatest)) = field.range {
        let bound = |number: f64| match field.column.kind {
            Kind::Date => field.shown(number).into(),
            Kind::Integer if number.fract() == 0.0 => (number as i64).into(),
            _ => Json::from(number),
        };
        out["min"] = bound(least);
        out["max"] = bound(greatest);
    }
    if !field.levels.is_empty() {
        out["levels"] = field.levels.clone().into();
    }
    if let Some(format) = &field.column.format {
        out["format"] = format.clone().into();
    }
    out
}
