//! Where tables come from, one file each. A source gives text, unchanged and checked, some thousand
//! rows at a time, so that no file need fit in memory.

pub mod builtin;
mod compressed;
mod csv_file;
pub mod dialect;
mod file;
pub mod http;
pub mod json_lines;
#[cfg(feature = "parquet")]
mod parquet_file;
pub mod pattern;
mod scan;
mod text;

pub use compressed::Compression;
pub use csv_file::CsvOptions;
pub use file::{FileFormat, FileOptions, columns, first_row, first_row_of, open, open_reader};
pub use text::encoding;

use crate::data::{Column, Strings, Table, Values};
use crate::error::Result;

/// Rows of a source as text, batch by batch.
pub trait Batches {
    /// Column names, the same for every batch.
    fn names(&self) -> &[String];

    /// The next rows, at least one; none after the last.
    ///
    /// # Errors
    /// Exit code 1 where reading fails, 3 with the line where the rows are not what they should be.
    fn next(&mut self) -> Result<Option<Table>>;

    /// What had to be found out about the source, to be told; complete once all rows are read.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A table at hand, as one batch.
pub struct Whole {
    names: Vec<String>,
    table: Option<Table>,
}

impl Whole {
    /// The only batch is `table`; there is none where it has no rows.
    pub fn new(table: Table) -> Self {
        let names = table.names().into_iter().map(str::to_owned).collect();
        Self { names, table: (table.rows() > 0).then_some(table) }
    }
}

impl Batches for Whole {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn next(&mut self) -> Result<Option<Table>> {
        Ok(self.table.take())
    }
}

/// All rows as one table of text, which may have none.
///
/// # Errors
/// As for [`Batches::next`].
pub fn collect(batches: &mut dyn Batches) -> Result<Table> {
    let mut all: Vec<Strings> = batches.names().iter().map(|_| Strings::default()).collect();
    while let Some(table) = batches.next()? {
        for (all, column) in all.iter_mut().zip(table.columns()) {
            if let Values::Text(texts) = &column.values {
                all.append(texts);
            }
        }
    }
    Ok(Table::new(batches.names().iter().zip(all).map(|(name, texts)| Column::text(name.as_str(), texts)).collect()))
}
