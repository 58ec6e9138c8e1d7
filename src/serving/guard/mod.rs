//! Who may ask: looked at before anything else of a request is.
//!
//! In this order: where it comes from, whether a browser only wants to know if it may ask, how often that address has
//! asked, whose token it brings, how often that has asked, and whether the token may ask for this.

mod addresses;
mod cors;
mod describe;
mod rates;
mod tokens;

pub use tokens::Tokens;

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::http::{HeaderMap, Method, Request, header};
use axum::response::Response;

use self::addresses::Proxies;
use self::cors::Cors;
use self::rates::Rates;
use super::call;
use super::refusal::{Reason, Refusal};
use crate::config::{Access, Scope};

/// What is below here changes the server itself.
const ADMIN: &str = "/admin/";
const METRICS: &str = "/metrics";

/// Who may ask.
pub struct Guard {
    tokens: Tokens,
    /// Paths that are answered without a token, with the name of a model before them or not.
    public: Vec<String>,
    cors: Cors,
    rates: Rates,
    proxies: Proxies,
}

/// A request that was looked at.
pub struct Admission<'g> {
    /// Where it comes from.
    pub client: Option<IpAddr>,
    /// The name of its token.
    pub token: Option<&'g str>,
    /// Its answer, where it has one already: a refusal, or what a browser may ask.
    pub answer: Option<Box<Response>>,
    /// The headers that let a page of another origin read the answer.
    shared: Option<cors::Shared>,
}

impl Guard {
    /// As the config says.
    pub fn new(access: &Access, tokens: Tokens) -> Self {
        Self {
            tokens,
            public: access.public.iter().map(|path| path.value.clone()).collect(),
            cors: Cors::new(access.cors.iter().map(|origin| &origin.value)),
            rates: Rates::new(&access.rate),
            proxies: Proxies::new(access.trusted_proxies.clone()),
        }
    }

    /// Whoever reaches it may ask, but for `/admin/`, as on a machine of one's own.
    pub fn open() -> Self {
        Self::new(&Access::default(), Tokens::default())
    }

    /// Whether there is a token to be asked for.
    pub fn has_tokens(&self) -> bool {
        !self.tokens.is_empty()
    }

    /// Whether a path is about the server itself.
    pub fn is_admin(path: &str) -> bool {
        path.starts_with(ADMIN)
    }

    /// Looks at a request that comes from `peer`.
    pub fn admit<B>(&self, request: &Request<B>, peer: Option<SocketAddr>, now: Instant) -> Admission<'_> {
        let (path, headers) = (request.uri().path(), request.headers());
        let client = peer.map(|peer| self.proxies.client(peer.ip(), headers));
        let mut admission = Admission { client, token: None, answer: None, shared: None };
        if !Self::is_admin(path) {
            admission.shared = self.cors.shared(headers);
        }
        let asks_first = admission.shared.is_some() && *request.method() == Method::OPTIONS;
        let refused = match self.may(path, headers, client, asks_first, now, &mut admission.token) {
            Ok(()) if asks_first => {
                admission.answer = Some(Box::new(cors::preflight()));
                return admission;
            }
            Ok(()) => return admission,
            Err(refusal) => refusal,
        };
        let is_mlflow = path.ends_with("/invocations");
        admission.answer = Some(Box::new(if is_mlflow { refused.respond_as_mlflow() } else { refused.respond() }));
        admission
    }

    fn may<'g>(
        &'g self,
        path: &str,
        headers: &HeaderMap,
        client: Option<IpAddr>,
        asks_first: bool,
        now: Instant,
        token: &mut Option<&'g str>,
    ) -> Result<(), Refusal> {
        let (_, bare) = call::split(path);
        let is_public = self.public.iter().any(|public| public == path || public == bare);
        if !is_public && let Some(client) = client {
            self.rates.address(client, now)?;
        }
        // Browsers send no token with it.
        if is_public || asks_first {
            return Ok(());
        }
        let scope = match path {
            METRICS => Scope::Metrics,
            _ if Self::is_admin(path) => Scope::Admin,
            _ => Scope::Predict,
        };
        if self.tokens.is_empty() {
            return if scope == Scope::Admin { from_this_machine(headers, client) } else { Ok(()) };
        }
        let place = self.tokens.find(headers)?;
        *token = Some(self.tokens.name(place));
        self.rates.token(place, now)?;
        self.tokens.allow(place, scope)
    }

    /// Adds the headers that let a page read an answer.
    pub fn share(&self, admission: &Admission, response: &mut Response) {
        self.cors.add(admission.shared.as_ref(), response.headers_mut());
    }
}

/// Without tokens, only who sits at this machine may change what the server does: not who comes through a proxy of it,
/// nor a page in its browser.
fn from_this_machine(headers: &HeaderMap, client: Option<IpAddr>) -> Result<(), Refusal> {
    let is_here = client.is_some_and(|client| client.to_canonical().is_loopback());
    let is_forwarded =
        ["x-forwarded-for", "forwarded", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name));
    let is_page = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    if is_here && !is_forwarded && !is_page && host.is_none_or(addresses::is_this_machine) {
        return Ok(());
    }
    Err(Refusal::new(Reason::Forbidden, "without a token, only this machine itself may ask for that")
        .hint("ask from there, by `localhost` and without a proxy, or start the server with a token in `MLOPS_ADMIN_TOKEN_<NAME>`"))
}
