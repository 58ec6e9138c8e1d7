//! POST /invocations: rows as MLflow and SageMaker send them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::super::contract::{Params, Policy, Rows, read_csv, read_envelope, read_lines};
use super::super::refusal::{Reason, Refusal};
use super::super::service::{Service, media_type};
use super::super::{answer, reply};

/// How a body is written.
#[derive(Debug, Clone, Copy)]
enum Written {
    Json,
    Lines,
    Csv,
}

/// `{"predictions": […]}`
pub async fn invocations(State(service): State<Arc<Service>>, request: Request) -> Response {
    answered(service, request).await.unwrap_or_else(|refusal| refusal.respond_as_mlflow())
}

async fn answered(service: Arc<Service>, request: Request) -> Result<Response, Refusal> {
    let written = written(&media_type(request.headers()))?;
    let body = service.body(request).await?;
    let size = body.len();
    let answer = service.compute(size, move |service, model| {
        let mut rows = service.rows(model, Policy::Mlflow);
        let params = read(written, &body, &mut rows)?;
        let probabilities = match params.predict_method.as_deref() {
            None | Some("predict") => false,
            Some("predict_proba") => true,
            Some(other) => {
                return Err(Refusal::shape(format!("unknown `predict_method` `{other}`"))
                    .hint("it is `predict` or `predict_proba`"));
            }
        };
        let scored = service.score(model, rows)?;
        Ok(answer::invocations(model, &scored.scores, probabilities))
    });
    Ok(reply::bytes(StatusCode::OK, reply::JSON, answer.await?))
}

fn read(written: Written, body: &[u8], rows: &mut Rows) -> Result<Params, Refusal> {
    match written {
        Written::Json => read_envelope(body, rows),
        Written::Lines => read_lines(body, rows).map(|()| Params::default()),
        Written::Csv => read_csv(body, rows).map(|()| Params::default()),
    }
}

fn written(media_type: &str) -> Result<Written, Refusal> {
    match media_type {
        "" | "application/json" => Ok(Written::Json),
        "application/jsonlines" | "application/jsonl" | "application/x-ndjson" | "application/x-jsonlines" => {
            Ok(Written::Lines)
        }
        "text/csv" | "application/csv" => Ok(Written::Csv),
        other => Err(Refusal::new(Reason::MediaType, format!("the body is `{other}`, which is not read here"))
            .hint("application/json, application/jsonlines and text/csv are")),
    }
}
