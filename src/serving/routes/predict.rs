//! POST /predict: one record or a list of them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::super::answer;
use super::super::call::{At, Call, Question};
use super::super::contract::Body;
use super::super::refusal::Refusal;
use super::super::service::Service;

/// Label or value, probabilities, confidence and threshold.
pub async fn predict(State(service): State<Arc<Service>>, at: At, request: Request) -> Response {
    answered(service, at, request).await.unwrap_or_else(|refusal| refusal.respond())
}

async fn answered(service: Arc<Service>, at: At, request: Request) -> Result<Response, Refusal> {
    super::require_json(request.headers())?;
    let call = Call::new(&service, at, request.headers());
    let question = Question {
        body: Body::Records,
        policy: service.policy(),
        bytes: service.body(request).await?,
        write: |model, scored, layout| Ok(answer::predictions(model, scored, layout.shape)),
    };
    Ok(service.answer(call, question).await?.respond(&service))
}
