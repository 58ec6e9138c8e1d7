//! Figures and pages: pictures of plain data, and what they stand in.

pub mod compare;
mod dictionary;
pub mod explore;
mod lang;
pub mod markdown;
mod number;
pub mod page;
pub mod run;
mod terms;

pub use dictionary::Dictionary;
pub use lang::Lang;
