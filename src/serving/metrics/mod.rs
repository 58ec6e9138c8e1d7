//! Counts, in the text format of Prometheus.

mod histogram;
mod of_models;
mod text;

pub use histogram::Histogram;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use self::text::Text;
use super::call;
use super::contract::{ProblemKind, Problems};
use super::refusal::Reason;
use super::service::Service;

/// Endpoints that are counted apart; all other paths together, so that no client can make up new ones.
const ROUTES: [&str; 15] = [
    "/predict",
    "/explain",
    "/invocations",
    "/health",
    "/ping",
    "/version",
    "/model_info",
    "/example_request",
    "/openapi.json",
    "/metrics",
    "/",
    "/docs",
    "/models",
    "/admin/reload",
    "other",
];

/// Statuses that are answered; any other is counted with the last.
const STATUSES: [u16; 16] = [200, 204, 400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 501, 503, 500];

/// The histogram of requests.
const REQUESTS: &str = "mlops_request_duration_seconds";

const TABLES: &str = "mlops_tables_scored_total";

/// The endpoint of a path, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(usize);

impl Route {
    /// That of a path, with or without the name of a model.
    pub fn of(path: &str) -> Self {
        let (_, path) = call::split(path);
        Self(ROUTES.iter().position(|route| *route == path).unwrap_or(ROUTES.len() - 1))
    }
}

/// Everything that is counted.
pub struct Metrics {
    requests: Vec<[AtomicU64; STATUSES.len()]>,
    latency: Vec<Histogram>,
    rejections: [AtomicU64; Reason::ALL.len()],
    problems: [AtomicU64; ProblemKind::ALL.len()],
    in_flight: AtomicU64,
    connections: AtomicU64,
    tables: AtomicU64,
}

/// Something that goes on; it ends with this value.
pub struct Ongoing<'a>(&'a AtomicU64);

impl<'a> Ongoing<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Ongoing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            requests: ROUTES.iter().map(|_| Default::default()).collect(),
            latency: ROUTES.iter().map(|_| Histogram::default()).collect(),
            rejections: Default::default(),
            problems: Default::default(),
            in_flight: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            tables: AtomicU64::new(0),
        }
    }

    /// A request that begins.
    pub fn request(&self) -> Ongoing<'_> {
        Ongoing::new(&self.in_flight)
    }

    /// A connection that begins.
    pub fn connection(&self) -> Ongoing<'_> {
        Ongoing::new(&self.connections)
    }

    /// A request that was answered.
    pub fn answered(&self, route: Route, status: StatusCode, refused: Option<Reason>, took: Duration) {
        let status = STATUSES.iter().position(|known| *known == status.as_u16()).unwrap_or(STATUSES.len() - 1);
        self.requests[route.0][status].fetch_add(1, Ordering::Relaxed);
        self.latency[route.0].add(took);
        if let Some(reason) = refused {
            self.rejections[reason.place()].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Rows were scored, those of one request or of several that were ready together.
    pub fn scored(&self) {
        self.tables.fetch_add(1, Ordering::Relaxed);
    }

    /// Values that did not fit.
    pub fn problems(&self, problems: &Problems) {
        for (count, found) in self.problems.iter().zip(problems.counts).filter(|(_, found)| *found > 0) {
            count.fetch_add(found as u64, Ordering::Relaxed);
        }
    }

    /// All counts, of the models too.
    pub fn text(&self, service: &Service) -> String {
        let mut out = Text::default();
        of_models::write(&mut out, &service.models);
        out.family("mlops_requests_total", "counter", "Requests by endpoint and status");
        for (route, counts) in ROUTES.iter().zip(&self.requests) {
            for (status, count) in STATUSES.iter().zip(counts) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = [("endpoint", *route), ("status", &status.to_string())];
                    out.sample("mlops_requests_total", &labels, count);
                }
            }
        }
        out.family(REQUESTS, "histogram", "From a request's head to its answer");
        for (route, histogram) in ROUTES.iter().zip(&self.latency) {
            histogram.write(&mut out, REQUESTS, &[("endpoint", route)]);
        }
        out.family("mlops_rejections_total", "counter", "Requests refused, by reason");
        for (reason, count) in Reason::ALL.iter().zip(&self.rejections) {
            out.sample("mlops_rejections_total", &[("reason", reason.name())], count.load(Ordering::Relaxed));
        }
        out.family("mlops_field_problems_total", "counter", "Values that do not fit the model, refused or reported");
        for (kind, count) in ProblemKind::ALL.iter().zip(&self.problems) {
            out.sample("mlops_field_problems_total", &[("problem", kind.name())], count.load(Ordering::Relaxed));
        }
        out.family(TABLES, "counter", "Tables scored, each of the rows of all requests that were ready together");
        out.sample(TABLES, &[], self.tables.load(Ordering::Relaxed));
        out.family("mlops_requests_in_flight", "gauge", "Requests being answered");
        out.sample("mlops_requests_in_flight", &[], self.in_flight.load(Ordering::Relaxed));
        out.family("mlops_connections", "gauge", "Open connections");
        out.sample("mlops_connections", &[], self.connections.load(Ordering::Relaxed));
        if let Some(log) = &service.access {
            out.family("mlops_access_log_dropped_total", "counter", "Lines that the access log could not take");
            out.sample("mlops_access_log_dropped_total", &[], log.dropped());
        }
        if let Some(log) = &service.predictions {
            let counts = log.counts();
            out.counter("mlops_predictions_logged_total", "Rows written to the log of predictions", &counts.written);
            out.counter("mlops_predictions_dropped_total", "Rows that it could not take", &counts.dropped);
        }
        if let Some(shadow) = &service.shadow {
            out.counter("mlops_shadow_dropped_total", "Requests that shadows could not keep up with", &shadow.dropped);
            out.counter(
                "mlops_shadow_failures_total",
                "Requests that do not fit the shadow, or at which it failed",
                &shadow.failed,
            );
        }
        out.0
    }
}
