//! `serve.access`: who may ask a server, from where, and how often.

mod network;
mod rate;
mod web_origin;

pub use network::Network;
pub use rate::Rate;
pub use web_origin::WebOrigin;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Problems, is_inside, is_name};
use crate::yaml::Located;

/// Who may ask, from where, and how often.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// Bearer tokens beside `MLOPS_TOKEN_<NAME>` and `MLOPS_ADMIN_TOKEN_<NAME>` of the environment. Without any, whoever
    /// reaches the server may ask it.
    pub tokens: Vec<Token>,
    /// Whether it listens without tokens where other machines reach it.
    pub open: bool,
    /// Paths that are answered without a token, as often as asked.
    pub public: Vec<Located<String>>,
    /// Origins whose pages may ask from a browser, such as `https://shop.example`; `"*"` alone is every page there is.
    pub cors: Vec<Located<WebOrigin>>,
    /// How often it may be asked.
    pub rate: Rates,
    /// Addresses or networks, such as `10.0.0.0/8`, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The certificate, for HTTPS.
    pub tls: Option<Tls>,
}

/// A token, which itself stands in the environment.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What it is called in logs.
    pub name: Located<String>,
    /// The environment variable that holds it.
    pub env: Located<String>,
    /// What it may ask for; `[predict, metrics]` where none is given.
    #[serde(default = "Scope::usual")]
    pub scopes: Located<Vec<Scope>>,
}

/// What a token may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything but the two below.
    Predict,
    /// Everything below `/admin/`.
    Admin,
    /// `/metrics`.
    Metrics,
}

/// How often it may be asked: whoever was silent for long may ask `burst` times at once, and then as often as `per_token`
/// and `per_address` say.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Requests of each token, such as `100/s` or `600/min`.
    pub per_token: Option<Rate>,
    /// Requests of each address, those of IPv6 by their first 64 bits.
    pub per_address: Option<Rate>,
    /// Requests at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: Located<u32>,
}

/// Files of PEM, relative to the project folder.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The server's certificate, then those between it and the authority.
    pub certificate: Located<String>,
    /// Its private key.
    pub key: Located<String>,
}

/// Requests at once, at the most.
const MOST_AT_ONCE: u32 = 1_000_000;

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Predict, Self::Admin, Self::Metrics];

    /// Its name in configs and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }

    /// What a token may ask for where nothing is said.
    pub fn usual() -> Located<Vec<Self>> {
        Located::new(vec![Self::Predict, Self::Metrics])
    }
}

impl Default for Access {
    fn default() -> Self {
        Self {
            tokens: Vec::new(),
            open: false,
            public: ["/health", "/ping"].map(|path| Located::new(path.to_owned())).to_vec(),
            cors: Vec::new(),
            rate: Rates::default(),
            trusted_proxies: Vec::new(),
            tls: None,
        }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self { per_token: None, per_address: None, burst: Located::new(200) }
    }
}

impl Access {
    pub(super) fn validate(&self, problems: &mut Problems) {
        for (at, token) in self.tokens.iter().enumerate() {
            token.validate(problems);
            let name = &token.name;
            problems.check(self.tokens[..at].iter().all(|other| other.name.value != name.value), || {
                name.error(format!("a second token `{}`", name.value)).hint("names tell tokens apart in logs")
            });
        }
        for path in &self.public {
            let good = path.value.starts_with('/') && !path.value.starts_with("/admin/");
            problems.check(good, || {
                path.error(format!("`{}` cannot be public", path.value))
                    .hint("paths begin with `/`, such as `/metrics`; those below `/admin/` always need a token")
            });
        }
        for origin in self.cors.iter().filter(|origin| origin.value == WebOrigin::Any && self.cors.len() > 1) {
            problems.push(origin.error("`*` is every origin, and stands beside others").hint("leave one of them out"));
        }
        problems.check((1..=MOST_AT_ONCE).contains(&self.rate.burst.value), || {
            self.rate.burst.error(format!("expected a number from 1 to {MOST_AT_ONCE}"))
        });
        for path in self.tls.iter().flat_map(|tls| [&tls.certificate, &tls.key]) {
            problems.check(is_inside(path), || {
                path.error(format!("`{}` is not inside the project folder", path.value))
                    .hint("name it from the project folder, or use `--tls-cert` and `--tls-key` for other places")
            });
        }
    }
}

impl Token {
    fn validate(&self, problems: &mut Problems) {
        problems.check(is_name(&self.name.value), || {
            self.name.error("expected a name of lower case letters, digits, `-` and `_`")
        });
        let env = self.env.value.as_bytes();
        let is_variable = env.first().is_some_and(|first| !first.is_ascii_digit())
            && env.iter().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == b'_');
        // It is not repeated: it may be the token itself.
        problems.check(is_variable, || {
            self.env
                .error("expected the name of an environment variable, in capitals")
                .hint("the token stands in that variable, never in a file of the project")
        });
        problems.check(!self.scopes.value.is_empty(), || {
            let names = Scope::ALL.map(Scope::name).join("`, `");
            self.scopes.error("a token without scopes may ask for nothing").hint(format!("they are `{names}`"))
        });
    }
}

#[cfg(test)]
mod tests;
