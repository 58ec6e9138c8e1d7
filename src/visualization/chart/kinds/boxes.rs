//! Box plots.

use super::Direction;
use crate::visualization::chart::{Layer, Shape};
use crate::visualization::scene::Ink;

/// Quantiles of the values of a category.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxSummary {
    /// Where the lower whisker ends.
    pub low: f64,
    /// A quarter of the values is below.
    pub lower: f64,
    /// Half of them.
    pub median: f64,
    /// Three quarters.
    pub upper: f64,
    /// Where the upper whisker ends.
    pub high: f64,
}

/// Half the room of a category that its box takes.
const HALF: f64 = 0.3;

/// A box for each category that has one, growing in the direction of its values.
pub fn boxes(summaries: &[Option<BoxSummary>], ink: Ink, direction: Direction) -> Vec<Layer> {
    let (mut areas, mut whiskers, mut medians) = (Vec::new(), Vec::new(), Vec::new());
    for (at, summary) in summaries.iter().enumerate() {
        let Some(summary) = summary else { continue };
        let at = at as f64;
        let turned = |[place, value, other_place, other_value]: [f64; 4]| match direction {
            Direction::Up => [place, value, other_place, other_value],
            Direction::Right => [value, place, other_value, other_place],
        };
        areas.push(turned([at - HALF, summary.lower, at + HALF, summary.upper]));
        whiskers.push(turned([at, summary.low, at, summary.lower]));
        whiskers.push(turned([at, summary.upper, at, summary.high]));
        medians.push(turned([at - HALF, summary.median, at + HALF, summary.median]));
    }
    vec![
        Layer::new(Shape::Segments(whiskers, false), ink).width(1.5),
        Layer::new(Shape::Rectangles(areas), ink).opacity(0.45),
        Layer::new(Shape::Segments(medians, false), Ink::Text).width(2.0),
    ]
}
