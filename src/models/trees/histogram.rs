//! Histograms: the sums of a group of rows in every bin.

use rayon::prelude::*;

use super::binned::{Binned, Bins};
use super::layout::Slot;
use super::statistic::{Statistic, Sums};

/// Rows from which a histogram is summed in parts, one a thread.
const PARALLEL: usize = 8192;

/// The sums in each bin of all slots.
pub type Histogram<const K: usize> = Vec<Sums<K>>;

/// Sums `rows`, on up to so many threads.
pub fn sum<S: Statistic<K>, const K: usize>(
    binned: &Binned,
    statistic: &S,
    rows: &[u32],
    threads: usize,
) -> Histogram<K> {
    let mut out = vec![[0.0; K]; binned.layout.bins];
    if threads < 2 || rows.len() < PARALLEL {
        visit(binned, statistic, rows, &mut out, S::add);
        return out;
    }
    let part = rows.len().div_ceil(threads);
    let parts: Vec<Histogram<K>> = rows.par_chunks(part).map(|rows| sum(binned, statistic, rows, 1)).collect();
    for part in parts {
        out.iter_mut()
            .zip(part)
            .for_each(|(sums, part)| sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part));
    }
    out
}

/// How many bins a row fills at most: fewer than the bins of a histogram where it is worth to look at these alone.
pub fn filled(binned: &Binned, rows: &[u32]) -> usize {
    let stored = |row: &u32| binned.stored(*row as usize).len();
    rows.len() * binned.layout.dense + if binned.starts.is_empty() { 0 } else { rows.iter().map(stored).sum() }
}

/// The bins that `rows` fill, rising, with their sums.
pub fn of_few<S: Statistic<K>, const K: usize>(binned: &Binned, statistic: &S, rows: &[u32]) -> Vec<(usize, Sums<K>)> {
    let slots = &binned.layout.slots[..binned.layout.dense];
    let mut found: Vec<(u32, u32)> = Vec::with_capacity(rows.len() * slots.len());
    for row in rows {
        let from = *row as usize * slots.len();
        match &binned.dense {
            Bins::Narrow(cells) => push(&mut found, slots, &cells.rows[from..][..slots.len()], *row),
            Bins::Wide(cells) => push(&mut found, slots, &cells.rows[from..][..slots.len()], *row),
        }
        found.extend(binned.stored(*row as usize).iter().map(|bin| (*bin, *row)));
    }
    found.sort_unstable();
    let mut out: Vec<(usize, Sums<K>)> = Vec::new();
    for (bin, row) in found {
        if out.last().is_none_or(|(last, _)| *last != bin as usize) {
            out.push((bin as usize, [0.0; K]));
        }
        if let Some((_, sums)) = out.last_mut() {
            S::add(sums, statistic.row(row as usize));
        }
    }
    // What weighs nothing is not there, as in a histogram.
    out.retain(|(_, sums)| *sums != [0.0; K]);
    out
}

fn push<T: Copy + Into<usize>>(found: &mut Vec<(u32, u32)>, slots: &[Slot], bins: &[T], row: u32) {
    found.extend(slots.iter().zip(bins).map(|(slot, bin)| ((slot.first + (*bin).into()) as u32, row)));
}

/// Takes `rows` out.
pub fn take<S: Statistic<K>, const K: usize>(binned: &Binned, statistic: &S, rows: &[u32], out: &mut [Sums<K>]) {
    visit(binned, statistic, rows, out, S::take);
}

/// Takes the sums of other rows out.
pub fn subtract<const K: usize>(from: &mut [Sums<K>], sums: &[Sums<K>]) {
    for (from, sums) in from.iter_mut().zip(sums) {
        from.iter_mut().zip(sums).for_each(|(from, sum)| *from -= sum);
    }
}

#[inline]
fn visit<S: Statistic<K>, const K: usize>(
    binned: &Binned,
    statistic: &S,
    rows: &[u32],
    out: &mut [Sums<K>],
    change: impl Fn(&mut Sums<K>, S::Row) + Copy,
) {
    match &binned.dense {
        Bins::Narrow(bins) => dense(binned, &bins.rows, statistic, rows, out, change),
        Bins::Wide(bins) => dense(binned, &bins.rows, statistic, rows, out, change),
    }
    if !binned.starts.is_empty() {
        for row in rows {
            let value = statistic.row(*row as usize);
            binned.stored(*row as usize).iter().for_each(|bin| change(&mut out[*bin as usize], value));
        }
    }
}

#[inline]
fn dense<T: Copy + Into<usize>, S: Statistic<K>, const K: usize>(
    binned: &Binned,
    bins: &[T],
    statistic: &S,
    rows: &[u32],
    out: &mut [Sums<K>],
    change: impl Fn(&mut Sums<K>, S::Row) + Copy,
) {
    let width = binned.layout.dense;
    let firsts: Vec<usize> = binned.layout.slots[..width].iter().map(|slot| slot.first).collect();
    let of = |row: u32| (&bins[row as usize * width..][..width], statistic.row(row as usize));
    // Two rows share the look at where a slot begins.
    let (pairs, last) = rows.as_chunks::<2>();
    for [row, next] in pairs {
        let ((bins, value), (others, other)) = (of(*row), of(*next));
        for ((bin, beside), first) in bins.iter().zip(others).zip(&firsts) {
            change(&mut out[first + (*bin).into()], value);
            change(&mut out[first + (*beside).into()], other);
        }
    }
    for (bins, value) in last.iter().map(|row| of(*row)) {
        bins.iter().zip(&firsts).for_each(|(bin, first)| change(&mut out[first + (*bin).into()], value));
    }
}
