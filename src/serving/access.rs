//! Who asked for what: ids of requests, and a line of JSON for each.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json;

use super::refusal::Reason;

/// The header of the id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives ids to requests that bring none.
pub struct Ids {
    start: u64,
    next: AtomicU64,
}

impl Ids {
    /// Ids that no other start of a server has given.
    pub fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: now.as_nanos() as u64 ^ (u64::from(std::process::id()) << 40), next: AtomicU64::new(0) }
    }

    /// The id that a request brings, where it is one: up to 64 letters, digits, `-`, `_` and `.`. Else a new one.
    pub fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let is_id = |value: &&HeaderValue| {
            let bytes = value.as_bytes();
            (1..=64).contains(&bytes.len())
                && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        };
        headers.get(REQUEST_ID).filter(is_id).cloned().unwrap_or_else(|| self.new_id())
    }

    fn new_id(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = self.start.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let digit = |at: usize| b"0123456789abcdef"[(id >> (60 - 4 * at)) as usize & 15];
        // Sixteen hexadecimal digits are a value of a header.
        HeaderValue::from_bytes(&std::array::from_fn::<u8, 16, _>(digit)).unwrap_or(HeaderValue::from_static("0"))
    }
}

/// A request that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// Its id.
    pub id: &'a HeaderValue,
    /// From where.
    pub client: Option<IpAddr>,
    /// By which token: its name.
    pub token: Option<&'a str>,
    /// How.
    pub method: &'a Method,
    /// For what, without its query: that may hold what is to be kept.
    pub path: &'a str,
    /// What was answered.
    pub status: StatusCode,
    /// Why it was refused.
    pub refused: Option<Reason>,
    /// How long it took.
    pub took: Duration,
}

impl Access<'_> {
    /// A line of JSON.
    pub fn line(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut line = json!({
            "time": now.as_millis() as u64,
            "id": self.id.to_str().unwrap_or_default(),
            "client": self.client.map(|client| client.to_string()),
            "method": self.method.as_str(),
            "path": shorten(self.path),
            "status": self.status.as_u16(),
            "microseconds": self.took.as_micros() as u64,
        });
        if let Some(token) = self.token {
            line["token"] = token.into();
        }
        if let Some(reason) = self.refused {
            line["refused"] = reason.name().into();
        }
        let mut text = line.to_string();
        text.push('\n');
        text
    }

    /// What is done to the server itself is told on stderr, too, where nothing is dropped.
    pub fn audit(&self) {
        let client = self.client.map(|client| client.to_string()).unwrap_or_default();
        tracing::warn!(
            target: "audit",
            id = self.id.to_str().unwrap_or_default(),
            client,
            token = self.token.unwrap_or_default(),
            status = self.status.as_u16(),
            "{} {}",
            self.method,
            shorten(self.path),
        );
    }
}

fn shorten(path: &str) -> &str {
    const SHOWN: usize = 200;
    path.char_indices().nth(SHOWN).map_or(path, |(at, _)| &path[..at])
}
