//! New projects: a look at a whole table, and the files of a project that runs on it at once.
//!
//! [`look`] finds out what the table holds and decides, [`files_of`] writes the decisions down, [`files::write_all`]
//! puts them in a folder and never overwrites what differs. [`templates`] are projects that are known.

pub mod files;
mod look;
pub mod place;
pub mod templates;
mod write;

pub use look::{
    Column, Comment, Duplicates, Findings, Marker, Part, Placement, Request, Role, Source, Split, Target, TypedTable,
    look, read_typed,
};
pub use write::files_of;
