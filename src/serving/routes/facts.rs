//! What is told without a body: health, the model, the interface, and counts.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::super::call::At;
use super::super::models::Model;
use super::super::reply;
use super::super::service::Service;

/// GET /health: whether it lives and is ready, and what it serves.
pub async fn health(State(service): State<Arc<Service>>, at: At) -> Response {
    let model = champion(&service, at);
    let version = model.package.info.version;
    reply::json(StatusCode::OK, &json!({ "live": true, "ready": true, "model": model.name, "version": version }))
}

/// GET /ping: 200 and a line's end, as MLflow and SageMaker expect. MLflow calls that JSON, which it is not.
pub async fn ping(_: At) -> Response {
    reply::bytes(StatusCode::OK, reply::TEXT, "\n")
}

/// GET /version: that of this program.
pub async fn version() -> Response {
    reply::bytes(StatusCode::OK, reply::TEXT, env!("CARGO_PKG_VERSION"))
}

/// Who answers under a name, apart from challengers.
pub fn champion(service: &Service, at: At) -> Arc<Model> {
    service.models.slot(service.models.endpoint(at.place).champion).model()
}

/// GET /model_info
pub async fn model_info(State(service): State<Arc<Service>>, at: At) -> Response {
    reply::bytes(StatusCode::OK, reply::JSON, champion(&service, at).documents.info.clone())
}

/// GET /example_request
pub async fn example_request(State(service): State<Arc<Service>>, at: At) -> Response {
    reply::bytes(StatusCode::OK, reply::JSON, champion(&service, at).documents.example.clone())
}

/// GET /openapi.json
pub async fn openapi(State(service): State<Arc<Service>>, at: At) -> Response {
    let endpoint = service.models.endpoint(at.place);
    let mut document = champion(&service, at).openapi(at.named.then_some(&*endpoint.name));
    service.guard.describe(&mut document);
    reply::json(StatusCode::OK, &document)
}

/// GET /metrics: counts as Prometheus reads them.
pub async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let text = service.metrics.text(&service);
    reply::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
}
