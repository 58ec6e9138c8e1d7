//! The project's own table and model matrix, their schema, reading and writing.

mod column;
mod matrix;
mod random;
mod strings;
mod table;
mod target;

pub use column::{Categories, Column, Kind, NULL_CODE, Values};
pub use matrix::{Block, Matrix, SparseBlock};
pub use random::SplitMix64;
pub use strings::Strings;
pub use table::Table;
pub use target::{Scores, Target};
