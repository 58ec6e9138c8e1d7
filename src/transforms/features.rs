//! What learned transforms pass on: columns still to be encoded beside blocks already made.

use std::sync::Arc;

use crate::data::{Block, Kind, Matrix, NULL_CODE, Names, Table, Values};
use crate::error::{Error, Result};

/// Feature columns on their way to the model matrix. Holds features only: no target, no ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    /// Columns not yet turned into a block.
    pub table: Table,
    /// Blocks made by encoders, with the names of their features.
    pub blocks: Vec<(Arc<[String]>, Block)>,
    /// Rows, which a table without columns cannot tell.
    pub rows: usize,
}

impl Features {
    /// Features of a table.
    pub fn new(table: Table) -> Self {
        Self { rows: table.rows(), table, blocks: Vec::new() }
    }

    /// The model matrix: the numeric columns as one dense block, then the encoders' blocks.
    ///
    /// # Errors
    /// Exit code 2 where a column is still not numeric.
    pub fn into_matrix(self) -> Result<Matrix> {
        let mut of_columns = Vec::new();
        let mut dense = Vec::new();
        for column in self.table.into_columns() {
            match (column.kind, column.values) {
                (Kind::Number | Kind::Integer | Kind::Bool, Values::Number(values)) => {
                    of_columns.push(column.name);
                    dense.push(values);
                }
                (_, Values::Category(values)) if values.codes.iter().all(|code| *code == NULL_CODE) => {
                    return Err(Error::usage(format!("column `{}` has no value at all", column.name))
                        .hint("name it in `features.drop`"));
                }
                (kind, _) => {
                    return Err(Error::usage(format!(
                        "the {} column `{}` reaches the model unencoded",
                        kind.name(),
                        column.name
                    ))
                    .hint("add an `encode` step to `features.learned`, or name the column in `features.drop`"));
                }
            }
        }
        let (mut names, mut blocks) = (Names::from(of_columns), Vec::new());
        if !dense.is_empty() {
            blocks.push(Block::Dense(dense));
        }
        for (block_names, block) in self.blocks {
            names.push(block_names);
            blocks.push(block);
        }
        Ok(Matrix { rows: self.rows, names, blocks })
    }
}
