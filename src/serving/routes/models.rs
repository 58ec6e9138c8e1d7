//! The models that are served: a list of them, and loading them anew.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::super::models::{By, Endpoint, Model, Outcome};
use super::super::refusal::Reason;
use super::super::reply;
use super::super::service::Service;

/// GET /models: every name, what answers under it, and which is the default.
pub async fn list(State(service): State<Arc<Service>>) -> Response {
    let models: Vec<Json> = service.models.endpoints().iter().map(|endpoint| told(&service, endpoint)).collect();
    let default = &*service.models.default().name;
    reply::json(StatusCode::OK, &json!({ "default": default, "models": models }))
}

fn told(service: &Service, endpoint: &Endpoint) -> Json {
    let name = |at: usize| service.models.slot(at).name.as_str();
    let mut out = json!({ "name": &*endpoint.name });
    facts(&mut out, &service.models.slot(endpoint.champion).model());
    if endpoint.challenger.is_some() || endpoint.shadow.is_some() {
        let mut routing = json!({ "champion": name(endpoint.champion) });
        if let Some(share) = &endpoint.challenger {
            routing["challenger"] = name(share.model).into();
            routing["percent"] = share.percent.into();
            routing["by"] = match &share.by {
                By::Id => json!("request id"),
                By::Header(header) => json!({ "header": header.as_str() }),
                By::Field(field) => json!({ "field": field }),
            };
        }
        if let Some(shadow) = endpoint.shadow {
            routing["shadow"] = name(shadow).into();
        }
        out["routing"] = routing;
    }
    out
}

fn facts(out: &mut Json, model: &Model) {
    let info = &model.package.info;
    out["model"] = model.name.as_str().into();
    out["version"] = info.version.into();
    out["algorithm"] = info.algorithm.as_str().into();
    out["task"] = json!(info.task());
    out["target"] = info.target.column.as_str().into();
}

/// POST /admin/reload: reads every model file again. 409 where one is refused.
pub async fn reload(State(service): State<Arc<Service>>) -> Response {
    let shared = Arc::clone(&service);
    // Reading files would keep others waiting.
    let done = tokio::task::spawn_blocking(move || {
        let outcomes = shared.models.reload(true);
        let refused = outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Refused(_)));
        let told = |(slot, outcome): &(&super::super::models::Slot, Outcome)| {
            let mut out = json!({ "name": slot.name });
            match outcome {
                Outcome::Unchanged => out["status"] = "unchanged".into(),
                Outcome::Loaded(_) => out["status"] = "loaded".into(),
                Outcome::Refused(error) => {
                    out["status"] = "refused".into();
                    out["error"] = error.message().into();
                }
            }
            facts(&mut out, &slot.model());
            out
        };
        (refused, outcomes.iter().map(told).collect::<Vec<Json>>())
    });
    match done.await {
        Ok((refused, models)) => {
            let status = if refused { StatusCode::CONFLICT } else { StatusCode::OK };
            let mut response = reply::json(status, &json!({ "models": models }));
            if refused {
                response.extensions_mut().insert(Reason::Reload);
            }
            response
        }
        Err(_) => super::super::service::failed().respond(),
    }
}
