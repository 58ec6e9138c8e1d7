//! What deserves a second look, put in order.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::summary::{ColumnSummary, Correlations, Exploration, Matrix};
use super::{Finding, Flag};
use crate::data::{Kind, Task};

/// Share of nulls that is told, and that weighs more.
const MISSING: [f64; 2] = [0.05, 0.5];
/// Share of one value that makes a column nearly constant.
const NEARLY: f64 = 0.99;
/// Share of the rarest class that is told, and that weighs more.
const RARE: [f64; 2] = [0.2, 0.05];
/// Share of repeated rows that weighs more.
const MANY_DUPLICATES: f64 = 0.1;
/// Levels from which on a category has many.
const LEVELS: u64 = 50;
/// Strength from which on two columns say the same.
const SAME: f64 = 0.95;
/// Skewness and share of outliers that are told.
const SKEWED: f64 = 5.0;
const OUTLIERS: f64 = 0.05;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It makes scores wrong.
    High,
    /// It should be decided on.
    Medium,
    /// It is good to know.
    Low,
}

/// Something that deserves a second look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Insight {
    /// How much it weighs.
    pub severity: Severity,
    /// The column it is about; none where it is about the table.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    /// What it is.
    #[serde(flatten)]
    pub matter: Matter,
}

/// What can deserve a second look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Matter {
    /// A column alone predicts the target, on rows it was not fitted on.
    Leak {
        /// `roc_auc`, or `r2` for a numeric target.
        metric: String,
        /// Its value.
        score: f64,
    },
    /// Rows have no target.
    Unlabelled {
        /// How many.
        rows: u64,
        /// Their share.
        share: f64,
    },
    /// A class is rare.
    Imbalance {
        /// The rarest class.
        class: String,
        /// Its share of the rows that have a target.
        share: f64,
    },
    /// Nearly every row has a value of its own.
    IdLike {
        /// Distinct values.
        distinct: u64,
        /// Rows with a value.
        rows: u64,
    },
    /// No row has a value.
    Empty,
    /// Every row has the same value.
    Constant,
    /// Rows repeat earlier ones.
    Duplicates {
        /// How many.
        rows: u64,
        /// Their share.
        share: f64,
    },
    /// Rows have no value.
    Missing {
        /// How many.
        rows: u64,
        /// Their share.
        share: f64,
    },
    /// Nearly all rows have the same value.
    NearlyConstant {
        /// Share of the rows with a value that have it.
        share: f64,
    },
    /// Two columns say the same.
    Correlated {
        /// The other column.
        with: String,
        /// `pearson`, `spearman` or `cramers_v`.
        measure: String,
        /// Its value.
        value: f64,
    },
    /// A category has very many levels.
    ManyLevels {
        /// How many.
        levels: u64,
    },
    /// A long tail.
    Skewed {
        /// Skewness.
        skewness: f64,
    },
    /// Values far from the others, by Tukey's fences.
    Outliers {
        /// How many rows.
        rows: u64,
        /// Their share of the rows with a value.
        share: f64,
    },
}

impl Matter {
    /// Place among matters of one severity, and what is graver among the same.
    fn rank(&self) -> (u8, f64) {
        match self {
            Matter::Leak { score, .. } => (0, *score),
            Matter::Unlabelled { share, .. } => (1, *share),
            Matter::Imbalance { share, .. } => (2, -share),
            Matter::IdLike { .. } => (3, 0.0),
            Matter::Empty => (4, 0.0),
            Matter::Constant => (5, 0.0),
            Matter::Duplicates { share, .. } => (6, *share),
            Matter::Missing { share, .. } => (7, *share),
            Matter::NearlyConstant { share } => (8, *share),
            Matter::Correlated { value, .. } => (9, value.abs()),
            Matter::ManyLevels { levels } => (10, *levels as f64),
            Matter::Skewed { skewness } => (11, skewness.abs()),
            Matter::Outliers { share, .. } => (12, *share),
        }
    }
}

/// Everything worth a look, the gravest first; equal ones in the order of the columns.
pub fn insights(found: &Exploration, suspects: &[Flag]) -> Vec<Insight> {
    let mut all: Vec<Insight> = of_table(found);
    all.extend(suspects.iter().filter_map(|flag| suspect(found, flag)));
    let constant: HashSet<&str> =
        suspects.iter().filter(|f| f.finding == Finding::Constant).map(|f| f.column.as_str()).collect();
    for column in &found.columns {
        let is_constant = constant.contains(column.name.as_str());
        all.extend(of_column(column, is_constant).into_iter().map(|(severity, matter)| Insight {
            severity,
            column: Some(column.name.clone()),
            matter,
        }));
    }
    all.extend(correlated(found));
    all.sort_by(|a, b| {
        let ((a_place, a_weight), (b_place, b_weight)) = (a.matter.rank(), b.matter.rank());
        (a.severity, a_place).cmp(&(b.severity, b_place)).then(b_weight.total_cmp(&a_weight))
    });
    all
}

fn suspect(found: &Exploration, flag: &Flag) -> Option<Insight> {
    let (severity, matter) = match &flag.finding {
        Finding::Leak { metric, score } => (Severity::High, Matter::Leak { metric: metric.clone(), score: *score }),
        Finding::IdLike { distinct, rows } => (Severity::Medium, Matter::IdLike { distinct: *distinct, rows: *rows }),
        // A column without any value is told as such.
        Finding::Constant if found.column(&flag.column).is_some_and(|c| c.distinct == 0) => return None,
        Finding::Constant => (Severity::Medium, Matter::Constant),
    };
    Some(Insight { severity, column: Some(flag.column.clone()), matter })
}

fn of_table(found: &Exploration) -> Vec<Insight> {
    let mut all = Vec::new();
    let share = |rows: u64| rows as f64 / found.rows.max(1) as f64;
    if found.duplicate_rows > 0 {
        let (rows, share) = (found.duplicate_rows, share(found.duplicate_rows));
        let severity = if share >= MANY_DUPLICATES { Severity::Medium } else { Severity::Low };
        all.push(Insight { severity, column: None, matter: Matter::Duplicates { rows, share } });
    }
    let Some(target) = &found.target else { return all };
    let column = Some(target.column.clone());
    if target.missing > 0 {
        let matter = Matter::Unlabelled { rows: target.missing, share: share(target.missing) };
        all.push(Insight { severity: Severity::Medium, column: column.clone(), matter });
    }
    let labelled = found.rows - target.missing;
    let rarest = target.classes.iter().min_by_key(|class| class.rows).filter(|_| target.task != Task::Regression);
    if let Some(rarest) = rarest {
        // What is rare among many classes is rarer than one of two.
        let fair = 2.0 / target.distinct.max(2) as f64;
        let share = rarest.rows as f64 / labelled.max(1) as f64;
        if share < RARE[0] * fair {
            let severity = if share < RARE[1] * fair { Severity::Medium } else { Severity::Low };
            all.push(Insight { severity, column, matter: Matter::Imbalance { class: rarest.level.clone(), share } });
        }
    }
    all
}

fn of_column(column: &ColumnSummary, is_constant: bool) -> Vec<(Severity, Matter)> {
    let mut all = Vec::new();
    if column.distinct == 0 {
        return vec![(Severity::Medium, Matter::Empty)];
    }
    if column.missing_share >= MISSING[0] {
        let severity = if column.missing_share >= MISSING[1] { Severity::Medium } else { Severity::Low };
        all.push((severity, Matter::Missing { rows: column.missing, share: column.missing_share }));
    }
    if is_constant {
        return all;
    }
    if let Some(share) = column.most_frequent_share.filter(|share| *share >= NEARLY) {
        all.push((Severity::Low, Matter::NearlyConstant { share }));
        return all;
    }
    if column.kind == Kind::Category && column.distinct > LEVELS {
        all.push((Severity::Low, Matter::ManyLevels { levels: column.distinct }));
    }
    if let Some(numbers) = column.numbers.as_ref().filter(|_| column.kind != Kind::Date) {
        let skewness = numbers.skewness.filter(|skewness| skewness.abs() >= SKEWED);
        all.extend(skewness.map(|skewness| (Severity::Low, Matter::Skewed { skewness })));
        let (rows, share) = (numbers.outliers.fences, numbers.outliers.fences_share);
        // Where most values are the same, whatever differs lies outside the fences.
        let [_, _, first, _, third, ..] = numbers.quantiles;
        if share >= OUTLIERS && first < third {
            all.push((Severity::Low, Matter::Outliers { rows, share }));
        }
    }
    all
}

/// Pairs that say the same, each by its strongest measure; the target aside.
fn correlated(found: &Exploration) -> Vec<Insight> {
    let Correlations { pearson, spearman, cramers_v, .. } = &found.correlations;
    let target = found.target.as_ref().map(|target| target.column.as_str());
    let mut pairs: Vec<(&str, &str, &str, f64)> = Vec::new();
    for (measure, matrix) in [("pearson", pearson), ("spearman", spearman), ("cramers_v", cramers_v)] {
        for (a, b, value) in strong(matrix).filter(|(a, b, _)| Some(*a) != target && Some(*b) != target) {
            match pairs.iter_mut().find(|(other_a, other_b, ..)| *other_a == a && *other_b == b) {
                Some(known) if value.abs() > known.3.abs() => (known.2, known.3) = (measure, value),
                Some(_) => {}
                None => pairs.push((a, b, measure, value)),
            }
        }
    }
    let insight = |(a, b, measure, value): (&str, &str, &str, f64)| Insight {
        severity: Severity::Low,
        column: Some(a.to_owned()),
        matter: Matter::Correlated { with: b.to_owned(), measure: measure.to_owned(), value },
    };
    pairs.into_iter().map(insight).collect()
}

fn strong(matrix: &Matrix) -> impl Iterator<Item = (&str, &str, f64)> {
    matrix.values.iter().enumerate().flat_map(move |(i, row)| {
        let pairs = row.iter().enumerate().skip(i + 1);
        pairs.filter_map(move |(j, value)| {
            let value = value.filter(|value| value.abs() >= SAME)?;
            Some((matrix.columns[i].as_str(), matrix.columns[j].as_str(), value))
        })
    })
}
