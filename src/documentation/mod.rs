//! What the program says of its config files: JSON Schemas for editors and a reference for people, made from the
//! config types and the registries of transforms, algorithms and metrics, so that they say what is read.

mod configuration;
mod schemas;
mod terms;
#[cfg(test)]
mod tests;

pub use configuration::configuration;
pub use schemas::{file_name, schemas};
