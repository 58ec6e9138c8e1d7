//! Trees: how they are grown from histograms of binned features, and the trees themselves.
//!
//! Our own, for what no library had at once: the same bytes at any number of threads, one-hot columns at the cost of
//! the column they come from, several classes in the leaves of one tree, missing values told from all others, and the
//! memory of one byte a value.

mod binned;
mod codes;
mod cuts;
pub mod draw;
mod filled;
mod growth;
mod histogram;
mod layout;
mod linked;
mod partition;
mod ranks;
mod scorer;
mod shap;
mod split;
mod statistic;
#[cfg(test)]
mod tests;
mod tree;

pub use binned::Binned;
pub use growth::{Grower, Growth, Part};
pub use layout::Layout;
use partition::{Route, partition};
pub use scorer::Scorer;
pub use shap::Ways;
pub use statistic::{Classes, Derivatives, Grid, Statistic};
pub use tree::{Entry, Saved, Tree};

impl<const K: usize> Part<K> {
    /// Sends rows down the tree: each leaf that some come to, with these.
    pub fn send<'r>(&self, binned: &Binned, rows: &'r mut [u32]) -> Vec<(usize, &'r [u32])> {
        let mut spare = Vec::new();
        let mut out = Vec::new();
        let mut pending = vec![(0, rows)];
        while let Some((node, rows)) = pending.pop() {
            match &self.nodes[node].split {
                _ if rows.is_empty() => {}
                None => out.push((node, &*rows)),
                Some((split, left, right)) => {
                    let count = partition(binned, Route::of(split), rows, &mut spare);
                    let (below, above) = rows.split_at_mut(count);
                    pending.extend([(*left, below), (*right, above)]);
                }
            }
        }
        out
    }
}
