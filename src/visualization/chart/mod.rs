//! Charts: axes, and layers of shapes in their units. A [`Sheet`] is one or more of them with a title and a legend.

mod draw;
mod kinds;
mod layer;
mod legend;
mod number;
mod plot;
mod scale;
mod sheet;

pub use kinds::{BarGroup, BoxSummary, Cell, Direction, bars, boxes, heatmap, histogram, shaded, swarm};
pub use layer::{Label, Layer, Shape};
pub use number::{count, number, percent};
pub use scale::{Axis, Scale};
pub use sheet::Sheet;

/// Height of the font of labels.
pub(crate) const FONT: f64 = 14.0;
/// And of ticks, legends and values.
pub(crate) const SMALL_FONT: f64 = 13.0;

/// Axes and what is shown on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it is, among several of a sheet; may be empty.
    pub title: String,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top; of categories, from top to bottom.
    pub y: Axis,
    /// What is on it, the first behind.
    pub layers: Vec<Layer>,
    /// Its width with labels and all.
    pub width: f64,
    /// Height of the area between the axes; none for a square.
    pub height: Option<f64>,
}

impl Chart {
    /// Axes of the usual size with nothing on them.
    pub fn new(x: Axis, y: Axis) -> Self {
        Self { title: String::new(), x, y, layers: Vec::new(), width: 720.0, height: Some(360.0) }
    }

    /// With layers on top.
    pub fn with(mut self, layers: impl IntoIterator<Item = Layer>) -> Self {
        self.layers.extend(layers);
        self
    }

    /// With a title of its own.
    pub fn titled(self, title: impl Into<String>) -> Self {
        Self { title: title.into(), ..self }
    }

    /// As wide as this, with labels and all.
    pub fn wide(self, width: f64) -> Self {
        Self { width, ..self }
    }

    /// As high as this between the axes.
    pub fn high(self, height: f64) -> Self {
        Self { height: Some(height), ..self }
    }

    /// As high as wide between the axes.
    pub fn square(self) -> Self {
        Self { height: None, ..self }
    }
}

#[cfg(test)]
pub(crate) mod tests;
