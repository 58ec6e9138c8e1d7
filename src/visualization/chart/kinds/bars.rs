//! Bars by category, of one or more groups, with intervals and values.

use crate::visualization::chart::{Label, Layer, Shape};
use crate::visualization::scene::{Anchor, Ink};

/// Which way bars grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Upwards; categories are on the x axis.
    Up,
    /// To the right; categories are on the y axis.
    Right,
}

/// A bar for each category, all of one colour.
#[derive(Debug, Clone, PartialEq)]
pub struct BarGroup {
    /// What the legend calls them, if it does.
    pub name: Option<String>,
    /// Their colour.
    pub ink: Ink,
    /// How long each is; what is not a number has none.
    pub values: Vec<f64>,
    /// Lower and upper end of an interval around a value.
    pub intervals: Vec<Option<(f64, f64)>>,
    /// What is written at the end of each; none or an empty text for nothing.
    pub labels: Vec<String>,
}

impl BarGroup {
    /// Bars without intervals and labels.
    pub fn new(ink: Ink, values: Vec<f64>) -> Self {
        Self { name: None, ink, values, intervals: Vec::new(), labels: Vec::new() }
    }
}

/// Share of a category's room that its bars take.
const TAKEN: f64 = 0.76;
/// How opaque bars are with intervals on them, which must be seen.
const BEHIND_INTERVALS: f64 = 0.55;

/// Groups side by side within each category, from 0 on.
pub fn bars(groups: &[BarGroup], direction: Direction) -> Vec<Layer> {
    let thickness = TAKEN / groups.len().max(1) as f64;
    let mut layers = Vec::new();
    for (nth, group) in groups.iter().enumerate() {
        let begin = |category: usize| category as f64 - TAKEN / 2.0 + thickness * nth as f64;
        let known = || group.values.iter().enumerate().filter(|(_, value)| value.is_finite());
        let gap = if groups.len() > 1 { thickness * 0.06 } else { 0.0 };
        let rectangles = known().map(|(at, value)| {
            let (from, to) = (begin(at) + gap, begin(at) + thickness - gap);
            match direction {
                Direction::Up => [from, 0.0, to, *value],
                Direction::Right => [0.0, from, *value, to],
            }
        });
        let mut bars = Layer::new(Shape::Rectangles(rectangles.collect()), group.ink);
        if group.intervals.iter().any(Option::is_some) {
            bars.opacity = BEHIND_INTERVALS;
        }
        bars.name.clone_from(&group.name);
        layers.push(bars);
        layers.extend(intervals(group, direction, |category| begin(category) + thickness / 2.0));
        let labels = known().filter_map(|(at, value)| label(group, at, *value, begin(at) + thickness / 2.0, direction));
        let labels: Vec<Label> = labels.collect();
        if !labels.is_empty() {
            layers.push(Layer::new(Shape::Labels(labels), Ink::Text));
        }
    }
    layers
}

fn intervals(group: &BarGroup, direction: Direction, middle: impl Fn(usize) -> f64) -> Option<Layer> {
    let known = group.intervals.iter().enumerate().filter_map(|(at, interval)| Some((at, (*interval)?)));
    let segments: Vec<[f64; 4]> = known
        .map(|(at, (low, high))| match direction {
            Direction::Up => [middle(at), low, middle(at), high],
            Direction::Right => [low, middle(at), high, middle(at)],
        })
        .collect();
    (!segments.is_empty()).then(|| Layer::new(Shape::Segments(segments, true), Ink::Text).width(1.5))
}

/// What is written behind a bar and its interval.
fn label(group: &BarGroup, at: usize, value: f64, middle: f64, direction: Direction) -> Option<Label> {
    let text = group.labels.get(at).filter(|text| !text.is_empty())?.clone();
    let interval = group.intervals.get(at).copied().flatten();
    let end = if value < 0.0 { interval.map_or(value, |i| i.0) } else { interval.map_or(value, |i| i.1) };
    let (sign, anchor) = if value < 0.0 { (-1.0, Anchor::End) } else { (1.0, Anchor::Start) };
    Some(match direction {
        Direction::Up => {
            Label { at: (middle, end), shift: (0.0, -9.0 * sign), text, anchor: Anchor::Middle, ink: Ink::Text }
        }
        Direction::Right => Label { at: (end, middle), shift: (6.0 * sign, 0.0), text, anchor, ink: Ink::Text },
    })
}
