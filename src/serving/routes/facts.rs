//! What is told without a body: health, the model, the interface, and counts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::super::reply;
use super::super::service::Service;

/// GET /health: whether it lives and is ready, and what it serves.
pub async fn health(State(service): State<Arc<Service>>) -> Response {
    let model = &service.model;
    let version = model.package.info.version;
    reply::json(StatusCode::OK, &json!({ "live": true, "ready": true, "model": model.name, "version": version }))
}

/// GET /ping: 200 and a line's end, as MLflow and SageMaker expect.
pub async fn ping() -> Response {
    reply::bytes(StatusCode::OK, reply::JSON, "\n")
}

/// GET /version: that of this program.
pub async fn version() -> Response {
    reply::bytes(StatusCode::OK, reply::TEXT, env!("CARGO_PKG_VERSION"))
}

/// GET /model_info
pub async fn model_info(State(service): State<Arc<Service>>) -> Response {
    reply::bytes(StatusCode::OK, reply::JSON, service.model.documents.info.clone())
}

/// GET /example_request
pub async fn example_request(State(service): State<Arc<Service>>) -> Response {
    reply::bytes(StatusCode::OK, reply::JSON, service.model.documents.example.clone())
}

/// GET /openapi.json
pub async fn openapi(State(service): State<Arc<Service>>) -> Response {
    let mut document = service.model.documents.openapi.clone();
    service.guard.describe(&mut document);
    reply::json(StatusCode::OK, &document)
}

/// GET /metrics: counts as Prometheus reads them.
pub async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let dropped = service.access.as_ref().map(super::super::log::LineLog::dropped);
    let text = service.metrics.text(&service.model, dropped);
    reply::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
}
