//! A request to a name: which of its models answers, and what is kept of the answer.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::access::REQUEST_ID;
use super::contract::{Body, Layout, Policy, Rows};
use super::models::{Endpoint, Model, Role, Scored};
use super::predictions::Entry;
use super::refusal::{Reason, Refusal};
use super::reply;
use super::service::Service;
use super::shadow::{Followed, Job};

/// The header that tells which model answered.
pub const MODEL: HeaderName = HeaderName::from_static("x-mlops-model");
/// Where the names of models stand in paths.
const UNDER: &str = "/models/";

/// The name that a path asks for, and the path without it.
pub fn split(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix(UNDER) {
        Some(rest) => {
            let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            (Some(name), rest)
        }
        None => (None, path),
    }
}

/// The place of the endpoint that a path asks for.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// Its place.
    pub place: usize,
    /// Whether the path names it.
    pub named: bool,
}

impl FromRequestParts<Arc<Service>> for At {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Response> {
        let (name, _) = split(parts.uri.path());
        match service.models.place(name) {
            Some(place) => Ok(Self { place, named: name.is_some() }),
            None => Err(unknown(service, name.unwrap_or_default()).respond()),
        }
    }
}

fn unknown(service: &Service, name: &str) -> Refusal {
    let shown: String = name.chars().take(64).collect();
    let hint = service.models.suggest(&shown).unwrap_or_else(|| "GET /models lists them".to_owned());
    Refusal::new(Reason::NotFound, format!("model `{shown}` not found")).hint(hint)
}

/// What is asked, and how the answer is written.
pub struct Question {
    /// How the rows are written.
    pub body: Body,
    /// Which problems refuse them.
    pub policy: Policy,
    /// The rows.
    pub bytes: Bytes,
    /// Makes the answer of the scores.
    pub write: fn(&Model, &Scored, &Layout) -> Result<Vec<u8>, Refusal>,
}

/// A request to an endpoint. It keeps the models that it began with, whatever takes their places meanwhile.
pub struct Call {
    place: usize,
    /// Its id.
    pub id: HeaderValue,
    start: Instant,
    /// In whose place the model answers.
    pub role: Role,
    /// Who answers.
    pub model: Arc<Model>,
    /// Who answers in the model's place where the rows say so.
    instead: Option<Arc<Model>>,
}

/// The rows of a call, and the model that answers them.
pub struct Read<'c> {
    /// Which model.
    pub model: &'c Arc<Model>,
    /// In whose place.
    pub role: Role,
    /// The rows.
    pub rows: Rows<'c>,
    /// How they were laid out.
    pub layout: Layout,
}

impl Call {
    /// A request with these headers.
    pub fn new(service: &Service, at: At, headers: &HeaderMap) -> Self {
        let endpoint = service.models.endpoint(at.place);
        // The server has given one to every request that brought none.
        let id = headers.get(REQUEST_ID).cloned().unwrap_or(HeaderValue::from_static("-"));
        let model = |at: usize| service.models.slot(at).model();
        let mut call = Self {
            place: at.place,
            id,
            start: Instant::now(),
            role: Role::Champion,
            model: model(endpoint.champion),
            instead: None,
        };
        if let Some(share) = &endpoint.challenger {
            match share.decides(headers, &call.id) {
                Some(true) => (call.role, call.model) = (Role::Challenger, model(share.model)),
                Some(false) => {}
                None => call.instead = Some(model(share.model)),
            }
        }
        call
    }

    /// Whether the rows say who answers.
    pub fn depends_on_rows(&self) -> bool {
        self.instead.is_some()
    }

    fn endpoint<'s>(&self, service: &'s Service) -> &'s Endpoint {
        service.models.endpoint(self.place)
    }

    /// Reads the rows of a body for the model that is to answer them.
    ///
    /// # Errors
    /// As of [`Body::read`].
    pub fn read(&self, service: &Service, body: Body, bytes: &[u8], policy: Policy) -> Result<Read<'_>, Refusal> {
        let mut read = read_for(&self.model, self.role, service, body, bytes, policy)?;
        if let (Some(other), Some(share)) = (&self.instead, &self.endpoint(service).challenger)
            && share.takes_first(&read.rows)
        {
            read = read_for(other, Role::Challenger, service, body, bytes, policy)?;
        }
        service.metrics.problems(&read.rows.refused);
        Ok(read)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// As of [`Body::read`] and [`Model::score`], and those of `write`.
    pub fn answer(&self, service: &Service, question: &Question) -> Result<Answered, Refusal> {
        let Read { model, role, rows, layout } = self.read(service, question.body, &question.bytes, question.policy)?;
        service.metrics.scored();
        let scored = model.score(rows, service.logs(self))?;
        self.conclude(service, question, (model, role), scored, &layout)
    }

    /// The answer that scores are, with all that is counted and kept of it.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn conclude(
        &self,
        service: &Service,
        question: &Question,
        (model, role): (&Arc<Model>, Role),
        scored: Scored,
        layout: &Layout,
    ) -> Result<Answered, Refusal> {
        service.metrics.problems(&scored.warnings);
        let answer = (question.write)(model, &scored, layout)?;
        model.counts.answered(&model.package.info, &scored.scores);
        model.counts.latency.add(self.start.elapsed());
        let endpoint = self.endpoint(service);
        if let (Some(log), Scored { kept: Some(rows), scores, .. }) = (&service.predictions, scored) {
            let (id, name, model) = (self.id.clone(), Arc::clone(&endpoint.name), Arc::clone(model));
            log.add(Entry { time: SystemTime::now(), id, name, role, model, rows, scores }, question.bytes.len());
        }
        let shadow = endpoint.shadow_of(role).map(|shadow| Job {
            id: self.id.clone(),
            name: Arc::clone(&endpoint.name),
            model: service.models.slot(shadow).model(),
            body: question.body,
            policy: question.policy,
            bytes: question.bytes.clone(),
        });
        Ok(Answered { bytes: answer, model: Arc::clone(model), shadow })
    }
}

fn read_for<'c>(
    model: &'c Arc<Model>,
    role: Role,
    service: &Service,
    body: Body,
    bytes: &[u8],
    policy: Policy,
) -> Result<Read<'c>, Refusal> {
    let mut rows = Rows::new(&model.contract, policy, service.settings.limits.rows);
    let layout = body.read(bytes, &mut rows)?;
    Ok(Read { model, role, rows, layout })
}

/// An answer, and what is left to do once it is sent.
pub struct Answered {
    /// The answer.
    pub bytes: Vec<u8>,
    /// Which model answered.
    pub model: Arc<Model>,
    /// What another model is to answer too.
    pub shadow: Option<Job>,
}

impl Answered {
    /// As HTTP has it.
    pub fn respond(self, service: &Service) -> Response {
        let body = match (self.shadow, &service.shadow) {
            (Some(job), Some(shadow)) => Followed::by(self.bytes, job, Arc::clone(shadow)),
            _ => self.bytes.into(),
        };
        let mut response = reply::bytes(StatusCode::OK, reply::JSON, body);
        response.headers_mut().insert(MODEL, self.model.header.clone());
        response
    }
}
