//! What the environment says about downloads.

use std::time::Duration;

use reqwest::blocking::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};

use super::address::Address;
use crate::error::{Error, Result};

/// A bearer token.
const TOKEN: &str = "MLOPS_HTTP_TOKEN";
/// A user name, for basic authentication.
const USER: &str = "MLOPS_HTTP_USER";
/// Its password.
const PASSWORD: &str = "MLOPS_HTTP_PASSWORD";
/// The only host that is given credentials; any source's host where it is absent.
const HOST: &str = "MLOPS_HTTP_HOST";
/// After so long without a byte a server counts as gone.
const STALL: &str = "MLOPS_HTTP_STALL_SECONDS";
/// The wait before the second attempt; it doubles from there.
const BACKOFF: &str = "MLOPS_HTTP_BACKOFF_SECONDS";

/// How downloads are made.
#[derive(Clone)]
pub struct Settings {
    /// After so long without a byte a server counts as gone.
    pub stall: Duration,
    /// The wait before the second attempt; it doubles from there.
    pub backoff: Duration,
    /// Whether the proxies of the environment are asked.
    pub proxies: bool,
    credentials: Option<Credentials>,
    host: Option<String>,
}

/// What a server knows the user by. Never shown: there is no `Debug`.
#[derive(Clone)]
enum Credentials {
    Token(HeaderValue),
    Password { user: String, password: Option<String> },
}

impl Settings {
    /// As the environment of this process says.
    ///
    /// # Errors
    /// Exit code 2 for a variable that makes no sense; secrets are not repeated.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// As the given variables say.
    pub fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let seconds = |name: &str, default: f64| {
            let Some(text) = variable(name) else { return Ok(Duration::from_secs_f64(default)) };
            let seconds = text.trim().parse().ok().filter(|s| (0.001..=86_400.0).contains(s));
            seconds.map(Duration::from_secs_f64).ok_or_else(|| {
                Error::usage(format!("`{name}` is `{text}`")).hint("set it to seconds, such as 30, or leave it out")
            })
        };
        let credentials = match (variable(TOKEN), variable(USER)) {
            (Some(token), _) => Some(Credentials::Token(bearer(&token)?)),
            (None, Some(user)) => Some(Credentials::Password { user, password: variable(PASSWORD) }),
            (None, None) => None,
        };
        Ok(Self {
            stall: seconds(STALL, 30.0)?,
            backoff: seconds(BACKOFF, 1.0)?,
            proxies: true,
            credentials,
            host: variable(HOST),
        })
    }

    /// Whether a host is given credentials.
    pub fn has_credentials(&self, address: &Address) -> bool {
        let fits = self.host.as_ref().is_none_or(|host| host.trim().eq_ignore_ascii_case(address.host()));
        self.credentials.is_some() && fits
    }

    /// The request with the user's credentials.
    pub fn authorize(&self, request: RequestBuilder) -> RequestBuilder {
        match &self.credentials {
            Some(Credentials::Token(value)) => request.header(AUTHORIZATION, value.clone()),
            Some(Credentials::Password { user, password }) => request.basic_auth(user, password.as_deref()),
            None => request,
        }
    }
}

fn bearer(token: &str) -> Result<HeaderValue> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.trim()));
    let mut value = value.map_err(|_| {
        Error::usage(format!("`{TOKEN}` holds characters that no token has"))
            .hint("set it to the token alone, in one line")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// What to do where a server wants to know who asks.
pub fn credentials_hint(given: bool) -> String {
    if given {
        format!("the credentials in {TOKEN}, or {USER} and {PASSWORD}, were not accepted")
    } else {
        format!("if it asks for credentials, set {TOKEN}, or {USER} and {PASSWORD}, in the environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings> {
        let variables: Vec<(String, String)> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::from_variables(&|name| variables.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone()))
    }

    #[test]
    fn variables_are_checked_and_secrets_not_repeated() {
        assert_eq!(settings(&[(STALL, "0.5")]).unwrap().stall, Duration::from_millis(500));
        for (name, value) in [(STALL, "soon"), (STALL, "-1"), (STALL, "NaN"), (BACKOFF, "0"), (TOKEN, "s3\ncret")] {
            let error = settings(&[(name, value)]).err().unwrap();
            assert!(error.message().contains(name) && !error.message().contains("cret"), "{error}");
        }
    }

    #[test]
    fn a_named_host_alone_is_given_credentials() {
        let address = Address::parse("https://example.org/x").unwrap();
        let given = |host: &str| settings(&[(TOKEN, "t"), (HOST, host)]).unwrap().has_credentials(&address);
        assert!(given("Example.org") && !given("example.com"));
        assert!(!settings(&[]).unwrap().has_credentials(&address));
    }
}
