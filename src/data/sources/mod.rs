//! Where tables come from, one file each. A source gives a table of text, unchanged and checked.

pub mod builtin;
pub mod csv_file;
pub mod json_lines;
