//! Where the parts of a chart stand: its margins follow from the labels of its ticks.

use super::scale::{Axis, Scale, Tick};
use super::{Chart, FONT, SMALL_FONT, draw};
use crate::visualization::Lang;
use crate::visualization::scene::{Anchor, Ink, Mark, Stroke, Text, shortened, width};

/// Between a tick's label and the axis.
const GAP: f64 = 6.0;
/// Right of the area, so that the last tick's label has room.
const RIGHT: f64 = 16.0;
/// The widest label of a category beside the axis, as a share of the width, and below it when it leans.
const WIDEST: f64 = 0.42;
const WIDEST_LEANING: f64 = 136.0;
/// Room left of the area for labels that lean.
const LEFT_OF_LEANING: f64 = 80.0;
/// Degrees of a label that leans.
const LEAN: f64 = -38.0;
/// Space for each tick at the least.
const TICK_WIDTH: f64 = 74.0;
const TICK_HEIGHT: f64 = 30.0;
/// Ticks above one another of numbers, at the most.
const MOST_TICKS: usize = 8;

/// A chart with all measures known.
pub(super) struct Plot<'a> {
    pub chart: &'a Chart,
    pub width: f64,
    pub height: f64,
    /// The area between the axes.
    pub area: Area,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    leans: bool,
}

/// A rectangle on the scene.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

impl<'a> Plot<'a> {
    /// Measures a chart that begins at (0, 0).
    pub fn of(chart: &'a Chart, lang: Lang) -> Self {
        let top = if chart.title.is_empty() { GAP + 2.0 } else { 28.0 };
        let y_label = if chart.y.label.is_empty() { 4.0 } else { 24.0 };
        let guess = chart.height.unwrap_or(chart.width * 0.8);
        let y_ticks = shown(chart.y.ticks(rows(&chart.y, guess), lang), chart.width * WIDEST);
        let mut left = y_label + widest(&y_ticks) + GAP;
        let mut area_width = (chart.width - left - RIGHT).max(40.0);
        let (mut x_ticks, leans) = across(&chart.x, area_width, lang);
        if leans {
            // The first label leans over what is left of the area.
            left = left.max(LEFT_OF_LEANING.min(chart.width / 3.0));
            area_width = (chart.width - left - RIGHT).max(40.0);
            x_ticks = across(&chart.x, area_width, lang).0;
            x_ticks = shown(x_ticks, (left / libm::cos(LEAN.to_radians())).min(WIDEST_LEANING));
        }
        let area_height = chart.height.unwrap_or(area_width);
        let below = if leans {
            let lean = widest(&x_ticks) * libm::sin(-LEAN.to_radians());
            lean + SMALL_FONT * 0.9 + GAP
        } else {
            SMALL_FONT + GAP
        };
        let x_label = if chart.x.label.is_empty() { 4.0 } else { 22.0 };
        Self {
            chart,
            width: chart.width,
            height: top + area_height + below + x_label,
            area: Area { left, top, width: area_width, height: area_height },
            x_ticks,
            y_ticks,
            leans,
        }
    }

    /// Its marks, all moved right and down.
    pub fn draw(&self, (right, down): (f64, f64)) -> Vec<Mark> {
        let area = Area { left: self.area.left + right, top: self.area.top + down, ..self.area };
        let mut marks = Vec::new();
        self.grid(area, &mut marks);
        for layer in &self.chart.layers {
            draw::layer(layer, self.chart, area, &mut marks);
        }
        self.axes(area, &mut marks);
        self.labels(area, (right, down), &mut marks);
        marks
    }

    fn grid(&self, area: Area, marks: &mut Vec<Mark>) {
        let stroke = Stroke::solid(Ink::Grid, 1.0);
        let mut line = |from, to| marks.push(Mark::Line(vec![from, to], stroke));
        if self.chart.x.grid {
            for x in self.x_ticks.iter().filter_map(|tick| area.x(&self.chart.x, tick.at)) {
                line((x, area.top), (x, area.bottom()));
            }
        }
        if self.chart.y.grid {
            for y in self.y_ticks.iter().filter_map(|tick| area.y(&self.chart.y, tick.at)) {
                line((area.left, y), (area.right(), y));
            }
        }
    }

    fn axes(&self, area: Area, marks: &mut Vec<Mark>) {
        let corner = (area.left, area.bottom());
        let points = vec![(area.left, area.top), corner, (area.right(), area.bottom())];
        marks.push(Mark::Line(points, Stroke::solid(Ink::Muted, 1.0)));
        for tick in &self.x_ticks {
            let Some(x) = area.x(&self.chart.x, tick.at) else { continue };
            let below = area.bottom() + GAP + SMALL_FONT * 0.8;
            let (at, anchor, rotation) = if self.leans {
                ((x + 3.0, below - 2.0), Anchor::End, LEAN)
            } else {
                ((x, below), Anchor::Middle, 0.0)
            };
            marks.push(text(at, &tick.label, SMALL_FONT, anchor, rotation, Ink::Muted));
        }
        for tick in &self.y_ticks {
            let Some(y) = area.y(&self.chart.y, tick.at) else { continue };
            let at = (area.left - GAP, y + SMALL_FONT * 0.36);
            marks.push(text(at, &tick.label, SMALL_FONT, Anchor::End, 0.0, Ink::Muted));
        }
    }

    fn labels(&self, area: Area, (right, down): (f64, f64), marks: &mut Vec<Mark>) {
        let (across, up) = (area.left + area.width / 2.0, area.top + area.height / 2.0);
        let mut middle = |at, label: &str, size, most, rotation, ink| {
            if !label.is_empty() {
                let label = shortened(label, size, most);
                marks.push(text(at, &label, size, Anchor::Middle, rotation, ink));
            }
        };
        middle((across, down + self.height - 6.0), &self.chart.x.label, FONT, area.width, 0.0, Ink::Muted);
        middle((right + 15.0, up), &self.chart.y.label, FONT, area.height, -90.0, Ink::Muted);
        // A title may be wider than the area below it, but not than the chart.
        let half = (across - right).min(right + self.width - across);
        middle((across, down + 16.0), &self.chart.title, FONT + 1.0, half * 2.0, 0.0, Ink::Text);
    }
}

impl Area {
    pub fn right(&self) -> f64 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.top + self.height
    }

    /// Where a value stands from left to right; none if it is outside.
    pub fn x(&self, axis: &Axis, value: f64) -> Option<f64> {
        axis.position(value).map(|position| self.across(position))
    }

    /// Where a value stands from top to bottom; none if it is outside.
    pub fn y(&self, axis: &Axis, value: f64) -> Option<f64> {
        axis.position(value).map(|position| self.down(axis, position))
    }

    /// The same, at the edge for what is outside.
    pub fn clamped(&self, chart: &Chart, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        Some((self.across(chart.x.clamped(x)?), self.down(&chart.y, chart.y.clamped(y)?)))
    }

    fn across(&self, position: f64) -> f64 {
        self.left + self.width * position
    }

    fn down(&self, axis: &Axis, position: f64) -> f64 {
        let from_top = matches!(axis.scale, Scale::Categories(_));
        self.top + self.height * if from_top { position } else { 1.0 - position }
    }
}

pub(super) fn text(at: (f64, f64), text: &str, size: f64, anchor: Anchor, rotation: f64, ink: Ink) -> Mark {
    Mark::Text(Text { at, text: text.to_owned(), size, anchor, rotation, ink })
}

/// How many ticks stand above one another.
fn rows(axis: &Axis, height: f64) -> usize {
    match axis.scale {
        Scale::Categories(_) => (height / (SMALL_FONT + 1.0)) as usize,
        Scale::Linear(..) | Scale::Log(..) => ((height / TICK_HEIGHT) as usize).min(MOST_TICKS),
    }
}

fn widest(ticks: &[Tick]) -> f64 {
    ticks.iter().map(|tick| width(&tick.label, SMALL_FONT)).fold(0.0, f64::max)
}

fn shown(ticks: Vec<Tick>, most: f64) -> Vec<Tick> {
    ticks.into_iter().map(|tick| Tick { label: shortened(&tick.label, SMALL_FONT, most), ..tick }).collect()
}

/// The ticks below an area, and whether they lean because they would run into each other.
fn across(axis: &Axis, room: f64, lang: Lang) -> (Vec<Tick>, bool) {
    let Scale::Categories(names) = &axis.scale else {
        let mut most = (room / TICK_WIDTH) as usize;
        loop {
            let ticks = axis.ticks(most, lang);
            let fits = (widest(&ticks) + 10.0) * (ticks.len() as f64) < room + 30.0;
            if fits || most <= 2 {
                return (ticks, false);
            }
            most -= 1;
        }
    };
    let each = room / names.len().max(1) as f64;
    let all = axis.ticks(names.len(), lang);
    if widest(&all) + 6.0 <= each {
        return (all, false);
    }
    let most = (room / (SMALL_FONT + 5.0)) as usize;
    (axis.ticks(most, lang), true)
}
