//! The legend: what each colour and line is, in rows that wrap.

use super::plot::text;
use super::{Chart, SMALL_FONT, Shape};
use crate::visualization::scene::{Anchor, Dash, Fill, Ink, Mark, Stroke, shortened, width};

/// Height of a row.
const ROW: f64 = 20.0;
/// Width of a sample, and the gaps behind it and behind a name.
const SAMPLE: f64 = 26.0;
const GAP: f64 = 6.0;
const BETWEEN: f64 = 18.0;
/// The widest name.
const WIDEST: f64 = 300.0;
/// Rows at the most; the names of the last are cut off, so that they do not fill the picture.
const MOST_ROWS: usize = 12;

/// Names with samples of their layers.
pub(super) struct Legend {
    entries: Vec<Entry>,
    colours: Option<Colours>,
}

/// A scale of colours from the lowest to the highest value, and what these mean.
#[derive(Debug, Clone)]
pub struct Colours {
    pub low: String,
    pub high: String,
    /// The colour at a share of the way.
    pub ink: fn(f64) -> Fill,
}

struct Entry {
    name: String,
    sample: Sample,
}

#[derive(Clone, Copy)]
enum Sample {
    Line(Stroke),
    Patch(Fill),
    Point(Fill),
    Ring(Fill),
}

impl Legend {
    /// Of the named layers of charts; a name that several have stands once.
    pub fn of(charts: &[Chart], colours: Option<Colours>) -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        for layer in charts.iter().flat_map(|chart| &chart.layers) {
            let Some(name) = &layer.name else { continue };
            let name = shortened(name, SMALL_FONT, WIDEST);
            if entries.iter().any(|entry| entry.name == name) {
                continue;
            }
            let fill = Fill { ink: layer.ink, opacity: layer.opacity };
            let sample = match layer.shape {
                Shape::Line(_) | Shape::Segments(..) => {
                    Sample::Line(Stroke { ink: layer.ink, width: layer.width, dash: layer.dash })
                }
                Shape::Points(..) => Sample::Point(fill),
                Shape::Rings(_) => Sample::Ring(fill),
                Shape::Band(_) | Shape::Rectangles(_) | Shape::Labels(_) => Sample::Patch(fill),
            };
            entries.push(Entry { name, sample });
        }
        Self { entries, colours }
    }

    /// Its marks from `(left, top)` on within `room`, and its height.
    pub fn draw(&self, (left, top): (f64, f64), room: f64) -> (Vec<Mark>, f64) {
        let mut marks = Vec::new();
        let (mut x, mut row) = (left, 0usize);
        for entry in &self.entries {
            let size = SAMPLE + GAP + width(&entry.name, SMALL_FONT);
            if x > left && x + size > left + room {
                (x, row) = (left, row + 1);
            }
            if row >= MOST_ROWS {
                marks.push(name((x, top + ROW * row as f64), "…"));
                return (marks, ROW * (row + 1) as f64 + GAP);
            }
            let middle = top + ROW * row as f64 + ROW / 2.0;
            entry.sample.draw((x, middle), &mut marks);
            marks.push(name((x + SAMPLE + GAP, top + ROW * row as f64), &entry.name));
            x += size + BETWEEN;
        }
        if let Some(colours) = &self.colours {
            if x > left {
                row += 1;
            }
            scale((left, top + ROW * row as f64), colours, &mut marks);
            x = left + 1.0;
        }
        let rows = if x > left { row + 1 } else { row };
        (marks, if rows == 0 { 0.0 } else { ROW * rows as f64 + GAP })
    }
}

fn name((x, top): (f64, f64), name: &str) -> Mark {
    text((x, top + ROW / 2.0 + SMALL_FONT * 0.36), name, SMALL_FONT, Anchor::Start, 0.0, Ink::Text)
}

/// The colours from the lowest to the highest, between what these mean.
fn scale((left, top): (f64, f64), colours: &Colours, marks: &mut Vec<Mark>) {
    const STEPS: usize = 25;
    let step = 5.0;
    marks.push(name((left, top), &colours.low));
    let begin = left + width(&colours.low, SMALL_FONT) + GAP;
    for at in 0..STEPS {
        let fill = (colours.ink)(at as f64 / (STEPS - 1) as f64);
        marks.push(Mark::Rectangle([begin + step * at as f64, top + 4.0, step, ROW - 8.0], fill));
    }
    marks.push(name((begin + step * STEPS as f64 + GAP, top), &colours.high));
}

impl Sample {
    fn draw(self, (left, middle): (f64, f64), marks: &mut Vec<Mark>) {
        let centre = (left + SAMPLE / 2.0, middle);
        match self {
            Self::Line(stroke) => marks.push(Mark::Line(vec![(left, middle), (left + SAMPLE, middle)], stroke)),
            Self::Patch(fill) => {
                marks.push(Mark::Rectangle([left + 6.0, middle - 6.0, SAMPLE - 12.0, 12.0], fill));
                if fill.opacity < 1.0 {
                    let edge = Stroke { ink: fill.ink, width: 1.0, dash: Dash::SOLID };
                    let (right, top, bottom) = (left + SAMPLE - 6.0, middle - 6.0, middle + 6.0);
                    let left = left + 6.0;
                    let corners = vec![(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
                    marks.push(Mark::Line(corners, edge));
                }
            }
            Self::Point(fill) => marks.push(Mark::Circle(centre, 4.0, Fill::solid(fill.ink))),
            Self::Ring(fill) => {
                marks.push(Mark::Circle(centre, 5.5, fill));
                marks.push(Mark::Circle(centre, 3.0, Fill::solid(Ink::Background)));
            }
        }
    }
}
