//! Answers as HTTP has them.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// The media type of plain text.
pub const TEXT: &str = "text/plain; charset=utf-8";

/// A document of JSON.
pub fn json(status: StatusCode, document: &impl Serialize) -> Response {
    // What is answered is made of texts and numbers, which can always be written.
    bytes(status, JSON, serde_json::to_vec(document).unwrap_or_default())
}

/// Bytes of a media type.
pub fn bytes(status: StatusCode, media_type: &'static str, content: impl Into<Body>) -> Response {
    let mut response = Response::new(content.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
