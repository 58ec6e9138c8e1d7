//! The one error type: what went wrong, what to do about it, and the exit code.

use std::fmt;

/// Result of everything fallible in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Documented exit codes; the discriminants are what the process returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Something failed that is neither configuration nor data.
    Failure = 1,
    /// Wrong arguments, configuration or dvc.yaml.
    Usage = 2,
    /// The data breaks its contract.
    Data = 3,
    /// A quality gate was missed.
    Gate = 4,
    /// Interrupted by the user.
    Interrupted = 130,
}

/// An error with its exit code, an optional hint and the causes below it.
///
/// Messages are lower case, name things in backticks and end without a full stop.
#[derive(Debug)]
pub struct Error {
    code: Code,
    message: String,
    hint: Option<String>,
    cause: Option<anyhow::Error>,
}

impl Error {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, cause: None }
    }

    /// Exit code 1.
    pub fn failure(message: impl Into<String>) -> Self {
        Self::new(Code::Failure, message)
    }

    /// Exit code 2: the user's arguments or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// Exit code 3: the data breaks its contract.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(Code::Data, message)
    }

    /// Exit code 4: a quality gate was missed.
    pub fn gate(message: impl Into<String>) -> Self {
        Self::new(Code::Gate, message)
    }

    /// Exit code 130.
    pub fn interrupted() -> Self {
        Self::new(Code::Interrupted, "interrupted")
    }

    /// Adds what to do about it, shown apart from the message.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a hint where there is one and none stands yet.
    pub fn maybe_hint(mut self, hint: Option<String>) -> Self {
        self.hint = self.hint.or(hint);
        self
    }

    /// Adds the underlying cause, shown below the message.
    pub fn because(mut self, cause: impl Into<anyhow::Error>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Puts `context` in front of the message.
    pub fn context(mut self, context: impl fmt::Display) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The exit code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The message alone.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The hint, if any.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        self.cause.iter().flat_map(|c| c.chain()).map(ToString::to_string).collect()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|c| c.as_ref() as _)
    }
}

/// Longer names are compared with nothing, and shown in part.
const LONGEST: usize = 60;

/// The candidate that is close to `found`, if any is.
pub fn suggest_one<'a, S: AsRef<str>>(found: &str, candidates: &'a [S]) -> Option<&'a str> {
    let lower = found.to_lowercase();
    candidates
        .iter()
        .map(AsRef::as_ref)
        .filter(|name| name.len().max(lower.len()) <= 4 * LONGEST)
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().min(found.chars().count()) / 4)
        .map(|(_, name)| name)
}

/// "did you mean `x`?" when a candidate is close to `found`, else the list of candidates.
///
/// `what` names the candidates in the plural, such as `columns`.
pub fn suggest<S: AsRef<str>>(found: &str, what: &str, candidates: &[S]) -> Option<String> {
    const LISTED: usize = 12;
    let short = |name: &str| match name.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    };
    let names: Vec<&str> = candidates.iter().map(AsRef::as_ref).collect();
    if names.is_empty() {
        return None;
    }
    let closest = suggest_one(found, &names);
    let mut list = names.iter().take(LISTED).map(|name| short(name)).collect::<Vec<_>>().join(", ");
    if names.len() > LISTED {
        list.push_str(&format!(", … ({} in all)", names.len()));
    }
    Some(match closest {
        Some(name) => format!("did you mean `{name}`? {what}: {list}"),
        None => format!("{what}: {list}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_closest_name_or_lists_them() {
        let columns = ["age", "tenure", "plan"];
        for (found, expected) in [
            ("agee", "did you mean `age`? columns: age, tenure, plan"),
            ("PLAN", "did you mean `plan`? columns: age, tenure, plan"),
            ("zzz", "columns: age, tenure, plan"),
        ] {
            assert_eq!(suggest(found, "columns", &columns).as_deref(), Some(expected));
        }
        assert_eq!(suggest::<&str>("a", "columns", &[]), None);
        let endless = "é".repeat(1 << 20);
        let hint = suggest(&endless, "columns", &[endless.as_str(), "b"]).unwrap();
        assert_eq!(hint, format!("columns: {}…, b", "é".repeat(60)));
    }
}
