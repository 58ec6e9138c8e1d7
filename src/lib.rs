//! `mlops`: from a table and a few YAML files to a reproducible, evaluated, versioned model.

pub mod cli;
pub mod codec;
pub mod config;
pub mod data;
pub mod documentation;
pub mod engine;
pub mod error;
pub mod event;
pub mod exploration;
pub mod fs;
pub mod metrics;
pub mod models;
pub mod package;
pub mod project;
pub mod scaffold;
pub mod serving;
pub mod stages;
pub mod suggestion;
pub mod transforms;
pub mod tuning;
pub mod visualization;
pub mod yaml;
