//! What a table holds, found from all of its rows, and what is decided about it.

mod classes;
mod columns;
mod dates;
mod decide;
pub(super) mod derived;
mod findings;
mod markers;
pub(super) mod names;
mod reading;
mod survey;
mod suspects;
mod target;
mod typed;

use std::path::PathBuf;

pub use decide::look;
pub use findings::{Column, Comment, Duplicates, Findings, Marker, Part, Role, Source, Split, Target};
pub use typed::{TypedTable, read_typed};

use crate::data::Task;
use crate::data::sources::dialect::Known;

/// What the user asks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The folder of the new project.
    pub folder: PathBuf,
    /// The table.
    pub data: PathBuf,
    /// The address the table was fetched from, and the SHA-256 of its bytes.
    pub url: Option<(String, String)>,
    /// A table of its own to test on.
    pub test: Option<PathBuf>,
    /// The column to predict; none lists the columns.
    pub target: Option<String>,
    /// The task, where it is not to be inferred.
    pub task: Option<Task>,
    /// The positive class, where it is not to be chosen.
    pub positive: Option<String>,
    /// The dataset's name, where it is not to be made of the file's.
    pub name: Option<String>,
    /// The sign between values, where it is not to be found.
    pub delimiter: Option<u8>,
    /// Whether the first line names the columns, where it is not to be found.
    pub header: Option<bool>,
    /// The file inside a zip archive, and the encoding, where they are not to be found.
    pub known: Known,
    /// How the table comes into the project.
    pub placement: Placement,
    /// The snapshot date, YYYYMMDD.
    pub date: String,
}

/// How a table comes into the project.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Placement {
    /// As a copy in `data/external/`.
    #[default]
    Copy,
    /// As a link in `data/external/`.
    Link,
    /// It stays where it is, inside the project.
    InPlace,
}
