//! Figures and pages: pictures of plain data, and what they stand in.

pub mod chart;
pub mod figures;
mod lang;
pub mod scene;

pub use lang::Lang;
pub use scene::Figure;
