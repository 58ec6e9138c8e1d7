//! Bearer tokens. Only their hashes are kept, and nothing here shows a token.

use std::ffi::OsString;

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::super::refusal::{Reason, Refusal};
use crate::config::{Scope, Token};
use crate::error::{Error, Result};

/// What names a token of the environment begins with; the name follows.
const VARIABLE: &str = "MLOPS_TOKEN_";
/// The same, of tokens that may ask for everything.
const ADMIN_VARIABLE: &str = "MLOPS_ADMIN_TOKEN_";
/// Bytes of a token: fewer can be guessed, and more are not worth hashing.
const LEAST: usize = 16;
const MOST: usize = 512;

/// Tokens by which callers are known.
#[derive(Default)]
pub struct Tokens(Vec<Known>);

struct Known {
    name: String,
    scopes: Vec<Scope>,
    hash: [u8; 32],
}

impl Tokens {
    /// Those that the config names, and those of the environment by their prefix, in the order of their names.
    ///
    /// # Errors
    /// Exit code 2 where a variable is not set, or is no token that could keep anybody out. Values are not repeated.
    pub fn new(configured: &[Token], variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self> {
        let mut variables: Vec<(String, OsString)> =
            variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value))).collect();
        variables.sort_unstable();
        let mut tokens = Self::default();
        for Token { name, env, scopes } in configured {
            let Some((_, value)) = variables.iter().find(|(variable, _)| *variable == env.value) else {
                return Err(env
                    .error(format!("the environment variable `{}` is not set", env.value))
                    .hint(format!("it holds the token `{}`: {MAKE}", name.value)));
            };
            tokens.add(name.value.clone(), &env.value, scopes.value.clone(), value)?;
        }
        for (variable, value) in &variables {
            let (name, scopes) = match (variable.strip_prefix(VARIABLE), variable.strip_prefix(ADMIN_VARIABLE)) {
                (Some(name), _) => (name, Scope::usual().value),
                (_, Some(name)) => (name, Scope::ALL.to_vec()),
                _ => continue,
            };
            if configured.iter().all(|token| token.env.value != *variable) {
                tokens.add(name.to_ascii_lowercase(), variable, scopes, value)?;
            }
        }
        Ok(tokens)
    }

    fn add(&mut self, name: String, variable: &str, scopes: Vec<Scope>, value: &OsString) -> Result<()> {
        let refuse = |why: &str| Err(Error::usage(format!("the token in `{variable}` {why}")).hint(MAKE));
        let Some(token) = value.to_str().map(str::trim) else { return refuse("is no text") };
        if token.len() < LEAST {
            return refuse(&format!("is shorter than {LEAST} characters"));
        }
        if token.len() > MOST {
            return refuse(&format!("is longer than {MOST} characters"));
        }
        if !token.bytes().all(|c| c.is_ascii_graphic()) {
            return refuse("has characters that no header can carry");
        }
        let hash = hash(token.as_bytes());
        if self.0.iter().any(|known| known.hash == hash) {
            return refuse("is that of another name, too");
        }
        if name.is_empty() || self.0.iter().any(|known| known.name == name) {
            return Err(Error::usage(format!(
                "the token in `{variable}` has the name `{name}`, which is empty or taken"
            ))
            .hint("names tell tokens apart in logs"));
        }
        self.0.push(Known { name, scopes, hash });
        Ok(())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose token a request brings. It takes as long for a token that is nearly right as for any other.
    ///
    /// # Errors
    /// 401 where it brings none, or one that is not known.
    pub fn find(&self, headers: &HeaderMap) -> Result<usize, Refusal> {
        let sent = headers.get(header::AUTHORIZATION).ok_or_else(|| {
            Refusal::new(Reason::NoToken, "this needs a token")
                .hint("send it as the header `authorization: Bearer TOKEN`")
        })?;
        let unknown = || Refusal::new(Reason::WrongToken, "the token is not one of those this server knows");
        let (scheme, token) = sent.as_bytes().split_at_checked(7).ok_or_else(unknown)?;
        if !scheme.eq_ignore_ascii_case(b"bearer ") || token.len() > MOST {
            return Err(unknown());
        }
        let hash = hash(token.trim_ascii());
        let mut found = None;
        for (place, known) in self.0.iter().enumerate() {
            if bool::from(known.hash.ct_eq(&hash)) {
                found = Some(place);
            }
        }
        found.ok_or_else(unknown)
    }

    /// What a token is called.
    pub fn name(&self, place: usize) -> &str {
        self.0.get(place).map_or("", |known| &known.name)
    }

    /// Whether a token may ask for something.
    ///
    /// # Errors
    /// 403 where it may not.
    pub fn allow(&self, place: usize, scope: Scope) -> Result<(), Refusal> {
        if self.0.get(place).is_some_and(|known| known.scopes.contains(&scope)) {
            return Ok(());
        }
        let (name, scope) = (self.name(place), scope.name());
        Err(Refusal::new(Reason::Forbidden, format!("the token `{name}` has not the scope `{scope}`")))
    }
}

/// How a token is made.
const MAKE: &str = "make one by `openssl rand -hex 32`";

fn hash(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: &str = "0123456789abcdef";

    fn from(variables: &[(&str, &str)]) -> Result<Tokens> {
        Tokens::new(&[], variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn tokens_that_keep_nobody_out_are_refused_and_not_repeated() {
        let long = "x".repeat(513);
        for (variables, message) in [
            (&[("MLOPS_TOKEN_A", "")][..], "is shorter than 16"),
            (&[("MLOPS_TOKEN_A", "0123456789abcde")], "is shorter than 16"),
            (&[("MLOPS_TOKEN_A", &long)], "is longer than 512"),
            (&[("MLOPS_TOKEN_A", "0123456789 abcdef")], "no header can carry"),
            (&[("MLOPS_TOKEN_A", LONG), ("MLOPS_TOKEN_B", LONG)], "is that of another name"),
            (&[("MLOPS_TOKEN_A", LONG), ("MLOPS_ADMIN_TOKEN_A", "fedcba9876543210")], "empty or taken"),
            (&[("MLOPS_TOKEN_", LONG)], "empty or taken"),
        ] {
            let error = from(variables).err().unwrap();
            assert!(error.message().contains(message), "{error:?}");
            assert!(!format!("{error:?}").contains("0123456789"), "{error:?}");
        }
    }

    #[test]
    fn a_request_is_known_by_its_token_alone() {
        let tokens =
            from(&[("MLOPS_TOKEN_CI", "0123456789abcdef\n"), ("MLOPS_ADMIN_TOKEN_OPS", "fedcba9876543210")]).unwrap();
        let find = |sent: &str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, sent.parse().unwrap())]);
            tokens.find(&headers).map(|place| tokens.name(place).to_owned()).map_err(|refusal| refusal.reason)
        };
        assert_eq!(find("Bearer 0123456789abcdef"), Ok("ci".to_owned()));
        assert_eq!(find("bearer  fedcba9876543210"), Ok("ops".to_owned()));
        let wrong = ["Bearer 0123456789abcdeg", "Bearer ", "Bearer", "Basic 0123456789abcdef", "0123456789abcdef", ""];
        for sent in wrong.into_iter().map(str::to_owned).chain([format!("Bearer {}", "x".repeat(1000))]) {
            assert_eq!(find(&sent), Err(Reason::WrongToken), "{sent}");
        }
        assert_eq!(tokens.find(&HeaderMap::new()).unwrap_err().reason, Reason::NoToken);
        let place = |name: &str| (0..2).find(|place| tokens.name(*place) == name).unwrap();
        assert!(tokens.allow(place("ci"), Scope::Predict).is_ok() && tokens.allow(place("ci"), Scope::Admin).is_err());
        assert!(tokens.allow(place("ops"), Scope::Admin).is_ok());
    }
}
