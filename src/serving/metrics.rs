//! Counts, in the text format of Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;

use super::contract::{ProblemKind, Problems};
use super::model::Model;
use super::refusal::Reason;
use crate::data::Scores;
use crate::package::{Answer, Info};

/// Endpoints that are counted apart; all other paths together, so that no client can make up new ones.
const ROUTES: [&str; 13] = [
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
    "other",
];

/// Statuses that are answered; any other is counted with the last.
const STATUSES: [u16; 11] = [200, 400, 404, 405, 408, 413, 415, 422, 501, 503, 500];

/// Upper bounds of the latency histogram, in microseconds.
const BOUNDS: [u64; 16] = [
    25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000,
    30_000_000,
];

/// The endpoint of a path, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route(usize);

impl Route {
    /// That of a path.
    pub fn of(path: &str) -> Self {
        Self(ROUTES.iter().position(|route| *route == path).unwrap_or(ROUTES.len() - 1))
    }
}

/// Everything that is counted.
pub struct Metrics {
    requests: Vec<[AtomicU64; STATUSES.len()]>,
    latency: Vec<Histogram>,
    rejections: [AtomicU64; Reason::ALL.len()],
    problems: [AtomicU64; ProblemKind::ALL.len()],
    rows: AtomicU64,
    classes: Vec<(String, AtomicU64)>,
    in_flight: AtomicU64,
    connections: AtomicU64,
}

#[derive(Default)]
struct Histogram {
    /// One bound more than there are: what took longer.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    microseconds: AtomicU64,
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
    /// Nothing yet, for a model of these classes.
    pub fn new(classes: &[String]) -> Self {
        Self {
            requests: ROUTES.iter().map(|_| Default::default()).collect(),
            latency: ROUTES.iter().map(|_| Histogram::default()).collect(),
            rejections: Default::default(),
            problems: Default::default(),
            rows: AtomicU64::new(0),
            classes: classes.iter().map(|class| (class.clone(), AtomicU64::new(0))).collect(),
            in_flight: AtomicU64::new(0),
            connections: AtomicU64::new(0),
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
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let histogram = &self.latency[route.0];
        histogram.buckets[BOUNDS.partition_point(|bound| *bound < took)].fetch_add(1, Ordering::Relaxed);
        histogram.microseconds.fetch_add(took, Ordering::Relaxed);
        if let Some(reason) = refused {
            self.rejections[reason.place()].fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Values that did not fit.
    pub fn problems(&self, problems: &Problems) {
        for (count, found) in self.problems.iter().zip(problems.counts).filter(|(_, found)| *found > 0) {
            count.fetch_add(found as u64, Ordering::Relaxed);
        }
    }

    /// Rows that were answered.
    pub fn predictions(&self, info: &Info, scores: &Scores) {
        self.rows.fetch_add(scores.rows() as u64, Ordering::Relaxed);
        for row in 0..scores.rows() {
            if let Answer::Class(_, class) = info.answer(scores.row(row))
                && let Some((_, count)) = self.classes.get(class)
            {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// All counts; `dropped` are lines that the access log could not take.
    pub fn text(&self, model: &Model, dropped: Option<u64>) -> String {
        let mut out = Text::default();
        let info = &model.package.info;
        out.family("mlops_model_info", "gauge", "The model that answers");
        let version = info.version.to_string();
        let labels = [("model", model.name.as_str()), ("algorithm", &info.algorithm), ("version", &version)];
        out.sample("mlops_model_info", &labels, 1);
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
        self.latencies(&mut out);
        out.counter("mlops_rows_total", "Rows answered", &self.rows);
        if !self.classes.is_empty() {
            out.family("mlops_predictions_total", "counter", "Rows by predicted class");
            for (class, count) in &self.classes {
                out.sample("mlops_predictions_total", &[("class", class)], count.load(Ordering::Relaxed));
            }
        }
        out.family("mlops_rejections_total", "counter", "Requests refused, by reason");
        for (reason, count) in Reason::ALL.iter().zip(&self.rejections) {
            out.sample("mlops_rejections_total", &[("reason", reason.name())], count.load(Ordering::Relaxed));
        }
        out.family("mlops_field_problems_total", "counter", "Values that do not fit the model, refused or reported");
        for (kind, count) in ProblemKind::ALL.iter().zip(&self.problems) {
            out.sample("mlops_field_problems_total", &[("problem", kind.name())], count.load(Ordering::Relaxed));
        }
        out.family("mlops_requests_in_flight", "gauge", "Requests being answered");
        out.sample("mlops_requests_in_flight", &[], self.in_flight.load(Ordering::Relaxed));
        out.family("mlops_connections", "gauge", "Open connections");
        out.sample("mlops_connections", &[], self.connections.load(Ordering::Relaxed));
        if let Some(dropped) = dropped {
            out.family("mlops_access_log_dropped_total", "counter", "Lines that the access log could not take");
            out.sample("mlops_access_log_dropped_total", &[], dropped);
        }
        out.0
    }

    fn latencies(&self, out: &mut Text) {
        const NAME: &str = "mlops_request_duration_seconds";
        out.family(NAME, "histogram", "From a request's head to its answer");
        for (route, histogram) in ROUTES.iter().zip(&self.latency) {
            let counts: Vec<u64> = histogram.buckets.iter().map(|count| count.load(Ordering::Relaxed)).collect();
            let total: u64 = counts.iter().sum();
            if total == 0 {
                continue;
            }
            let mut sum = 0;
            for (bound, count) in BOUNDS.iter().zip(&counts) {
                sum += count;
                let bound = (*bound as f64 / 1e6).to_string();
                out.sample(&format!("{NAME}_bucket"), &[("endpoint", *route), ("le", &bound)], sum);
            }
            out.sample(&format!("{NAME}_bucket"), &[("endpoint", *route), ("le", "+Inf")], total);
            let seconds = histogram.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
            out.sample(&format!("{NAME}_sum"), &[("endpoint", *route)], seconds);
            out.sample(&format!("{NAME}_count"), &[("endpoint", *route)], total);
        }
    }
}

/// The text format.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a text never fails.
        write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n").unwrap_or_default();
    }

    fn counter(&mut self, name: &str, help: &str, count: &AtomicU64) {
        self.family(name, "counter", help);
        self.sample(name, &[], count.load(Ordering::Relaxed));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        self.0.push_str(name);
        for (at, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let before = if at == 0 { '{' } else { ',' };
            write!(self.0, "{before}{label}=\"{text}\"").unwrap_or_default();
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        writeln!(self.0, " {value}").unwrap_or_default();
    }
}
