//! Trees: how they are grown from histograms of binned features, and the trees themselves.
//!
//! Our own, for what no library had at once: the same bytes at any number of threads, one-hot columns at the cost of
//! the column they come from, several classes in the leaves of one tree, missing values told from all others, and the
//! memory of one byte a value.

mod binned;
mod cuts;
pub mod draw;
mod growth;
mod histogram;
mod layout;
mod partition;
mod split;
mod statistic;
#[cfg(test)]
mod tests;
mod tree;

pub use binned::Binned;
pub use growth::{Grower, Growth, Part};
pub use layout::Layout;
pub use statistic::{Classes, Derivatives, Grid, Statistic};
pub use tree::{Entry, Saved, Tree};

impl<const K: usize> Part<K> {
    /// The leaf a row of the matrix ends in.
    pub fn leaf(&self, binned: &Binned, row: usize) -> usize {
        let mut at = 0;
        while let Some((split, left, right)) = &self.nodes[at].split {
            let missing = binned.layout.slots[split.slot].bins() - 1;
            let is_left = match binned.bin(row, split.slot) {
                Some(bin) if split.slot < binned.layout.dense => split.test.is_left(bin, missing, split.default_left),
                Some(bin) => split.test.is_left(bin, usize::MAX, split.default_left),
                None => split.default_left,
            };
            at = if is_left { *left } else { *right };
        }
        at
    }
}
