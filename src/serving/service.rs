//! What all requests share: the model, the limits and the counts.

use std::borrow::Cow;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::error::Elapsed;

use super::call::{Answered, Call, Question};
use super::contract::Policy;
use super::gather::Gathered;
use super::guard::Guard;
use super::log::LineLog;
use super::metrics::Metrics;
use super::models::Models;
use super::patience::worked_for;
use super::predictions::PredictionLog;
use super::refusal::{Reason, Refusal};
use super::shadow::Shadow;
use crate::error::{Error, Result as OrError, suggest};

/// Bodies up to this are answered at once; larger ones on a thread of their own, so that they keep no other waiting.
const AT_ONCE: usize = 16 << 10;

/// Bodies of the largest size that may be held at the same time.
const BODIES: u32 = 16;
/// Bytes that room is counted in.
const UNIT: usize = 1 << 10;

/// What a request may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of its body.
    pub body: usize,
    /// Rows.
    pub rows: usize,
    /// How long its head may take to arrive, and its body.
    pub read: Duration,
    /// How long its answer may take.
    pub answer: Duration,
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// How long requests may go on once the server is to stop.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 16 << 20,
            rows: 100_000,
            read: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            connections: 1024,
            grace: Duration::from_secs(25),
        }
    }
}

/// How requests are answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// Whether rows that do not fit are answered nonetheless, and reported.
    pub lenient: bool,
    /// What a request may cost.
    pub limits: Limits,
    /// How often model files are looked at.
    pub reload: Option<Duration>,
}

/// What is written down.
#[derive(Default)]
pub struct Logs {
    /// Every request.
    pub access: Option<LineLog>,
    /// Rows and what was answered.
    pub predictions: Option<PredictionLog>,
}

/// What all requests share.
pub struct Service {
    /// The models, and the names they answer under.
    pub models: Models,
    /// How requests are answered.
    pub settings: Settings,
    /// What is counted.
    pub metrics: Metrics,
    /// Where requests are logged.
    pub access: Option<LineLog>,
    /// Who may ask.
    pub guard: Guard,
    /// Where predictions are logged.
    pub predictions: Option<Arc<PredictionLog>>,
    /// Who answers for the log alone, where a name has one.
    pub shadow: Option<Arc<Shadow>>,
    /// Requests that are about to be answered together.
    pub gathered: Gathered,
    /// Room for the bodies that are held at the same time, in units of [`UNIT`].
    room: Arc<Semaphore>,
}

impl Service {
    /// For models.
    ///
    /// # Errors
    /// Exit code 2 for a field that is to be redacted and that no model has: misspelt, it would be written.
    pub fn new(mut models: Models, settings: Settings, logs: Logs, guard: Guard) -> OrError<Self> {
        let predictions = logs.predictions.map(Arc::new);
        if let Some(log) = &predictions {
            let all: Vec<_> = models.slots().iter().map(super::models::Slot::model).collect();
            let fields = all.iter().flat_map(|model| &model.contract.fields).map(|field| field.column.name.as_str());
            let fields: Vec<&str> = fields.collect();
            if let Some(name) = log.redacted().iter().find(|name| !fields.contains(&name.as_str())) {
                return Err(Error::usage(format!("`serve.predictions.redact`: field `{name}` not found in any model"))
                    .maybe_hint(suggest(name, "fields", &fields)));
            }
            models.need(log.redacted());
        }
        let has_shadow = models.endpoints().iter().any(|endpoint| endpoint.shadow.is_some());
        let shadow = has_shadow.then(|| Arc::new(Shadow::start(predictions.clone(), settings.limits.rows)));
        Ok(Self {
            models,
            settings,
            metrics: Metrics::new(),
            access: logs.access,
            guard,
            predictions,
            shadow,
            gathered: Gathered::default(),
            room: Arc::new(Semaphore::new(units(settings.limits.body).saturating_mul(BODIES) as usize)),
        })
    }

    /// Finishes what is done beside the answers.
    pub fn close(&self) {
        // The one hands to the other.
        self.shadow.iter().for_each(|shadow| shadow.close());
        self.predictions.iter().for_each(|log| log.close());
        self.access.iter().for_each(LineLog::close);
    }

    /// The policy of this program's own requests.
    pub fn policy(&self) -> Policy {
        if self.settings.lenient { Policy::Lenient } else { Policy::Strict }
    }

    /// Reads the body of a request.
    ///
    /// # Errors
    /// 415 where it is compressed, 413 where it is too large, 408 where it does not come in time, 400 where it breaks off.
    pub async fn body(&self, request: Request) -> Result<Bytes, Refusal> {
        let limits = &self.settings.limits;
        let too_large = || {
            Refusal::new(Reason::TooLarge, format!("the body is larger than {} bytes", limits.body))
                .hint("send fewer rows at a time, or start the server with a larger `--max-body`")
        };
        let encoding = request.headers().get(header::CONTENT_ENCODING).filter(|encoding| *encoding != "identity");
        if let Some(encoding) = encoding {
            let shown = encoding.to_str().unwrap_or_default();
            return Err(Refusal::new(
                Reason::MediaType,
                format!("the body is encoded as `{shown}`, which is not read"),
            )
            .hint("send it as it is"));
        }
        let length = content_length(request.headers());
        if length.is_some_and(|length| length > limits.body as u64) {
            return Err(too_large());
        }
        let length = length.map_or(limits.body, |length| length as usize);
        let body: Limited<Body> = Limited::new(request.into_body(), limits.body);
        let read = async {
            // Small ones fit in anywhere.
            let room = match length {
                0..=AT_ONCE => None,
                length => Arc::clone(&self.room).acquire_many_owned(units(length)).await.ok(),
            };
            body.collect().await.map(|read| match room {
                Some(room) => Bytes::from_owner(Held { bytes: read.to_bytes(), _room: room }),
                None => read.to_bytes(),
            })
        };
        match soon(limits.read, read).await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(error)) => Err(Refusal::malformed(format!("the body breaks off: {error}"))),
            Err(_) => Err(Refusal::new(
                Reason::Slow,
                format!("the body did not come within {} seconds", limits.read.as_secs_f64()),
            )),
        }
    }

    /// Whether the answer to a call goes to the log of predictions.
    pub fn logs(&self, call: &Call) -> bool {
        self.predictions.as_ref().is_some_and(|log| log.keeps(&call.id))
    }

    /// Answers a question: a small one with those that are ready too, a large one on another thread.
    ///
    /// # Errors
    /// As of [`Call::answer`] and [`Service::compute`].
    pub async fn answer(self: &Arc<Self>, call: Call, question: Question) -> Result<Answered, Refusal> {
        if question.bytes.len() <= AT_ONCE {
            return self.answer_gathered(call, question).await;
        }
        Arc::clone(self).compute(move |service| call.answer(service, &question)).await
    }

    /// Does work that may fail in ways that nobody thought of.
    ///
    /// # Errors
    /// Those of `work`; 500 where it panics.
    pub fn guarded<T>(&self, work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(failed()))
    }

    /// Has something done on another thread, so that it keeps no request waiting.
    ///
    /// # Errors
    /// Those of `work`; 503 where it takes too long, 500 where it fails.
    pub async fn compute<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&Service) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let limit = self.settings.limits.answer;
        let guarded = move || self.guarded(|| work(&self));
        // Dropped with what waits for it: work that has not begun when nobody waits any more never does.
        let mut work = JoinSet::new();
        work.spawn_blocking(guarded);
        match tokio::time::timeout(limit, worked_for(work.join_next())).await {
            Ok(done) => done.and_then(Result::ok).unwrap_or_else(|| Err(failed())),
            Err(_) => Err(Refusal::new(
                Reason::Timeout,
                format!("the answer would take longer than {} seconds", limit.as_secs_f64()),
            )),
        }
    }
}

/// A time limit that needs no clock for what is there at the second look, as most bodies are: hyper hands one over only
/// after it was looked for.
async fn soon<F: Future>(limit: Duration, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let mut is_second = false;
    let early = poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if is_second => Poll::Ready(None),
        Poll::Pending => {
            is_second = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match early.await {
        Some(output) => Ok(output),
        None => tokio::time::timeout(limit, future).await,
    }
}

/// A body with the room that it takes, until nobody needs it any more.
struct Held {
    bytes: Bytes,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

/// 500.
pub fn failed() -> Refusal {
    Refusal::new(Reason::Failure, "the model failed at this request").hint("the log of the server tells more")
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The media type of a body, in lower case and without parameters; empty where none is named.
pub fn media_type(headers: &HeaderMap) -> Cow<'_, str> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = value.split(';').next().unwrap_or_default().trim();
    if named.bytes().any(|byte| byte.is_ascii_uppercase()) { named.to_ascii_lowercase().into() } else { named.into() }
}
