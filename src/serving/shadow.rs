//! Another model answers the same requests, for the log alone: later, on a thread of its own, and where there is room.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use axum::body::{Body as HttpBody, Bytes};
use axum::http::HeaderValue;
use hyper::body::{Frame, SizeHint};

use super::contract::{Body, Policy, Rows};
use super::models::{Model, Role, Scored};
use super::predictions::{Entry, PredictionLog};
use super::queue::Queue;
use super::refusal::Refusal;

/// Requests that may wait, and the bytes of their bodies.
const WAITING: usize = 1024;
const WAITING_BYTES: usize = 64 << 20;
/// How long what waits is worked on once the server is to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A request that was answered, for another model.
pub struct Job {
    /// Its id.
    pub id: HeaderValue,
    /// The name that was asked.
    pub name: Arc<str>,
    /// The other model.
    pub model: Arc<Model>,
    /// How its body is written.
    pub body: Body,
    /// How its rows are taken.
    pub policy: Policy,
    /// Its body.
    pub bytes: Bytes,
}

/// Answers jobs.
pub struct Shadow {
    queue: Queue<Job>,
    /// When what still waits is given up.
    end: Arc<OnceLock<Instant>>,
    /// Jobs that there was no room for.
    pub dropped: Arc<AtomicU64>,
    /// Jobs that could not be answered.
    pub failed: Arc<AtomicU64>,
}

impl Shadow {
    /// Nothing to do yet; answers go to the log, if there is one. A job has so many rows at the most.
    pub fn start(log: Option<Arc<PredictionLog>>, rows: usize) -> Self {
        let end: Arc<OnceLock<Instant>> = Arc::default();
        let (dropped, failed): (Arc<AtomicU64>, Arc<AtomicU64>) = Default::default();
        let (last, given_up, counted) = (Arc::clone(&end), Arc::clone(&dropped), Arc::clone(&failed));
        let queue = Queue::start(WAITING, WAITING_BYTES, move |jobs: Vec<Job>| {
            for job in jobs {
                if last.get().is_some_and(|last| Instant::now() > *last) {
                    given_up.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                match catch_unwind(AssertUnwindSafe(|| score(&job, rows, log.as_deref()))) {
                    Ok(Ok(scored)) => keep(job, scored, log.as_deref()),
                    Ok(Err(refusal)) => {
                        counted.fetch_add(1, Ordering::Relaxed);
                        tracing::debug!(name = %job.name, "the shadow does not answer: {}", refusal.reason.name());
                    }
                    Err(_) => _ = counted.fetch_add(1, Ordering::Relaxed),
                }
            }
        });
        Self { queue, end, dropped, failed }
    }

    /// Takes a job, if there is room for it.
    fn offer(&self, job: Job) {
        let bytes = job.bytes.len();
        if !self.queue.offer(job, bytes) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Does what waits, as far as there is time, and ends.
    pub fn close(&self) {
        self.end.set(Instant::now() + GRACE).unwrap_or_default();
        self.queue.close();
    }
}

fn score(job: &Job, most: usize, log: Option<&PredictionLog>) -> Result<Scored, Refusal> {
    let mut rows = Rows::new(&job.model.contract, job.policy, most);
    job.body.read(&job.bytes, &mut rows)?;
    job.model.score(rows, log.is_some_and(|log| log.keeps(&job.id)))
}

fn keep(job: Job, scored: Scored, log: Option<&PredictionLog>) {
    let Scored { kept, scores, .. } = scored;
    job.model.counts.shadow_rows.fetch_add(scores.rows() as u64, Ordering::Relaxed);
    if let (Some(log), Some(rows)) = (log, kept) {
        let Job { id, name, model, bytes, .. } = job;
        log.add(Entry { time: SystemTime::now(), id, name, role: Role::Shadow, model, rows, scores }, bytes.len());
    }
}

/// The body of an answer; once it is sent, or nobody wants it any more, a job follows.
pub struct Followed {
    bytes: Option<Bytes>,
    job: Option<(Job, Arc<Shadow>)>,
}

impl Followed {
    /// An answer, and what follows it.
    pub fn by(bytes: Vec<u8>, job: Job, shadow: Arc<Shadow>) -> HttpBody {
        HttpBody::new(Self { bytes: Some(bytes.into()), job: Some((job, shadow)) })
    }
}

impl hyper::body::Body for Followed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        if let Some((job, shadow)) = self.job.take() {
            shadow.offer(job);
        }
    }
}
