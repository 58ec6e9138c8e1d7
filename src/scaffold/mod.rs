//! New projects.

pub mod templates;
