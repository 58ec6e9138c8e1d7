//! Addresses on the web, shown without their secrets.

use std::fmt;

use reqwest::Url;

use crate::error::{Error, Result};

/// An `http` or `https` address. Shown without query, which may hold a signature, and without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// The address a user has written.
    ///
    /// # Errors
    /// Exit code 2 for what is no address, and for credentials inside of it.
    pub fn parse(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|e| {
            Error::usage("the URL of a source is not valid").because(e).hint("such as https://example.org/table.csv")
        })?;
        if !is_web(&url) {
            return Err(Error::usage(format!("a `{}` URL cannot be fetched", url.scheme()))
                .hint("it begins with `https://` or `http://`"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::usage("the URL of a source holds credentials, which would end in logs and in git")
                .hint("take them out, and set MLOPS_HTTP_USER and MLOPS_HTTP_PASSWORD in the environment"));
        }
        Ok(Self(url))
    }

    /// Where a redirect from here leads; none for what is no web address.
    pub fn redirect(&self, location: &str) -> Option<Self> {
        let mut url = self.0.join(location).ok().filter(is_web)?;
        // Credentials come from the environment alone.
        url.set_username("").and_then(|()| url.set_password(None)).ok()?;
        Some(Self(url))
    }

    /// Whole, secrets included.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The name of its machine.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether what is sent there can be read on the way.
    pub fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether `other` is the same service: the same host and port, or the same host with encryption added.
    pub fn is_same_service(&self, other: &Self) -> bool {
        let ports = (self.0.port_or_known_default(), other.0.port_or_known_default());
        self.host() == other.host() && (ports.0 == ports.1 || ports == (Some(80), Some(443)))
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        let query = if self.0.query().is_some() { "?…" } else { "" };
        write!(f, "{}://{}{port}{}{query}", self.0.scheme(), self.host(), self.0.path())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown_and_not_taken() {
        let signed = Address::parse("https://example.org:8443/a b.csv?X-Signature=s3cret#part").unwrap();
        assert_eq!(signed.to_string(), "https://example.org:8443/a%20b.csv?…");
        let moved = signed.redirect("https://u:s3cret@other.org/x").unwrap();
        assert_eq!(moved.url().as_str(), "https://other.org/x");
        for text in ["https://u:s3cret@example.org/x", "ftp://example.org/x", "table.csv", "http://[::1/x"] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.code(), crate::error::Code::Usage);
            assert!(!format!("{error} {:?}", error.causes()).contains("s3cret"), "{error}");
        }
        assert!(signed.redirect("file:///etc/passwd").is_none());
    }

    #[test]
    fn credentials_stay_with_their_service() {
        let at = |text| Address::parse(text).unwrap();
        let own = at("http://example.org/x");
        assert!(own.is_same_service(&at("http://example.org/y")) && own.is_same_service(&at("https://example.org/x")));
        for other in ["http://example.org:81/x", "http://files.example.org/x", "https://example.org:81/x"] {
            assert!(!own.is_same_service(&at(other)), "{other}");
        }
    }
}
