//! Figures and pages: pictures of plain data, and what they stand in.

mod lang;

pub use lang::Lang;
