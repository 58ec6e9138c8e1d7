//! Figures and pages: pictures of plain data, and what they stand in.

pub mod chart;
pub mod compare;
mod dictionary;
pub mod explore;
pub mod figures;
mod lang;
pub mod markdown;
mod number;
pub mod page;
pub mod report;
pub mod run;
pub mod scene;
mod terms;

pub use dictionary::Dictionary;
pub use lang::Lang;
pub use number::significant;
pub use scene::Figure;
