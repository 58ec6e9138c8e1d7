//! Requests to the endpoints, in memory.

mod access;
mod contract;
mod endpoints;
mod gather;
mod mlflow;
mod predictions;
mod several;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use serde_json::Value as Json;

use super::app::App;
use super::guard::Guard;
use super::models::{Models, Notes, Source};
use super::predictions::PredictionLog;
use super::service::{Logs, Service, Settings};
use crate::config::Serve;
use crate::package::ModelPackage;

/// Fields `a` from -3 to 3, `b` of u, v and w, and `c` from 0 to 10.2, which may be missing.
pub const TWO: &[u8] = include_bytes!("../../../fuzz/seeds/model/xgb_two");
/// The same, of three classes.
pub const THREE: &[u8] = include_bytes!("../../../fuzz/seeds/model/xgb_three");
/// The same, of a number.
pub const NUMBER: &[u8] = include_bytes!("../../../fuzz/seeds/model/dt_num");
/// The same, of an algorithm that explains nothing.
pub const KNN: &[u8] = include_bytes!("../../../fuzz/seeds/model/knn_two");

/// A tree of the same two classes as [`TWO`].
pub const DT: &[u8] = include_bytes!("../../../fuzz/seeds/model/dt_two");

pub const GOOD: &str = r#"{"a": 1.5, "b": "u", "c": 2}"#;

pub fn package(model: &[u8]) -> ModelPackage {
    ModelPackage::from_bytes(model, "model").unwrap()
}

pub fn app(model: &[u8], settings: Settings) -> App {
    guarded(model, settings, Guard::open())
}

pub fn guarded(model: &[u8], settings: Settings, guard: Guard) -> App {
    described(model, settings, guard, Notes::default())
}

pub fn described(model: &[u8], settings: Settings, guard: Guard, notes: Notes) -> App {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m_two_v1.bin");
    crate::fs::atomic_write_bytes(&path, model).unwrap();
    let source = Source::File { path, shown: "models/m_two_v1.bin".to_owned() };
    let models = Models::open(vec![("m_two_v1".to_owned(), source)], &Serve::default().routing, None, notes).unwrap();
    App::new(Arc::new(Service::new(models, settings, Logs::default(), guard).unwrap()))
}

/// An answer.
pub struct Told {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Told {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

pub fn ask(app: &App, request: Request<Body>) -> Told {
    ask_from(app, request, None)
}

pub fn ask_from(app: &App, request: Request<Body>, client: Option<SocketAddr>) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (parts, body) = app.respond(request, client).await.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Told { status: parts.status.as_u16(), headers: parts.headers, text }
    })
}

pub fn get(app: &App, path: &str) -> Told {
    ask(app, Request::get(path).body(Body::empty()).unwrap())
}

pub fn post(app: &App, path: &str, media_type: &str, body: impl Into<Body>) -> Told {
    ask(app, Request::post(path).header("content-type", media_type).body(body.into()).unwrap())
}

pub fn predict(app: &App, body: impl Into<Body>) -> Told {
    post(app, "/predict", "application/json", body)
}
