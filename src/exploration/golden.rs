//! Against pandas, SciPy and scikit-learn, on the tables that `tests/golden/exploration.py` writes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::association::{NumberPair, eta_squared};
use super::coded::Coded;
use super::contingency::Contingency;
use super::number_summary::number_summary;
use super::{ExploreOptions, explore};
use crate::data::{Column, Kind, Table, TargetSpec, Task};

const GOLDEN: &str = include_str!("../../tests/golden/exploration.json");

#[derive(Deserialize)]
struct Golden {
    columns: BTreeMap<String, Vec<Option<f64>>>,
    levels: BTreeMap<String, Vec<u32>>,
    numbers: BTreeMap<String, Numbers>,
    histograms: Vec<(String, f64, f64, usize, Vec<u64>)>,
    pairs: Vec<(String, String, BTreeMap<String, Option<f64>>)>,
    level_pairs: Vec<(String, String, BTreeMap<String, Option<f64>>)>,
    eta_squared: Vec<(String, String, Option<f64>)>,
    roc_auc: Vec<(String, f64)>,
    duplicates: u64,
}

#[derive(Deserialize)]
struct Numbers {
    min: f64,
    max: f64,
    mean: Option<f64>,
    standard_deviation: Option<f64>,
    skewness: Option<f64>,
    kurtosis: Option<f64>,
    quantiles: [f64; 7],
    fences: u64,
    z_score: u64,
}

fn golden() -> Golden {
    serde_json::from_str(GOLDEN).unwrap()
}

impl Golden {
    fn values(&self, name: &str) -> Vec<f64> {
        self.columns[name].iter().map(|v| v.unwrap_or(f64::NAN)).collect()
    }

    fn coded(&self, name: &str) -> Coded {
        Coded::ordered(&self.values(name))
    }

    fn levels(&self, name: &str) -> (&[u32], usize) {
        let codes = &self.levels[name];
        (codes, *codes.iter().max().unwrap() as usize + 1)
    }

    /// Column of levels as texts; 0 is null.
    fn category(&self, name: &str) -> Column {
        let texts: Vec<Option<String>> =
            self.levels[name].iter().map(|c| (*c > 0).then(|| format!("level {c}"))).collect();
        Column::category(name, texts.iter().map(Option::as_deref))
    }
}

/// Within 1e-9, absolute or relative, whichever is larger; undefined where the other is.
fn close(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
        (None, None) => true,
        _ => false,
    }
}

const OPTIONS: ExploreOptions = ExploreOptions { bins: 30, top_levels: 10, correlated: 30, seed: 42 };

#[test]
fn moments_quantiles_and_outliers_equal_pandas() {
    let golden = golden();
    for (name, expected) in &golden.numbers {
        let (found, _) = number_summary(&golden.coded(name), 30).unwrap();
        assert_eq!((found.min, found.max), (expected.min, expected.max), "{name}");
        for (what, found, expected) in [
            ("mean", found.mean, expected.mean),
            ("deviation", found.standard_deviation, expected.standard_deviation),
            ("skewness", found.skewness, expected.skewness),
            ("kurtosis", found.kurtosis, expected.kurtosis),
        ] {
            assert!(close(found, expected), "{name}: {what} {found:?} {expected:?}");
        }
        for (found, expected) in found.quantiles.iter().zip(expected.quantiles) {
            assert!(close(Some(*found), Some(expected)), "{name}: {found} {expected}");
        }
        assert_eq!((found.outliers.fences, found.outliers.z_score), (expected.fences, expected.z_score), "{name}");
    }
}

#[test]
fn histograms_equal_numpy() {
    let golden = golden();
    for (name, low, high, bins, counts) in &golden.histograms {
        let (found, _) = number_summary(&golden.coded(name), *bins).unwrap();
        let histogram = found.histogram;
        assert_eq!((histogram.low, histogram.high, &histogram.counts), (*low, *high, counts), "{name}");
    }
}

#[test]
fn correlations_of_numbers_equal_scipy_and_pandas() {
    let golden = golden();
    assert_eq!(golden.pairs.len(), 36);
    for (a, b, expected) in &golden.pairs {
        let (first, second) = (golden.coded(a), golden.coded(b));
        let pair = NumberPair::of(&first, &second);
        for (what, found) in [("pearson", pair.pearson()), ("spearman", pair.spearman())] {
            assert!(close(found, expected[what]), "{a}, {b}: {what} {found:?} {:?}", expected[what]);
        }
    }
}

#[test]
fn associations_of_levels_equal_scipy_and_scikit_learn() {
    let golden = golden();
    for (a, b, expected) in &golden.level_pairs {
        let table = Contingency::of(golden.levels(a), golden.levels(b));
        for (what, found) in [
            ("chi_squared", Some(table.chi_squared())),
            ("cramers_v", table.cramers_v()),
            ("mutual_information", table.mutual_information()),
            ("normalized_mutual_information", table.normalized_mutual_information()),
        ] {
            assert!(close(found, expected[what]), "{a}, {b}: {what} {found:?} {:?}", expected[what]);
        }
    }
    for (a, b, expected) in &golden.eta_squared {
        let (groups, count) = golden.levels(a);
        let found = eta_squared(&golden.coded(b), groups, count);
        assert!(close(found, *expected), "{a}, {b}: {found:?} {expected:?}");
    }
}

#[test]
fn a_whole_table_says_the_same_at_any_number_of_threads() {
    let golden = golden();
    let mut columns: Vec<Column> =
        golden.columns.keys().map(|name| Column::number(name.clone(), golden.values(name))).collect();
    columns.extend(golden.levels.keys().filter(|name| *name != "three").map(|name| golden.category(name)));
    let is_first = |code: &u32| Some(if *code == 1 { "yes" } else { "no" });
    columns.push(Column::category("y", golden.levels["three"].iter().map(is_first)));
    let table = Table::new(columns);
    let spec = TargetSpec {
        column: "y".into(),
        task: Task::Binary,
        classes: vec!["no".into(), "yes".into()],
        map: Vec::new(),
    };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| explore(&table, Some(&spec), &OPTIONS))
    };
    let found = run(1);
    assert_eq!(serde_json::to_string(&found).unwrap(), serde_json::to_string(&run(8)).unwrap());
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<super::Exploration>(&text).unwrap(), found);
    for (name, expected) in &golden.roc_auc {
        let relation = found.column(name).unwrap().relation.as_ref().unwrap();
        assert!(close(relation.roc_auc, Some(*expected)), "{name}: {relation:?} {expected}");
    }
    assert_eq!(found.correlations.pearson.columns.last().unwrap(), "y");
    // The constant has no relation to anything and is in no matrix.
    assert!(!found.correlations.mutual_information.columns.contains(&"constant".to_owned()));
}

#[test]
fn repeated_rows_equal_pandas() {
    let golden = golden();
    let x = Column { kind: Kind::Integer, ..Column::number("c", golden.values("few values")) };
    let table = Table::new(vec![golden.category("three"), golden.category("uneven"), x]);
    assert_eq!(explore(&table, None, &OPTIONS).duplicate_rows, golden.duplicates);
}
