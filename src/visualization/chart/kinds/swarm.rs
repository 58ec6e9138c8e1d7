//! Points in rows, those of like value beside each other, coloured by another value.

use std::collections::BTreeMap;

use crate::visualization::chart::{Layer, Shape};
use crate::visualization::scene::Ink;

/// Places between the least and the greatest value in which points count as beside each other.
const PLACES: f64 = 140.0;
/// How far points of a row go from its middle, and how far from each other at the most.
const SPREAD: f64 = 0.42;
const APART: f64 = 0.09;
/// Colours.
const SHADES: f64 = 24.0;
/// Radius of a point.
const RADIUS: f64 = 2.2;

/// The nth of `rows` at n: each of its points has a value, from `low` to `high`, and a colour between 0 and 1.
pub fn swarm(rows: &[Vec<(f64, f64)>], low: f64, high: f64) -> Vec<Layer> {
    let place = |value: f64| ((value - low) / (high - low) * PLACES).round() as i64;
    let mut points = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let mut places: BTreeMap<i64, usize> = BTreeMap::new();
        for (value, _) in row {
            *places.entry(place(*value)).or_default() += 1;
        }
        let most = places.values().copied().max().unwrap_or(1);
        let apart = APART.min(2.0 * SPREAD / most as f64);
        let mut taken: BTreeMap<i64, usize> = BTreeMap::new();
        for (value, colour) in row {
            let nth = taken.entry(place(*value)).or_default();
            // Above and below the middle in turn.
            let side = if nth.is_multiple_of(2) { 1.0 } else { -1.0 };
            points.push((*value, at as f64 + side * apart * nth.div_ceil(2) as f64, *colour));
            *nth += 1;
        }
    }
    shaded(&points, RADIUS, 0.9)
}

/// Points with a colour between 0 and 1 each.
pub fn shaded(points: &[(f64, f64, f64)], radius: f64, opacity: f64) -> Vec<Layer> {
    let mut shades: BTreeMap<i64, Vec<(f64, f64)>> = BTreeMap::new();
    for (x, y, colour) in points {
        let colour = if colour.is_finite() { colour.clamp(0.0, 1.0) } else { 0.5 };
        shades.entry((colour * SHADES).round() as i64).or_default().push((*x, *y));
    }
    let layer = |(shade, points): (i64, Vec<(f64, f64)>)| {
        Layer::new(Shape::Points(points, radius), Ink::Value(shade as f64 / SHADES)).opacity(opacity)
    };
    shades.into_iter().map(layer).collect()
}
