//! A model as it is served: the package, what rows it takes, and what is told about it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderValue;
use serde_json::{Value as Json, json};

use super::counts::Counts;
use crate::config::ColumnNote;
use crate::data::{Kind, Scores, Table};
use crate::package::{Field, ModelPackage};
use crate::serving::contract::{Contract, Problems, Rows, row_name};
use crate::serving::openapi;
use crate::serving::pages::Pages;
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
    /// What columns mean, for people.
    pub notes: BTreeMap<String, ColumnNote>,
    /// Pages for people.
    pub pages: Pages,
}

/// What the columns of a dataset mean.
#[derive(Debug, Default)]
pub struct Notes {
    /// The dataset.
    pub dataset: String,
    /// By column.
    pub columns: BTreeMap<String, ColumnNote>,
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
    /// The rows, where they are wanted.
    pub kept: Option<Table>,
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
        Self {
            name: name.to_owned(),
            header,
            package,
            contract,
            documents,
            counts,
            notes: BTreeMap::new(),
            pages: Pages::default(),
        }
    }

    /// With what its columns mean, where that is told of its dataset.
    pub fn described(self, notes: &Notes) -> Self {
        let notes = if notes.dataset == self.package.info.dataset { notes.columns.clone() } else { BTreeMap::new() };
        Self { notes, ..self }
    }

    /// The interface as OpenAPI describes it, of a name that it answers under; none stands for the paths without one.
    pub fn openapi(&self, under: Option<&str>) -> Json {
        openapi::document(&self.name, &self.package, &self.contract, under)
    }

    /// The feature columns of rows that fit.
    ///
    /// # Errors
    /// 422 for a value too large to calculate with.
    pub fn features(&self, rows: Table) -> Result<Table, Refusal> {
        self.package.fixed(rows).map_err(|error| Refusal::of(&error))
    }

    /// The scores of rows; `keep` tells whether the rows are wanted beside them.
    ///
    /// # Errors
    /// 422 with every field that does not fit, or for a value too large to calculate with.
    pub fn score(&self, rows: Rows, keep: bool) -> Result<Scored, Refusal> {
        let (rows, warnings) = rows.fitting()?;
        let kept = keep.then(|| rows.clone());
        let features = self.features(rows)?;
        let scores = self.package.scores(Cow::Owned(features), &row_name).map_err(|error| Refusal::of(&error))?;
        Ok(Scored { scores, kept, warnings })
    }
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
