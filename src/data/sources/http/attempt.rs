//! Attempts at a download, until one succeeds or another one would not help.

use std::io::{ErrorKind, Read};

use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED};

use super::address::Address;
use super::client::Client;
use super::failure::{self, Failure};
use super::partial::Partial;
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::fs;

const ATTEMPTS: u32 = 5;
/// Bytes between two words on progress.
const STEP: u64 = 1 << 18;

/// Fetches what is missing. `progress` is told the bytes so far and in all; 0 where that is unknown.
///
/// # Errors
/// Exit code 1 where it cannot be fetched or written; passing where another run may do better.
pub fn all(
    address: &Address,
    partial: &mut Partial,
    settings: &Settings,
    progress: &dyn Fn(u64, u64),
) -> Result<(), Failure> {
    if partial.is_complete() {
        return Ok(());
    }
    let client = Client::new(settings)?;
    let mut backoff = settings.backoff;
    for attempt in 1..ATTEMPTS {
        match one(&client, address, partial, settings, progress) {
            Ok(()) => return Ok(()),
            Err(Failure::Final(error)) => return Err(error.into()),
            Err(Failure::Passing(error, pause)) => {
                let pause = pause.unwrap_or(backoff);
                let cause = error.causes().first().map(|cause| format!(" ({cause})")).unwrap_or_default();
                let (next, seconds) = (attempt + 1, pause.as_secs_f64());
                tracing::warn!("{error}{cause}; attempt {next} of {ATTEMPTS} in {seconds} s");
                std::thread::sleep(pause);
                backoff *= 2;
            }
        }
    }
    one(&client, address, partial, settings, progress).map_err(|failure| match failure {
        Failure::Passing(error, pause) => Failure::Passing(error.context(format!("{ATTEMPTS} attempts failed")), pause),
        last => last,
    })
}

fn one(
    client: &Client,
    address: &Address,
    partial: &mut Partial,
    settings: &Settings,
    progress: &dyn Fn(u64, u64),
) -> Result<(), Failure> {
    let validator = partial.validator().map(str::to_owned);
    let mut response = client.get(address, validator.as_deref().map(|v| (partial.length(), v)))?;
    match response.status() {
        StatusCode::PARTIAL_CONTENT if goes_on(&response, partial) => partial.go_on(),
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
            partial.restart(None, None, false)?;
            let error = Error::failure(format!("{address} does not go on where the earlier part ends"));
            return Err(Failure::Passing(error, None));
        }
        _ => {
            if partial.length() > 0 {
                tracing::info!("{address} is fetched from its beginning");
            }
            partial.restart(validator_of(&response), response.content_length(), is_web_page(&response))?;
        }
    }
    check_space(partial)?;
    copy(&mut response, address, partial, settings, progress)
}

fn copy(
    response: &mut Response,
    address: &Address,
    partial: &mut Partial,
    settings: &Settings,
    progress: &dyn Fn(u64, u64),
) -> Result<(), Failure> {
    let total = partial.total().unwrap_or(0);
    let mut buffer = vec![0; 1 << 16];
    let mut told = partial.length();
    progress(told, total);
    loop {
        match response.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => partial.append(&buffer[..read])?,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(failure::of_body(&e, address, settings.stall)),
        }
        if partial.length() - told >= STEP {
            told = partial.length();
            progress(told, total);
        }
    }
    match partial.total() {
        Some(total) if partial.length() != total => {
            let error = format!("{address} gave {} of {total} bytes", partial.length());
            if partial.length() > total {
                partial.restart(None, None, false)?;
            }
            Err(Failure::Passing(Error::failure(error), None))
        }
        _ => Ok(()),
    }
}

/// Whether an answer begins where the part ends, and is of the same file.
fn goes_on(response: &Response, partial: &Partial) -> bool {
    let Some(range) = header(response, &CONTENT_RANGE).and_then(|text| text.strip_prefix("bytes ")) else {
        return false;
    };
    let Some((span, whole)) = range.split_once('/') else { return false };
    let begins = span.split('-').next().and_then(|from| from.trim().parse().ok()) == Some(partial.length());
    let same_length = partial.total().is_none_or(|total| whole.trim() == "*" || whole.trim().parse() == Ok(total));
    let tag = header(response, &ETAG);
    let same_tag = tag.is_none_or(|tag| partial.validator().is_none_or(|own| !own.starts_with('"') || own == tag));
    begins && same_length && same_tag
}

/// By what the server will know the file again: a strong `ETag`, else when it was changed.
fn validator_of(response: &Response) -> Option<String> {
    let tag = header(response, &ETAG).filter(|tag| tag.starts_with('"'));
    tag.or_else(|| header(response, &LAST_MODIFIED)).map(str::to_owned)
}

fn header<'r>(response: &'r Response, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name).and_then(|value| value.to_str().ok())
}

/// A page to sign in on, or of an error that calls itself none, would else surprise as a broken table.
fn is_web_page(response: &Response) -> bool {
    header(response, &CONTENT_TYPE).is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Refuses what will not fit before it fills the device.
fn check_space(partial: &Partial) -> Result<()> {
    let Some(missing) = partial.total().map(|total| total.saturating_sub(partial.length())) else { return Ok(()) };
    match fs::free_space(partial.folder()) {
        Some(free) if free < missing => Err(Error::failure(format!(
            "{missing} bytes are to be fetched, and {free} are free in `{}`",
            partial.folder().display()
        ))
        .hint("free some space, and run again")),
        _ => Ok(()),
    }
}
