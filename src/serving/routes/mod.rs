//! One file for each group of endpoints.

mod explain;
mod facts;
mod invocations;
mod models;
mod people;
mod predict;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use axum::routing::{get, post};

use super::refusal::{Reason, Refusal};
use super::service::{Service, media_type};

/// All endpoints. Those of a model stand under its name, and without one for the default.
pub fn router(service: Arc<Service>) -> Router {
    let mut router = Router::new()
        .route("/models", get(models::list))
        .route("/admin/reload", post(models::reload))
        .route("/version", get(facts::version))
        .route("/metrics", get(facts::metrics));
    for under in ["", "/models/{name}"] {
        let path = |endpoint: &str| format!("{under}{endpoint}");
        router = router
            .route(&path("/"), get(people::workbench))
            .route(&path("/docs"), get(people::reference))
            .route(&path("/predict"), post(predict::predict))
            .route(&path("/explain"), post(explain::explain))
            .route(&path("/invocations"), post(invocations::invocations))
            .route(&path("/health"), get(facts::health))
            .route(&path("/ping"), get(facts::ping))
            .route(&path("/model_info"), get(facts::model_info))
            .route(&path("/example_request"), get(facts::example_request))
            .route(&path("/openapi.json"), get(facts::openapi));
    }
    router.fallback(not_found).method_not_allowed_fallback(wrong_method).with_state(service)
}

async fn not_found() -> Response {
    Refusal::new(Reason::NotFound, "nothing stands there").hint("GET /openapi.json lists what there is").respond()
}

async fn wrong_method() -> Response {
    Refusal::new(Reason::Method, "this takes another method").hint("GET /openapi.json tells which").respond()
}

/// Refuses a body that says it is no JSON.
///
/// # Errors
/// 415.
fn require_json(headers: &HeaderMap) -> Result<(), Refusal> {
    // As nearly all write it.
    if headers.get(CONTENT_TYPE).is_some_and(|written| written == super::reply::JSON) {
        return Ok(());
    }
    let found = media_type(headers);
    if found.is_empty() || found == super::reply::JSON || found.ends_with("+json") {
        return Ok(());
    }
    Err(Refusal::new(Reason::MediaType, format!("the body is `{found}`, and JSON is read here"))
        .hint("send the header `content-type: application/json`; POST /invocations reads CSV and JSON Lines too"))
}
