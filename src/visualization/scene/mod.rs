//! A picture as a list of plain marks, which the writers of SVG and PNG read alike.

mod font;
mod ink;
mod png;
mod svg;

pub use font::{shortened, width};
pub use ink::{Ink, SERIES, properties};
pub use svg::escape;

/// Where a text stands against its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It is centred there.
    Middle,
    /// It ends there.
    End,
}

/// How a line is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dash(pub usize);

impl Dash {
    /// Unbroken.
    pub const SOLID: Self = Self(0);
    /// Of lines to compare with.
    pub const REFERENCE: Self = Self(1);

    /// Lengths of line and gap in turn; nothing for an unbroken one.
    pub fn lengths(self) -> &'static [f64] {
        const PATTERNS: [&[f64]; 5] = [&[], &[6.0, 4.0], &[2.0, 3.0], &[9.0, 3.0, 2.0, 3.0], &[14.0, 4.0]];
        PATTERNS[self.0 % PATTERNS.len()]
    }
}

/// How the inside of a shape is coloured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// Its colour.
    pub ink: Ink,
    /// From 0, unseen, to 1.
    pub opacity: f64,
}

impl Fill {
    /// A colour that hides what is behind it.
    pub fn solid(ink: Ink) -> Self {
        Self { ink, opacity: 1.0 }
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its width.
    pub width: f64,
    /// Its dashes.
    pub dash: Dash,
}

impl Stroke {
    /// An unbroken line.
    pub fn solid(ink: Ink, width: f64) -> Self {
        Self { ink, width, dash: Dash::SOLID }
    }
}

/// A text on one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Its point, on the base line.
    pub at: (f64, f64),
    /// What it says.
    pub text: String,
    /// Height of the font.
    pub size: f64,
    /// Which part of it is at its point.
    pub anchor: Anchor,
    /// Degrees clockwise around its point.
    pub rotation: f64,
    /// Its colour.
    pub ink: Ink,
}

/// Something drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// An upright rectangle: left, top, width, height.
    Rectangle([f64; 4], Fill),
    /// A circle: its centre and radius.
    Circle((f64, f64), f64, Fill),
    /// A line through points.
    Line(Vec<(f64, f64)>, Stroke),
    /// The area within points.
    Area(Vec<(f64, f64)>, Fill),
    /// A text.
    Text(Text),
}

/// Marks on a ground, the first ones behind.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scene {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// What is on it.
    pub marks: Vec<Mark>,
}

/// A picture with words for who cannot see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is.
    pub title: String,
    /// What it shows, in a sentence or two with the main numbers.
    pub description: String,
    /// The picture.
    pub scene: Scene,
}

#[cfg(test)]
mod tests;
