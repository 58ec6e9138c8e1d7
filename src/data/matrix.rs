//! The model matrix: column blocks, dense or sparse, with feature names.

use std::sync::Arc;

/// What an estimator fits and a model predicts from: `rows` × `names.len()` features.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Feature names over all blocks in order.
    pub names: Names,
    /// Blocks side by side; their widths add up to `names.len()`.
    pub blocks: Vec<Block>,
}

/// Names of features, in pieces that are shared: a row that is scored alone needs no names of its own.
#[derive(Debug, Clone, Default)]
pub struct Names(Vec<Arc<[String]>>);

impl Names {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of a feature.
    pub fn get(&self, at: usize) -> Option<&str> {
        self.iter().nth(at)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|piece| piece.iter().map(String::as_str))
    }

    /// Adds some at the end.
    pub fn push(&mut self, piece: Arc<[String]>) {
        self.0.push(piece);
    }

    /// All of them, for who keeps them.
    pub fn to_vec(&self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }
}

impl From<Vec<String>> for Names {
    fn from(names: Vec<String>) -> Self {
        Self(vec![names.into()])
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        Self(vec![names.into_iter().collect()])
    }
}

impl PartialEq for Names {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

/// Neighbouring features stored alike.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// One vector per feature; NaN is missing.
    Dense(Vec<Vec<f64>>),
    /// Compressed rows, for one-hot and text.
    Sparse(SparseBlock),
}

/// Compressed sparse rows. An absent value is 0 for linear models and missing for trees.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SparseBlock {
    /// Number of features.
    pub width: usize,
    /// `rows + 1` offsets into `indices` and `values`.
    pub starts: Vec<usize>,
    /// Feature within the block, rising within a row.
    pub indices: Vec<u32>,
    /// The value at each index.
    pub values: Vec<f64>,
}

impl Block {
    /// Number of features.
    pub fn width(&self) -> usize {
        match self {
            Block::Dense(columns) => columns.len(),
            Block::Sparse(sparse) => sparse.width,
        }
    }
}

impl SparseBlock {
    /// The (feature, value) pairs of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[row]..self.starts[row + 1];
        self.indices[range.clone()].iter().map(|i| *i as usize).zip(self.values[range].iter().copied())
    }

    /// The rows at `rows`, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let count = rows.iter().map(|row| self.starts[*row + 1] - self.starts[*row]).sum();
        let (indices, values) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let mut out = Self { width: self.width, starts: vec![0], indices, values };
        for row in rows {
            let range = self.starts[*row]..self.starts[*row + 1];
            out.indices.extend_from_slice(&self.indices[range.clone()]);
            out.values.extend_from_slice(&self.values[range]);
            out.starts.push(out.indices.len());
        }
        out
    }
}

impl Matrix {
    /// Number of features.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The rows at `rows`, in that order.
    pub fn select(&self, rows: &[usize]) -> Self {
        let blocks = self
            .blocks
            .iter()
            .map(|block| match block {
                Block::Dense(columns) => {
                    Block::Dense(columns.iter().map(|c| rows.iter().map(|r| c[*r]).collect()).collect())
                }
                Block::Sparse(sparse) => Block::Sparse(sparse.select(rows)),
            })
            .collect();
        Self { rows: rows.len(), names: self.names.clone(), blocks }
    }

    /// All values row by row, `absent` standing where a sparse block has none.
    pub fn to_row_major(&self, absent: f64) -> Vec<f64> {
        let width = self.width();
        let mut out = vec![absent; self.rows * width];
        let mut first = 0;
        for block in &self.blocks {
            match block {
                Block::Dense(columns) => {
                    for (at, column) in columns.iter().enumerate() {
                        for (row, value) in column.iter().enumerate() {
                            out[row * width + first + at] = *value;
                        }
                    }
                }
                Block::Sparse(sparse) => {
                    for row in 0..self.rows {
                        for (at, value) in sparse.row(row) {
                            out[row * width + first + at] = value;
                        }
                    }
                }
            }
            first += block.width();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_and_sparse_blocks_lie_side_by_side() {
        let matrix = Matrix {
            rows: 2,
            names: ["a", "x=1", "x=2"].map(String::from).to_vec().into(),
            blocks: vec![
                Block::Dense(vec![vec![1.0, 2.0]]),
                Block::Sparse(SparseBlock { width: 2, starts: vec![0, 1, 1], indices: vec![1], values: vec![1.0] }),
            ],
        };
        assert_eq!(matrix.to_row_major(0.0), [1.0, 0.0, 1.0, 2.0, 0.0, 0.0]);
        assert_eq!(matrix.select(&[1]).to_row_major(-1.0), [2.0, -1.0, -1.0]);
    }
}
