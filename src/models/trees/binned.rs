//! The bins of all rows.

use rayon::prelude::*;

use super::cuts::bin;
use super::layout::{Kind, Layout};
use crate::data::{Block, Matrix};
use crate::models::rows::narrow;

/// Rows filled at a time, so that their bins stay in the CPU's cache meanwhile.
const BAND: usize = 256;

/// Cells up to which the bins are kept column by column too, which sends rows by a split faster.
const TWICE: usize = 1 << 24;

/// The bin of each row in each dense slot.
pub struct Cells<T> {
    /// Row after row.
    pub rows: Vec<T>,
    /// Slot after slot; nothing where there are very many.
    pub columns: Vec<T>,
}

/// Bins as bytes where they suffice.
pub enum Bins {
    /// At most 256 a slot.
    Narrow(Cells<u8>),
    /// At most 65536.
    Wide(Cells<u16>),
}

/// A matrix as trees learn from it.
pub struct Binned {
    /// What the bins mean.
    pub layout: Layout,
    /// Of the dense slots.
    pub dense: Bins,
    /// `rows + 1` offsets into `stored`; none where no slot is stored.
    pub starts: Vec<usize>,
    /// Of the stored slots, each row's bins in rising order, numbered through all slots.
    pub stored: Vec<u32>,
}

/// Where a sparse feature's value goes.
#[derive(Clone, Copy)]
enum Place {
    Bundle { slot: usize, bin: usize },
    Stored { slot: usize },
}

impl Binned {
    /// The bins of all rows of a matrix.
    pub fn of(x: &Matrix, layout: Layout) -> Self {
        let places = places(&layout);
        let most = layout.slots[..layout.dense].iter().map(|slot| slot.bins()).max().unwrap_or(0);
        let dense = if most <= 1 << 8 {
            Bins::Narrow(Cells::of(fill(x, &layout, &places, |bin| bin as u8), layout.dense))
        } else {
            Bins::Wide(Cells::of(fill(x, &layout, &places, |bin| bin as u16), layout.dense))
        };
        let (mut starts, mut stored) = (Vec::new(), Vec::new());
        if layout.dense < layout.slots.len() {
            starts.push(0);
            for row in 0..x.rows {
                push_stored(x, &layout, &places, row, &mut stored);
                starts.push(stored.len());
            }
        }
        Self { layout, dense, starts, stored }
    }

    /// The bins of a row's stored slots.
    #[inline]
    pub fn stored(&self, row: usize) -> &[u32] {
        match self.starts.get(row..row + 2) {
            Some([from, to]) => &self.stored[*from..*to],
            _ => &[],
        }
    }

    /// The bin of a row in a stored slot, numbered within it; none where the row is missing.
    #[inline]
    pub fn bin(&self, row: usize, slot: usize) -> Option<usize> {
        let slot = &self.layout.slots[slot];
        let bins = self.stored(row);
        let at = bins.partition_point(|bin| (*bin as usize) < slot.first);
        bins.get(at).map(|bin| *bin as usize - slot.first).filter(|bin| *bin < slot.bins())
    }
}

impl<T: Copy> Cells<T> {
    fn of(rows: Vec<T>, width: usize) -> Self {
        let columns = if rows.len() <= TWICE {
            (0..width).flat_map(|slot| rows[slot..].iter().step_by(width).copied()).collect()
        } else {
            Vec::new()
        };
        Self { rows, columns }
    }
}

/// Of each feature of a sparse block where its values go, by number of the feature.
fn places(layout: &Layout) -> Vec<Option<Place>> {
    let mut places = vec![None; layout.width];
    for (at, slot) in layout.slots.iter().enumerate() {
        match &slot.kind {
            Kind::Thresholds(_) => {}
            Kind::Stored(_) => places[slot.feature] = Some(Place::Stored { slot: at }),
            Kind::OneOf(values) => {
                for bin in 0..values.len() {
                    places[slot.feature + bin] = Some(Place::Bundle { slot: at, bin });
                }
            }
        }
    }
    places
}

fn fill<T: Copy + Send>(
    x: &Matrix,
    layout: &Layout,
    places: &[Option<Place>],
    of: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let width = layout.dense;
    // Whatever no value fills is missing, or none of a bundle: the last bin.
    let empty: Vec<T> = layout.slots[..width].iter().map(|slot| of(slot.bins() - 1)).collect();
    let mut out = empty.repeat(x.rows);
    let cuts = |at: usize| match &layout.slots[at].kind {
        Kind::Thresholds(cuts) => cuts.as_slice(),
        _ => &[],
    };
    out.par_chunks_mut(BAND * width.max(1)).enumerate().for_each(|(band, out)| {
        let from = band * BAND;
        let rows = from..from + out.len() / width;
        // Dense features come in the order of their slots; bundles stand between them as their blocks do.
        let (mut feature, mut slot) = (0, 0);
        for block in &x.blocks {
            match block {
                Block::Dense(columns) => {
                    for (at, column) in columns.iter().enumerate() {
                        let cuts = cuts(slot + at);
                        for (cell, value) in out[slot + at..].iter_mut().step_by(width).zip(&column[rows.clone()]) {
                            if !value.is_nan() {
                                *cell = of(bin(cuts, narrow(*value)));
                            }
                        }
                    }
                    slot += columns.len();
                }
                Block::Sparse(sparse) => {
                    for (row, out) in rows.clone().zip(out.chunks_exact_mut(width)) {
                        for (at, _) in sparse.row(row).filter(|(_, value)| !value.is_nan()) {
                            if let Some(Place::Bundle { slot, bin }) = places[feature + at] {
                                out[slot] = of(bin);
                            }
                        }
                    }
                    let bundled = |at: &&super::layout::Slot| (feature..feature + sparse.width).contains(&at.feature);
                    slot += layout.slots[..width].iter().filter(bundled).count();
                }
            }
            feature += block.width();
        }
    });
    out
}

fn push_stored(x: &Matrix, layout: &Layout, places: &[Option<Place>], row: usize, out: &mut Vec<u32>) {
    let mut feature = 0;
    for block in &x.blocks {
        if let Block::Sparse(sparse) = block {
            for (at, value) in sparse.row(row).filter(|(_, value)| !value.is_nan()) {
                let Some(Place::Stored { slot }) = places[feature + at] else { continue };
                let slot = &layout.slots[slot];
                if let Kind::Stored(cuts) = &slot.kind {
                    out.push((slot.first + bin(cuts, narrow(value))) as u32);
                }
            }
        }
        feature += block.width();
    }
}
