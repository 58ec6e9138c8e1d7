//! Histograms, one over the other.

use crate::visualization::chart::{Layer, Shape};
use crate::visualization::scene::{Dash, Ink};

/// How opaque the inside is, so that what is behind can be seen.
const INSIDE: f64 = 0.3;

/// The nth of several histograms on the same axes: bars as high as `heights` between `edges`, of which there is one
/// more.
pub fn histogram(edges: &[f64], heights: &[f64], nth: usize, name: Option<String>) -> Vec<Layer> {
    let bins = || edges.windows(2).zip(heights);
    let rectangles = bins().map(|(edges, height)| [edges[0], 0.0, edges[1], *height]).collect();
    let inside = Layer::new(Shape::Rectangles(rectangles), Ink::Series(nth)).opacity(INSIDE);
    let steps = bins().flat_map(|(edges, height)| [(edges[0], *height), (edges[1], *height)]);
    let ends = (edges.first().map(|edge| (*edge, 0.0)), edges.last().map(|edge| (*edge, 0.0)));
    let points = ends.0.into_iter().chain(steps).chain(ends.1).collect();
    let outline = Layer { dash: Dash(nth), ..Layer::new(Shape::Line(points), Ink::Series(nth)).width(1.5) };
    vec![Layer { name, ..inside }, outline]
}
