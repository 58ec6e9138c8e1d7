//! Where a page comes from, as browsers name it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An origin: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum WebOrigin {
    /// Any there is: `*`.
    Any,
    /// One, as browsers send it.
    One(String),
}

impl TryFrom<String> for WebOrigin {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
        let is_host = !host.is_empty()
            && host.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-.:[]".contains(&c));
        if !is_host {
            return Err(format!(
                "`{text}` is no origin, such as `https://shop.example` or `http://localhost:3000`: in lower case, without a path"
            ));
        }
        Ok(Self::One(text))
    }
}

impl From<WebOrigin> for String {
    fn from(origin: WebOrigin) -> Self {
        match origin {
            WebOrigin::Any => "*".to_owned(),
            WebOrigin::One(text) => text,
        }
    }
}
