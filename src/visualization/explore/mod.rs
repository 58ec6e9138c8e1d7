//! What `explore` finds, in words, as figures and as a page.

mod cards;
mod columns;
mod figures;
mod page;
mod sentence;

pub use figures::{TOPICS, figure};
pub use page::{PageOptions, page};
pub use sentence::{kind, measure, sentence, severity};
