//! Pages of other origins: what a browser asks before it lets them ask, and read the answer.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use super::super::access::REQUEST_ID;
use super::super::call::MODEL;
use crate::config::WebOrigin;

/// The origins whose pages may ask. Cookies are nobody's here, so that answers never say they may be sent.
pub struct Cors {
    any: bool,
    origins: Vec<HeaderValue>,
}

/// The origin that may read an answer.
pub struct Shared(HeaderValue);

/// What a page may send and read, and for how many seconds its browser may remember that.
const METHODS: HeaderValue = HeaderValue::from_static("GET, POST");
const HEADERS: HeaderValue = HeaderValue::from_static("authorization, content-type, x-request-id");
const READABLE: [HeaderName; 3] = [REQUEST_ID, MODEL, header::RETRY_AFTER];
const REMEMBER: HeaderValue = HeaderValue::from_static("600");

impl Cors {
    /// Of these origins; of none, it is off.
    pub fn new<'a>(origins: impl Iterator<Item = &'a WebOrigin>) -> Self {
        let mut cors = Self { any: false, origins: Vec::new() };
        for origin in origins {
            match origin {
                WebOrigin::Any => cors.any = true,
                // The config took only what a header can carry.
                WebOrigin::One(text) => cors.origins.extend(HeaderValue::from_str(text)),
            }
        }
        cors
    }

    /// The origin of a page that may ask.
    pub fn shared(&self, headers: &HeaderMap) -> Option<Shared> {
        if self.any {
            return headers.contains_key(header::ORIGIN).then_some(Shared(HeaderValue::from_static("*")));
        }
        if self.origins.is_empty() {
            return None;
        }
        let origin = headers.get(header::ORIGIN)?;
        self.origins.iter().find(|known| *known == origin).cloned().map(Shared)
    }

    /// Tells in an answer who may read it.
    pub fn add(&self, shared: Option<&Shared>, headers: &mut HeaderMap) {
        if !self.origins.is_empty() {
            // Who keeps answers for others must not give one origin's to another.
            headers.append(header::VARY, HeaderValue::from_static("origin"));
        }
        if let Some(Shared(origin)) = shared {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            let readable = READABLE.map(HeaderValue::from);
            readable.into_iter().for_each(|name| {
                headers.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, name);
            });
        }
    }
}

/// What a page may send: the answer to a browser that asks first.
pub fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBER);
    response
}
