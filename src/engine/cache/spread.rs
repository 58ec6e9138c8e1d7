//! Work on many files at once; few small ones are done before a pool of threads has begun.

use rayon::prelude::*;

use crate::error::Result;

/// So many files are looked at, not read, in the time that threads take to begin.
pub const LOOKS: usize = 256;

/// Does `work` on each of `items`, on several threads where there are more than `few`. Results are in their order.
pub fn map<T: Send, R: Send>(items: Vec<T>, few: usize, work: impl Fn(T) -> Result<R> + Sync + Send) -> Result<Vec<R>> {
    if items.len() > few { items.into_par_iter().map(work).collect() } else { items.into_iter().map(work).collect() }
}
