//! Dataset artifacts: a CSV with its schema beside it.
//!
//! The types are known from the schema, so nothing is guessed; the checksum and the row count are
//! compared, so nothing that was cut or edited is taken for good. An empty field is a null, except
//! in the raw phase, where every value is text as found.

mod blocks;
mod reading;
mod writing;

pub use reading::{RawRows, read};
pub use writing::{write, write_csv, write_csv_rows, write_raw};

use std::io::Read;

use xxhash_rust::xxh3::Xxh3;

use super::schema::Schema;
use crate::error::{Error, Result};
use crate::fs;
use crate::project::{Project, schema_of};

/// Reads the schema beside `csv`, a path relative to the project.
///
/// # Errors
/// Exit code 1 where it is missing, 3 where it is broken or newer than this program.
pub fn read_schema(project: &Project, csv: &str) -> Result<Schema> {
    let shown = schema_of(csv);
    let path = project.path(&shown);
    if !path.exists() {
        return Err(Error::data(format!("`{csv}` or its schema `{shown}` does not exist"))
            .hint("run the stages before this one, or `mlops run-all`"));
    }
    let bytes = fs::read(&path)?;
    let broken = |e: serde_json::Error| {
        Error::data(format!("`{shown}`: not a dataset schema")).because(e).hint("run the stage that writes it again")
    };
    let version: serde_json::Value = serde_json::from_slice(&bytes).map_err(broken)?;
    if version.get("format").and_then(serde_json::Value::as_u64).is_some_and(|v| v > u64::from(Schema::FORMAT)) {
        return Err(Error::data(format!("`{shown}` was written by a newer version of mlops")).hint("update mlops"));
    }
    serde_json::from_slice(&bytes).map_err(broken)
}

/// The schema of a CSV that is as its stage wrote it.
///
/// # Errors
/// Exit code 3 where the bytes are not those the schema was written for.
fn checked_schema(project: &Project, csv: &str) -> Result<Schema> {
    let schema = read_schema(project, csv)?;
    let path = project.path(csv);
    if !path.exists() {
        return Err(
            Error::data(format!("`{csv}` not found")).hint("run the stages before this one, or `mlops run-all`")
        );
    }
    let mut file = fs::open(&path)?;
    let mut digest = Xxh3::new();
    let mut buffer = vec![0; 1 << 18];
    loop {
        match file.read(&mut buffer).map_err(|e| fs::read_error(&path, e))? {
            0 => break,
            read => digest.update(&buffer[..read]),
        }
    }
    if hex(digest.digest()) != schema.checksum {
        return Err(Error::data(format!("`{csv}` was changed after its stage wrote it"))
            .hint("run the stage that writes it again, or `mlops run-all`; make lasting changes in the source or in the configs"));
    }
    Ok(schema)
}

/// An artifact whose bytes are right and whose contents are not what the schema says.
fn unfit(csv: &str, what: impl std::fmt::Display) -> Error {
    Error::data(format!("`{csv}` does not fit its schema: {what}")).hint("run the stage that writes it again")
}

fn hex(digest: u64) -> String {
    format!("{digest:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::schema::Phase;
    use crate::data::{Categories, Column, Kind, NULL_CODE, Table, Values};

    #[test]
    fn every_kind_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("configs")).unwrap();
        fs::atomic_write_bytes(&folder.path().join("configs/config.yaml"), b"").unwrap();
        let project = Project::discover(folder.path()).unwrap();
        let numbers = vec![0.1 + 0.2, -0.0, f64::NAN, 1e300, 5e-324, 123_456_789.0];
        let texts = [Some("a,b"), Some("two\nlines\r"), None, Some(" \"q\" "), Some("é"), Some("NA")];
        let kinds = |kind, name: &str, values| Column { name: name.into(), kind, values };
        let table = Table::new(vec![
            kinds(Kind::Id, "id", Values::Text(texts.into_iter().collect())),
            Column::number("x", numbers.clone()),
            kinds(Kind::Integer, "n", Values::Number(vec![1.0, -2.0, f64::NAN, 9_007_199_254_740_992.0, 0.0, 7.0])),
            kinds(Kind::Bool, "b", Values::Number(vec![1.0, 0.0, f64::NAN, 1.0, 0.0, 1.0])),
            kinds(Kind::Date, "d", Values::Date(vec![Some(0), None, Some(-1), Some(86_400), Some(3), None])),
            kinds(
                Kind::Category,
                "c",
                Values::Category(Categories {
                    codes: vec![0, 1, NULL_CODE, 0, 1, 1],
                    levels: vec!["a \"b\"".into(), "z".into()],
                }),
            ),
        ]);
        write(&project, "data/t.csv", &table, Schema::of(&table, Phase::Clean)).unwrap();
        let (read_back, schema) = read(&project, "data/t.csv").unwrap();
        assert_eq!(schema.rows, 6);
        assert_eq!(format!("{table:?}"), format!("{read_back:?}"));
        let Values::Number(found) = &read_back.column("x").unwrap().values else { panic!() };
        assert!(numbers.iter().zip(found).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())));
    }
}
