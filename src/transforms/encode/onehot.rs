//! One feature per level, as one sparse block for all columns.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::levels::{Lookup, count};
use super::take;
use crate::data::{Block, Categories, SparseBlock, Table};
use crate::error::Result;
use crate::transforms::Features;
use crate::transforms::columns::{as_levels, require};

/// Stands for no feature.
const ABSENT: u32 = u32::MAX;

/// Which levels share one feature.
pub struct Grouping {
    /// Levels of fewer training rows are grouped.
    pub min_count: usize,
    /// All but this many of the most frequent levels are grouped.
    pub max_levels: Option<usize>,
}

#[derive(Serialize, Deserialize)]
pub struct OneHot {
    columns: Vec<HotColumn>,
    /// Of all features, made once.
    #[serde(skip)]
    names: OnceLock<Arc<[String]>>,
}

/// Features of a column: its levels, then `other`, then `missing`.
#[derive(Serialize, Deserialize)]
struct HotColumn {
    column: String,
    /// Sorted by text.
    levels: Vec<String>,
    other: bool,
    missing: bool,
}

impl OneHot {
    pub fn fit(table: &Table, names: &[String], grouping: &Grouping) -> Result<Self> {
        let columns = names
            .iter()
            .map(|name| Ok(HotColumn::fit(name, &as_levels(require(table, name)?), grouping)))
            .collect::<Result<_>>()?;
        Ok(Self { columns, names: OnceLock::new() })
    }

    pub fn apply(&self, mut features: Features) -> Result<Features> {
        if self.columns.is_empty() {
            return Ok(features);
        }
        let columns = self.columns.iter().map(|c| take(&mut features, &c.column)).collect::<Result<Vec<_>>>()?;
        let levels: Vec<Cow<Categories>> = columns.iter().map(as_levels).collect();
        let (mut width, mut parts) = (0, Vec::with_capacity(levels.len()));
        for (column, categories) in self.columns.iter().zip(&levels) {
            parts.push((categories.codes.as_slice(), column.lookup(categories, width)));
            width += column.width();
        }
        let block = block(&parts, features.rows, width);
        features.blocks.push((Arc::clone(self.names()), Block::Sparse(block)));
        Ok(features)
    }
}

impl OneHot {
    fn names(&self) -> &Arc<[String]> {
        self.names.get_or_init(|| {
            let mut names = Vec::new();
            self.columns.iter().for_each(|column| column.push_names(&mut names));
            names.into()
        })
    }

    /// The features, each with the column that it is a level of.
    pub fn origins(&self) -> Vec<(String, String)> {
        let of_column = |hot: &HotColumn| {
            let mut names = Vec::new();
            hot.push_names(&mut names);
            names.into_iter().map(|name| (name, hot.column.clone())).collect::<Vec<_>>()
        };
        self.columns.iter().flat_map(of_column).collect()
    }
}

/// One row after the other; within a row, columns come in the order of their features, so indices rise.
fn block(parts: &[(&[u32], Lookup<u32>)], rows: usize, width: usize) -> SparseBlock {
    let mut indices = vec![0; rows * parts.len()];
    let mut starts = Vec::with_capacity(rows + 1);
    let mut end = 0;
    starts.push(end);
    for row in 0..rows {
        for (codes, lookup) in parts {
            // Written always and counted if present: cheaper than a branch that is hard to foresee.
            let feature = lookup.get(codes[row]);
            indices[end] = feature;
            end += usize::from(feature != ABSENT);
        }
        starts.push(end);
    }
    indices.truncate(end);
    SparseBlock { width, starts, values: vec![1.0; end], indices }
}

impl HotColumn {
    fn fit(name: &str, categories: &Categories, grouping: &Grouping) -> Self {
        let counts = count(categories);
        let all = counts.levels.len();
        let mut kept: Vec<(String, usize)> =
            counts.levels.into_iter().filter(|(_, count)| *count >= grouping.min_count).collect();
        if let Some(most) = grouping.max_levels.filter(|most| kept.len() > *most) {
            // The sort is stable, so of equally frequent levels the smaller texts stay.
            kept.sort_by_key(|(_, count)| Reverse(*count));
            kept.truncate(most);
            kept.sort_unstable();
        }
        Self {
            column: name.to_owned(),
            other: kept.len() < all,
            missing: counts.nulls > 0,
            levels: kept.into_iter().map(|(level, _)| level).collect(),
        }
    }

    /// The feature of each level code, `first` being that of this column's first.
    fn lookup(&self, categories: &Categories, first: usize) -> Lookup<u32> {
        let feature = |at: usize| (first + at) as u32;
        let other = if self.other { feature(self.levels.len()) } else { ABSENT };
        let missing = if self.missing { feature(self.levels.len() + usize::from(self.other)) } else { ABSENT };
        Lookup::new(categories, &self.levels, |known| known.map_or(other, feature), missing)
    }

    /// How many features it becomes.
    fn width(&self) -> usize {
        self.levels.len() + usize::from(self.other) + usize::from(self.missing)
    }

    fn push_names(&self, names: &mut Vec<String>) {
        names.extend(self.levels.iter().map(|level| format!("{}={level}", self.column)));
        for (present, group) in [(self.other, "other"), (self.missing, "missing")] {
            if present {
                // A level may be called the same.
                let mut group = group.to_owned();
                while self.levels.contains(&group) {
                    group.push('_');
                }
                names.push(format!("{}={group}", self.column));
            }
        }
    }
}
