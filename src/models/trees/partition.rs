//! The rows of a group that a split sends left, and those that it sends right.

use super::binned::{Binned, Bins, Cells};
use super::split::{Split, Test};

/// A split as rows are sent by it.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Where it looks.
    pub slot: usize,
    /// What it asks.
    pub test: Test,
    /// Where rows go that miss the feature.
    pub default_left: bool,
}

impl Route {
    /// As a split has it.
    pub fn of<const K: usize>(split: &Split<K>) -> Self {
        Self { slot: split.slot, test: split.test, default_left: split.default_left }
    }
}

/// Puts the rows that go left before the others, both in their order; returns how many there are.
pub fn partition(binned: &Binned, route: Route, rows: &mut [u32], spare: &mut Vec<u32>) -> usize {
    let Route { slot, test, default_left } = route;
    let layout = &binned.layout;
    let missing = layout.slots[slot].bins() - 1;
    if slot >= layout.dense {
        return part(rows, spare, |row| match binned.bin(row, slot) {
            None => default_left,
            Some(bin) => test.is_left(bin),
        });
    }
    match &binned.dense {
        Bins::Narrow(cells) => dense(cells, layout.dense, missing, route, rows, spare),
        Bins::Wide(cells) => dense(cells, layout.dense, missing, route, rows, spare),
    }
}

fn dense<T: Copy + Into<usize>>(
    cells: &Cells<T>,
    width: usize,
    missing: usize,
    route: Route,
    rows: &mut [u32],
    spare: &mut Vec<u32>,
) -> usize {
    if cells.columns.is_empty() {
        return tested(|row| cells.rows[row * width + route.slot].into(), missing, route, rows, spare);
    }
    let count = cells.rows.len() / width;
    let column = &cells.columns[route.slot * count..][..count];
    tested(|row| column[row].into(), missing, route, rows, spare)
}

#[inline]
fn tested(
    bin: impl Fn(usize) -> usize,
    missing: usize,
    Route { test, default_left, .. }: Route,
    rows: &mut [u32],
    spare: &mut Vec<u32>,
) -> usize {
    // One loop a test, each with a single comparison or two in it.
    match test {
        Test::UpTo(last) if !default_left => part(rows, spare, |row| bin(row) <= last),
        Test::UpTo(last) => part(rows, spare, |row| {
            let bin = bin(row);
            (bin <= last) | (bin == missing)
        }),
        Test::AllBut(only) => part(rows, spare, |row| bin(row) != only),
        Test::Only(only) => part(rows, spare, |row| bin(row) == only),
    }
}

/// Without a branch on the outcome, which no CPU could foresee: each row is written to both sides and overwritten on one.
/// What goes left stays in place, since no row is written behind the one that is read.
#[inline]
fn part(rows: &mut [u32], spare: &mut Vec<u32>, is_left: impl Fn(usize) -> bool) -> usize {
    spare.resize(spare.len().max(rows.len()), 0);
    let others = &mut spare[..rows.len()];
    let mut left = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        rows[left] = row;
        others[at - left] = row;
        left += usize::from(is_left(row as usize));
    }
    let count = rows.len() - left;
    rows[left..].copy_from_slice(&others[..count]);
    left
}
