//! Real tables that ship inside the binary, from `linfa-datasets`.

use linfa_datasets::{diabetes, iris, winequality};

use crate::data::{Column, Table};
use crate::error::Result;
use crate::yaml::Located;

/// Names of the tables.
pub const NAMES: &[&str] = &["winequality", "iris", "diabetes"];

/// The columns of `diabetes` as scikit-learn names them; linfa's names are of other measurements.
const DIABETES: [&str; 10] = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"];
const SPECIES: [&str; 3] = ["setosa", "versicolor", "virginica"];

/// A builtin table as text.
///
/// # Errors
/// Exit code 2 for a name that is not one of [`NAMES`].
pub fn read(name: &Located<String>) -> Result<Table> {
    name.find("builtin table", NAMES)?;
    Ok(match name.as_str() {
        "iris" => {
            let iris = iris();
            let species =
                iris.targets().iter().map(|class| SPECIES.get(*class).copied().unwrap_or_default().to_owned());
            table(iris.feature_names(), iris.records().columns(), "species", species)
        }
        "diabetes" => {
            let diabetes = diabetes();
            let progression = diabetes.targets().iter().map(|v| v.to_string());
            table(&DIABETES.map(str::to_owned), diabetes.records().columns(), "progression", progression)
        }
        _ => {
            let wine = winequality();
            let quality = wine.targets().iter().map(|v| v.to_string());
            table(wine.feature_names(), wine.records().columns(), "quality", quality)
        }
    })
}

fn table<'a, V: IntoIterator<Item = &'a f64>>(
    names: &[String],
    features: impl IntoIterator<Item = V>,
    target: &str,
    labels: impl Iterator<Item = String>,
) -> Table {
    let text = |name: &str, values: &mut dyn Iterator<Item = String>| {
        Column::text(name.replace(' ', "_"), values.map(Some).collect())
    };
    let mut columns: Vec<Column> = names
        .iter()
        .zip(features)
        .map(|(name, values)| text(name, &mut values.into_iter().map(f64::to_string)))
        .collect();
    columns.push(text(target, &mut { labels }));
    Table::new(columns)
}

/// Column names of a builtin table.
///
/// # Errors
/// Exit code 2 for a name that is not one of [`NAMES`].
pub fn columns(name: &Located<String>) -> Result<Vec<String>> {
    Ok(read(name)?.names().into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_has_its_rows_and_its_target_last() {
        // linfa takes the first of the 442 rows of diabetes for a header, in features and target alike.
        let first = ["7.4 0.7 0 1.9 0.076 11 34 0.9978 3.51 0.56 9.4 5", "5.1 3.5 1.4 0.2 setosa", ""];
        for ((name, rows, columns, target), first) in
            [("winequality", 1599, 12, "quality"), ("iris", 150, 5, "species"), ("diabetes", 441, 11, "progression")]
                .into_iter()
                .zip(first)
        {
            let table = read(&Located::new(name.to_owned())).unwrap();
            assert_eq!((table.rows(), table.columns().len()), (rows, columns), "{name}");
            assert_eq!(table.names().last(), Some(&target));
            let row: Vec<String> = table.columns().iter().map(|c| format!("{:?}", c.select(&[0]).values)).collect();
            for value in first.split_whitespace() {
                assert!(row.iter().any(|cell| cell.contains(&format!("\"{value}\""))), "{name}: {value} in {row:?}");
            }
        }
        assert!(read(&Located::new("wine".to_owned())).is_err());
    }
}
