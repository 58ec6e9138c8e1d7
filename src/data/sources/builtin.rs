//! Real tables that ship inside the binary, from `linfa-datasets`.

use crate::data::{Column, Table};
use crate::error::Result;
use crate::yaml::Located;

/// Names of the tables.
pub const NAMES: &[&str] = &["winequality"];

/// A builtin table as text.
///
/// # Errors
/// Exit code 2 for a name that is not one of [`NAMES`].
pub fn read(name: &Located<String>) -> Result<Table> {
    name.find("builtin table", NAMES)?;
    let wine = linfa_datasets::winequality();
    let mut columns: Vec<Column> = wine
        .feature_names()
        .iter()
        .zip(wine.records().columns())
        .map(|(name, values)| text_column(name, values.iter().map(|v| v.to_string())))
        .collect();
    columns.push(text_column("quality", wine.targets().iter().map(|v| v.to_string())));
    Ok(Table::new(columns))
}

fn text_column(name: &str, values: impl Iterator<Item = String>) -> Column {
    Column::text(name.replace(' ', "_"), values.map(Some).collect())
}

/// Column names of a builtin table, without reading it whole.
pub fn columns(name: &Located<String>) -> Result<Vec<String>> {
    Ok(read(name)?.names().into_iter().map(str::to_owned).collect())
}
