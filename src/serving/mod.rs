//! `mlops serve`: a model file answers over HTTP, by the very code of `predict`.
//!
//! A request's way: [`Server`] accepts it and keeps its time limits, `App` counts and logs it, [`Guard`] says whether it may
//! be asked, a file of `routes/` answers it. There a `Call` takes the model that is to answer, the [`contract`] makes rows
//! of its bytes, [`ModelPackage`](crate::package::ModelPackage) scores them as it does for `predict`, and `answer.rs` writes
//! what it says. `models/` holds what is served and loads it anew; what is done beside the answers, by shadows and the log
//! of predictions, goes through a `Queue` each.

mod access;
mod answer;
mod app;
mod call;
pub mod contract;
mod deadlines;
mod gather;
mod guard;
mod log;
mod metrics;
mod models;
mod openapi;
mod pages;
mod patience;
mod predictions;
mod queue;
mod refusal;
mod reload;
mod reply;
mod rotating;
mod routes;
mod server;
mod service;
mod shadow;
mod stop;
mod tls;

pub use guard::{Guard, Tokens};
pub use log::LineLog;
pub use models::{Models, Notes, Source};
pub use predictions::PredictionLog;
pub use server::{Listen, Server};
pub use service::{Limits, Logs, Service, Settings};
pub use stop::Stop;
pub use tls::Tls;

#[cfg(test)]
mod tests;
