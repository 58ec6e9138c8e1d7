//! What can go wrong on the way, and whether another attempt may help.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::RETRY_AFTER;

use super::address::Address;
use super::settings::credentials_hint;
use crate::error::Error;

/// A server that asks for a longer pause is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Why an attempt failed.
pub enum Failure {
    /// Another attempt would fail too.
    Final(Error),
    /// Another attempt may do better, after a pause that the server has asked for.
    Passing(Error, Option<Duration>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// No answer came.
pub fn of_request(error: &reqwest::Error, address: &Address, connect: Duration, stall: Duration) -> Failure {
    let host = address.host();
    let cause = innermost(error);
    let about = |message: String| Error::failure(message).because(anyhow::anyhow!("{cause}"));
    if error.is_builder() {
        return Failure::Final(about(format!("{address} cannot be asked for")));
    }
    if error.is_timeout() {
        let message = if error.is_connect() {
            format!("no connection to `{host}` within {} s", connect.as_secs_f64())
        } else {
            format!("no answer from `{host}` for {} s", stall.as_secs_f64())
        };
        return Failure::Passing(Error::failure(message), None);
    }
    if !error.is_connect() {
        return Failure::Passing(about(format!("no proper answer from `{host}`")), None);
    }
    let error = about(format!("cannot connect to `{host}`"));
    let lower = cause.to_lowercase();
    if lower.contains("certificate") {
        Failure::Final(error.hint(
            "a certificate authority of your own is read from the system's store, or from the file in SSL_CERT_FILE",
        ))
    } else if lower.contains("proxy auth") {
        Failure::Final(error.hint("put user and password into HTTPS_PROXY: http://user:password@proxy:port"))
    } else {
        Failure::Passing(error, None)
    }
}

/// The answer ended in the middle.
pub fn of_body(error: &std::io::Error, address: &Address, stall: Duration) -> Failure {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>());
    let host = address.host();
    if inner.is_some_and(reqwest::Error::is_timeout) {
        return Failure::Passing(Error::failure(format!("no byte from `{host}` for {} s", stall.as_secs_f64())), None);
    }
    let cause = inner.map_or_else(|| error.to_string(), innermost);
    let error = Error::failure(format!("`{host}` ended the connection in the middle of the file"));
    Failure::Passing(error.because(anyhow::anyhow!("{cause}")), None)
}

/// The server has refused. `given` says whether it was given credentials.
pub fn of_status(response: &Response, address: &Address, given: bool) -> Failure {
    let status = response.status();
    let error = Error::failure(match status.canonical_reason() {
        Some(reason) => format!("{address} answers {} {}", status.as_u16(), reason.to_lowercase()),
        None => format!("{address} answers {}", status.as_u16()),
    });
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::Final(error.hint(credentials_hint(given))),
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            Failure::Final(error.hint("put user and password into HTTP_PROXY: http://user:password@proxy:port"))
        }
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            Failure::Final(error.hint("has the file moved? look at the address in a browser, and correct `url`"))
        }
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::INTERNAL_SERVER_ERROR
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => match pause(response) {
            Some(pause) if pause > LONGEST_PAUSE => {
                Failure::Final(error.hint(format!("the server asks to come back in {} s", pause.as_secs())))
            }
            pause => Failure::Passing(error, pause),
        },
        _ => Failure::Final(error),
    }
}

/// `Retry-After`: seconds, or a date.
fn pause(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = SystemTime::from(chrono::DateTime::parse_from_rfc2822(text).ok()?);
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// The last cause, which says most; without the credentials of any address in it.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    // Of itself, an error of the library tells the address.
    let text = if error.source().is_none() { "the request failed".to_owned() } else { cause.to_string() };
    without_credentials(&text)
}

fn without_credentials(text: &str) -> String {
    let mut shown = String::new();
    for (at, piece) in text.split("://").enumerate() {
        let end = piece.find(|c: char| c == '/' || c.is_whitespace()).unwrap_or(piece.len());
        let from = if at == 0 { 0 } else { piece[..end].rfind('@').map_or(0, |at| at + 1) };
        shown.push_str(if at == 0 { "" } else { "://" });
        shown.push_str(&piece[from..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn causes_show_no_credentials() {
        for (text, shown) in [
            ("dns error: no such host", "dns error: no such host"),
            ("via http://u:p@ss@proxy:3128/x@y failed", "via http://proxy:3128/x@y failed"),
            ("a@b http://c d@e https://u@f", "a@b http://c d@e https://f"),
        ] {
            assert_eq!(super::without_credentials(text), shown);
        }
    }
}
