//! Who may change what is served.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, header};

use super::refusal::{Reason, Refusal};

/// Where that is done.
const UNDER: &str = "/admin/";

/// Headers by which a request was passed on, or sent by a page: it is not of whoever the connection is of.
const PASSED_ON: [HeaderName; 3] = [header::FORWARDED, HeaderName::from_static("x-forwarded-for"), header::ORIGIN];

/// Whether a path is one of those.
pub fn is_administration(path: &str) -> bool {
    path.starts_with(UNDER)
}

/// Lets through whoever may administer: programs on this machine alone.
///
/// # Errors
/// 403.
pub fn admit(client: Option<SocketAddr>, headers: &HeaderMap) -> Result<(), Refusal> {
    let is_here = client.is_some_and(|client| client.ip().to_canonical().is_loopback());
    if is_here && !PASSED_ON.iter().any(|name| headers.contains_key(name)) {
        return Ok(());
    }
    Err(Refusal::new(Reason::Forbidden, "only programs on the server's own machine may do that")
        .hint("ask from there, by 127.0.0.1 and without a proxy"))
}
