//! Parquet files, through Polars; behind the `parquet` feature, since Polars alone doubles a clean build.

use std::path::Path;

use polars::prelude::{DataType, ParquetReader, SerReader};

use crate::data::{Column, Table};
use crate::error::{Error, Result};
use crate::fs;

/// Reads a whole Parquet file as text; nulls stay nulls.
///
/// # Errors
/// Exit code 3 for a file that is no Parquet, or has columns that are no plain values.
pub fn read(path: &Path, shown: &str) -> Result<Table> {
    let broken =
        |e: polars::prelude::PolarsError| Error::data(format!("`{shown}` is no readable Parquet file")).because(e);
    let frame = ParquetReader::new(fs::open(path)?).finish().map_err(broken)?;
    if frame.height() == 0 {
        return Err(Error::data(format!("`{shown}` has no rows")).hint("check that it is the right file"));
    }
    let columns = frame
        .columns()
        .iter()
        .map(|column| {
            let texts = column.cast(&DataType::String).map_err(|e| {
                Error::data(format!("`{shown}`, column `{}`: no plain values", column.name())).because(e)
            })?;
            let texts = texts.str().map_err(broken)?.iter().collect();
            Ok(Column::text(column.name().as_str(), texts))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Table::new(columns))
}
