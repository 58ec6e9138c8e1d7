//! The project's own table and model matrix, their schema, reading and writing.

pub mod artifact;
mod column;
pub mod dates;
mod digest;
mod labels;
mod matrix;
pub mod memory;
pub mod plain;
mod profile;
mod random;
pub mod schema;
pub mod sources;
mod strings;
mod table;
mod target;
mod typing;

pub use column::{Categories, Column, Kind, NULL_CODE, Values};
pub use digest::AsIs;
pub use labels::are_ordered;
pub use matrix::{Block, Matrix, Names, SparseBlock};
pub use profile::{ColumnProfile, Profile, quantile};
pub use random::SplitMix64;
pub use schema::{PART, ROW_ID, Schema, TargetSpec};
pub use strings::Strings;
pub use table::Table;
pub use target::{Scores, Target, Task};
pub use typing::{Cell, Memo, Tally, Tidy, TypeChoices, Typed, number};
