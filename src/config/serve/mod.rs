//! configs/serve.yaml: how `mlops serve` answers. A section of it each: [`models`] and routes, [`predictions`], and beside
//! them [`access`](super::access).

mod models;
mod predictions;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Access, Entries, Problems};
use crate::yaml::{Located, Timespan};

pub use models::{By, CHAMPION, Route, is_model_name};
pub use predictions::{LogFormat, Predictions};

/// Bytes of a body at the most, whatever is configured.
const MOST_BODY: u64 = 1 << 32;
/// Rows of a request at the most.
const MOST_ROWS: u64 = 1 << 32;
/// Connections at the most.
const MOST_CONNECTIONS: u64 = 100_000;

/// How models answer over HTTP; the options of `mlops serve` come first.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Serve {
    /// The address to listen on: 127.0.0.1 is this machine alone. `--sagemaker` has its own address and port.
    pub host: Located<String>,
    /// The port, 0 for any that is free.
    pub port: Located<u16>,
    /// Whether rows with fields that do not fit are answered nonetheless, and reported beside the answer.
    pub lenient: bool,
    /// Bytes of a request's body at the most.
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub max_body: Located<u64>,
    /// Rows of a request at the most.
    #[schemars(range(min = 1, max = 4_294_967_296_u64))]
    pub max_rows: Located<u64>,
    /// Connections at once; others wait.
    #[schemars(range(min = 1, max = 100_000))]
    pub max_connections: Located<u64>,
    /// The longest a request may take to arrive, its head and its body each.
    pub read_timeout: Located<Timespan>,
    /// The longest an answer may take.
    pub answer_timeout: Located<Timespan>,
    /// How long requests may go on once the server is to stop.
    pub grace: Located<Timespan>,
    /// Where each request leaves a line of JSON: a file, from the project folder; `-` for stdout.
    pub access_log: Option<Located<String>>,
    /// How often model files are looked at, and loaded anew where they changed; null: only on `POST /admin/reload`.
    pub reload: Option<Located<Timespan>>,
    /// Name → model file, from the project folder, or `champion`. Names are of letters, digits, `-`, `_` and `.`; each
    /// answers under `/models/<name>/`.
    #[schemars(extend("minProperties" = 1, "propertyNames" = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}))]
    pub models: Entries<Located<String>>,
    /// Name → which of the models answer under it.
    #[schemars(extend("propertyNames" = {"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}))]
    pub routing: Entries<Route>,
    /// The name that paths without one answer for; the first of `routing`, else of `models`, where none is given.
    pub default: Option<Located<String>>,
    /// Where answers are kept, with the rows they answer; null: nowhere.
    pub predictions: Option<Predictions>,
    /// Who may ask, from where, and how often.
    pub access: Access,
}

impl Default for Serve {
    fn default() -> Self {
        let seconds = |seconds| Located::new(Timespan(Duration::from_secs(seconds)));
        let champion = (Located::new(CHAMPION.to_owned()), Located::new(CHAMPION.to_owned()));
        Self {
            host: Located::new("127.0.0.1".to_owned()),
            port: Located::new(8000),
            lenient: false,
            max_body: Located::new(16 << 20),
            max_rows: Located::new(100_000),
            max_connections: Located::new(1024),
            read_timeout: seconds(10),
            answer_timeout: seconds(60),
            grace: seconds(25),
            access_log: None,
            reload: Some(seconds(1)),
            models: Entries(vec![champion]),
            routing: Entries::default(),
            default: None,
            predictions: None,
            access: Access::default(),
        }
    }
}

impl Serve {
    /// Whether a file says which models are served.
    pub fn names_models(&self) -> bool {
        self.models.iter().any(|(_, file)| file.is_written()) || !self.routing.is_empty()
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        for (number, most) in
            [(&self.max_body, MOST_BODY), (&self.max_rows, MOST_ROWS), (&self.max_connections, MOST_CONNECTIONS)]
        {
            problems.check((1..=most).contains(&number.value), || {
                number.error(format!("expected a number from 1 to {most}, found `{}`", number.value))
            });
        }
        for time in [&self.read_timeout, &self.answer_timeout].into_iter().chain(&self.reload) {
            problems.check(!time.is_zero(), || time.error("a duration of 0 leaves no time"));
        }
        models::validate(self, problems);
        self.access.validate(problems);
        if let Some(predictions) = &self.predictions {
            predictions.validate(problems);
        }
    }
}
