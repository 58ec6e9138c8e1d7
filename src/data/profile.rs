//! What the training data looked like, for monitoring, forms and examples.

use serde::{Deserialize, Serialize};

use super::column::{Column, Kind, Values};
use super::table::Table;

/// Quantile edges kept of a numeric column: minimum, 19 inner edges of 5 % each, maximum make 21.
const QUANTILES: usize = 20;
/// Levels kept of a category.
const TOP_LEVELS: usize = 100;

/// Profile of a table, column by column.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Number of rows.
    pub rows: u64,
    /// Columns in table order.
    pub columns: Vec<ColumnProfile>,
}

/// Profile of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Column name.
    pub name: String,
    /// What it means.
    pub kind: Kind,
    /// Values that are not null.
    pub count: u64,
    /// Share of nulls, 0 to 1.
    pub missing: f64,
    /// Least number or date (in seconds).
    pub min: Option<f64>,
    /// Greatest number or date.
    pub max: Option<f64>,
    /// Whether every number is whole.
    pub whole: bool,
    /// The 0 %, 5 %, …, 100 % quantiles of numbers and dates (linear interpolation).
    pub quantiles: Vec<f64>,
    /// The most frequent levels with their counts, most frequent first, ties by text.
    pub levels: Vec<(String, u64)>,
    /// Number of distinct levels.
    pub distinct: u64,
}

impl Profile {
    /// Profiles a table; ids are left out.
    pub fn of(table: &Table) -> Self {
        let columns = table.columns().iter().filter(|c| c.kind != Kind::Id).map(ColumnProfile::of).collect();
        Self { rows: table.rows() as u64, columns }
    }
}

impl ColumnProfile {
    fn of(column: &Column) -> Self {
        let nulls = (0..column.len()).filter(|row| column.is_null(*row)).count();
        let mut profile = Self {
            name: column.name.clone(),
            kind: column.kind,
            count: (column.len() - nulls) as u64,
            missing: if column.is_empty() { 0.0 } else { nulls as f64 / column.len() as f64 },
            min: None,
            max: None,
            whole: false,
            quantiles: Vec::new(),
            levels: Vec::new(),
            distinct: 0,
        };
        match &column.values {
            Values::Number(values) => profile.numbers(values.iter().copied().filter(|v| !v.is_nan()).collect()),
            Values::Date(values) => profile.numbers(values.iter().flatten().map(|v| *v as f64).collect()),
            Values::Category(values) => {
                let mut counts = vec![0u64; values.levels.len()];
                for code in &values.codes {
                    if let Some(count) = counts.get_mut(*code as usize) {
                        *count += 1;
                    }
                }
                let mut levels: Vec<(String, u64)> =
                    values.levels.iter().cloned().zip(counts).filter(|(_, n)| *n > 0).collect();
                levels.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                profile.distinct = levels.len() as u64;
                levels.truncate(TOP_LEVELS);
                profile.levels = levels;
            }
            Values::Text(_) => {}
        }
        profile
    }

    fn numbers(&mut self, mut values: Vec<f64>) {
        values.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return };
        (self.min, self.max) = (Some(*first), Some(*last));
        self.whole = values.iter().all(|v| v.fract() == 0.0);
        self.quantiles = (0..=QUANTILES).map(|q| quantile(&values, q as f64 / QUANTILES as f64)).collect();
    }
}

/// Quantile of sorted values by linear interpolation, as NumPy's default.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let position = share * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_levels_are_summed_up() {
        let table = Table::new(vec![
            Column::number("x", (0..=100).map(f64::from).chain([f64::NAN]).collect()),
            Column::category("c", (0..102).map(|i| Some(if i % 3 == 0 { "b" } else { "a" }))),
        ]);
        let profile = Profile::of(&table);
        let x = &profile.columns[0];
        assert_eq!((x.count, x.min, x.max, x.whole), (101, Some(0.0), Some(100.0), true));
        assert_eq!((x.quantiles.len(), x.quantiles[1], x.quantiles[10]), (21, 5.0, 50.0));
        assert_eq!(profile.columns[1].levels, [("a".to_owned(), 68), ("b".to_owned(), 34)]);
    }
}
