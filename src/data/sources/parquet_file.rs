//! Parquet files, through Polars; behind the `parquet` feature, since Polars alone doubles a clean build.

use std::path::Path;

use polars::prelude::{Column as Frame, DataType, ParquetReader, PolarsError, PolarsResult, SerReader, TimeUnit};

use crate::data::{Column, Strings, Table, dates, memory};
use crate::error::{Error, Result};
use crate::fs;

/// Bytes in memory for each byte of a file, which is compressed: as a frame, and as text.
const EXPANSION: u64 = 10;
const SECONDS_A_DAY: i64 = 86_400;

/// Reads a whole Parquet file as text; nulls stay nulls, dates and times are written as ISO 8601, numbers with
/// the decimal sign that texts are read with.
///
/// # Errors
/// Exit code 1 where it is too large, 3 for a file that is no Parquet, or has columns that are no plain values.
pub fn read(path: &Path, shown: &str, decimal_comma: bool) -> Result<Table> {
    let file = fs::open(path)?;
    memory::check(fs::size(path)?.saturating_mul(EXPANSION), &format!("reading `{shown}`"))?;
    let broken = |e: PolarsError| Error::data(format!("`{shown}` is no readable Parquet file")).because(e);
    let frame = ParquetReader::new(file).finish().map_err(broken)?;
    let columns = frame.columns().iter().map(|column| {
        let refuse =
            || Error::data(format!("`{shown}`, column `{}`: {} are no plain values", column.name(), column.dtype()));
        if column.dtype().is_nested() {
            return Err(refuse().hint("take the column out, or write its parts as columns of their own"));
        }
        let mut values = texts(column).map_err(|e| refuse().because(e))?;
        if decimal_comma && column.dtype().is_float() {
            values = values.iter().map(|text| text.map(|text| text.replace('.', ","))).collect();
        }
        Ok(Column::text(column.name().as_str(), values))
    });
    Ok(Table::new(columns.collect::<Result<Vec<_>>>()?))
}

fn texts(column: &Frame) -> PolarsResult<Strings> {
    // Days and fractions of seconds since 1970; Polars' own texts of them differ from ISO 8601.
    let units_a_second = match column.dtype() {
        DataType::Date => return instants(&column.cast(&DataType::Int32)?, |days| i64::from(days) * SECONDS_A_DAY),
        DataType::Datetime(TimeUnit::Nanoseconds, _) => 1_000_000_000,
        DataType::Datetime(TimeUnit::Microseconds, _) => 1_000_000,
        DataType::Datetime(TimeUnit::Milliseconds, _) => 1_000,
        // Lengths of time and times of day are numbers, in the unit of the file.
        DataType::Duration(_) | DataType::Time => {
            return Ok(column.cast(&DataType::Int64)?.cast(&DataType::String)?.str()?.iter().collect());
        }
        _ => return Ok(column.cast(&DataType::String)?.str()?.iter().collect()),
    };
    let values = column.cast(&DataType::Int64)?;
    let instants = values.i64()?.iter();
    Ok(instants.map(|value| value.map(|value| dates::format_iso(value.div_euclid(units_a_second)))).collect())
}

fn instants(days: &Frame, seconds: impl Fn(i32) -> i64) -> PolarsResult<Strings> {
    Ok(days.i32()?.iter().map(|value| value.map(|value| dates::format_iso(seconds(value)))).collect())
}

#[cfg(test)]
mod tests {
    use polars::prelude::{ParquetWriter, df};

    use super::*;
    use crate::data::Values;

    #[test]
    fn a_file_that_polars_wrote_is_read_as_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let mut frame = df!(
            "n" => [Some(1i64), None, Some(-3)],
            "x" => [0.5f64, 1e300, 2.0],
            "t" => [Some("a,b"), Some(""), None],
            "b" => [true, false, true],
            "d" => [0i32, 19_782, -1],
            "at" => [0i64, 1_500, -1],
        )
        .unwrap();
        let typed = |name: &str, dtype: &DataType| frame.column(name).unwrap().cast(dtype).unwrap();
        let dates = [typed("d", &DataType::Date), typed("at", &DataType::Datetime(TimeUnit::Milliseconds, None))];
        for column in dates {
            frame.with_column(column).unwrap();
        }
        ParquetWriter::new(std::fs::OpenOptions::new().write(true).create(true).open(&path).unwrap())
            .finish(&mut frame)
            .unwrap();
        let table = read(&path, "x.parquet", false).unwrap();
        let texts = |name: &str| match &table.column(name).unwrap().values {
            Values::Text(texts) => texts.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>(),
            _ => unreachable!(),
        };
        let expected = |values: [Option<&str>; 3]| values.map(|value| value.map(str::to_owned)).to_vec();
        assert_eq!(texts("n"), expected([Some("1"), None, Some("-3")]));
        assert_eq!(texts("t"), expected([Some("a,b"), Some(""), None]));
        assert_eq!(texts("b"), expected([Some("true"), Some("false"), Some("true")]));
        assert_eq!(texts("d"), expected([Some("1970-01-01"), Some("2024-02-29"), Some("1969-12-31")]));
        assert_eq!(
            texts("at"),
            expected([Some("1970-01-01"), Some("1970-01-01T00:00:01"), Some("1969-12-31T23:59:59")])
        );
        let numbers: Vec<f64> = texts("x").into_iter().map(|text| text.unwrap().parse().unwrap()).collect();
        assert_eq!(numbers, [0.5, 1e300, 2.0]);
        let table = read(&path, "x.parquet", true).unwrap();
        assert!(matches!(&table.column("x").unwrap().values, Values::Text(texts) if texts.get(0) == Some("0,5")));
        fs::atomic_write_bytes(&path, b"PAR1 and no more").unwrap();
        assert_eq!(read(&path, "x", false).unwrap_err().message(), "`x` is no readable Parquet file");
    }
}
