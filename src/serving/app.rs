//! Around every answer: its id, its counts and its line in the log.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, header};
use axum::response::Response;
use hyper_util::service::TowerToHyperService;

use super::access::{Access, Ids, REQUEST_ID};
use super::guard::Guard;
use super::metrics::Route;
use super::pages;
use super::refusal::Reason;
use super::routes;
use super::service::Service;

/// All endpoints, with what goes around them.
#[derive(Clone)]
pub struct App {
    /// What all requests share.
    pub service: Arc<Service>,
    ids: Arc<Ids>,
    router: TowerToHyperService<Router>,
}

impl App {
    /// The endpoints of a service.
    pub fn new(service: Arc<Service>) -> Self {
        let router = TowerToHyperService::new(routes::router(Arc::clone(&service)));
        Self { service, ids: Arc::new(Ids::new()), router }
    }

    /// Answers a request.
    pub async fn respond<B>(&self, mut request: Request<B>, client: Option<SocketAddr>) -> Response
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let start = Instant::now();
        let _ongoing = self.service.metrics.request();
        let id = self.ids.of(request.headers());
        // Whoever answers may need it too.
        request.headers_mut().insert(REQUEST_ID, id.clone());
        let route = Route::of(request.uri().path());
        let lang =
            pages::Kind::of(request.uri().path()).map(|_| pages::asked(request.uri().query(), request.headers()));
        let guard = &self.service.guard;
        let mut admission = guard.admit(&request, client, start);
        let is_admin = admission.answer.is_none() && Guard::is_admin(request.uri().path());
        let is_told = is_admin || self.service.access.is_some();
        let told = is_told.then(|| (request.method().clone(), request.uri().clone()));
        let mut response = match admission.answer.take() {
            Some(answer) => *answer,
            None => {
                let answered = hyper::service::Service::call(&self.router, request.map(Body::new)).await;
                answered.unwrap_or_else(|never: Infallible| match never {})
            }
        };
        guard.share(&admission, &mut response);
        if let Some(lang) = lang {
            response = pages::instead_of(response, lang);
        }
        let refused = response.extensions_mut().remove::<Reason>();
        if matches!(refused, Some(Reason::TooLarge | Reason::Slow)) {
            // What is left of the body is not read, so no other request can follow it.
            response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
        }
        let (status, took) = (response.status(), start.elapsed());
        self.service.metrics.answered(route, status, refused, took);
        if let Some((method, uri)) = &told {
            let (client, token, path) = (admission.client, admission.token, uri.path());
            let access = Access { id: &id, client, token, method, path, status, refused, took };
            if let Some(log) = &self.service.access {
                log.add(access.line());
            }
            if is_admin {
                access.audit();
            }
        }
        response.headers_mut().insert(REQUEST_ID, id);
        response
    }
}
