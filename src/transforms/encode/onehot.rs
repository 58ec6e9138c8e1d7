//! One feature per level, as one sparse block for all columns.

use std::borrow::Cow;
use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::levels::{Lookup, count};
use super::take;
use crate::data::{Block, Categories, SparseBlock, Table};
use crate::error::Result;
use crate::transforms::Features;
use crate::transforms::columns::{as_levels, require};

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
        Ok(Self { columns })
    }

    pub fn apply(&self, mut features: Features) -> Result<Features> {
        if self.columns.is_empty() {
            return Ok(features);
        }
        let columns = self.columns.iter().map(|c| take(&mut features, &c.column)).collect::<Result<Vec<_>>>()?;
        let levels: Vec<Cow<Categories>> = columns.iter().map(as_levels).collect();
        let mut names = Vec::new();
        let mut parts = Vec::with_capacity(levels.len());
        for (column, categories) in self.columns.iter().zip(&levels) {
            parts.push((categories.codes.as_slice(), column.lookup(categories, names.len())));
            column.push_names(&mut names);
        }
        let mut block = SparseBlock { width: names.len(), ..SparseBlock::default() };
        block.starts.reserve(features.rows + 1);
        block.indices.reserve(features.rows * parts.len());
        block.starts.push(0);
        for row in 0..features.rows {
            // Columns come in the order of their features, so the indices rise.
            block.indices.extend(parts.iter().filter_map(|(codes, lookup)| lookup.get(codes[row])));
            block.starts.push(block.indices.len());
        }
        block.values = vec![1.0; block.indices.len()];
        features.blocks.push((names, Block::Sparse(block)));
        Ok(features)
    }
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
    fn lookup(&self, categories: &Categories, first: usize) -> Lookup<Option<u32>> {
        let feature = |at: usize| Some((first + at) as u32);
        let other = if self.other { feature(self.levels.len()) } else { None };
        let missing = if self.missing { feature(self.levels.len() + usize::from(self.other)) } else { None };
        Lookup::new(categories, &self.levels, |known| known.map_or(other, feature), missing)
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
