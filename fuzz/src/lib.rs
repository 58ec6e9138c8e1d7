//! What must hold for any input: one function a target, that panics where it does not.
//!
//! The fuzz targets call them, and so does `tests/cli/fuzz.rs` with mutated seeds, where there is no fuzzer.

mod csv;
mod expression;
mod model;
mod request;
mod sample;
mod text;
mod yaml;

pub use csv::csv;
pub use expression::expression;
pub use model::model;
pub use request::request;
pub use text::text;
pub use yaml::yaml;
