//! A model as it is served: the package, what rows it takes, and what is told about it.

use std::collections::BTreeMap;

use axum::body::Bytes;
use serde_json::{Value as Json, json};

use super::contract::{Contract, Problems, Rows};
use super::openapi;
use super::pages::Pages;
use super::refusal::Refusal;
use crate::config::ColumnNote;
use crate::data::{Kind, Scores, Table};
use crate::package::{Field, ModelPackage};

/// A loaded model.
pub struct Model {
    /// Its name: that of its file, without the ending.
    pub name: String,
    /// The model file.
    pub package: ModelPackage,
    /// What rows it takes.
    pub contract: Contract,
    /// Documents that stay the same as long as the model does.
    pub documents: Documents,
    /// What columns mean, for people.
    pub notes: BTreeMap<String, ColumnNote>,
    /// Pages for people.
    pub pages: Pages,
}

/// See [`Model::documents`].
pub struct Documents {
    /// GET /model_info
    pub info: Bytes,
    /// GET /example_request
    pub example: Bytes,
    /// GET /openapi.json
    pub openapi: Bytes,
}

/// Rows with their scores.
pub struct Scored {
    /// Row by row.
    pub scores: Scores,
    /// What the rows were taken with nonetheless.
    pub warnings: Problems,
}

impl Model {
    /// Makes a package ready to be served.
    pub fn new(package: ModelPackage, file: &str) -> Self {
        let stem = std::path::Path::new(file).file_stem().and_then(|stem| stem.to_str());
        let name = stem.unwrap_or("model").to_owned();
        let contract = Contract::of(&package);
        let document = |json: &Json| Bytes::from(serde_json::to_vec_pretty(json).unwrap_or_default());
        let documents = Documents {
            info: document(&info(&name, &package, &contract)),
            example: document(&Json::Object(contract.example())),
            openapi: document(&openapi::document(&name, &package, &contract)),
        };
        Self { name, package, contract, documents, notes: BTreeMap::new(), pages: Pages::default() }
    }

    /// With what its columns mean, for people.
    pub fn described(self, notes: impl IntoIterator<Item = (String, ColumnNote)>) -> Self {
        Self { notes: notes.into_iter().collect(), pages: Pages::default(), ..self }
    }

    /// The feature columns of rows that fit, and what they were taken with nonetheless.
    ///
    /// # Errors
    /// 422 with every field that does not fit.
    pub fn features(&self, mut rows: Rows) -> Result<(Table, Problems), Refusal> {
        if !rows.refused.is_empty() {
            return Err(Refusal::contract(rows.refused));
        }
        let warnings = std::mem::take(&mut rows.warnings);
        let features = self.package.features(&rows.into_table(), &row_name).map_err(|error| Refusal::of(&error))?;
        Ok((features, warnings))
    }

    /// The scores of rows.
    ///
    /// # Errors
    /// As of [`Model::features`]; 422 for a value too large to calculate with.
    pub fn score(&self, rows: Rows) -> Result<Scored, Refusal> {
        let (features, warnings) = self.features(rows)?;
        let scores = self.package.scores(&features, &row_name).map_err(|error| Refusal::of(&error))?;
        Ok(Scored { scores, warnings })
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
