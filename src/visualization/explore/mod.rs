//! What `explore` finds, in words, as figures and as a page.

mod page;
mod sentence;

pub use page::page;
pub use sentence::{kind, measure, sentence, severity};
