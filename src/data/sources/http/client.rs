//! One request, and its redirects.

use std::sync::Once;
use std::time::Duration;

use reqwest::blocking::Response;
use reqwest::header::{ACCEPT_ENCODING, IF_RANGE, LOCATION, RANGE};
use reqwest::redirect::Policy;

use super::address::Address;
use super::failure::{self, Failure};
use super::settings::Settings;
use crate::error::{Error, Result};

const CONNECT: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 10;

/// What asks servers.
pub struct Client<'a> {
    inner: reqwest::blocking::Client,
    settings: &'a Settings,
    /// That credentials go unencrypted is told once, however many attempts and redirects there are.
    unencrypted: Once,
}

impl<'a> Client<'a> {
    /// A client for one download.
    ///
    /// # Errors
    /// Exit code 1 where no encryption can be set up.
    pub fn new(settings: &'a Settings) -> Result<Self> {
        let builder = reqwest::blocking::Client::builder()
            .user_agent(concat!("mlops/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            // In this library's blocking client it bounds each wait for bytes, not the whole.
            .timeout(settings.stall)
            // Credentials and errors of redirects are ours.
            .redirect(Policy::none())
            .referer(false)
            // The bytes are to be the original's, whatever features other crates switch on.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate();
        let builder = if settings.proxies { builder } else { builder.no_proxy() };
        let inner = builder.build().map_err(|e| Error::failure("cannot set up HTTP").because(e.without_url()))?;
        Ok(Self { inner, settings, unencrypted: Once::new() })
    }

    /// Asks for a file, from a byte on where `resume` says so: an answer of status 2xx or 416.
    pub fn get(&self, asked: &Address, resume: Option<(u64, &str)>) -> Result<Response, Failure> {
        let mut seen = vec![asked.clone()];
        let mut address = asked.clone();
        loop {
            let response = self.ask(asked, &address, resume)?;
            let status = response.status();
            if !status.is_redirection() {
                let fine = status.is_success() || (resume.is_some() && status.as_u16() == 416);
                let given = self.is_given_credentials(asked, &address);
                return if fine { Ok(response) } else { Err(failure::of_status(&response, &address, given)) };
            }
            address = next(&response, &address)?;
            if seen.contains(&address) {
                return Err(Error::failure(format!("{asked} redirects in a circle, back to {address}")).into());
            }
            if seen.len() > REDIRECTS {
                return Err(Error::failure(format!("{asked} redirects more than {REDIRECTS} times")).into());
            }
            seen.push(address.clone());
        }
    }

    /// A redirect may lead anywhere; credentials go to the service that the user has named.
    fn is_given_credentials(&self, asked: &Address, address: &Address) -> bool {
        asked.is_same_service(address) && self.settings.has_credentials(asked)
    }

    fn ask(&self, asked: &Address, address: &Address, resume: Option<(u64, &str)>) -> Result<Response, Failure> {
        let mut request = self.inner.get(address.url().clone()).header(ACCEPT_ENCODING, "identity");
        if let Some((from, validator)) = resume {
            request = request.header(RANGE, format!("bytes={from}-")).header(IF_RANGE, validator);
        }
        if self.is_given_credentials(asked, address) {
            if !address.is_encrypted() {
                let tell = || tracing::warn!("credentials go to `{}` without encryption", address.host());
                self.unencrypted.call_once(tell);
            }
            request = self.settings.authorize(request);
        }
        tracing::debug!(%address, "GET");
        request.send().map_err(|e| failure::of_request(&e, address, CONNECT, self.settings.stall))
    }
}

/// Where a redirect leads.
fn next(response: &Response, address: &Address) -> Result<Address, Failure> {
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let Some(next) = location.and_then(|location| address.redirect(location)) else {
        return Err(Error::failure(format!("{address} answers {status} and leads to no web address")).into());
    };
    if address.is_encrypted() && !next.is_encrypted() {
        return Err(Error::failure(format!("{address} redirects to {next}, which is not encrypted"))
            .hint("if that is fine, write the `http://` address into `url` yourself")
            .into());
    }
    Ok(next)
}
