//! Drives the real `mlops` binary, scenario by scenario.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::too_many_lines,
    reason = "a test stops where it fails"
)]

mod architecture;
mod bad_input;
mod commands;
mod compare;
mod dag;
mod determinism;
mod dictionary;
mod diff;
mod docs;
mod doctor;
mod downloads;
mod dvc_config;
mod ensembles;
mod evaluation;
mod examples;
mod exchange;
mod explain;
mod explore;
mod figures;
mod fuzz;
mod init;
mod json_schema;
mod leaks;
mod learning;
mod look;
mod new_rows;
mod notation;
mod parity;
mod parts;
mod places;
mod policy;
mod readme;
mod repair;
mod report;
mod repro;
mod runs;
mod sandbox;
mod serve;
mod serve_access;
mod serve_models;
mod server;
mod sources;
mod spaces;
mod suggest;
mod suspects;
mod terms;
mod text;
mod tune;
mod wine;
