//! POST /explain: what each field adds to the answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::contract::read_records;
use super::super::model::row_name;
use super::super::refusal::Refusal;
use super::super::reply;
use super::super::service::Service;

/// Rows explained in one request: each costs a walk through every path of every tree.
const MOST: usize = 1000;

/// Contributions of tree and linear models, as `mlops explain --json` tells them.
pub async fn explain(State(service): State<Arc<Service>>, request: Request) -> Response {
    answered(service, request).await.unwrap_or_else(|refusal| refusal.respond())
}

async fn answered(service: Arc<Service>, request: Request) -> Result<Response, Refusal> {
    super::require_json(request.headers())?;
    let body = service.body(request).await?;
    // Even one row may take a while, so it is never done at once.
    let answer = service.compute(usize::MAX, move |service, model| {
        let mut rows = service.rows(model, service.policy());
        read_records(&body, &mut rows)?;
        if rows.len() > MOST {
            return Err(Refusal::too_many_rows(MOST));
        }
        service.metrics.problems(&rows.refused);
        let (features, _) = model.features(rows)?;
        let explained = model.package.explain_rows(&model.name, &features, None, &row_name);
        let explained = explained.map_err(|error| Refusal::of(&error))?;
        Ok(serde_json::to_vec(&explained).unwrap_or_default())
    });
    Ok(reply::bytes(StatusCode::OK, reply::JSON, answer.await?))
}
