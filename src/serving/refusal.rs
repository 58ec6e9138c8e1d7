//! A request that is not answered: why, and in which words.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value as Json, json};

use super::contract::Problems;
use super::reply;
use crate::error::{Code, Error};

/// Why a request is refused, as metrics count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The body is not written as it says.
    Malformed,
    /// It is well written, but no rows.
    Shape,
    /// Its rows do not fit the model.
    Contract,
    /// It is larger than may be.
    TooLarge,
    /// It has more rows than may be.
    TooManyRows,
    /// Its media type is none of those that are read.
    MediaType,
    /// Nothing stands there.
    NotFound,
    /// Something stands there, for another method.
    Method,
    /// It brings no token.
    NoToken,
    /// It brings a token that is not known.
    WrongToken,
    /// Whoever asks may not ask for that.
    Forbidden,
    /// Its token asks too often.
    TokenRate,
    /// Its address asks too often.
    AddressRate,
    /// It was not sent in time.
    Slow,
    /// It was not answered in time.
    Timeout,
    /// The model cannot do that.
    Unsupported,
    /// A model file is no model, and the one before goes on.
    Reload,
    /// It failed.
    Failure,
}

impl Reason {
    /// Every reason, in the order of [`Reason::place`].
    pub const ALL: [Reason; 18] = [
        Reason::Malformed,
        Reason::Shape,
        Reason::Contract,
        Reason::TooLarge,
        Reason::TooManyRows,
        Reason::MediaType,
        Reason::NotFound,
        Reason::Method,
        Reason::NoToken,
        Reason::WrongToken,
        Reason::Forbidden,
        Reason::TokenRate,
        Reason::AddressRate,
        Reason::Slow,
        Reason::Timeout,
        Reason::Unsupported,
        Reason::Reload,
        Reason::Failure,
    ];

    /// Its name in answers and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Malformed => "malformed",
            Reason::Shape => "shape",
            Reason::Contract => "contract",
            Reason::TooLarge => "too_large",
            Reason::TooManyRows => "too_many_rows",
            Reason::MediaType => "media_type",
            Reason::NotFound => "not_found",
            Reason::Method => "method",
            Reason::NoToken => "no_token",
            Reason::WrongToken => "wrong_token",
            Reason::Forbidden => "forbidden",
            Reason::TokenRate => "token_rate",
            Reason::AddressRate => "address_rate",
            Reason::Slow => "slow",
            Reason::Timeout => "timeout",
            Reason::Unsupported => "unsupported",
            Reason::Reload => "reload",
            Reason::Failure => "failure",
        }
    }

    /// Where it is counted.
    pub fn place(self) -> usize {
        self as usize
    }

    fn status(self) -> StatusCode {
        match self {
            Reason::Malformed => StatusCode::BAD_REQUEST,
            Reason::Shape | Reason::Contract => StatusCode::UNPROCESSABLE_ENTITY,
            Reason::TooLarge | Reason::TooManyRows => StatusCode::PAYLOAD_TOO_LARGE,
            Reason::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Reason::NotFound => StatusCode::NOT_FOUND,
            Reason::Method => StatusCode::METHOD_NOT_ALLOWED,
            Reason::NoToken | Reason::WrongToken => StatusCode::UNAUTHORIZED,
            Reason::Forbidden => StatusCode::FORBIDDEN,
            Reason::TokenRate | Reason::AddressRate => StatusCode::TOO_MANY_REQUESTS,
            Reason::Slow => StatusCode::REQUEST_TIMEOUT,
            Reason::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            Reason::Unsupported => StatusCode::NOT_IMPLEMENTED,
            Reason::Reload => StatusCode::CONFLICT,
            Reason::Failure => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The refusal of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
    hint: Option<String>,
    problems: Box<Problems>,
    /// Seconds after which it may be asked again.
    retry_after: Option<u64>,
}

impl Refusal {
    /// For a reason.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), hint: None, problems: Box::default(), retry_after: None }
    }

    /// 400: not written as it says.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(Reason::Malformed, message)
    }

    /// 422: no rows.
    pub fn shape(message: impl Into<String>) -> Self {
        Self::new(Reason::Shape, message)
    }

    /// 413.
    pub fn too_many_rows(most: usize) -> Self {
        Self::new(Reason::TooManyRows, format!("more than {most} rows in one request"))
            .hint("send them in several requests, or start the server with a larger `--max-rows`")
    }

    /// 422: rows that do not fit the model.
    pub fn contract(problems: Problems) -> Self {
        let message = match problems.len() {
            1 => "1 value does not fit the model".to_owned(),
            many => format!("{many} values do not fit the model"),
        };
        Self { problems: Box::new(problems), ..Self::new(Reason::Contract, message) }
    }

    /// An error of the model: what the rows are to blame for, and what they are not.
    pub fn of(error: &Error) -> Self {
        let reason = match error.code() {
            Code::Data => Reason::Contract,
            Code::Usage => Reason::Unsupported,
            _ => Reason::Failure,
        };
        let refusal = Self::new(reason, error.message());
        error.hint_text().map_or_else(|| refusal.clone(), |hint| refusal.clone().hint(hint))
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says after how many seconds it may be asked again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Names the line it is in.
    pub fn in_line(mut self, line: usize) -> Self {
        self.message = format!("line {line}: {}", self.message);
        self
    }

    /// The body of the answer, in this program's own words.
    pub fn document(&self) -> Json {
        let mut error = json!({ "reason": self.reason.name(), "message": self.message });
        if let Some(hint) = &self.hint {
            error["hint"] = Json::from(hint.as_str());
        }
        if !self.problems.is_empty() {
            error["fields"] = json!(self.problems.listed);
            error["more"] = self.problems.more().into();
        }
        json!({ "error": error })
    }

    /// The answer, in this program's own words.
    pub fn respond(&self) -> Response {
        self.finish(reply::json(self.reason.status(), &self.document()))
    }

    /// The answer as MLflow words it.
    pub fn respond_as_mlflow(&self) -> Response {
        let status = match self.reason {
            Reason::Shape | Reason::Contract => StatusCode::BAD_REQUEST,
            reason => reason.status(),
        };
        let code = match status {
            StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
            StatusCode::FORBIDDEN => "PERMISSION_DENIED",
            StatusCode::TOO_MANY_REQUESTS => "REQUEST_LIMIT_EXCEEDED",
            _ if status.is_server_error() => "INTERNAL_ERROR",
            _ => "BAD_REQUEST",
        };
        self.finish(reply::json(status, &json!({ "error_code": code, "message": self.in_full() })))
    }

    /// Adds what goes beside the words.
    fn finish(&self, mut response: Response) -> Response {
        let challenge = match self.reason {
            Reason::NoToken => Some("Bearer realm=\"mlops\""),
            Reason::WrongToken => Some("Bearer realm=\"mlops\", error=\"invalid_token\""),
            Reason::Forbidden => Some("Bearer realm=\"mlops\", error=\"insufficient_scope\""),
            _ => None,
        };
        let headers = response.headers_mut();
        headers.extend(challenge.map(|text| (header::WWW_AUTHENTICATE, HeaderValue::from_static(text))));
        headers.extend(self.retry_after.map(|seconds| (header::RETRY_AFTER, HeaderValue::from(seconds))));
        response.extensions_mut().insert(self.reason);
        response
    }

    /// Message, fields and hint in one text.
    fn in_full(&self) -> String {
        let mut text = self.message.clone();
        for problem in &self.problems.listed {
            let meant =
                problem.did_you_mean.as_ref().map_or_else(String::new, |name| format!(", did you mean `{name}`?"));
            let (row, field) = (problem.row, &problem.field);
            text.push_str(&format!(
                "; row {row}, `{field}`: found {}, expected {}{meant}",
                problem.found, problem.expected
            ));
        }
        if self.problems.more() > 0 {
            text.push_str(&format!("; and {} more", self.problems.more()));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("; {hint}"));
        }
        text
    }
}
