//! GET / and GET /docs: pages for people.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::super::pages::{self, Kind};
use super::super::refusal::Refusal;
use super::super::service::Service;

/// GET /: a form, its answer, many rows from a file, and what the model is.
pub async fn workbench(State(service): State<Arc<Service>>, request: Request) -> Response {
    page(Kind::Workbench, &service, &request)
}

/// GET /docs: the interface.
pub async fn reference(State(service): State<Arc<Service>>, request: Request) -> Response {
    page(Kind::Reference, &service, &request)
}

fn page(kind: Kind, service: &Service, request: &Request) -> Response {
    let lang = pages::asked(request.uri().query(), request.headers());
    pages::respond(kind, &service.model, &service.settings, lang).unwrap_or_else(|error| Refusal::of(&error).respond())
}
