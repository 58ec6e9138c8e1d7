//! `mlops serve`: a model file answers over HTTP, by the very code of `predict`.
//!
//! A request's way: [`Server`] accepts it and keeps its time limits, `App` counts and logs it, a file of `routes/` answers
//! it. There the [`contract`] makes rows of its bytes, [`ModelPackage`](crate::package::ModelPackage) scores them as it
//! does for `predict`, and `answer.rs` writes what it says.

mod access;
mod answer;
mod app;
pub mod contract;
mod log;
mod metrics;
mod model;
mod openapi;
mod pages;
mod refusal;
mod reply;
mod routes;
mod server;
mod service;

pub use log::LineLog;
pub use model::Model;
pub use server::{Server, Stop};
pub use service::{Limits, Settings};

#[cfg(test)]
mod tests;
