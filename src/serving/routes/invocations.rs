//! POST /invocations: rows as MLflow and SageMaker send them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::super::answer;
use super::super::call::{At, Call, Question};
use super::super::contract::{Body, Params, Policy};
use super::super::refusal::{Reason, Refusal};
use super::super::service::{Service, media_type};

/// `{"predictions": […]}`
pub async fn invocations(State(service): State<Arc<Service>>, at: At, request: Request) -> Response {
    answered(service, at, request).await.unwrap_or_else(|refusal| refusal.respond_as_mlflow())
}

async fn answered(service: Arc<Service>, at: At, request: Request) -> Result<Response, Refusal> {
    let written = written(&media_type(request.headers()))?;
    let call = Call::new(&service, at, request.headers());
    let question = Question {
        body: written,
        policy: Policy::Mlflow,
        bytes: service.body(request).await?,
        write: |model, scored, layout| Ok(answer::invocations(model, &scored.scores, probabilities(&layout.params)?)),
    };
    Ok(service.answer(call, question).await?.respond(&service))
}

fn probabilities(params: &Params) -> Result<bool, Refusal> {
    match params.predict_method.as_deref() {
        None | Some("predict") => Ok(false),
        Some("predict_proba") => Ok(true),
        Some(other) => {
            Err(Refusal::shape(format!("unknown `predict_method` `{other}`"))
                .hint("it is `predict` or `predict_proba`"))
        }
    }
}

fn written(media_type: &str) -> Result<Body, Refusal> {
    match media_type {
        "" | "application/json" => Ok(Body::Mlflow),
        "application/jsonlines" | "application/jsonl" | "application/x-ndjson" | "application/x-jsonlines" => {
            Ok(Body::Lines)
        }
        "text/csv" | "application/csv" => Ok(Body::Csv),
        other => Err(Refusal::new(Reason::MediaType, format!("the body is `{other}`, which is not read here"))
            .hint("application/json, application/jsonlines and text/csv are")),
    }
}
