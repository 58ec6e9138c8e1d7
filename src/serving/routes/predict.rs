//! POST /predict: one record or a list of them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::contract::read_records;
use super::super::refusal::Refusal;
use super::super::service::Service;
use super::super::{answer, reply};

/// Label or value, probabilities, confidence and threshold.
pub async fn predict(State(service): State<Arc<Service>>, request: Request) -> Response {
    answered(service, request).await.unwrap_or_else(|refusal| refusal.respond())
}

async fn answered(service: Arc<Service>, request: Request) -> Result<Response, Refusal> {
    super::require_json(request.headers())?;
    let body = service.body(request).await?;
    let size = body.len();
    let answer = service.compute(size, move |service, model| {
        let mut rows = service.rows(model, service.policy());
        let shape = read_records(&body, &mut rows)?;
        let scored = service.score(model, rows)?;
        Ok(answer::predictions(model, &scored, shape))
    });
    Ok(reply::bytes(StatusCode::OK, reply::JSON, answer.await?))
}
