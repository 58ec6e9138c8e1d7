//! A matrix of coloured cells with their values.

use std::collections::BTreeMap;

use crate::visualization::chart::{Label, Layer, Shape};
use crate::visualization::scene::{Anchor, Fill, Ink};

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// From -1 over 0, which has no colour, to 1; what is not a number has none.
    pub strength: f64,
    /// What is written in it.
    pub text: String,
}

/// So opaque is the strongest cell: a text on it is still read with ease in either theme.
const STRONGEST: f64 = 0.55;
/// Shades that strengths are rounded to, so that few styles serve many cells.
const SHADES: f64 = 40.0;

/// The colour of a strength.
pub fn strength(strength: f64) -> Fill {
    Fill { ink: Ink::Series(usize::from(strength < 0.0)), opacity: strength.abs() * STRONGEST }
}

/// Cells by row and column, which are the categories of the two axes.
pub fn heatmap(rows: &[Vec<Cell>]) -> Vec<Layer> {
    let mut shades: BTreeMap<i64, Vec<[f64; 4]>> = BTreeMap::new();
    let mut labels = Vec::new();
    for (down, row) in rows.iter().enumerate() {
        for (across, cell) in row.iter().enumerate() {
            let (x, y) = (across as f64, down as f64);
            if cell.strength.is_finite() {
                let shade = (cell.strength.clamp(-1.0, 1.0) * SHADES).round() as i64;
                shades.entry(shade).or_default().push([x - 0.49, y - 0.49, x + 0.49, y + 0.49]);
            }
            if !cell.text.is_empty() {
                let text = cell.text.clone();
                labels.push(Label { at: (x, y), shift: (0.0, 0.0), text, anchor: Anchor::Middle, ink: Ink::Text });
            }
        }
    }
    let shades = shades.into_iter().map(|(shade, cells)| {
        let Fill { ink, opacity } = strength(shade as f64 / SHADES);
        Layer::new(Shape::Rectangles(cells), ink).opacity(opacity)
    });
    shades.chain([Layer::new(Shape::Labels(labels), Ink::Text)]).collect()
}
