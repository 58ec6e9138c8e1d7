//! One error or several, with one exit code.

use crate::error::{Code, Error};

/// Why a command failed; never empty.
#[derive(Debug)]
pub struct Failures(Vec<Error>);

impl From<Error> for Failures {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl Failures {
    /// Fails where there are errors.
    pub fn none_of(errors: Vec<Error>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// All of them.
    pub fn errors(&self) -> &[Error] {
        &self.0
    }

    /// The exit code of the first.
    pub fn code(&self) -> Code {
        self.0.first().map_or(Code::Failure, Error::code)
    }

    /// Whether a reader of stdout went away.
    pub fn is_broken_pipe(&self) -> bool {
        let broken = |text: &str| text.to_lowercase().contains("broken pipe");
        let stdout = |e: &Error| e.message().contains("standard output");
        self.0.iter().any(|e| stdout(e) && (broken(e.message()) || e.causes().iter().any(|cause| broken(cause))))
    }
}
