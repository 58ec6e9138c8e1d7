//! POST /explain: what each field adds to the answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::super::answer;
use super::super::call::{Answered, At, Call, Read};
use super::super::contract::{Body, row_name};
use super::super::refusal::Refusal;
use super::super::service::Service;

/// Rows explained in one request: each costs a walk through every path of every tree.
const MOST: usize = 1000;

/// Contributions of tree and linear models, as `mlops explain --json` tells them.
pub async fn explain(State(service): State<Arc<Service>>, at: At, request: Request) -> Response {
    answered(service, at, request).await.unwrap_or_else(|refusal| refusal.respond())
}

async fn answered(service: Arc<Service>, at: At, request: Request) -> Result<Response, Refusal> {
    super::require_json(request.headers())?;
    let call = Call::new(&service, at, request.headers());
    let body = service.body(request).await?;
    // Even one row may take a while, so it is never done at once.
    let answer = Arc::clone(&service).compute(move |service| {
        let Read { model, rows, .. } = call.read(service, Body::Records, &body, service.policy())?;
        if rows.len() > MOST {
            return Err(Refusal::too_many_rows(MOST));
        }
        let (rows, warnings) = rows.fitting()?;
        service.metrics.problems(&warnings);
        let features = model.features(rows)?;
        let explained = model.package.explain_rows(&model.name, &features, None, &row_name);
        let explained = explained.map_err(|error| Refusal::of(&error))?;
        let bytes = serde_json::to_vec(&answer::Beside { answer: &explained, warnings: &warnings }).unwrap_or_default();
        Ok(Answered { bytes, model: Arc::clone(model), shadow: None })
    });
    Ok(answer.await?.respond(&service))
}
