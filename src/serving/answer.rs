//! What the scores of rows say, written as JSON.

use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};

use super::contract::{Problems, Shape};
use super::models::{Model, Scored};
use crate::data::Scores;
use crate::package::{Answer, Info};

/// The answer of POST /predict.
///
/// One record is answered by one object, a list by an object that holds a list:
///
/// ```json
/// {"prediction": "good", "probabilities": {"average": 0.2, "good": 0.8}, "confidence": 0.8, "threshold": 0.45, "model": "xgb_wine_v1"}
/// {"predictions": [{"prediction": "good", "probabilities": {…}, "confidence": 0.8}], "threshold": 0.45, "model": "xgb_wine_v1"}
/// ```
pub fn predictions(model: &Model, scored: &Scored, shape: Shape) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + 128 * scored.scores.rows());
    let document = Document { model, scored, shape };
    // Texts and numbers can always be written, and memory takes them.
    serde_json::to_writer(&mut out, &document).unwrap_or_default();
    out
}

struct Document<'a> {
    model: &'a Model,
    scored: &'a Scored,
    shape: Shape,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let info = &self.model.package.info;
        let mut map = serializer.serialize_map(None)?;
        match self.shape {
            Shape::One => RowAnswer { info, scores: self.scored.scores.row(0) }.entries(&mut map)?,
            Shape::Many => map.serialize_entry("predictions", &RowAnswers { info, scores: &self.scored.scores })?,
        }
        if let Some(threshold) = info.decision.threshold() {
            map.serialize_entry("threshold", &threshold)?;
        }
        map.serialize_entry("model", &self.model.name)?;
        if !self.scored.warnings.is_empty() {
            told(&self.scored.warnings, &mut map)?;
        }
        map.end()
    }
}

/// An answer with what the rows were taken with nonetheless beside it.
#[derive(Serialize)]
pub struct Beside<'a, T: Serialize> {
    /// The answer, an object.
    #[serde(flatten)]
    pub answer: &'a T,
    /// What did not fit.
    #[serde(flatten, serialize_with = "beside", skip_serializing_if = "Problems::is_empty")]
    pub warnings: &'a Problems,
}

fn beside<S: Serializer>(problems: &&Problems, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    told(problems, &mut map)?;
    map.end()
}

fn told<M: SerializeMap>(problems: &Problems, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("warnings", &problems.listed)?;
    map.serialize_entry("more_warnings", &problems.more())
}

struct RowAnswers<'a> {
    info: &'a Info,
    scores: &'a Scores,
}

impl Serialize for RowAnswers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.scores.rows();
        let mut list = serializer.serialize_seq(Some(rows))?;
        for row in 0..rows {
            list.serialize_element(&RowAnswer { info: self.info, scores: self.scores.row(row) })?;
        }
        list.end()
    }
}

/// What the scores of one row say.
pub struct RowAnswer<'a> {
    /// The model's.
    pub info: &'a Info,
    /// The row's.
    pub scores: &'a [f64],
}

impl RowAnswer<'_> {
    /// Label or value, and of a class the probabilities, among the entries of a map.
    pub fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self.info.answer(self.scores) {
            Answer::Value(value) => map.serialize_entry("prediction", &value),
            Answer::Class(label, class) => {
                map.serialize_entry("prediction", label)?;
                map.serialize_entry("probabilities", &Probabilities { info: self.info, scores: self.scores })?;
                map.serialize_entry("confidence", &self.scores.get(class))
            }
        }
    }
}

impl Serialize for RowAnswer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

/// The probability of each class.
pub struct Probabilities<'a> {
    /// The model's.
    pub info: &'a Info,
    /// The row's.
    pub scores: &'a [f64],
}

impl Serialize for Probabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.info.target.classes.iter().zip(self.scores))
    }
}

/// The answer of POST /invocations as MLflow has it: `{"predictions": […]}`, of labels or numbers; or of the
/// probabilities of each row's classes, in the order of the classes.
pub fn invocations(model: &Model, scores: &Scores, probabilities: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(32 + 24 * scores.values.len());
    let document = Invocations { info: &model.package.info, scores, probabilities };
    serde_json::to_writer(&mut out, &document).unwrap_or_default();
    out
}

struct Invocations<'a> {
    info: &'a Info,
    scores: &'a Scores,
    probabilities: bool,
}

impl Serialize for Invocations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("predictions", &Plain(self))?;
        map.end()
    }
}

struct Plain<'a>(&'a Invocations<'a>);

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Invocations { info, scores, probabilities } = self.0;
        let mut list = serializer.serialize_seq(Some(scores.rows()))?;
        for row in 0..scores.rows() {
            match info.answer(scores.row(row)) {
                Answer::Class(..) if *probabilities => list.serialize_element(scores.row(row))?,
                Answer::Class(label, _) => list.serialize_element(label)?,
                Answer::Value(value) => list.serialize_element(&value)?,
            }
        }
        list.end()
    }
}
