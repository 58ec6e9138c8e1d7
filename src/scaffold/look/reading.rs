//! The files as text.

use super::findings::{Part, Source};
use super::{Placement, Request, names};
use crate::data::sources::csv_file::{self, CsvOptions};
use crate::data::Table;
use crate::error::Result;
use crate::event::Observer;

/// The rows of all files, those of the training file first.
pub struct Tables {
    /// All rows.
    pub table: Table,
    /// How many of them are to learn from.
    pub train: usize,
    /// The files.
    pub sources: Vec<Source>,
    /// The sign between values, where there is one.
    pub delimiter: Option<u8>,
}

/// Reads the table, and the one to test on.
///
/// # Errors
/// As for reading a source; exit code 3 where the two files have other columns.
pub fn read(request: &Request, observer: &dyn Observer) -> Result<Tables> {
    let shown = request.data.display().to_string();
    let table = csv_file::read(&request.data, &shown, &CsvOptions::default(), observer)?;
    let file = match request.placement {
        Placement::InPlace => shown,
        _ => format!("data/external/{}", names::stored(&request.data)),
    };
    let source = Source { found: request.data.clone(), file, part: None::<Part>, rows: table.rows(), layout: Vec::new(), first_rows: Vec::new(), notes: Vec::new() };
    Ok(Tables { train: table.rows(), table, sources: vec![source], delimiter: Some(b',') })
}
