//! Where tables come from, one file each. A source gives a table of text, unchanged and checked.

pub mod builtin;
mod compressed;
pub mod csv_file;
pub mod json_lines;
#[cfg(feature = "parquet")]
pub mod parquet_file;
