//! From counts of terms to the values of a row.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::SparseBlock;

/// What the squares or the sizes of a row's values add up to 1 by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Norm {
    /// The sum of the sizes.
    L1,
    /// The root of the sum of squares.
    L2,
}

/// What is done to the counts of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weighting {
    pub binary: bool,
    pub sublinear_tf: bool,
    pub norm: Option<Norm>,
}

/// Inverse document frequencies, as scikit-learn has them: `ln(rows / documents) + 1`, where `smooth` counts one more
/// row that has every term.
pub fn idf(documents: &[u32], rows: usize, smooth: bool) -> Vec<f64> {
    let more = f64::from(u8::from(smooth));
    documents.iter().map(|df| libm::log((rows as f64 + more) / (f64::from(*df) + more)) + 1.0).collect()
}

/// Rows of one block on their way.
#[derive(Default)]
pub struct RowsBuilder {
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f64>,
}

impl Weighting {
    /// Appends a row of counts, features rising: weighs them, by `idf` where there is one.
    pub fn push_row(&self, counts: impl Iterator<Item = (u32, f64)>, idf: &[f64], rows: &mut RowsBuilder) {
        let start = rows.values.len();
        for (feature, count) in counts {
            let mut value = if self.binary { 1.0 } else { count };
            if self.sublinear_tf {
                value = libm::log(value) + 1.0;
            }
            rows.indices.push(feature);
            rows.values.push(value * idf.get(feature as usize).copied().unwrap_or(1.0));
        }
        let values = &mut rows.values[start..];
        let size = match self.norm {
            None => 0.0,
            Some(Norm::L1) => values.iter().map(|x| x.abs()).sum(),
            Some(Norm::L2) => values.iter().map(|x| x * x).sum::<f64>().sqrt(),
        };
        if size > 0.0 {
            values.iter_mut().for_each(|x| *x /= size);
        }
        rows.starts.push(rows.values.len());
    }
}

/// Each distinct of sorted features with how often it is there.
pub fn counted(sorted: &[u32]) -> impl Iterator<Item = (u32, f64)> {
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f64))
}

/// Puts parts under one another; each is gone once it is copied.
pub fn stacked(parts: Vec<RowsBuilder>, width: usize) -> SparseBlock {
    let rows: usize = parts.iter().map(|part| part.starts.len()).sum();
    let total: usize = parts.iter().map(|part| part.values.len()).sum();
    let mut block = SparseBlock {
        width,
        starts: Vec::with_capacity(rows + 1),
        indices: Vec::with_capacity(total),
        values: Vec::with_capacity(total),
    };
    block.starts.push(0);
    for part in parts {
        let before = block.values.len();
        block.starts.extend(part.starts.iter().map(|start| before + start));
        block.indices.extend(part.indices);
        block.values.extend(part.values);
    }
    block
}

/// Makes the rows of each part side by side.
pub fn in_parallel<T: Sync>(parts: &[T], width: usize, rows: impl Fn(&T) -> RowsBuilder + Send + Sync) -> SparseBlock {
    let built = match parts {
        // One row is not worth a thread.
        [one] => vec![rows(one)],
        _ => parts.par_iter().map(rows).collect(),
    };
    stacked(built, width)
}
