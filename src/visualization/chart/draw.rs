//! Layers as marks.

use super::plot::{Area, text};
use super::{Chart, Label, Layer, SMALL_FONT, Shape};
use crate::visualization::scene::{Anchor, Dash, Fill, Ink, Mark, Stroke, width};

/// The least size of a rectangle that has one.
const THINNEST: f64 = 0.5;
/// Half the length of the cap of an interval.
const CAP: f64 = 4.0;

/// Adds the marks of a layer.
pub(super) fn layer(layer: &Layer, chart: &Chart, area: Area, marks: &mut Vec<Mark>) {
    let fill = Fill { ink: layer.ink, opacity: layer.opacity };
    let stroke = Stroke { ink: layer.ink, width: layer.width, dash: layer.dash };
    let clamped = |point| area.clamped(chart, point);
    match &layer.shape {
        Shape::Line(points) => marks.extend(line(points, clamped, stroke)),
        Shape::Band(band) => {
            let lower = band.iter().filter_map(|[x, low, _]| clamped((*x, *low)));
            let upper = band.iter().rev().filter_map(|[x, _, high]| clamped((*x, *high)));
            let points: Vec<(f64, f64)> = lower.chain(upper).collect();
            if points.len() >= 3 {
                marks.push(Mark::Area(points, fill));
            }
        }
        Shape::Rectangles(all) => marks.extend(all.iter().filter_map(|corners| rectangle(corners, clamped, fill))),
        Shape::Points(points, radius) => {
            let inside = points.iter().filter_map(|(x, y)| Some((area.x(&chart.x, *x)?, area.y(&chart.y, *y)?)));
            marks.extend(inside.map(|at| Mark::Circle(at, *radius, fill)));
        }
        Shape::Rings(points) => {
            for at in points.iter().filter_map(|point| clamped(*point)) {
                marks.push(Mark::Circle(at, 5.5, fill));
                marks.push(Mark::Circle(at, 3.0, Fill::solid(Ink::Background)));
            }
        }
        Shape::Segments(segments, capped) => {
            for [x1, y1, x2, y2] in segments {
                let ends = (clamped((*x1, *y1)), clamped((*x2, *y2)));
                if let (Some(from), Some(to)) = ends {
                    segment(from, to, *capped, stroke, marks);
                }
            }
        }
        Shape::Labels(labels) => marks.extend(labels.iter().filter_map(|one| label(one, clamped, area))),
    }
}

/// A line with a gap wherever a point is not a number.
fn line(
    points: &[(f64, f64)],
    place: impl Fn((f64, f64)) -> Option<(f64, f64)>,
    stroke: Stroke,
) -> impl Iterator<Item = Mark> {
    let mut parts = vec![Vec::new()];
    for point in points {
        match (place(*point), parts.last_mut()) {
            (Some(at), Some(part)) => part.push(at),
            _ => parts.push(Vec::new()),
        }
    }
    parts.into_iter().filter(|part| part.len() >= 2).map(move |part| Mark::Line(part, stroke))
}

fn rectangle(corners: &[f64; 4], place: impl Fn((f64, f64)) -> Option<(f64, f64)>, fill: Fill) -> Option<Mark> {
    let [x1, y1, x2, y2] = *corners;
    if x1 == x2 || y1 == y2 {
        return None;
    }
    let ((x1, y1), (x2, y2)) = (place((x1, y1))?, place((x2, y2))?);
    let size = ((x2 - x1).abs().max(THINNEST), (y2 - y1).abs().max(THINNEST));
    Some(Mark::Rectangle([x1.min(x2), y1.max(y2) - size.1, size.0, size.1], fill))
}

fn segment(from: (f64, f64), to: (f64, f64), capped: bool, stroke: Stroke, marks: &mut Vec<Mark>) {
    marks.push(Mark::Line(vec![from, to], stroke));
    if capped {
        let upright = (from.0 - to.0).abs() < (from.1 - to.1).abs();
        let (across, down) = if upright { (CAP, 0.0) } else { (0.0, CAP) };
        for (x, y) in [from, to] {
            let cap = vec![(x - across, y - down), (x + across, y + down)];
            marks.push(Mark::Line(cap, Stroke { dash: Dash::SOLID, ..stroke }));
        }
    }
}

/// A label, moved so far that it is not beyond the right or left edge.
fn label(label: &Label, place: impl Fn((f64, f64)) -> Option<(f64, f64)>, area: Area) -> Option<Mark> {
    let (x, y) = place(label.at)?;
    let size = width(&label.text, SMALL_FONT);
    let before = match label.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => size / 2.0,
        Anchor::End => size,
    };
    let (least, most) = (area.left + before, area.right() + 12.0 - (size - before));
    let x = (x + label.shift.0).min(most).max(least);
    let y = y + label.shift.1 + SMALL_FONT * 0.36;
    Some(text((x, y), &label.text, SMALL_FONT, label.anchor, 0.0, label.ink))
}
