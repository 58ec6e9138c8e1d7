//! What a chart shows, in the units of its axes.

use crate::visualization::scene::{Anchor, Dash, Ink, SERIES};

/// A label at a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// Where it stands.
    pub at: (f64, f64),
    /// Units that it is moved by, right and down.
    pub shift: (f64, f64),
    /// What it says.
    pub text: String,
    /// Which part of it is there.
    pub anchor: Anchor,
    /// Its colour.
    pub ink: Ink,
}

/// Shapes of one style.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A line through points, broken where one is not a number.
    Line(Vec<(f64, f64)>),
    /// The area between two values at each place: place, lower and upper value.
    Band(Vec<[f64; 3]>),
    /// Upright rectangles from a corner to the one across: x, y, x, y.
    Rectangles(Vec<[f64; 4]>),
    /// Discs of some radius.
    Points(Vec<(f64, f64)>, f64),
    /// Rings, that mark places on other lines.
    Rings(Vec<(f64, f64)>),
    /// Straight lines, with a cap at both ends if there is one: x, y, x, y.
    Segments(Vec<[f64; 4]>, bool),
    /// Texts.
    Labels(Vec<Label>),
}

/// Shapes with their style; the first layers are behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// What the legend calls it, if it stands there.
    pub name: Option<String>,
    /// What it is.
    pub shape: Shape,
    /// Its colour.
    pub ink: Ink,
    /// From 0, unseen, to 1: of areas and points.
    pub opacity: f64,
    /// Width of its lines.
    pub width: f64,
    /// Dashes of its lines.
    pub dash: Dash,
}

impl Layer {
    /// Shapes in a colour.
    pub fn new(shape: Shape, ink: Ink) -> Self {
        Self { name: None, shape, ink, opacity: 1.0, width: 1.0, dash: Dash::SOLID }
    }

    /// The line of the nth of several things: their colours and their dashes differ.
    pub fn series(points: Vec<(f64, f64)>, nth: usize) -> Self {
        let dash = Dash(nth + nth / SERIES);
        Self { width: 2.0, dash, ..Self::new(Shape::Line(points), Ink::Series(nth)) }
    }

    /// A thin broken line to compare with.
    pub fn reference(points: Vec<(f64, f64)>) -> Self {
        Self { width: 1.2, dash: Dash::REFERENCE, ..Self::new(Shape::Line(points), Ink::Muted) }
    }

    /// With its name in the legend.
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Less opaque.
    pub fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    /// With lines of this width.
    pub fn width(self, width: f64) -> Self {
        Self { width, ..self }
    }
}
