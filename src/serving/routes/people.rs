//! GET / and GET /docs: pages for people.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::super::call::At;
use super::super::pages::{self, Kind};
use super::super::refusal::Refusal;
use super::super::service::Service;
use super::facts;

/// GET /: a form, its answer, many rows from a file, and what the model is.
pub async fn workbench(State(service): State<Arc<Service>>, at: At, request: Request) -> Response {
    page(Kind::Workbench, &service, at, &request)
}

/// GET /docs: the interface.
pub async fn reference(State(service): State<Arc<Service>>, at: At, request: Request) -> Response {
    page(Kind::Reference, &service, at, &request)
}

fn page(kind: Kind, service: &Service, at: At, request: &Request) -> Response {
    let lang = pages::asked(request.uri().query(), request.headers());
    let model = facts::champion(service, at);
    pages::respond(kind, &model, &service.settings, lang).unwrap_or_else(|error| Refusal::of(&error).respond())
}
